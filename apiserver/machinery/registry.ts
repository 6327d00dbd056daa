/**
 * Creates and updates: takes an object through the write steps and into the store, again when somebody else was faster
 * (k8s.io/apiserver/pkg/registry/generic/registry, Store.Create and Store.Update). Deletions are in `deletion.ts`.
 *
 * An update begins with what the cache has; if that turns out to be old, by a lost transaction or by a complaint that it
 * may have caused, everything is done again on what the store has. A client's own resourceVersion is never retried.
 */
import { copyValue, equalValues } from './copy-value.ts';
import type { ObjectStorage } from './object-storage.ts';
import { isTooLarge } from './object-storage.ts';
import type { KubeObject, RegistryServices, WriteHook } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import {
  alreadyExists,
  conflict,
  generateNameConflict,
  modifiedMeanwhile,
  notFound,
  plainError,
  StatusError,
} from './status.ts';
import { StoredObject } from './stored-object.ts';
import { runSteps, type Write, type WriteStep } from './write-steps.ts';

const NAME_ATTEMPTS_MAX = 8;
/** Lost transactions in a row, after which something is wrong. */
const UPDATE_ATTEMPTS_MAX = 100;

export interface WriteSteps {
  /** Once for each request, or each attempt of an update: what depends on the client's object. */
  readonly admit: readonly WriteStep[];
  /** Once for each attempt, right before the store. */
  readonly finish: readonly WriteStep[];
}

export interface UpdatePlan {
  /** The write of one attempt, with the object that this attempt wants to store; `old` undefined: nothing is there. */
  attempt(old: KubeObject | undefined): Promise<Write>;
  readonly served: ServedRow;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Creates what is not there. */
  readonly mayCreate: boolean;
  /** The caller's conditions on what is there, beside the object's own resourceVersion. */
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
  readonly dryRun: boolean;
}

export interface UpdateOutcome {
  readonly object: StoredObject;
  readonly created: boolean;
}

export class Registry {
  readonly #storage: ObjectStorage;
  readonly #steps: WriteSteps;
  readonly #services: () => RegistryServices;

  constructor(storage: ObjectStorage, steps: WriteSteps, services: () => RegistryServices) {
    this.#storage = storage;
    this.#steps = steps;
    this.#services = services;
  }

  /** @param again a fresh copy of the write as it was before the steps, for another drawn name */
  async create(write: Write): Promise<StoredObject> {
    if (write.object.metadata.resourceVersion) {
      throw plainError('resourceVersion should not be set on objects to be created');
    }
    await runSteps(this.#steps.admit, write);
    const drawn = Boolean(write.object.metadata.generateName) && !write.object.metadata.name;
    if (!drawn) return this.#create(write);
    const { object } = write;
    for (let attempt = 1; ; attempt++) {
      write.object = copyValue(object);
      try {
        return await this.#create(write);
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
        if (attempt === NAME_ATTEMPTS_MAX) throw generateNameConflict(write.served.groupResource, write.name);
      }
    }
  }

  async #create(write: Write): Promise<StoredObject> {
    await runSteps(this.#steps.finish, write);
    return this.#insert(write);
  }

  /** Stores an object that is ready. @throws StatusError 409 when its name is taken */
  async #insert(write: Write): Promise<StoredObject> {
    const { served, object, namespace } = write;
    const { storage } = served;
    const key = this.#storage.keyOf(storage, namespace, write.name);
    if (write.dryRun) {
      const present = await this.#storage.get(storage, key);
      if (present !== undefined) throw this.#taken(served, write.name, present);
      await runHooks(storage.row.hooks, 'create', object, undefined, this.#services(), true);
      return StoredObject.ofUnstored(storage.form, key, object);
    }
    const undo = await runHooks(storage.row.hooks, 'create', object, undefined, this.#services(), false);
    try {
      const outcome = await this.#storage.create(storage, key, object, write.request).catch((error: unknown) => {
        if (!isTooLarge(error) || object.metadata.managedFields === undefined) throw error;
        delete object.metadata.managedFields;
        return this.#storage.create(storage, key, object, write.request);
      });
      if (!outcome.written) throw this.#taken(served, write.name, outcome.present);
      await runAfterHooks(storage.row.hooks, 'create', outcome.object.object, undefined, this.#services());
      return outcome.object;
    } catch (error) {
      await undo();
      throw error;
    }
  }

  #taken(served: ServedRow, name: string, present: StoredObject | undefined): StatusError {
    const error = alreadyExists(served.groupResource, name);
    return present?.object.metadata.deletionTimestamp === undefined
      ? error
      : error.reworded(`object is being deleted: ${error.message}`);
  }

  async update(plan: UpdatePlan): Promise<UpdateOutcome> {
    const { served, namespace, name } = plan;
    const { storage } = served;
    const key = this.#storage.keyOf(storage, namespace, name);
    let present = this.#storage.cached(storage, key);
    let current = false;
    if (present === undefined) {
      present = await this.#storage.get(storage, key);
      current = true;
    }
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS_MAX; attempt++) {
      try {
        const outcome = await this.#attempt(plan, key, present);
        if (outcome !== 'changed' && 'object' in outcome) return outcome;
        if (outcome === 'changed') present = await this.#storage.get(storage, key);
        else present = outcome.present;
        current = true;
      } catch (error) {
        // What the cache has may be old, and so the reason to refuse.
        if (current || !(error instanceof StatusError)) throw error;
        const fresh = await this.#storage.get(storage, key);
        current = true;
        if (fresh?.revision === present?.revision) throw error;
        present = fresh;
      }
    }
    throw modifiedMeanwhile(served.groupResource, name);
  }

  /** One try; what is there instead when somebody was faster. */
  async #attempt(
    plan: UpdatePlan,
    key: string,
    present: StoredObject | undefined,
  ): Promise<UpdateOutcome | { readonly present: StoredObject | undefined } | 'changed'> {
    const { served, name } = plan;
    if (present === undefined && !plan.mayCreate) throw notFound(served.groupResource, name);
    const old = present?.object;
    checkPreconditions(plan, key, old);
    const write = await plan.attempt(old);
    await runSteps(this.#steps.admit, write);
    if (present === undefined || old === undefined) {
      await runSteps(this.#steps.finish, write);
      return { object: await this.#insert(write), created: true };
    }
    this.#checkVersion(write, old);
    await runSteps(this.#steps.finish, write);
    const { object } = write;
    const { row } = served.storage;
    if (isFinished(object, old) && row.ownFinalizers?.pending(object) !== true) {
      return this.#removeFinished(plan, write, present);
    }
    object.metadata.resourceVersion = old.metadata.resourceVersion ?? '';
    if (equalValues(object, old)) return this.#unchanged(plan, write, present);
    if (plan.dryRun)
      return { object: StoredObject.ofUnstored(served.storage.form, key, object, present.revision), created: false };
    const undo = await runHooks(row.hooks, 'update', object, old, this.#services(), false);
    try {
      const outcome = await this.#storage.replace(served.storage, key, object, present.revision, write.request);
      if (outcome.written) {
        await runAfterHooks(row.hooks, 'update', outcome.object.object, old, this.#services());
        return { object: outcome.object, created: false };
      }
      await undo();
      return { present: outcome.present };
    } catch (error) {
      await undo();
      throw error;
    }
  }

  /**
   * Nothing to write, if what was compared with is still what is there: unless it is to be kept in another way than before,
   * as when keys are rotated, and every object is written once as it is.
   */
  async #unchanged(
    plan: UpdatePlan,
    write: Write,
    present: StoredObject,
  ): Promise<UpdateOutcome | { present: StoredObject | undefined }> {
    const { storage } = plan.served;
    const key = this.#storage.keyOf(storage, plan.namespace, plan.name);
    const now = await this.#storage.get(storage, key);
    if (now?.revision !== present.revision) return { present: now };
    if (plan.dryRun || !(await this.#storage.isStale(key))) return { object: now, created: false };
    const outcome = await this.#storage.replace(storage, key, write.object, present.revision, write.request);
    return outcome.written ? { object: outcome.object, created: false } : { present: outcome.present };
  }

  #checkVersion(write: Write, old: KubeObject): void {
    const { served, object } = write;
    const wanted = object.metadata.resourceVersion;
    if (wanted === undefined || wanted === '' || wanted === '0') {
      if (served.storage.row.allowUnconditionalUpdate !== false) {
        object.metadata.resourceVersion = old.metadata.resourceVersion ?? '';
        return;
      }
      throw unconditional(served, write.name);
    }
    if (!/^\d+$/.test(wanted)) throw plainError(`strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`);
    if (wanted !== old.metadata.resourceVersion) throw modifiedMeanwhile(served.groupResource, write.name);
  }

  /** An update that took the last finalizer of an object that was to be deleted deletes it. */
  async #removeFinished(
    plan: UpdatePlan,
    write: Write,
    present: StoredObject,
  ): Promise<UpdateOutcome | { present: StoredObject | undefined }> {
    const { storage } = plan.served;
    const result = StoredObject.ofUnstored(storage.form, present.key, write.object, present.revision);
    if (plan.dryRun) return { object: result, created: false };
    const outcome = await this.#storage.delete(storage, present.key, present, write.request);
    if (!outcome.written) return { present: outcome.present };
    await runAfterHooks(storage.row.hooks, 'delete', outcome.object.object, present.object, this.#services());
    return { object: result, created: false };
  }
}

function unconditional(served: ServedRow, name: string): StatusError {
  const { group, resource } = served.groupResource;
  const message = 'Invalid value: 0: must be specified for an update';
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${group === '' ? resource : `${resource}.${group}`} ${JSON.stringify(name)} is invalid: metadata.resourceVersion: ${message}`,
    details: {
      name,
      ...(group === '' ? {} : { group }),
      kind: resource,
      causes: [{ reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' }],
    },
  });
}

function checkPreconditions(plan: UpdatePlan, key: string, old: KubeObject | undefined): void {
  const { uid, resourceVersion } = plan.preconditions ?? {};
  if (uid !== undefined && uid !== '' && uid !== (old?.metadata.uid ?? '')) {
    throw preconditionFailed(plan, key, `UID in precondition: ${uid}, UID in object meta: ${old?.metadata.uid ?? ''}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== (old?.metadata.resourceVersion ?? '')) {
    const found = old?.metadata.resourceVersion ?? '';
    throw preconditionFailed(
      plan,
      key,
      `ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${found}`,
    );
  }
}

function preconditionFailed(plan: UpdatePlan, key: string, what: string): StatusError {
  const message = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what}`;
  return conflict(plan.served.groupResource, plan.name, message);
}

/** Nothing holds it any more: no finalizer, no grace. */
function isFinished(object: KubeObject, old: KubeObject): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0 || old.metadata.deletionTimestamp === undefined) return false;
  return (old.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** Runs what must come before the write; answers how to take all of it back. */
export async function runHooks(
  hooks: readonly WriteHook[] | undefined,
  operation: 'create' | 'update' | 'delete',
  object: KubeObject,
  old: KubeObject | undefined,
  services: RegistryServices,
  dryRun: boolean,
): Promise<() => Promise<void>> {
  if (hooks === undefined) return nothingToUndo;
  const undos: (() => Promise<void>)[] = [];
  const undo = async (): Promise<void> => {
    for (const each of undos.reverse()) await each();
  };
  try {
    for (const hook of hooks) {
      const taken = await hook.before?.(operation, object, old, services, dryRun);
      if (taken !== undefined) undos.push(taken);
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return undo;
}

async function nothingToUndo(): Promise<void> {}

export async function runAfterHooks(
  hooks: readonly WriteHook[] | undefined,
  operation: 'create' | 'update' | 'delete',
  object: KubeObject,
  old: KubeObject | undefined,
  services: RegistryServices,
): Promise<void> {
  for (const hook of hooks ?? []) await hook.after?.(operation, object, old, services);
}
