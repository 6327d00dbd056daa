/** What claims may ask for, and how they may change (pkg/apis/core/validation). */

import { quantityOf } from '../../../base/quantity.ts';
import type { V1PersistentVolumeClaim } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import { checkClaimSpec } from '../validation/claims.ts';
import { addInvalid, checkOneOf } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkNonNegativeQuantity, isNativeResource } from '../validation/resource-names.ts';
import { jsonDiff } from '../validation/unified-diff.ts';
import { equalOnceStored } from '../wire-form.ts';
import { STORAGE_CLASS_ANNOTATION } from './storage-class-name.ts';

type Claim = Filled<V1PersistentVolumeClaim>;

export function validateClaim({ spec }: Claim, errors: FieldErrors): void {
  checkClaimSpec(spec, 'spec', errors);
}

export function validateClaimUpdate(claim: Claim, old: Claim, errors: FieldErrors): void {
  const { dataSource, dataSourceRef } = old.spec;
  const oldSelector = new FieldErrors();
  checkLabelSelector(old.spec.selector, '', oldSelector);
  checkClaimSpec(claim.spec, 'spec', errors, {
    allowInvalidApiGroups: Boolean(dataSource?.apiGroup || dataSourceRef?.apiGroup),
    allowInvalidSelectorValues: !oldSelector.empty,
  });
  if (!movesClassToField(claim, old)) {
    const [value, before] = [classAnnotation(claim) ?? '', classAnnotation(old) ?? ''];
    checkImmutable(value, before, `metadata.annotations.${STORAGE_CLASS_ANNOTATION}`, errors);
  }
  validateFrozen(claim, old, errors);
  validateSize(claim, old, errors);
  checkImmutable(claim.spec.volumeMode, old.spec.volumeMode, 'volumeMode', errors);
  validateAttributesClass(claim, old, errors);
}

function classAnnotation({ metadata }: Claim): string | undefined {
  return metadata.annotations?.[STORAGE_CLASS_ANNOTATION];
}

/** The class was named by the annotation, and is now named by its field. */
function movesClassToField(claim: Claim, old: Claim): boolean {
  const before = classAnnotation(old);
  if (before === undefined || old.spec.storageClassName !== undefined) return false;
  return claim.spec.storageClassName === before && (classAnnotation(claim) ?? before) === before;
}

/** Everything but what a bound claim may change. */
function validateFrozen(claim: Claim, old: Claim, errors: FieldErrors): void {
  const next = structuredClone(claim.spec);
  const before = structuredClone(old.spec);
  if (!before.volumeName && next.volumeName !== undefined) before.volumeName = next.volumeName;
  if (movesClassToField(claim, old)) delete next.storageClassName;
  else if (setsClass(claim, old)) delete next.storageClassName;
  if (claim.status.phase === 'Bound') {
    const requests = next.resources?.requests;
    const size = before.resources?.requests?.storage;
    if (requests !== undefined && size !== undefined) requests.storage = size;
    if (before.volumeAttributesClassName === undefined) delete next.volumeAttributesClassName;
    else next.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (equalOnceStored('V1PersistentVolumeClaimSpec', next, before)) return;
  const shown = [before, next].map((spec) => internalForm('PersistentVolumeClaimSpec', spec));
  const rule =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  errors.forbidden('spec', `${rule}\n${jsonDiff(shown[0], shown[1])}`);
}

/** A claim without a class may get one, as when a default class came later. */
function setsClass(claim: Claim, old: Claim): boolean {
  const { storageClassName } = claim.spec;
  if (storageClassName === undefined || old.spec.storageClassName !== undefined) return false;
  const annotation = classAnnotation(old);
  return annotation === undefined || annotation === storageClassName;
}

/** A claim may shrink again when it could not be expanded, but not to what it has or less. */
function validateSize(claim: Claim, old: Claim, errors: FieldErrors): void {
  const size = quantityOf(claim.spec.resources?.requests?.storage ?? '0');
  if (size.compare(quantityOf(old.spec.resources?.requests?.storage ?? '0')) >= 0) return;
  if (size.compare(quantityOf(old.status.capacity?.storage ?? '0')) <= 0) {
    errors.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity');
  }
}

function validateAttributesClass(claim: Claim, old: Claim, errors: FieldErrors): void {
  const { volumeAttributesClassName: name } = claim.spec;
  if (name === old.spec.volumeAttributesClassName || old.status.currentVolumeAttributesClassName === undefined) return;
  const what = name === undefined ? 'nil' : name === '' ? 'empty string' : undefined;
  if (what === undefined) return;
  const message = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  errors.forbidden('spec.volumeAttributesClassName', message);
}

const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

export function validateClaimStatus({ spec, status }: Claim, errors: FieldErrors): void {
  if ((spec.accessModes ?? []).length === 0) errors.required('Spec.accessModes');
  for (const [name, amount] of sorted(status.capacity)) checkAmount(amount, `status.capacity[${name}]`, errors);
  const statusPath = 'status.allocatedResourceStatuses';
  for (const [name, each] of sorted(status.allocatedResourceStatuses)) {
    checkResource(name, statusPath, errors);
    if (!RESIZE_STATUSES.includes(each)) errors.notSupported(statusPath, name, RESIZE_STATUSES);
  }
  for (const [name, amount] of sorted(status.allocatedResources)) {
    const path = 'status.allocatedResources';
    if (!checkResource(name, path, errors) || !checkAmount(amount, `${path}[${name}]`, errors)) continue;
    checkNonNegativeQuantity(quantityOf(amount), `${path}[${name}]`, errors);
  }
}

function sorted(map: Readonly<Record<string, string>> | undefined): [name: string, value: string][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkAmount(amount: string, path: string, errors: FieldErrors): boolean {
  const { value } = quantityOf(amount);
  if (value < 0) errors.invalid(path, value, 'must be a valid resource quantity');
  return value >= 0;
}

/** Storage, or what a vendor calls it. */
function checkResource(name: string, path: string, errors: FieldErrors): boolean {
  const complaints = qualifiedNameComplaints(name);
  addInvalid(errors, path, name, complaints);
  if (complaints.length > 0) return false;
  return !isNativeResource(name) || checkOneOf(name, ['storage'], path, errors);
}
