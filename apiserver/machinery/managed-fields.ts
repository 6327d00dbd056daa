/**
 * Who owns which field (`metadata.managedFields`), for writes that are not applies: whoever changes a field owns it
 * from then on, and alone (k8s.io/apimachinery/pkg/util/managedfields, structured-merge-diff's Updater.Update).
 *
 * Invariants: entries are told apart by manager, operation, subresource and, for updates, API version; at most
 * `UPDATE_MANAGERS_MAX` entries are of updates, the oldest are gathered under `ancient-changes`; an entry without fields
 * does not exist.
 */
import { timestamp } from '../../base/clock.ts';
import { equalValues } from './copy-value.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  PathElementError,
  recursiveDifference,
  setOfPath,
  setOfPaths,
  union,
} from './field-set.ts';
import { decodeFieldSet } from './field-set-decoding.ts';
import type { KubeObject, ManagedFieldsEntry } from './resource-row.ts';
import type { StructType } from './type-nodes.ts';
import { type Comparison, compareTyped } from './typed-compare.ts';

const UPDATE_MANAGERS_MAX = 10;

/** Fields that nobody owns: the server's own, and what names the object. */
const unowned = setOfPaths([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'selfLink'],
  ['metadata', 'uid'],
  ['metadata', 'clusterName'],
  ['metadata', 'generation'],
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
]);

/** The endpoint through which a write comes. */
export interface ManagedScope {
  readonly type: StructType;
  readonly apiVersion: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  /** What the endpoint resets and so nobody owns by writing through it. */
  readonly resetFields: FieldSet;
  /** The object before anything is set (`Creater.New`): what a create is compared with. */
  readonly zero: KubeObject;
}

/** One entry, decoded. */
export interface Managed {
  readonly manager: string;
  readonly applied: boolean;
  readonly apiVersion: string;
  readonly subresource: string;
  set: FieldSet;
  time: string | undefined;
}

export type ManagedState = Map<string, Managed>;

export function identify(entry: Pick<Managed, 'manager' | 'applied' | 'apiVersion' | 'subresource'>): string {
  const version = entry.applied ? '' : entry.apiVersion;
  return `${entry.manager}\0${entry.applied ? 'Apply' : 'Update'}\0${version}\0${entry.subresource}`;
}

/**
 * undefined when the entries are not well-formed: then they count as none.
 * @param decode what was stored needs no checks; what a client sent does (`decodeFieldSet`)
 */
export function decodeManaged(
  entries: readonly ManagedFieldsEntry[] | undefined,
  decode: (fields: unknown) => FieldSet | undefined = storedSet,
): ManagedState | undefined {
  const state: ManagedState = new Map();
  for (const entry of entries ?? []) {
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') return undefined;
    if (entry.apiVersion === undefined || entry.apiVersion === '' || entry.fieldsType !== 'FieldsV1') return undefined;
    const set = decode(entry.fieldsV1);
    if (set === undefined) return undefined;
    const managed: Managed = {
      manager: entry.manager ?? '',
      applied: entry.operation === 'Apply',
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      set,
      time: entry.time,
    };
    state.set(identify(managed), managed);
  }
  return state;
}

function storedSet(fields: unknown): FieldSet {
  return (fields ?? emptySet) as FieldSet;
}

/** Sorted as upstream sorts: applies first, then by time, manager, version and subresource. */
export function encodeManaged(state: ManagedState): ManagedFieldsEntry[] | undefined {
  if (state.size === 0) return undefined;
  const entries = [...state.values()];
  if (entries.length > 1) {
    entries.sort(
      (a, b) =>
        compareTexts(a.applied ? 'Apply' : 'Update', b.applied ? 'Apply' : 'Update') ||
        compareTexts(a.time ?? '', b.time ?? '') ||
        compareTexts(a.manager, b.manager) ||
        compareTexts(a.apiVersion, b.apiVersion) ||
        compareTexts(a.subresource, b.subresource),
    );
  }
  return entries.map(encodeEntry);
}

function encodeEntry({ manager, applied, apiVersion, time, set, subresource }: Managed): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {};
  if (manager !== '') entry.manager = manager;
  entry.operation = applied ? 'Apply' : 'Update';
  entry.apiVersion = apiVersion;
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = set;
  if (subresource !== '') entry.subresource = subresource;
  return entry;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `[]` or `[{}]`: the client asks to forget who owns what. */
function asksForReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined || entries === null) return false;
  return entries.length === 0 || (entries.length === 1 && equalValues(entries[0], {}));
}

function stateBefore(live: KubeObject, next: KubeObject, scope: ManagedScope): ManagedState {
  const liveState = (): ManagedState => decodeManaged(live.metadata.managedFields) ?? new Map();
  if (scope.subresource !== '') return liveState();
  if (asksForReset(next.metadata.managedFields)) return new Map();
  const sent = decodeManaged(next.metadata.managedFields, decodeFieldSet);
  return sent === undefined || sent.size === 0 ? liveState() : sent;
}

/**
 * Writes `next.metadata.managedFields` for a create, update or patch by `manager`.
 * @param live what was there before; `scope.zero` for a create
 */
export function manageUpdate(
  live: KubeObject,
  next: KubeObject,
  manager: string,
  scope: ManagedScope,
  nowMs: number,
): void {
  const state = stateBefore(live, next, scope);
  delete next.metadata.managedFields;
  // An object that nobody tracked so far stays untracked until its first apply.
  if (state.size === 0 && live.metadata.uid !== undefined && live.metadata.uid !== '') return;
  const entries = maybeEncoded(() => updateState(state, live, next, manager, scope, nowMs));
  if (entries !== undefined) next.metadata.managedFields = entries;
}

/** undefined for an object with a list whose items cannot be told apart: upstream gives up on whose its fields are. */
function maybeEncoded(state: () => ManagedState): ManagedFieldsEntry[] | undefined {
  try {
    return encodeManaged(state());
  } catch (error) {
    if (error instanceof PathElementError) return undefined;
    throw error;
  }
}

/** The state after `manager` wrote `next` over `live`. Changes and answers `state`. */
export function updateState(
  state: ManagedState,
  live: KubeObject,
  next: KubeObject,
  manager: string,
  scope: ManagedScope,
  nowMs: number,
): ManagedState {
  const comparison = exclude(compareTyped(scope.type, live, next), scope.resetFields);
  const written = union(comparison.modified, comparison.added);
  takeFromOthers(state, written, comparison.removed);
  const owned = difference(written, unowned);
  if (!isEmptySet(owned)) {
    const entry = {
      manager: manager === '' ? 'unknown' : manager,
      applied: false,
      apiVersion: scope.apiVersion,
      subresource: scope.subresource,
    };
    const id = identify(entry);
    const previous = state.get(id)?.set ?? emptySet;
    state.set(id, { ...entry, set: union(previous, owned), time: timestamp(nowMs) });
  }
  capUpdates(state);
  return state;
}

export function exclude(comparison: Comparison, reset: FieldSet): Comparison {
  if (isEmptySet(reset)) return comparison;
  return {
    added: recursiveDifference(comparison.added, reset),
    modified: recursiveDifference(comparison.modified, reset),
    removed: recursiveDifference(comparison.removed, reset),
  };
}

/** What was written is no longer theirs; what was removed is nobody's. */
export function takeFromOthers(state: ManagedState, written: FieldSet, removed: FieldSet, except?: string): void {
  if (state.size === 0) return;
  const gone = union(written, removed);
  if (isEmptySet(gone)) return;
  for (const [id, entry] of state) {
    if (id === except || isEmptySet(intersection(entry.set, gone))) continue;
    const left = difference(entry.set, gone);
    if (isEmptySet(left)) state.delete(id);
    else entry.set = left;
  }
}

export function withoutUnowned(set: FieldSet): FieldSet {
  return difference(set, unowned);
}

/** Too many updaters: the oldest of each version are merged into one. */
function capUpdates(state: ManagedState): void {
  if (state.size <= UPDATE_MANAGERS_MAX) return;
  const updaters = [...state.entries()].filter(([, entry]) => !entry.applied);
  let count = updaters.length;
  if (count <= UPDATE_MANAGERS_MAX) return;
  updaters.sort(([idA, a], [idB, b]) => compareTexts(a.time ?? '', b.time ?? '') || compareTexts(idA, idB));
  const firstOfVersion = new Map<string, string>();
  for (const [id, entry] of updaters) {
    if (count <= UPDATE_MANAGERS_MAX) return;
    const bucketEntry = { manager: 'ancient-changes', applied: false, apiVersion: entry.apiVersion, subresource: '' };
    const bucketId = identify(bucketEntry);
    const first = firstOfVersion.get(entry.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(entry.apiVersion, id);
      continue;
    }
    let bucket = state.get(bucketId);
    if (bucket === undefined) {
      bucket = { ...bucketEntry, set: state.get(first)?.set ?? emptySet, time: undefined };
      state.delete(first);
      state.set(bucketId, bucket);
    }
    bucket.set = union(entry.set, bucket.set);
    bucket.time = entry.time;
    state.delete(id);
    count--;
  }
}

/** What is validated of entries that clients send (metav1's ValidateManagedFields does the wording). */
export function timesDifferOnly(a: KubeObject, b: KubeObject): boolean {
  const left = a.metadata.managedFields ?? [];
  const right = b.metadata.managedFields ?? [];
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    if (!equalValues({ ...left[at], time: undefined }, { ...right[at], time: undefined })) return false;
  }
  const { managedFields: _, ...leftMeta } = a.metadata;
  const { managedFields: __, ...rightMeta } = b.metadata;
  return equalValues({ ...a, metadata: leftMeta }, { ...b, metadata: rightMeta });
}

const replicasInScale = ['spec', 'replicas'];

/** The owners of a view's `spec.replicas`, as the view shows them: those of the parent's field at `path`. */
export function managedOfView(
  parent: readonly ManagedFieldsEntry[] | undefined,
  path: readonly string[],
  viewApiVersion: string,
): ManagedFieldsEntry[] | undefined {
  const shown: ManagedState = new Map();
  for (const [id, entry] of decodeManaged(parent) ?? new Map<string, Managed>()) {
    if (hasPath(entry.set, path)) {
      shown.set(id, { ...entry, apiVersion: viewApiVersion, set: setOfPath(replicasInScale) });
    }
  }
  return encodeManaged(shown);
}

/** The parent's owners after the view was written. */
export function managedOfParent(
  parent: readonly ManagedFieldsEntry[] | undefined,
  view: readonly ManagedFieldsEntry[] | undefined,
  path: readonly string[],
  parentApiVersion: string,
): ManagedFieldsEntry[] | undefined {
  const viewState = decodeManaged(view) ?? new Map<string, Managed>();
  const result: ManagedState = new Map();
  for (const [id, entry] of decodeManaged(parent) ?? new Map<string, Managed>()) {
    if (!hasPath(entry.set, path)) result.set(id, entry);
    else if (viewState.delete(id)) result.set(id, entry);
    else {
      const left = difference(entry.set, setOfPath(path));
      if (!isEmptySet(left)) result.set(id, { ...entry, set: left });
    }
  }
  for (const [id, entry] of viewState) {
    if (!hasPath(entry.set, replicasInScale)) continue;
    result.set(id, { ...entry, apiVersion: parentApiVersion, set: setOfPath(path), time: undefined });
  }
  return encodeManaged(result);
}
