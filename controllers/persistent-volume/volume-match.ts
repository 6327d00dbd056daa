/** Which volume suits a claim best (k8s.io/component-helpers/storage/volume). Pure. */
import { isEmptySelector, labelMatcher } from '../../base/label-selector.ts';
import { quantityOf } from '../../base/quantity.ts';
import type { V1PersistentVolume, V1PersistentVolumeClaim } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, labelsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';

/** The volume that is reserved for the claim; else the smallest that is large enough and otherwise as asked for. */
export function findVolume(
  claim: V1PersistentVolumeClaim,
  volumes: Iterable<V1PersistentVolume>,
): V1PersistentVolume | undefined {
  const wanted = quantityOf(claim.spec?.resources?.requests?.['storage']);
  const picks = labelMatcher(claim.spec?.selector);
  const anyLabels = claim.spec?.selector === undefined || isEmptySelector(claim.spec.selector);
  let best: V1PersistentVolume | undefined;
  for (const volume of volumes) {
    if (isBeingDeleted(volume) || !hasMode(volume, claim) || capacityOf(volume).compare(wanted) < 0) continue;
    if (isReservedFor(volume, claim)) return volume;
    const free = volume.spec?.claimRef === undefined && volume.status?.phase === 'Available';
    if (!free || classOf(volume) !== classOf(claim) || !hasAccessModes(volume, claim)) continue;
    if (!anyLabels && !picks(labelsOf(volume))) continue;
    if (best === undefined || capacityOf(volume).compare(capacityOf(best)) < 0) best = volume;
  }
  return best;
}

/** The volume names the claim, which need not know of it yet. */
export function isReservedFor(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (reference?.name !== nameOf(claim) || reference.namespace !== namespaceOf(claim)) return false;
  return (reference.uid ?? '') === '' || reference.uid === uidOf(claim);
}

export function classOf(object: V1PersistentVolume | V1PersistentVolumeClaim): string {
  return object.spec?.storageClassName ?? '';
}

function capacityOf(volume: V1PersistentVolume) {
  return quantityOf(volume.spec?.capacity?.['storage']);
}

function hasMode(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim): boolean {
  return (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem');
}

function hasAccessModes(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim): boolean {
  return (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode) ?? false);
}
