/**
 * Deletions (k8s.io/apiserver/pkg/registry/generic/registry, Store.Delete and rest.BeforeDelete). An object goes in up to
 * two steps: first it is marked (`deletionTimestamp`, a grace period, finalizers that the garbage collector or others
 * work off), then it is taken away; what nothing holds goes at once.
 */
import { timestamp } from '../../base/clock.ts';
import { copyValue } from './copy-value.ts';
import type { ObjectStorage } from './object-storage.ts';
import { runAfterHooks, runHooks } from './registry.ts';
import type { DeleteOptions } from './request-options.ts';
import type { KubeObject, RegistryServices } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import { conflict, notFound, type StatusError } from './status.ts';
import { StoredObject } from './stored-object.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

export interface DeletePlan {
  readonly served: ServedRow;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly options: DeleteOptions;
  readonly nowMs: number;
  readonly request: string | undefined;
  /** Admission; throws to refuse. `old` is frozen. */
  admit(old: KubeObject): Promise<void>;
}

export interface DeleteOutcome {
  /** As it was last, or as it is now that it waits. */
  readonly object: StoredObject;
  /** False: it is only marked. */
  readonly gone: boolean;
}

/** What one look at the object decides. */
type Decision =
  | { readonly kind: 'mark'; readonly object: KubeObject; readonly thenRemove: boolean }
  | { readonly kind: 'remove' }
  | { readonly kind: 'pending' };

export class Deleter {
  readonly #storage: ObjectStorage;
  readonly #services: () => RegistryServices;
  readonly #collected: boolean;

  /** @param collected whether somebody works off the finalizers of the garbage collector */
  constructor(storage: ObjectStorage, services: () => RegistryServices, collected = true) {
    this.#storage = storage;
    this.#collected = collected;
    this.#services = services;
  }

  /** @throws StatusError 404, 409 */
  async delete(plan: DeletePlan): Promise<DeleteOutcome> {
    const { served, namespace, name, options } = plan;
    const key = this.#storage.keyOf(served.storage, namespace, name);
    let present = await this.#storage.get(served.storage, key);
    let marked: StoredObject | undefined;
    for (;;) {
      if (present === undefined) {
        // Somebody else finished what this request began.
        if (marked !== undefined) return { object: marked, gone: true };
        throw notFound(served.groupResource, name);
      }
      if (marked === undefined || marked.revision !== present.revision) {
        checkPreconditions(plan, present.object);
        const decision = decide(plan, present.object, this.#collected);
        if (decision.kind === 'pending') return { object: present, gone: false };
        await plan.admit(present.object);
        if (decision.kind === 'mark') {
          const outcome = await this.#mark(plan, key, present, decision.object);
          if (!outcome.written) {
            present = outcome.present;
            continue;
          }
          marked = outcome.object;
          if (!decision.thenRemove) return { object: marked, gone: false };
          if (options.dryRun) return { object: marked, gone: true };
          present = marked;
        }
      }
      const outcome = await this.#remove(plan, key, present);
      if (outcome.written) return { object: marked ?? outcome.object, gone: true };
      present = outcome.present;
    }
  }

  async #mark(plan: DeletePlan, key: string, present: StoredObject, object: KubeObject) {
    const { storage } = plan.served;
    if (plan.options.dryRun) {
      return { written: true as const, object: StoredObject.ofUnstored(storage.form, key, object, present.revision) };
    }
    return this.#storage.replace(storage, key, object, present.revision, plan.request);
  }

  async #remove(plan: DeletePlan, key: string, present: StoredObject) {
    const { storage } = plan.served;
    if (plan.options.dryRun) return { written: true as const, object: present };
    const undo = await runHooks(storage.row.hooks, 'delete', present.object, present.object, this.#services(), false);
    try {
      const outcome = await this.#storage.delete(storage, key, present, plan.request);
      if (!outcome.written) {
        await undo();
        return outcome;
      }
      await runAfterHooks(storage.row.hooks, 'delete', present.object, present.object, this.#services());
      return outcome;
    } catch (error) {
      await undo();
      throw error;
    }
  }
}

function checkPreconditions({ served, options, name }: DeletePlan, object: KubeObject): void {
  const { uid, resourceVersion } = options.preconditions;
  const { row } = served.storage;
  const refuse = (what: string, wanted: string, found: string | undefined, why: string): StatusError =>
    row.checksOwnPreconditions !== true
      ? conflict(
          { group: row.group, resource: row.kind },
          name,
          `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found ?? ''}). The object might have been ${why}`,
        )
      : conflict(
          served.groupResource,
          name,
          `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found ?? ''}`,
        );
  const { metadata } = object;
  if (uid !== undefined && uid !== metadata.uid) throw refuse('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
  }
}

function decide(plan: DeletePlan, old: KubeObject, collected: boolean): Decision {
  const { row } = plan.served.storage;
  if (row.ownFinalizers !== undefined) {
    const own = decideOwn(plan, old, row.ownFinalizers);
    if (own !== undefined) return own;
  }
  const graceful = decideGrace(plan, old);
  if (graceful === 'pending') return { kind: 'pending' };
  const object = graceful ?? copyValue(old);
  const finalizers = collected ? wantedFinalizers(plan, object) : [...(object.metadata.finalizers ?? [])];
  if (finalizers.length > 0 || object.metadata.finalizers !== undefined) setFinalizers(object, finalizers);
  const held = finalizers.length > 0;
  if (graceful !== undefined) {
    const seconds = object.metadata.deletionGracePeriodSeconds ?? 0;
    return { kind: 'mark', object, thenRemove: !held && seconds === 0 };
  }
  if (!held) return { kind: 'remove' };
  markAsDeleting(object, plan.nowMs);
  return { kind: 'mark', object, thenRemove: false };
}

function setFinalizers(object: KubeObject, finalizers: string[]): void {
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
}

/** Namespaces: the first request only marks; nothing goes while their own finalizers are left. */
function decideOwn(
  plan: DeletePlan,
  old: KubeObject,
  own: NonNullable<ServedRow['row']['ownFinalizers']>,
): Decision | undefined {
  if (old.metadata.deletionTimestamp !== undefined) return own.pending(old) ? { kind: 'pending' } : undefined;
  const object = copyValue(old);
  object.metadata.deletionTimestamp = timestamp(plan.nowMs);
  const { propagationPolicy: policy, orphanDependents } = plan.options;
  const { finalizers = [] } = old.metadata;
  const kept = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const wants = (finalizer: string, byFlag: boolean, byPolicy: string): boolean =>
    orphanDependents !== undefined
      ? orphanDependents === byFlag
      : policy !== undefined
        ? policy === byPolicy
        : finalizers.includes(finalizer);
  if (wants(ORPHAN, true, 'Orphan')) kept.push(ORPHAN);
  if (wants(FOREGROUND, false, 'Foreground')) kept.push(FOREGROUND);
  setFinalizers(object, kept);
  own.begin(object);
  return { kind: 'mark', object, thenRemove: false };
}

/** The object marked for a graceful end; 'pending' when that has begun and cannot be hurried; undefined: no grace. */
function decideGrace({ served, options, nowMs }: DeletePlan, old: KubeObject): KubeObject | 'pending' | undefined {
  const { row } = served.storage;
  if (row.gracefulDeletion === undefined) return undefined;
  const requested =
    options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
  const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  if (deletionTimestamp === undefined) {
    const object = copyValue(old);
    const seconds = Math.max(0, row.gracefulDeletion(old, requested));
    object.metadata.deletionTimestamp = timestamp(nowMs + seconds * 1000);
    object.metadata.deletionGracePeriodSeconds = seconds;
    if ((old.metadata.generation ?? 0) > 0) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    return object;
  }
  const granted = deletionGracePeriodSeconds ?? 0;
  if (granted === 0) return undefined;
  if (requested === undefined || requested >= granted) return 'pending';
  // The end moves closer, counted from when the deletion began, but not into the past.
  const object = copyValue(old);
  let seconds = requested;
  let endMs = Date.parse(deletionTimestamp) - granted * 1000 + requested * 1000;
  if (endMs < nowMs) {
    endMs = nowMs;
    if (seconds !== 0) seconds = 1;
  }
  object.metadata.deletionTimestamp = timestamp(endMs);
  object.metadata.deletionGracePeriodSeconds = seconds;
  return object;
}

/** The object's finalizers, with those of the garbage collector as the options and the kind's default say. */
function wantedFinalizers({ served, options }: DeletePlan, object: KubeObject): string[] {
  const { defaultPropagation = 'Background' } = served.storage.row;
  const present = object.metadata.finalizers ?? [];
  const others = present.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (defaultPropagation === 'Unsupported') return others;
  if (options.orphanDependents !== undefined) return options.orphanDependents ? [...others, ORPHAN] : others;
  switch (options.propagationPolicy) {
    case 'Orphan':
      return [...others, ORPHAN];
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Background':
      return others;
    case undefined:
      if (present.includes(ORPHAN) || present.includes(FOREGROUND)) return [...present];
      return defaultPropagation === 'Orphan' ? [...others, ORPHAN] : others;
  }
}

function markAsDeleting(object: KubeObject, nowMs: number): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined && (metadata.generation ?? 0) > 0) {
    metadata.generation = (metadata.generation ?? 0) + 1;
  }
  if (metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) > nowMs) {
    metadata.deletionTimestamp = timestamp(nowMs);
  }
  metadata.deletionGracePeriodSeconds = 0;
}
