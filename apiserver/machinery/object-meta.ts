/**
 * The rules of metadata that hold for every kind (k8s.io/apimachinery/pkg/api/validation, "objectmeta"): what it may
 * contain on a create, what an update may change, what the server fills in itself.
 */

import { equalValues } from './copy-value.ts';
import type { FieldErrors } from './field-errors.ts';
import {
  dns1123LabelComplaints,
  labelValueComplaints,
  nameComplaints,
  qualifiedNameComplaints,
} from './name-formats.ts';
import type { KubeObject, ManagedFieldsEntry, NameRule, ObjectMeta, OwnerReference } from './resource-row.ts';

const ANNOTATIONS_BYTES_MAX = 256 * 1024;
const FIELD_MANAGER_BYTES_MAX = 128;
const SUBRESOURCE_BYTES_MAX = 256;

/** Metadata of an object on its way in. @param nameRule the kind's own on a create, `path` on an update */
export function validateMeta(meta: ObjectMeta, namespaced: boolean, nameRule: NameRule, errors: FieldErrors): void {
  if (meta.generateName) {
    for (const complaint of nameComplaints(nameRule, meta.generateName, true)) {
      errors.invalid('metadata.generateName', meta.generateName, complaint);
    }
  }
  if (!meta.name) errors.required('metadata.name', 'name or generateName is required');
  else {
    for (const complaint of nameComplaints(nameRule, meta.name, false)) {
      errors.invalid('metadata.name', meta.name, complaint);
    }
  }
  if (namespaced) {
    if (!meta.namespace) errors.required('metadata.namespace');
    else {
      for (const complaint of dns1123LabelComplaints(meta.namespace)) {
        errors.invalid('metadata.namespace', meta.namespace, complaint);
      }
    }
  } else if (meta.namespace) errors.forbidden('metadata.namespace', 'not allowed on this type');
  if ((meta.generation ?? 0) < 0) {
    errors.invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0');
  }
  validateLabels(meta.labels, 'metadata.labels', errors);
  validateAnnotations(meta.annotations, 'metadata.annotations', errors);
  validateOwnerReferences(meta.ownerReferences, 'metadata.ownerReferences', errors);
  validateFinalizers(meta.finalizers, 'metadata.finalizers', errors);
  validateManagedFields(meta.managedFields, 'metadata.managedFields', errors);
}

export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const key in labels) {
    for (const complaint of qualifiedNameComplaints(key)) errors.invalid(path, key, complaint);
    const value = labels[key] ?? '';
    for (const complaint of labelValueComplaints(value)) errors.invalid(path, value, complaint);
  }
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  let bytes = 0;
  for (const key in annotations) {
    for (const complaint of qualifiedNameComplaints(key.toLowerCase())) errors.invalid(path, key, complaint);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? '');
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.tooLong(path, ANNOTATIONS_BYTES_MAX);
}

function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  let controller = '';
  for (const reference of references ?? []) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = reference;
    const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
    if (version === '') errors.invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty');
    if (kind === '') errors.invalid(`${path}.kind`, kind, 'must not be empty');
    if (name === '') errors.invalid(`${path}.name`, name, 'must not be empty');
    if (uid === '') errors.invalid(`${path}.uid`, uid, 'must not be empty');
    if (apiVersion === 'v1' && kind === 'Event') {
      errors.invalid(path, ownerAsGoWrites(reference), '/v1, Kind=Event is disallowed from being an owner');
    }
    if (reference.controller !== true) continue;
    const current = `${kind}/${name}`;
    if (controller !== '') {
      errors.invalid(
        path,
        references?.map(ownerAsGoWrites),
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`,
      );
    } else controller = current;
  }
}

/** With its fields in the order of the Go type. */
export function ownerAsGoWrites({
  apiVersion = '',
  kind = '',
  name = '',
  uid = '',
  ...flags
}: OwnerReference): OwnerReference {
  const { controller, blockOwnerDeletion } = flags;
  return {
    apiVersion,
    kind,
    name,
    uid,
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  };
}

function validateFinalizers(finalizers: readonly string[] | undefined, path: string, errors: FieldErrors): void {
  for (const finalizer of finalizers ?? []) {
    for (const complaint of qualifiedNameComplaints(finalizer)) errors.invalid(path, finalizer, complaint);
  }
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.invalid(path, finalizers, 'finalizer foregroundDeletion and orphan cannot be both set');
  }
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers without a domain are upstream's own. */
export function validateStandardFinalizers(finalizers: readonly string[] | undefined, errors: FieldErrors): void {
  for (const [index, finalizer] of (finalizers ?? []).entries()) {
    if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) continue;
    const complaint = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.invalid(`metadata.finalizers[${index}]`, finalizer, complaint);
  }
}

function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, entry] of (entries ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.invalid(`${at}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`');
    }
    if (entry.fieldsType !== undefined && entry.fieldsType !== 'FieldsV1') {
      errors.invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`');
    }
    validateFieldManager(entry.manager ?? '', `${at}.manager`, errors);
    if (Buffer.byteLength(entry.subresource ?? '') > SUBRESOURCE_BYTES_MAX) {
      errors.tooLong(`${at}.subresource`, SUBRESOURCE_BYTES_MAX);
    }
  }
}

export function validateFieldManager(manager: string, path: string, errors: FieldErrors): void {
  if (Buffer.byteLength(manager) > FIELD_MANAGER_BYTES_MAX) errors.tooLong(path, FIELD_MANAGER_BYTES_MAX);
  let position = 0;
  for (const character of manager) {
    if (!isPrintable(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.invalid(path, manager, `invalid character U+${code} (at position ${position})`);
    }
    position += Buffer.byteLength(character);
  }
}

/** Letters, marks, numbers, punctuation, symbols and the plain space: Go's unicode.IsPrint. */
export function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

/** What an update may not change. */
export function validateMetaUpdate(meta: ObjectMeta, old: ObjectMeta, errors: FieldErrors): void {
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer)).sort();
    if (added.length > 0) {
      const list = `[]string{${[...new Set(added)].map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
      errors.forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
      );
    }
  }
  if (!meta.resourceVersion) {
    errors.invalid('metadata.resourceVersion', meta.resourceVersion ?? '', 'must be specified for an update');
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented');
  }
  for (const field of ['name', 'namespace', 'uid'] as const) {
    immutable(`metadata.${field}`, meta[field] ?? '', old[field] ?? '', errors);
  }
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    immutable(`metadata.${field}`, meta[field] ?? null, old[field] ?? null, errors);
  }
  validateLabels(meta.labels, 'metadata.labels', errors);
  validateAnnotations(meta.annotations, 'metadata.annotations', errors);
  validateOwnerReferences(meta.ownerReferences, 'metadata.ownerReferences', errors);
  validateManagedFields(meta.managedFields, 'metadata.managedFields', errors);
}

function immutable(path: string, value: unknown, old: unknown, errors: FieldErrors): void {
  if (!equalValues(value, old)) errors.invalid(path, value, 'field is immutable');
}

/** What clients cannot set on a create. */
export function wipeSystemFields(meta: ObjectMeta): void {
  delete meta.creationTimestamp;
  delete meta.uid;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
}

/** What an update keeps of the old metadata, whatever the client sent. */
export function keepSystemFields(meta: ObjectMeta, old: ObjectMeta): void {
  if (!meta.uid && old.uid !== undefined) meta.uid = old.uid;
  if (old.creationTimestamp) meta.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp !== undefined) meta.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined && meta.deletionGracePeriodSeconds === undefined) {
    meta.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  }
}

/** Equal owner references are kept once. Answers the uids that occurred more often. */
export function dedupeOwnerReferences(object: KubeObject): readonly string[] {
  const references = object.metadata.ownerReferences;
  if (references === undefined || references.length < 2) return [];
  const kept: OwnerReference[] = [];
  const repeated: string[] = [];
  for (const reference of references) {
    if (kept.some((each) => equalValues(each, reference))) repeated.push(reference.uid);
    else kept.push(reference);
  }
  if (repeated.length > 0) object.metadata.ownerReferences = kept;
  return repeated;
}
