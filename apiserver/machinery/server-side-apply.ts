/**
 * Server-side apply: merges a configuration into the live object, takes away what its manager applied before and no
 * longer does, and refuses to overwrite what others own unless forced (structured-merge-diff's Updater.Apply).
 */
import { timestamp } from '../../base/clock.ts';
import { copyValue, equalValues } from './copy-value.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmptySet,
  PathElementError,
  pathsOf,
  recursiveDifference,
  union,
  withNamedFields,
} from './field-set.ts';
import {
  decodeManaged,
  encodeManaged,
  exclude,
  identify,
  type Managed,
  type ManagedScope,
  type ManagedState,
  takeFromOthers,
  updateState,
  withoutUnowned,
} from './managed-fields.ts';
import type { KubeObject } from './resource-row.ts';
import { applyConflict, type StatusCause } from './status.ts';
import { compareTyped, fieldSetOf } from './typed-compare.ts';
import { MergeError, mergeTyped, removeFields } from './typed-merge.ts';
import { schemaComplaint } from './typed-validate.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

interface Conflict {
  readonly owner: Managed;
  readonly set: FieldSet;
}

/**
 * The object that results, with its managedFields; not yet decoded, defaulted or validated.
 * @param live frozen; `scope.zero` for an object that does not exist
 * @throws StatusError 409 with one cause for each conflict; MergeError
 */
export function applyConfiguration(
  live: KubeObject,
  config: KubeObject,
  manager: string,
  force: boolean,
  scope: ManagedScope,
  nowMs: number,
): KubeObject {
  let state = decodeManaged(live.metadata.managedFields) ?? new Map<string, Managed>();
  if (state.size === 0 && live.metadata.uid !== undefined) {
    // Nobody tracked this object so far: what it has belongs to whoever came before.
    state = stateOfStrangers(live, scope, nowMs);
  }
  const applier = { manager, applied: true, apiVersion: scope.apiVersion, subresource: scope.subresource };
  const outcome = attempt(live, config, applier, force, scope, state, manager);
  const changed = !equalValues(withoutManaged(live), withoutManaged(outcome.object));
  const entry = outcome.state.get(identify(applier));
  if (entry !== undefined && changed) entry.time = timestamp(nowMs);
  const metadata = { ...outcome.object.metadata };
  const entries = encodeManaged(outcome.state);
  if (entries === undefined) delete metadata.managedFields;
  else metadata.managedFields = entries;
  if (manager === 'kubectl' && metadata.annotations?.[LAST_APPLIED]) {
    metadata.annotations = { ...metadata.annotations, [LAST_APPLIED]: lastAppliedOf(config) };
  }
  return { ...outcome.object, metadata };
}

/** @throws MergeError when the object has a list whose items cannot be told apart */
function stateOfStrangers(live: KubeObject, scope: ManagedScope, nowMs: number): ManagedState {
  try {
    return updateState(new Map(), scope.zero, live, 'before-first-apply', scope, nowMs);
  } catch (error) {
    if (error instanceof PathElementError) throw new MergeError(error.message);
    throw error;
  }
}

function withoutManaged(object: KubeObject): unknown {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function attempt(
  live: KubeObject,
  config: KubeObject,
  applier: Omit<Managed, 'set' | 'time'>,
  force: boolean,
  scope: ManagedScope,
  state: ManagedState,
  manager: string,
): { readonly object: KubeObject; readonly state: ManagedState } {
  const id = identify(applier);
  const next: ManagedState = new Map([...state].map(([key, entry]) => [key, { ...entry }]));
  const last = next.get(id);
  const claimed = recursiveDifference(fieldSetOf(scope.type, config), scope.resetFields);
  next.set(id, { ...applier, set: claimed, time: last?.time });
  const merged = mergeTyped(scope.type, live, config) as KubeObject;
  const object = prune(merged, next, last, scope);
  const comparison = exclude(compareTyped(scope.type, live, object), scope.resetFields);
  const written = union(comparison.modified, comparison.added);
  const conflicts = conflictsWith(next, id, written);
  if (!force && conflicts.length > 0) {
    const left = manager === 'kubectl' ? beyondLastApplied(conflicts, live, scope) : conflicts;
    if (left.length > 0) throw conflictError(left);
  }
  takeFromOthers(next, written, comparison.removed, id);
  const owned = withoutUnowned(claimed);
  if (isEmptySet(owned)) next.delete(id);
  else next.set(id, { ...applier, set: owned, time: last?.time });
  return { object, state: next };
}

function conflictsWith(state: ManagedState, applierId: string, written: FieldSet): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const [id, owner] of state) {
    if (id === applierId) continue;
    const set = intersection(owner.set, written);
    if (!isEmptySet(set)) conflicts.push({ owner, set });
  }
  return conflicts;
}

/** Removes what the applier applied last time, does not apply now, and nobody else owns. */
function prune(merged: KubeObject, state: ManagedState, last: Managed | undefined, scope: ManagedScope): KubeObject {
  if (last === undefined || isEmptySet(last.set)) return merged;
  const { type } = scope;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, type);
  const remove = (set: FieldSet): KubeObject => (removeFields(type, merged, set) ?? {}) as KubeObject;
  const lastNamed = named(last.set);
  const mergedNamed = named(fieldSetOf(type, merged));
  const managed = [...state.values()].map((entry) => entry.set).reduce(union, emptySet);
  let pruned = remove(lastNamed);
  const prunedNamed = named(fieldSetOf(type, pruned));
  pruned = remove(difference(mergedNamed, union(prunedNamed, named(managed))));
  const keptNamed = named(fieldSetOf(type, pruned));
  return remove(intersection(difference(mergedNamed, keptNamed), lastNamed));
}

/** kubectl, moving from client-side apply, may overwrite what its last-applied annotation says it applied. */
function beyondLastApplied(conflicts: readonly Conflict[], live: KubeObject, scope: ManagedScope): readonly Conflict[] {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined || text === '') return conflicts;
  let applied: KubeObject;
  try {
    applied = JSON.parse(text) as KubeObject;
  } catch {
    return conflicts;
  }
  if (applied.apiVersion !== scope.apiVersion) return conflicts;
  if (schemaComplaint(scope.type, applied) !== undefined) return conflicts;
  const { added, modified, removed } = compareTyped(scope.type, applied, live);
  const unchanged = difference(fieldSetOf(scope.type, applied), union(union(added, modified), removed));
  return conflicts
    .map(({ owner, set }) => ({ owner, set: difference(set, unchanged) }))
    .filter(({ set }) => !isEmptySet(set));
}

function lastAppliedOf(config: KubeObject): string {
  const copy = copyValue(config);
  if (copy.metadata.annotations !== undefined) delete copy.metadata.annotations[LAST_APPLIED];
  return `${JSON.stringify(copy)}\n`;
}

function conflictError(conflicts: readonly Conflict[]): Error {
  const byOwner = [...conflicts].sort((a, b) => (printOwner(a.owner) < printOwner(b.owner) ? -1 : 1));
  const found = byOwner.flatMap(({ owner, set }) => pathsOf(set).map((path) => ({ owner: printOwner(owner), path })));
  const causes: StatusCause[] = found.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field: path,
  }));
  const [only] = found;
  if (found.length === 1 && only !== undefined) {
    return applyConflict(causes, `Apply failed with 1 conflict: conflict with ${only.owner}: ${only.path}`);
  }
  const lines = byOwner.flatMap(({ owner, set }) => [
    `conflicts with ${printOwner(owner)}:`,
    ...pathsOf(set).map((path) => `- ${path}`),
  ]);
  return applyConflict(causes, `Apply failed with ${found.length} conflicts: ${lines.join('\n')}`);
}

function printOwner(owner: Managed): string {
  const through = owner.subresource === '' ? '' : ` with subresource ${JSON.stringify(owner.subresource)}`;
  return `${JSON.stringify(owner.manager)}${through}${owner.applied ? '' : ` using ${owner.apiVersion}`}`;
}
