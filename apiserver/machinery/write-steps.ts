/**
 * What happens to an object between its decoding and the store, one function a step. `request-chain.ts` has their order.
 * A refusal is a thrown StatusError.
 */
import { timestamp } from '../../base/clock.ts';
import { nameSuffix, type Random } from '../../base/random.ts';
import { copyValue, equalValues } from './copy-value.ts';
import { FieldErrors } from './field-errors.ts';
import { manageUpdate, timesDifferOnly } from './managed-fields.ts';
import {
  dedupeOwnerReferences,
  keepSystemFields,
  validateMeta,
  validateMetaUpdate,
  validateStandardFinalizers,
} from './object-meta.ts';
import type { KubeObject, MetaRules, RegistryServices, UserInfo, WriteContext, WriteStrategy } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import { invalid } from './status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep, Awaitable } from './steps.ts';

/** One write of one object. A retry is a new one. */
export interface Write {
  readonly operation: 'create' | 'update';
  readonly served: ServedRow;
  readonly strategy: WriteStrategy;
  /** '' for the resource itself. */
  readonly subresource: string;
  readonly namespace: string | undefined;
  /** '' while the server has not drawn one. */
  name: string;
  /** In the stored version; steps change it in place. */
  object: KubeObject;
  /** What is stored now, frozen; undefined for a create. */
  readonly old: KubeObject | undefined;
  readonly user: UserInfo;
  readonly manager: string;
  /** A server-side apply, which has worked out the ownership of fields itself. */
  readonly applied: boolean;
  readonly nowMs: number;
  /** The id of the request whose write it is. */
  readonly request: string;
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  warn(text: string): void;
  annotate(key: string, value: string): void;
}

export interface WriteStep {
  readonly name: string;
  run(write: Write): Awaitable<void>;
}

export async function runSteps(steps: readonly WriteStep[], write: Write): Promise<void> {
  for (const step of steps) {
    const pending = step.run(write);
    if (pending !== undefined) await pending;
  }
}

const DUPLICATE_OWNERS =
  '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ';
const DUPLICATE_OWNERS_AFTER_ADMISSION =
  '.metadata.ownerReferences contains duplicate entries after mutating admission happens; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ';

/** Equal owner references become one. */
export function dedupeOwners(afterAdmission: boolean): WriteStep {
  const text = afterAdmission ? DUPLICATE_OWNERS_AFTER_ADMISSION : DUPLICATE_OWNERS;
  return {
    name: afterAdmission ? 'owners after admission' : 'owners',
    run(write) {
      const repeated = dedupeOwnerReferences(write.object);
      if (repeated.length > 0) write.warn(`${text}${repeated.join(', ')}`);
    },
  };
}

/** Who owns which field from now on (`managed-fields.ts`). An apply has worked it out already. */
export const ownership: WriteStep = {
  name: 'ownership',
  run(write) {
    if (write.applied) return;
    const { served, old } = write;
    const scope = served.scopeOf(write.subresource);
    const { conversion } = served.row;
    if (conversion === undefined) {
      manageUpdate(old ?? scope.zero, write.object, write.manager, scope, write.nowMs);
      return;
    }
    const shown = conversion.fromStored(write.object);
    const shownOld = old === undefined ? scope.zero : conversion.fromStored(old);
    manageUpdate(shownOld, shown, write.manager, scope, write.nowMs);
    if (shown.metadata.managedFields === undefined) delete write.object.metadata.managedFields;
    else write.object.metadata.managedFields = shown.metadata.managedFields;
  },
};

/** What admission plugins see of a write. */
export function admissionAttributes(write: Write, operation: AdmissionOperation): AdmissionAttributes {
  return {
    operation,
    row: write.served.storage.row,
    subresource: write.subresource,
    namespace: write.namespace ?? '',
    name: write.name,
    object: write.object,
    old: write.old,
    options: write.options,
    user: write.user,
    dryRun: write.dryRun,
    nowMs: write.nowMs,
    warn: (text) => write.warn(text),
    annotate: (key, value) => write.annotate(key, value),
  };
}

/** The plugins that may change the object, in their order. */
export function mutatingAdmission(plugins: readonly AdmissionStep[], services: () => RegistryServices): WriteStep {
  const mutating = plugins.filter((plugin) => plugin.mutate !== undefined);
  return {
    name: 'mutating admission',
    async run(write) {
      const operation = write.operation === 'create' ? 'CREATE' : 'UPDATE';
      const row = write.served.storage.row;
      let attributes: AdmissionAttributes | undefined;
      for (const plugin of mutating) {
        if (!plugin.handles(operation, row, write.subresource)) continue;
        attributes ??= admissionAttributes(write, operation);
        const pending = plugin.mutate?.(attributes, services());
        if (pending !== undefined) await pending;
      }
      if (attributes?.object !== undefined) write.object = attributes.object;
    },
  };
}

/** The plugins that may refuse the object as it will be stored. */
export function validatingAdmission(plugins: readonly AdmissionStep[], services: () => RegistryServices): WriteStep {
  const validating = plugins.filter((plugin) => plugin.validate !== undefined);
  return {
    name: 'validating admission',
    async run(write) {
      const operation = write.operation === 'create' ? 'CREATE' : 'UPDATE';
      const row = write.served.storage.row;
      let attributes: AdmissionAttributes | undefined;
      for (const plugin of validating) {
        if (!plugin.handles(operation, row, write.subresource)) continue;
        attributes ??= admissionAttributes(write, operation);
        const pending = plugin.validate?.(attributes, services());
        if (pending !== undefined) await pending;
      }
    },
  };
}

/** Its uid, its birth, and its name where the client left that to the server. */
export function systemFields(random: Random): WriteStep {
  return {
    name: 'system fields',
    run(write) {
      if (write.operation !== 'create') return;
      const { metadata } = write.object;
      metadata.uid = random.uuid();
      metadata.creationTimestamp = timestamp(write.nowMs);
      if (metadata.generateName && !metadata.name) metadata.name = drawName(metadata.generateName, random);
      write.name = metadata.name ?? '';
    },
  };
}

/** The longest prefix that leaves room for a suffix in a name of 63 characters (upstream's names.SimpleNameGenerator). */
const GENERATED_PREFIX_MAX = 58;

function drawName(generateName: string, random: Random): string {
  return `${generateName.slice(0, GENERATED_PREFIX_MAX)}${nameSuffix(random)}`;
}

function contextOf(write: Write): WriteContext {
  return {
    nowMs: write.nowMs,
    user: write.user,
    namespace: write.namespace,
    subresource: write.subresource === '' ? undefined : write.subresource,
  };
}

/** What this endpoint does not let a client set or change is put right, without a word. */
export const preparation: WriteStep = {
  name: 'preparation',
  run(write) {
    const { object, old, strategy } = write;
    const { row } = write.served.storage;
    if (old === undefined) {
      delete object.metadata.generation;
      strategy.prepareForCreate?.(object, contextOf(write));
      if (row.generation !== 'none') object.metadata.generation = 1;
      return;
    }
    if (old.metadata.generation === undefined) delete object.metadata.generation;
    else object.metadata.generation = old.metadata.generation;
    strategy.prepareForUpdate?.(object, old, contextOf(write));
    if (changesGeneration(write, old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    keepSystemFields(object.metadata, old.metadata);
  },
};

function changesGeneration({ served, object }: Write, old: KubeObject): boolean {
  const { row } = served.storage;
  if (row.generation === 'none') return false;
  const fields = row.generation === 'spec' ? ['spec'] : row.generation;
  const differs = (next: KubeObject): boolean => fields.some((field) => !equalValues(next[field], old[field]));
  if (!differs(object)) return false;
  if (row.generationCountsEmpty === true) return true;
  // What is empty is none, here: but in few kinds upstream compares without looking at values' meaning.
  const stored: KubeObject = { ...object };
  for (const field of fields) stored[field] = copyValue(object[field]);
  served.toStorageForm(stored);
  return differs(stored);
}

const META_ON_UPDATE: readonly MetaRules[] = ['change'];

/** Metadata first, then the kind's own rules; all complaints in one answer. */
export const semanticValidation: WriteStep = {
  name: 'semantic validation',
  run(write) {
    const { object, old, strategy } = write;
    const { row } = write.served.storage;
    const errors = new FieldErrors();
    if (old === undefined) {
      if (strategy.metaOnCreate === undefined) {
        validateMeta(object.metadata, row.namespaced, row.nameRule, errors);
        if (row.standardFinalizers === true) validateStandardFinalizers(object.metadata.finalizers, errors);
      }
      strategy.validate?.(object, errors, contextOf(write));
      // What a kind's own rule lets pass still has to be one segment of a path.
      if (errors.empty && (typeof row.nameRule === 'function' || strategy.metaOnCreate === 'own'))
        validateMeta(object.metadata, row.namespaced, 'path', errors);
    } else {
      validateMeta(object.metadata, row.namespaced, 'path', errors);
      validateMetaUpdate(object.metadata, old.metadata, errors);
      for (const rules of strategy.metaOnUpdate ?? META_ON_UPDATE) {
        if (rules === 'content') validateMeta(object.metadata, row.namespaced, row.nameRule, errors);
        else validateMetaUpdate(object.metadata, old.metadata, errors);
        if (row.standardFinalizers === true) validateStandardFinalizers(object.metadata.finalizers, errors);
      }
      strategy.validateUpdate?.(object, old, errors, contextOf(write));
    }
    if (!errors.empty) throw invalid(row.group, row.kind, object.metadata.name ?? '', errors.list);
    for (const warning of strategy.warnings?.(object, old) ?? []) write.warn(warning);
  },
};

export const canonicalForm: WriteStep = {
  name: 'canonical form',
  run(write) {
    write.strategy.canonicalize?.(write.object);
    write.served.toStorageForm(write.object);
    if (write.old !== undefined && timesDifferOnly(write.object, write.old)) {
      const entries = write.old.metadata.managedFields;
      if (entries !== undefined) write.object.metadata.managedFields = entries as NonNullable<typeof entries>;
    }
  },
};
