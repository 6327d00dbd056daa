/**
 * What changed between two values of a type, as sets of fields (structured-merge-diff's Compare), and which fields a
 * value states (ToFieldSet). An atomic list, map or struct is one field; so is every scalar.
 *
 * `undefined` stands for an absent value, which is not the same as null.
 */
import { equalValues } from './copy-value.ts';
import { elementOfItem, emptySet, type FieldSet, node } from './field-set.ts';
import type { ListType, StructType, TypeNode } from './type-nodes.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Sets = { added: Record<string, FieldSet>; modified: Record<string, FieldSet>; removed: Record<string, FieldSet> };
type Change = keyof Sets;

const changes: readonly Change[] = ['added', 'modified', 'removed'];

/** Compares two whole objects. @throws PathElementError when items of a list cannot be told apart */
export function compareTyped(type: TypeNode, before: unknown, after: unknown): Comparison {
  const sets: Sets = { added: {}, modified: {}, removed: {} };
  compareInside(type, before, after, sets);
  return sets;
}

/** What a value that was not there before adds: it, and what is below it; undefined: nothing. */
function addedBy(type: TypeNode, after: unknown): FieldSet | undefined {
  const children: Record<string, FieldSet> = {};
  switch (type.kind) {
    case 'scalar':
      break;
    case 'list':
      if (type.merge === 'atomic' || isEmpty(after)) break;
      for (const [element, items] of indexItems(type, after)) {
        const made = items.length > 1 ? emptySet : addedBy(type.item, items[0]);
        if (made !== undefined) children[element] = made;
      }
      break;
    case 'map':
    case 'struct':
      if (type.atomic || isEmpty(after)) break;
      addFields(type, fieldsOf(after), children);
  }
  return node(children, true);
}

function addFields(type: TypeNode, after: Record<string, unknown>, into: Record<string, FieldSet>): void {
  for (const key in after) {
    const value = written(type, key, after[key]);
    if (value === undefined) continue;
    const made = addedBy(typeOfField(type, key), value);
    if (made !== undefined) into[elementOfField(type, key)] = made;
  }
}

/** Adds to `into` what changed at `element` and below it. */
function compareElement(type: TypeNode, element: string, before: unknown, after: unknown, into: Sets): void {
  if (before === after) return;
  if (type.kind === 'scalar') {
    compareLeaf(element, before, after, into);
    return;
  }
  if (before === undefined) {
    // Most of what a create writes: nothing is there to compare with.
    into.added[element] = addedBy(type, after) ?? emptySet;
    return;
  }
  const inner: Sets = { added: {}, modified: {}, removed: {} };
  const leaf = compareInside(type, before, after, inner);
  let self: Change | undefined;
  if (after === undefined) self = 'removed';
  else if (leaf && !equalValues(before, after)) self = 'modified';
  for (const change of changes) {
    const made = node(inner[change], self === change);
    if (made !== undefined) into[change][element] = made;
  }
}

function compareLeaf(element: string, before: unknown, after: unknown, into: Sets): void {
  if (before === undefined) into.added[element] = emptySet;
  else if (after === undefined) into.removed[element] = emptySet;
  else if (!equalValues(before, after)) into.modified[element] = emptySet;
}

/** True when the value is one field as a whole, so that nothing below it counts. */
function compareInside(type: TypeNode, before: unknown, after: unknown, into: Sets): boolean {
  switch (type.kind) {
    case 'scalar':
      return true;
    case 'list':
      if (type.merge === 'atomic' || (isEmpty(before) && isEmpty(after))) return true;
      compareItems(type, before, after, into);
      return false;
    case 'map':
    case 'struct':
      if (type.atomic || (isEmpty(before) && isEmpty(after))) return true;
      compareFields(type, fieldsOf(before), fieldsOf(after), into);
      return false;
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object') {
    for (const _ in value) return false;
    return true;
  }
  return false;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : NOTHING;
}

const NOTHING: Record<string, unknown> = Object.freeze({});
const ANY: TypeNode = { kind: 'scalar', scalar: 'any' };

function compareFields(
  type: TypeNode,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  into: Sets,
): void {
  for (const key in before) {
    const next = written(type, key, after[key]);
    compareElement(typeOfField(type, key), elementOfField(type, key), before[key], next, into);
  }
  for (const key in after) {
    if (before[key] !== undefined) continue;
    const next = written(type, key, after[key]);
    compareElement(typeOfField(type, key), elementOfField(type, key), undefined, next, into);
  }
}

/** The value of a field as it will be stored: an empty list or map may be left out. */
function written(type: TypeNode, key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || type.kind !== 'struct' || !isEmpty(value)) return value;
  return type.fields.get(key)?.omitsEmpty === true ? undefined : value;
}

/** Known fields have theirs ready: a text put together would have to be looked up anew each time. */
function elementOfField(type: TypeNode, key: string): string {
  return (type.kind === 'struct' ? type.fields.get(key)?.element : undefined) ?? `f:${key}`;
}

function typeOfField(type: TypeNode, key: string): TypeNode {
  if (type.kind === 'struct') return type.fields.get(key)?.type ?? ANY;
  return type.kind === 'map' ? type.value : ANY;
}

function compareItems(type: ListType, before: unknown, after: unknown, into: Sets): void {
  const left = indexItems(type, before);
  const right = indexItems(type, after);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const was = left.get(element) ?? [];
    const is = right.get(element) ?? [];
    if (was.length <= 1 && is.length <= 1) compareElement(type.item, element, was[0], is[0], into);
    else if (was.length >= 2 && is.length >= 2) {
      if (!equalValues(was, is)) into.modified[element] = emptySet;
    } else if (was.length >= 2) {
      if (is.length > 0) compareElement(type.item, element, undefined, is[0], into);
      into.removed[element] = emptySet;
    } else {
      if (was.length > 0) compareElement(type.item, element, was[0], undefined, into);
      into.added[element] = emptySet;
    }
  }
}

/** Items by their path element. @throws PathElementError for one without a key */
function indexItems(type: ListType, list: unknown): Map<string, unknown[]> {
  const index = new Map<string, unknown[]>();
  if (!Array.isArray(list)) return index;
  for (const item of list) {
    const element = elementOfItem(type, item);
    const same = index.get(element);
    if (same === undefined) index.set(element, [item]);
    else same.push(item);
  }
  return index;
}

/** The fields that an object states: what applying it claims. */
export function fieldSetOf(type: StructType, value: unknown): FieldSet {
  return setInside(type, value).children;
}

function setInside(
  type: TypeNode,
  value: unknown,
): { readonly children: Record<string, FieldSet>; readonly self: boolean } {
  const children: Record<string, FieldSet> = {};
  switch (type.kind) {
    case 'scalar':
      return { children, self: true };
    case 'list': {
      if (type.merge === 'atomic') return { children, self: true };
      for (const [element, items] of indexItems(type, value)) {
        children[element] =
          items.length > 1 ? emptySet : (node(setInside(type.item, items[0]).children, true) ?? emptySet);
      }
      return { children, self: false };
    }
    case 'map':
    case 'struct': {
      if (type.atomic) return { children, self: true };
      const fields = fieldsOf(value);
      for (const key in fields) {
        const field = fields[key];
        if (field === undefined) continue;
        const inner = setInside(typeOfField(type, key), field);
        const undeclared = type.kind === 'map' || !type.fields.has(key);
        const emptyMap = field === null || (!Array.isArray(field) && typeof field === 'object' && isEmpty(field));
        const made = node(inner.children, inner.self || emptyMap || undeclared);
        if (made !== undefined) children[elementOfField(type, key)] = made;
      }
      return { children, self: false };
    }
  }
}
