/**
 * What `apply` sends: from the configuration applied last, the one applied now, and the object as it is, a patch that
 * makes the new configuration true, drops what was applied before and is not any more, and leaves alone what others wrote
 * (apimachinery's strategicpatch and jsonmergepatch).
 *
 * The patch is what differs from the live object, deletions not counted, laid over what was deleted since the last apply.
 */
import { deepEqual } from '../../base/deep-equal.ts';
import { byCodePoints } from '../printers/objects.ts';
import { type FieldStrategy, strategyOf } from './merge-keys.ts';

export type Plain = Record<string, unknown>;
type Strategies = (path: readonly string[]) => FieldStrategy;

interface Pass {
  readonly deletions: boolean;
  readonly changes: boolean;
  readonly strategies: Strategies;
}

/** A strategic merge patch for a built-in kind. */
export function strategicPatch(kind: string, original: Plain, modified: Plain, current: Plain): Plain {
  const strategies: Strategies = (path) => strategyOf(kind, path);
  const delta = mapDifference(current, modified, [], { deletions: false, changes: true, strategies }, false);
  const deletions = mapDifference(original, modified, [], { deletions: true, changes: false, strategies }, false);
  return overlay(deletions, delta, [], strategies);
}

/** A JSON merge patch, for kinds that nobody knows how to merge. */
export function mergePatch(original: Plain, modified: Plain, current: Plain): Plain {
  const strategies: Strategies = () => ({});
  const delta = mapDifference(current, modified, [], { deletions: false, changes: true, strategies }, false);
  const deletions = mapDifference(original, modified, [], { deletions: true, changes: false, strategies }, false);
  return overlay(deletions, delta, [], strategies);
}

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapDifference(from: Plain, to: Plain, path: readonly string[], pass: Pass, retainKeys: boolean): Plain {
  const patch: Plain = {};
  for (const key of Object.keys(to).sort(byCodePoints)) {
    const after = to[key];
    const before = from[key];
    const here = [...path, key];
    if (!Object.hasOwn(from, key)) {
      if (pass.changes) patch[key] = after;
    } else if (isPlain(before) && isPlain(after)) {
      const { retainKeys: retain = false, replace = false } = pass.strategies(here);
      if (replace) {
        if (pass.changes) patch[key] = after;
        continue;
      }
      const inner = mapDifference(before, after, here, pass, retain);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (Array.isArray(before) && Array.isArray(after)) listDifference(patch, key, before, after, here, pass);
    else if (pass.changes && !deepEqual(before, after)) patch[key] = after;
  }
  if (pass.deletions) for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  const changed = Object.keys(patch).length > 0;
  if (
    retainKeys &&
    (changed || (pass.changes && Object.keys(from).some((key) => from[key] !== null && !Object.hasOwn(to, key))))
  )
    patch.$retainKeys = Object.keys(to)
      .filter((key) => to[key] !== null)
      .sort(byCodePoints);
  return patch;
}

function listDifference(
  patch: Plain,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly string[],
  pass: Pass,
): void {
  const { mergeKey, retainKeys = false } = pass.strategies(path);
  if (mergeKey === undefined) {
    if (pass.changes && !deepEqual(before, after)) patch[key] = after;
    return;
  }
  if (before.length === 0) {
    if (pass.changes && after.length > 0) patch[key] = after;
    return;
  }
  if (mergeKey === '') {
    const added = pass.changes ? after.filter((each) => !before.includes(each)) : [];
    const removed = pass.deletions ? before.filter((each) => !after.includes(each)) : [];
    if (added.length > 0) patch[key] = added;
    if (removed.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = removed;
    if ((removed.length > 0 || (pass.changes && !deepEqual(before, after))) && after.length > 0)
      patch[`$setElementOrder/${key}`] = after;
    return;
  }
  const keyed = (list: readonly unknown[]): Map<string, Plain> =>
    new Map(list.filter(isPlain).map((each) => [String(each[mergeKey]), each]));
  const old = keyed(before);
  const fresh = keyed(after);
  const changes: Plain[] = [];
  for (const [id, element] of fresh) {
    const match = old.get(id);
    if (match === undefined) {
      if (pass.changes) changes.push(element);
      continue;
    }
    const inner = mapDifference(match, element, path, pass, retainKeys);
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: element[mergeKey] });
  }
  if (pass.deletions) {
    for (const [id, element] of old)
      if (!fresh.has(id)) changes.push({ $patch: 'delete', [mergeKey]: element[mergeKey] });
  }
  const sameOrder = deepEqual([...old.keys()], [...fresh.keys()]);
  if (changes.length > 0) patch[key] = changes;
  if ((changes.length > 0 || (pass.changes && !sameOrder)) && after.length > 0)
    patch[`$setElementOrder/${key}`] = after.filter(isPlain).map((each) => ({ [mergeKey]: each[mergeKey] }));
}

/** The second patch laid over the first. */
function overlay(under: Plain, over: Plain, path: readonly string[], strategies: Strategies): Plain {
  const merged: Plain = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    const here = [...path, key];
    if (isPlain(below) && isPlain(value)) merged[key] = overlay(below, value, here, strategies);
    else if (Array.isArray(below) && Array.isArray(value) && !key.startsWith('$'))
      merged[key] = overlayLists(below, value, here, strategies);
    else merged[key] = value;
  }
  return merged;
}

function overlayLists(
  under: readonly unknown[],
  over: readonly unknown[],
  path: readonly string[],
  strategies: Strategies,
): readonly unknown[] {
  const { mergeKey } = strategies(path);
  if (mergeKey === undefined || mergeKey === '') return over;
  const merged = [...under];
  for (const element of over) {
    const at = merged.findIndex(
      (each) => isPlain(each) && isPlain(element) && String(each[mergeKey]) === String(element[mergeKey]),
    );
    const below = merged[at];
    if (at >= 0 && isPlain(below) && isPlain(element)) merged[at] = overlay(below, element, path, strategies);
    else merged.push(element);
  }
  return merged;
}
