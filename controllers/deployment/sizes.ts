/** How many pods a Deployment and its ReplicaSets may have. All pure. */
import type { V1Deployment, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { annotationsOf } from '../runtime/metadata.ts';
import { scaledValue } from '../workload/int-or-percent.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS, wholeNumber } from './revisions.ts';

export function desiredOf(object: V1Deployment | V1ReplicaSet): number {
  return object.spec?.replicas ?? 1;
}

export function isRollingUpdate(deployment: V1Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** Both at once: when rounding makes both 0, one pod may be unavailable, or nothing could ever move. */
export function fenceposts(deployment: V1Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const desired = desiredOf(deployment);
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge ?? '25%', desired, 'up');
  const unavailable = scaledValue(maxUnavailable ?? '25%', desired, 'down');
  return {
    maxSurge: surge,
    maxUnavailable: Math.min(desired, surge === 0 && unavailable === 0 ? 1 : unavailable),
  };
}

export function maxTotal(deployment: V1Deployment): number {
  return desiredOf(deployment) + fenceposts(deployment).maxSurge;
}

export function sumDesired(replicaSets: readonly V1ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + desiredOf(replicaSet), 0);
}

export function sumStatus(
  replicaSets: readonly V1ReplicaSet[],
  field: 'replicas' | 'readyReplicas' | 'availableReplicas',
): number {
  return replicaSets.reduce((sum, replicaSet) => sum + (replicaSet.status?.[field] ?? 0), 0);
}

export function isActive(replicaSet: V1ReplicaSet): boolean {
  return desiredOf(replicaSet) > 0;
}

/** The annotations that say for which size of the Deployment a ReplicaSet was sized. */
export function sizeAnnotations(deployment: V1Deployment): Record<string, string> {
  return { [DESIRED_REPLICAS]: String(desiredOf(deployment)), [MAX_REPLICAS]: String(maxTotal(deployment)) };
}

/** How many pods the new ReplicaSet should have now, given what all have. */
export function newReplicaSetSize(deployment: V1Deployment, all: readonly V1ReplicaSet[], current: number): number {
  const desired = desiredOf(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const room = maxTotal(deployment) - sumDesired(all);
  return room <= 0 ? current : current + Math.min(room, desired - current);
}

/** Someone changed the Deployment's size: an active ReplicaSet was sized for another. */
export function isScalingEvent(deployment: V1Deployment, all: readonly V1ReplicaSet[]): boolean {
  return all.filter(isActive).some((replicaSet) => {
    const sizedFor = wholeNumber(annotationsOf(replicaSet)[DESIRED_REPLICAS]);
    return sizedFor !== undefined && sizedFor !== desiredOf(deployment);
  });
}

/** The new ReplicaSet alone can carry the Deployment: it has all pods, and all are available. */
export function isSaturated(deployment: V1Deployment, replicaSet: V1ReplicaSet | undefined): boolean {
  if (replicaSet === undefined) return false;
  const desired = desiredOf(deployment);
  return (
    desiredOf(replicaSet) === desired &&
    wholeNumber(annotationsOf(replicaSet)[DESIRED_REPLICAS]) === desired &&
    (replicaSet.status?.availableReplicas ?? 0) === desired
  );
}
