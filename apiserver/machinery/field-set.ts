/**
 * Sets of fields, as managedFields holds them (metav1.FieldsV1): the wire form itself is the set.
 *
 *     { 'f:spec': { 'f:replicas': {}, 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } } } }
 *
 * holds `spec.replicas`, the container `web` itself ('.') and its image. A path element is `f:<field>`,
 * `k:<keys of a list's item>`, `v:<a set's value>` or `i:<index>`. A node without children is a member; one with
 * children is a member only if it says '.'. Sets are never changed once made; operations share what they can.
 */
import type { ListType, TypeNode } from './type-nodes.ts';

export interface FieldSet {
  readonly [pathElement: string]: FieldSet;
}

const LEAF: FieldSet = Object.freeze({});
export const emptySet: FieldSet = LEAF;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** The path elements of one level, without the mark of membership. */
export function childrenOf(set: FieldSet): string[] {
  return Object.keys(set).filter((element) => element !== '.');
}

/** Whether the node itself is in the set. */
export function isMember(node: FieldSet): boolean {
  return '.' in node || isEmptySet(node);
}

/** A node of these children, itself a member or not; undefined when nothing is left of it. */
export function node(children: Record<string, FieldSet>, member: boolean): FieldSet | undefined {
  if (isEmptySet(children)) return member ? LEAF : undefined;
  return member ? { '.': LEAF, ...children } : children;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const result: Record<string, FieldSet> = { ...a };
  for (const element in b) {
    if (element === '.') continue;
    const right = b[element] ?? LEAF;
    const left = a[element];
    result[element] = left === undefined ? right : unionNode(left, right);
  }
  return result;
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const children = { ...union(withoutMark(a), withoutMark(b)) };
  return node(children, isMember(a) || isMember(b)) ?? LEAF;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in a) {
    const right = b[element];
    if (element === '.' || right === undefined) continue;
    const left = a[element] ?? LEAF;
    const inner = { ...intersection(withoutMark(left), withoutMark(right)) };
    const kept = node(inner, isMember(left) && isMember(right));
    if (kept !== undefined) result[element] = kept;
  }
  return result;
}

/** What is in `a` and not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in a) {
    if (element === '.') continue;
    const left = a[element] ?? LEAF;
    const right = b[element];
    if (right === undefined) {
      result[element] = left;
      continue;
    }
    const inner = { ...difference(withoutMark(left), withoutMark(right)) };
    const kept = node(inner, isMember(left) && !isMember(right));
    if (kept !== undefined) result[element] = kept;
  }
  return result;
}

/** What is in `a` and neither in `b` nor below a member of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in a) {
    if (element === '.') continue;
    const left = a[element] ?? LEAF;
    const right = b[element];
    if (right === undefined) result[element] = left;
    else if (!isMember(right)) {
      const inner = { ...recursiveDifference(withoutMark(left), right) };
      const kept = node(inner, isMember(left));
      if (kept !== undefined) result[element] = kept;
    }
  }
  return result;
}

function withoutMark(set: FieldSet): FieldSet {
  if (!('.' in set)) return set;
  const { '.': _, ...children } = set;
  return children;
}

/** A set of one path of named fields: `['metadata', 'name']`. */
export function setOfPath(fields: readonly string[]): FieldSet {
  let set: FieldSet = LEAF;
  for (let at = fields.length - 1; at >= 0; at--) set = { [`f:${fields[at]}`]: set };
  return set;
}

export function setOfPaths(paths: readonly (readonly string[])[]): FieldSet {
  return paths.map(setOfPath).reduce(union, LEAF);
}

export function hasPath(set: FieldSet, fields: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (const field of fields) at = at?.[`f:${field}`];
  return at !== undefined && isMember(at);
}

/** Every named field of a struct that has members below it becomes one itself. */
export function withNamedFields(set: FieldSet, type: TypeNode | undefined): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    if (element === '.') continue;
    const child = set[element] ?? LEAF;
    const named = type?.kind === 'struct' && element.startsWith('f:') && type.fields.has(element.slice(2));
    const inner = { ...withNamedFields(child, typeBelow(type, element)) };
    result[element] = node(inner, isMember(child) || named) ?? LEAF;
  }
  return result;
}

function typeBelow(type: TypeNode | undefined, element: string): TypeNode | undefined {
  if (type?.kind === 'struct') return type.fields.get(element.slice(2))?.type;
  if (type?.kind === 'map') return type.value;
  return type?.kind === 'list' ? type.item : undefined;
}

/** All members, depth first, as upstream prints paths: `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const paths: string[] = [];
  for (const element of childrenOf(set).sort()) {
    const child = set[element] ?? LEAF;
    const path = prefix + printElement(element);
    if (isMember(child)) paths.push(path);
    paths.push(...pathsOf(child, path));
  }
  return paths;
}

function printElement(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = JSON.parse(rest) as Record<string, unknown>;
      const shown = Object.keys(keys)
        .sort()
        .map((key) => `${key}=${JSON.stringify(keys[key])}`);
      return `[${shown.join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

/** An item of a list cannot be told from others: it lacks its keys, or is of the wrong kind. */
export class PathElementError extends Error {
  override readonly name = 'PathElementError';
}

/** The path element of an item of a list that merges. @throws PathElementError */
export function elementOfItem(list: ListType, item: unknown): string {
  if (list.merge !== 'map') {
    if (item === null)
      throw new PathElementError("associative list without keys has an element that's an explicit null");
    if (Array.isArray(item)) throw new PathElementError('not supported: associative list with lists as elements');
    if (typeof item === 'object') {
      throw new PathElementError("associative list without keys has an element that's a map type");
    }
    return `v:${JSON.stringify(item)}`;
  }
  if (item === null) throw new PathElementError('associative list with keys may not have a null element');
  if (typeof item !== 'object' || Array.isArray(item)) {
    throw new PathElementError('associative list with keys may not have non-map elements');
  }
  const fields = item as Record<string, unknown>;
  let text = '';
  for (const key of sortedKeys(list)) {
    const value = fields[key] ?? (list.item.kind === 'struct' ? list.item.fields.get(key)?.default : undefined);
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  if (text === '' && list.keys.length > 0) {
    const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
    throw new PathElementError(
      `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
    );
  }
  return `k:{${text}}`;
}

function sortedKeys(list: ListType): readonly string[] {
  return list.keys.length < 2 ? list.keys : [...list.keys].sort();
}
