/**
 * Who owns a StatefulSet's claims, so that the garbage collector removes them when the retention policy says so: with the set
 * when `whenDeleted` is Delete, with a pod that was scaled away when `whenScaled` is (stateful_set_utils.go). Pure.
 */
import type { V1OwnerReference, V1PersistentVolumeClaim, V1Pod, V1StatefulSet } from '../../generated/kubernetes.d.ts';
import { ownersOf, uidOf } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { pods, statefulSets } from '../runtime/resources.ts';

export interface ClaimOwners {
  /** Owners to write; undefined: they are as they should be. */
  readonly owners?: readonly V1OwnerReference[];
  /** Something else manages the claim: the policy is ignored for it. */
  readonly conflict: boolean;
}

export function claimOwners(
  claim: V1PersistentVolumeClaim,
  set: V1StatefulSet,
  pod: V1Pod,
  isScaledAway: boolean,
): ClaimOwners {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const setReference = controllerReference(statefulSets, set);
  const podReference = controllerReference(pods, pod);
  const current = ownersOf(claim);
  const means = (owner: V1OwnerReference, reference: V1OwnerReference): boolean =>
    owner.kind === reference.kind && owner.apiVersion === reference.apiVersion && owner.name === reference.name;
  const ours = (owner: V1OwnerReference): boolean => means(owner, setReference) || means(owner, podReference);
  // An owner of that name with another uid is gone: its claim goes too, and is not ours to change.
  if (current.some((owner) => ours(owner) && owner.uid !== uidOf(set) && owner.uid !== uidOf(pod))) {
    return { conflict: false };
  }
  const retained = whenDeleted === 'Retain' && whenScaled === 'Retain';
  const conflict = !retained && current.some((owner) => owner.controller === true && !ours(owner));
  const others = current.filter((owner) => !ours(owner));
  const wanted: V1OwnerReference[] = [];
  if (!conflict) {
    const ownedByPod = whenScaled === 'Delete' && isScaledAway;
    if (ownedByPod) wanted.push(podReference);
    if (whenDeleted === 'Delete' && !ownedByPod) wanted.push(setReference);
  }
  const same =
    current.filter(ours).length === wanted.length &&
    wanted.every((reference) => current.some(({ uid, controller }) => uid === reference.uid && controller === true));
  return same ? { conflict } : { conflict, owners: [...others, ...wanted] };
}
