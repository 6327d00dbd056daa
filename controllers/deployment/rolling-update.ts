/**
 * One step of a rolling update: grow the new ReplicaSet as far as maxSurge allows, else shrink old ones as far as
 * maxUnavailable allows, unhealthy pods first (k8s.io/kubernetes/pkg/controller/deployment/rolling.go). Pure.
 *
 * Pods of the new ReplicaSet that are not available yet are taken off what may go: however slowly they come up, at least
 * `desired - maxUnavailable` pods stay available.
 *
 * A ReplicaSet that was shrunk a moment ago may still tell of the pods that it is about to delete. Of each no more are counted
 * than it is to have, or the same pods would be given up twice.
 */
import type { V1Deployment, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import type { Sizing } from './proportional-scaling.ts';
import { byAge } from './revisions.ts';
import { desiredOf, fenceposts, isActive, newReplicaSetSize, sumDesired } from './sizes.ts';

export function planRollingStep(
  deployment: V1Deployment,
  newReplicaSet: V1ReplicaSet,
  old: readonly V1ReplicaSet[],
): readonly Sizing[] {
  const size = desiredOf(newReplicaSet);
  const desired = desiredOf(deployment);
  if (size > desired) return [{ replicaSet: newReplicaSet, to: desired, annotate: false }];
  const to = newReplicaSetSize(deployment, [...old, newReplicaSet], size);
  if (to !== size) return [{ replicaSet: newReplicaSet, to, annotate: false }];
  return shrinkOld(deployment, newReplicaSet, old.filter(isActive).sort(byAge));
}

function shrinkOld(
  deployment: V1Deployment,
  newReplicaSet: V1ReplicaSet,
  active: readonly V1ReplicaSet[],
): readonly Sizing[] {
  const minAvailable = desiredOf(deployment) - fenceposts(deployment).maxUnavailable;
  const newUnavailable = desiredOf(newReplicaSet) - availableOf(newReplicaSet);
  const mayGo = sumDesired([...active, newReplicaSet]) - minAvailable - newUnavailable;
  if (active.length === 0 || mayGo <= 0) return [];

  const sizes = new Map(active.map((replicaSet) => [replicaSet, desiredOf(replicaSet)]));
  takeUnhealthy(active, sizes, mayGo);
  const staying = [...active, newReplicaSet].reduce(
    (sum, each) => sum + Math.min(desiredOf(each), availableOf(each)),
    0,
  );
  takeHealthy(active, sizes, staying - minAvailable);
  return active
    .map((replicaSet) => ({ replicaSet, to: sizes.get(replicaSet) ?? 0, annotate: false }))
    .filter(({ replicaSet, to }) => to !== desiredOf(replicaSet));
}

function availableOf({ status }: V1ReplicaSet): number {
  return status?.availableReplicas ?? 0;
}

function takeUnhealthy(active: readonly V1ReplicaSet[], sizes: Map<V1ReplicaSet, number>, mayGo: number): void {
  let left = mayGo;
  for (const replicaSet of active) {
    const size = sizes.get(replicaSet) ?? 0;
    const unhealthy = Math.max(0, size - availableOf(replicaSet));
    const going = Math.min(left, unhealthy);
    sizes.set(replicaSet, size - going);
    left -= going;
  }
}

function takeHealthy(active: readonly V1ReplicaSet[], sizes: Map<V1ReplicaSet, number>, mayGo: number): void {
  let left = mayGo;
  for (const replicaSet of active) {
    if (left <= 0) return;
    const size = sizes.get(replicaSet) ?? 0;
    const going = Math.min(size, left);
    sizes.set(replicaSet, size - going);
    left -= going;
  }
}
