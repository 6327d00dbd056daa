/**
 * Strategic merge patch: a merge patch that knows from the schema which lists merge by key, and takes directives
 * (`$patch`, `$deleteFromPrimitiveList/<field>`, `$setElementOrder/<field>`, `$retainKeys`). Semantics and complaints are
 * k8s.io/apimachinery/pkg/util/strategicpatch; the algorithm below follows its order of steps, since results depend on it.
 *
 * A worked example, on `containers`, which merges by `name`:
 *
 *     [{name: a, image: 1}, {name: b, image: 1}]  patched by  [{name: b, image: 2}, {name: c, image: 3}]
 *     gives [{name: a, image: 1}, {name: b, image: 2}, {name: c, image: 3}]
 */
import { copyValue, equalValues, isRecord } from './copy-value.ts';
import { goValue } from './go-value.ts';
import type { ListType, StructField, TypeNode } from './type-nodes.ts';
import { setOwn } from './typed-decode.ts';

/** The patch is malformed (`format`: 400) or does not fit the object (`content`: 422, `other`: 500). */
export class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError';
  readonly blame: 'format' | 'content' | 'other';

  constructor(blame: 'format' | 'content' | 'other', message: string) {
    super(message);
    this.blame = blame;
  }
}

type Fields = Record<string, unknown>;

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';
const ORDER_PREFIX = '$setElementOrder/';

/** The patched object; neither argument is changed. @throws StrategicPatchError */
export function applyStrategicMergePatch(original: Fields, patch: Fields, type: TypeNode): Fields {
  return mergeMap(copyValue(original), copyValue(patch), type);
}

/** Changes and answers `original`; takes `patch` apart. */
function mergeMap(original: Fields, patch: Fields, type: TypeNode): Fields {
  if (DIRECTIVE in patch) return directed(patch);
  applyRetainKeys(original, patch);
  applyElementOrders(original, patch, type);
  for (const patchKey of Object.keys(patch)) {
    const patchValue = patch[patchKey];
    const deletes = patchKey.startsWith(DELETE_PREFIX);
    const key = deletes ? patchKey.slice(DELETE_PREFIX.length) : patchKey;
    if (patchValue === null) {
      delete original[key];
      continue;
    }
    const present = Object.hasOwn(original, key) ? original[key] : undefined;
    if (present === undefined || kindOf(present) !== kindOf(patchValue)) {
      if (deletes) continue;
      discardNulls(patchValue);
      setOrDelete(original, key, withoutDirectives(patchValue));
    } else if (isRecord(present) && isRecord(patchValue)) {
      const replaces = fieldOf(type, key)?.replace === true;
      setOwn(original, key, replaces ? patchValue : mergeMap(present, patchValue, typeOfField(type, key)));
    } else if (Array.isArray(present) && Array.isArray(patchValue)) {
      const list = listOfField(type, key);
      const merges = list?.patchMerge === true || deletes;
      setOwn(original, key, merges ? mergeList(present, patchValue, list, deletes) : patchValue);
    } else setOwn(original, key, patchValue);
  }
  return original;
}

function directed(patch: Fields): Fields {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') {
    delete patch[DIRECTIVE];
    return patch;
  }
  if (directive === 'delete') return {};
  throw badPatchType(directive, patch);
}

function badPatchType(directive: unknown, patch: Fields): StrategicPatchError {
  return new StrategicPatchError('other', `unknown patch type: ${goValue(directive)} in map: ${goValue(patch)}`);
}

function applyRetainKeys(original: Fields, patch: Fields): void {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(retained)) throw badRetainKeys();
  const names = new Set(retained);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)) continue;
    if (!names.has(key)) throw badRetainKeys();
  }
  for (const key of Object.keys(original)) if (!names.has(key)) delete original[key];
}

function badRetainKeys(): StrategicPatchError {
  return new StrategicPatchError('format', 'invalid patch format of retainKeys');
}

/** Merges the lists whose order the patch states, and puts them in that order. */
function applyElementOrders(original: Fields, patch: Fields, type: TypeNode): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER_PREFIX)) continue;
    const order = patch[key];
    delete patch[key];
    if (!Array.isArray(order)) throw wrongKind('slice', order);
    const name = key.slice(ORDER_PREFIX.length);
    const live = Object.hasOwn(original, name) ? original[name] : undefined;
    const wanted = Object.hasOwn(patch, name) ? patch[name] : undefined;
    if (live !== undefined && !Array.isArray(live)) throw wrongKind('slice', live);
    if (wanted !== undefined && !Array.isArray(wanted)) throw wrongKind('slice', wanted);
    const list = listOfField(type, name);
    const mergeKey = list?.patchMergeKey ?? '';
    checkPatchFollowsOrder(wanted ?? [], order, mergeKey);
    let merged: unknown[];
    if (live !== undefined && wanted === undefined) merged = live;
    else if (live === undefined && wanted !== undefined) merged = withoutDirectives(wanted) as unknown[];
    else if (live !== undefined && wanted !== undefined) {
      merged = list?.patchMerge === true ? mergeList([...live], wanted, list, false) : wanted;
    } else continue;
    const [patchItems, serverItems] = partition(merged, order, mergeKey);
    setOwn(original, name, interleave(patchItems, serverItems, order, live ?? [], mergeKey));
    delete patch[name];
  }
}

function wrongKind(expected: string, actual: unknown): StrategicPatchError {
  return new StrategicPatchError('other', `expected a ${expected}, but received a ${kindOf(actual)}`);
}

/** The patch's own items must occur in the stated order, in that order. */
function checkPatchFollowsOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return;
  const items = mergeKey === '' ? patch : patch.filter((item) => !(isRecord(item) && item[DIRECTIVE] === 'delete'));
  let at = 0;
  for (const stated of order) {
    while (at < items.length && hasDirective(items[at])) at++;
    if (at < items.length && sameItem(items[at], stated, mergeKey)) at++;
  }
  while (at < items.length && hasDirective(items[at])) at++;
  if (at < items.length) {
    throw new StrategicPatchError(
      'other',
      `The order in patch list:\n${goValue(patch)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
    );
  }
}

function hasDirective(item: unknown): boolean {
  return isRecord(item) && DIRECTIVE in item;
}

function sameItem(left: unknown, right: unknown, mergeKey: string): boolean {
  if (mergeKey === '') return left === right;
  return keyOfItem(left, mergeKey) === keyOfItem(right, mergeKey);
}

function keyOfItem(item: unknown, mergeKey: string): unknown {
  if (!isRecord(item)) throw wrongKind('map[string]interface {}', item);
  if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

function noMergeKey(item: Fields, mergeKey: string): StrategicPatchError {
  return new StrategicPatchError('other', `map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
}

function mergeList(original: unknown[], patch: unknown[], list: ListType | undefined, deletes: boolean): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  const kind = commonKind([...original, ...patch]);
  const mergeKey = list?.patchMergeKey ?? '';
  if (kind !== 'map') {
    if (deletes) return original.filter((item) => !patch.includes(item));
    const merged = [...new Set([...original, ...patch])];
    const [patchItems, serverItems] = partition(merged, patch, '');
    return interleave(patchItems, serverItems, patch, original, '');
  }
  if (mergeKey === '') throw new StrategicPatchError('other', 'cannot merge lists without merge key for ');
  const [live, wanted] = applyItemDirectives(original, patch as Fields[], mergeKey);
  const serverOrder = [...live];
  const merged = mergeItems(live, wanted, mergeKey, list?.item);
  const [patchItems, serverItems] = partition(merged, wanted, mergeKey);
  return interleave(patchItems, serverItems, wanted, serverOrder, mergeKey);
}

/** Items that are directives: `{$patch: delete, name: x}` and `{$patch: replace}`. */
function applyItemDirectives(original: unknown[], patch: readonly Fields[], mergeKey: string): [unknown[], Fields[]] {
  let live = original;
  const wanted: Fields[] = [];
  let replaces = false;
  for (const item of patch) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) wanted.push(item);
    else if (directive === 'delete') {
      if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
      live = live.filter((each) => !(isRecord(each) && each[mergeKey] === item[mergeKey]));
    } else if (directive === 'replace') replaces = true;
    else if (directive === 'merge') {
      throw new StrategicPatchError('other', 'merging lists cannot yet be specified in the patch');
    } else throw badPatchType(directive, item);
  }
  return replaces ? [wanted, []] : [live, wanted];
}

function mergeItems(
  live: unknown[],
  wanted: readonly Fields[],
  mergeKey: string,
  item: TypeNode | undefined,
): unknown[] {
  const merged = [...live];
  for (const patchItem of wanted) {
    if (!(mergeKey in patchItem)) throw noMergeKey(patchItem, mergeKey);
    const at = merged.findIndex((each) => isRecord(each) && each[mergeKey] === patchItem[mergeKey]);
    const found = merged[at];
    if (isRecord(found)) merged[at] = mergeMap(found, copyValue(patchItem), item ?? ANY);
    else merged.push(patchItem);
  }
  return merged;
}

const ANY: TypeNode = { kind: 'scalar', scalar: 'any' };

/** Which items the other list names, and which it does not. */
function partition(items: readonly unknown[], by: readonly unknown[], mergeKey: string): [unknown[], unknown[]] {
  const named: unknown[] = [];
  const others: unknown[] = [];
  for (const item of items) {
    const found =
      mergeKey === ''
        ? by.includes(item)
        : by.some((each) => isRecord(each) && each[mergeKey] === keyOfItem(item, mergeKey));
    (found ? named : others).push(item);
  }
  return [named, others];
}

/** The patch's items in the patch's order, with the server's own in between where they stood before. */
function interleave(
  patchItems: unknown[],
  serverItems: unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const right = sortedBy(patchItems, patchOrder, mergeKey);
  const left = sortedBy(serverItems, serverOrder, mergeKey);
  const result: unknown[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    if (l >= left.length) result.push(right[r++]);
    else if (r >= right.length) result.push(left[l++]);
    else {
      const leftAt = indexIn(serverOrder, left[l], mergeKey);
      const rightAt = indexIn(serverOrder, right[r], mergeKey);
      if (leftAt >= 0 && rightAt >= 0 && leftAt < rightAt) result.push(left[l++]);
      else result.push(right[r++]);
    }
  }
  return result;
}

function sortedBy(items: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  return items
    .map((item) => ({ item, at: indexIn(order, item, mergeKey) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function indexIn(list: readonly unknown[], item: unknown, mergeKey: string): number {
  if (mergeKey === '') return list.indexOf(item);
  const key = isRecord(item) ? item[mergeKey] : undefined;
  return list.findIndex((each) => isRecord(each) && equalValues(each[mergeKey], key));
}

function discardNulls(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) discardNulls(item);
  else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      if (value[key] === null) delete value[key];
      else discardNulls(value[key]);
    }
  }
}

/** undefined: the whole value is a directive. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  if (DIRECTIVE in value) return undefined;
  for (const key of Object.keys(value)) setOrDelete(value, key, withoutDirectives(value[key]));
  return value;
}

function setOrDelete(target: Fields, key: string, value: unknown): void {
  if (value === undefined) delete target[key];
  else setOwn(target, key, value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'nil';
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'object') return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function commonKind(items: readonly unknown[]): string {
  const kind = kindOf(items[0]);
  for (const item of items) {
    const other = kindOf(item);
    if (other === 'slice') throw new StrategicPatchError('content', 'lists of lists are not supported');
    if (other !== kind) {
      throw new StrategicPatchError('other', `list element types are not identical: ${kind} and ${other}`);
    }
  }
  return kind;
}

function fieldOf(type: TypeNode, key: string): StructField | undefined {
  return type.kind === 'struct' ? type.fields.get(key) : undefined;
}

function typeOfField(type: TypeNode, key: string): TypeNode {
  if (type.kind === 'map') return type.value;
  return fieldOf(type, key)?.type ?? ANY;
}

function listOfField(type: TypeNode, key: string): ListType | undefined {
  const field = typeOfField(type, key);
  return field.kind === 'list' ? field : undefined;
}
