/** The specs of persistent volumes, of their own and inside volume attachments (pkg/apis/core/validation). */
import { quantityOf } from '../../../base/quantity.ts';
import type { V1ObjectMeta, V1PersistentVolumeSpec, V1VolumeNodeAffinity } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkAccessModes, VOLUME_MODES } from '../validation/claims.ts';
import { checkOneOf, checkSubdomain } from '../validation/formats.ts';
import { checkNodeSelector } from '../validation/node-selectors.ts';
import { checkPositiveQuantity } from '../validation/resource-names.ts';
import { checkPersistentSource } from './persistent-volume-source.ts';

export interface PersistentVolumeOptions {
  /** For messages about what carries the name: the volume's own, '' for an inline one. */
  readonly name: string;
  /** Part of a volume attachment: only what the driver needs. */
  readonly inline?: boolean;
  /** Values of affinities that are no label values were allowed once, and stay where they are. */
  readonly allowInvalidValues?: boolean;
}

const INLINE = 'in the context of inline volumes';
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

export function checkPersistentVolumeSpec(
  spec: V1PersistentVolumeSpec,
  path: string,
  errors: FieldErrors,
  options: PersistentVolumeOptions,
): void {
  const inline = options.inline === true;
  if (inline) checkInline(spec, path, errors);
  if ((spec.accessModes ?? []).length === 0) errors.required(`${path}.accessModes`);
  checkAccessModes(spec.accessModes, `${path}.accessModes`, errors);
  if (!inline) checkCapacity(spec.capacity, `${path}.capacity`, errors);
  checkReclaimPolicy(spec.persistentVolumeReclaimPolicy ?? '', inline, path, errors);
  const hasAffinity = checkAffinity(spec.nodeAffinity, options, `${path}.nodeAffinity`, errors);
  checkPersistentSource(spec, options.name, hasAffinity, path, errors);
  const isRoot = spec.hostPath !== undefined && isRootPath(spec.hostPath.path);
  if (isRoot && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    errors.forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'");
  }
  if (inline) checkInlineClass(spec, path, errors);
  else checkClass(spec, path, errors);
  checkAttributesClass(spec, path, errors);
}

function checkInline(spec: V1PersistentVolumeSpec, path: string, errors: FieldErrors): void {
  if (spec.claimRef !== undefined) errors.forbidden(`${path}.claimRef`, `may not be specified ${INLINE}`);
  if (spec.capacity !== undefined) errors.forbidden(`${path}.capacity`, `may not be specified ${INLINE}`);
  if (spec.csi === undefined) errors.required(`${path}.csi`, `has to be specified ${INLINE}`);
}

function checkCapacity(
  capacity: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const amounts = Object.entries(capacity ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (amounts.length === 0) errors.required(path);
  if (capacity?.storage === undefined || amounts.length > 1) {
    errors.notSupported(path, capacity === undefined ? null : Object.fromEntries(amounts), ['storage']);
  }
  for (const [name, amount] of amounts) {
    const quantity = quantityOf(amount);
    if (quantity.value < 0) errors.invalid(`${path}[${name}]`, quantity.value, 'must be a valid resource quantity');
    checkPositiveQuantity(quantity, `${path}[${name}]`, errors);
  }
}

function checkReclaimPolicy(policy: string, inline: boolean, path: string, errors: FieldErrors): void {
  const at = `${path}.persistentVolumeReclaimPolicy`;
  if (policy === '') return;
  if (!inline) checkOneOf(policy, RECLAIM_POLICIES, at, errors);
  else if (policy !== 'Retain') errors.forbidden(at, `may only be Retain ${INLINE}`);
}

function checkAffinity(
  affinity: V1VolumeNodeAffinity | undefined,
  { inline, allowInvalidValues = false }: PersistentVolumeOptions,
  path: string,
  errors: FieldErrors,
): boolean {
  if (affinity === undefined) return false;
  if (inline === true) {
    errors.forbidden(path, `may not be specified ${INLINE}`);
    return false;
  }
  if (affinity.required === undefined) errors.required(`${path}.required`, 'must specify required node constraints');
  else checkNodeSelector(affinity.required, `${path}.required`, errors, { allowInvalidValues });
  return true;
}

function checkClass({ storageClassName, volumeMode }: V1PersistentVolumeSpec, path: string, errors: FieldErrors): void {
  if (storageClassName) checkSubdomain(storageClassName, `${path}.storageClassName`, errors);
  if (volumeMode !== undefined) checkOneOf(volumeMode, VOLUME_MODES, `${path}.volumeMode`, errors);
}

function checkInlineClass(spec: V1PersistentVolumeSpec, path: string, errors: FieldErrors): void {
  if (spec.storageClassName) errors.forbidden(`${path}.storageClassName`, `may not be specified ${INLINE}`);
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') {
    errors.forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${INLINE}`);
  }
}

function checkAttributesClass(spec: V1PersistentVolumeSpec, path: string, errors: FieldErrors): void {
  const { volumeAttributesClassName: name, csi } = spec;
  if (name === undefined) return;
  if (name === '') errors.required(`${path}.volumeAttributesClassName`, 'an empty string is disallowed');
  else checkSubdomain(name, `${path}.volumeAttributesClassName`, errors);
  if (csi === undefined) errors.required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName');
}

/** `/`, however it is written. */
function isRootPath(path: string): boolean {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return path.startsWith('/') && parts.length === 0;
}

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
const WITH_MOUNT_OPTIONS = [
  ...(['gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder'] as const),
  ...(['cephfs', 'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk'] as const),
];

/** Mount options in an annotation are for the volume types that had them before there was a field. */
export function checkMountOptions(spec: V1PersistentVolumeSpec, metadata: V1ObjectMeta, errors: FieldErrors): void {
  if (metadata.annotations?.[MOUNT_OPTIONS] === undefined) return;
  if (WITH_MOUNT_OPTIONS.some((type) => spec[type] !== undefined)) return;
  const path = `metadata.annotations.${MOUNT_OPTIONS}`;
  errors.forbidden(path, 'may not specify mount options for this volume type');
}
