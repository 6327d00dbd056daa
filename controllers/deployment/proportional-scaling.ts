/**
 * When a Deployment's size changes in the middle of a rollout, the difference is spread over its ReplicaSets in proportion
 * to their sizes, so that the rollout neither hurries nor turns back (k8s.io/kubernetes/pkg/controller/deployment: scale).
 * Pure.
 *
 * Example: ReplicaSets of 8 and 5 of a Deployment of 10 (maxSurge 3), scaled to 15: 18 are allowed, so 5 are added: the
 * fractions are 8*18/13 - 8 = 3 and 5*18/13 - 5 = 2, which gives 11 and 7.
 */
import type { V1Deployment, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { annotationsOf } from '../runtime/metadata.ts';
import { byAge, MAX_REPLICAS, wholeNumber } from './revisions.ts';
import { desiredOf, isActive, isRollingUpdate, isSaturated, maxTotal, sumDesired } from './sizes.ts';

export interface Sizing {
  readonly replicaSet: V1ReplicaSet;
  readonly to: number;
  /** Write it even when only the size annotations change. */
  readonly annotate: boolean;
}

/** The sizes that a scaling event, or a paused Deployment, gives its ReplicaSets. */
export function planScaling(
  deployment: V1Deployment,
  newReplicaSet: V1ReplicaSet | undefined,
  old: readonly V1ReplicaSet[],
): readonly Sizing[] {
  const all = newReplicaSet === undefined ? old : [...old, newReplicaSet];
  const active = all.filter(isActive);
  if (active.length <= 1) {
    const only = active[0] ?? newReplicaSet ?? [...old].sort(byAge).at(-1);
    const desired = desiredOf(deployment);
    if (only === undefined || desiredOf(only) === desired) return [];
    return [{ replicaSet: only, to: desired, annotate: false }];
  }
  if (isSaturated(deployment, newReplicaSet)) {
    return old.filter(isActive).map((replicaSet) => ({ replicaSet, to: 0, annotate: false }));
  }
  return isRollingUpdate(deployment) ? spread(deployment, active) : [];
}

function spread(deployment: V1Deployment, active: readonly V1ReplicaSet[]): readonly Sizing[] {
  const allowed = desiredOf(deployment) > 0 ? maxTotal(deployment) : 0;
  const toAdd = allowed - sumDesired(active);
  // Larger first; among equals the newer grows first and the older shrinks first.
  const ordered = [...active].sort((a, b) => desiredOf(b) - desiredOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes: number[] = [];
  let added = 0;
  for (const replicaSet of ordered) {
    const share = toAdd === 0 ? 0 : shareOf(deployment, replicaSet, toAdd, added);
    sizes.push(desiredOf(replicaSet) + share);
    added += share;
  }
  if (toAdd !== 0) sizes[0] = Math.max(0, (sizes[0] ?? 0) + toAdd - added);
  return ordered.map((replicaSet, at) => ({ replicaSet, to: sizes[at] ?? 0, annotate: true }));
}

function shareOf(deployment: V1Deployment, replicaSet: V1ReplicaSet, toAdd: number, added: number): number {
  const left = toAdd - added;
  if (left === 0) return 0;
  const fraction = fractionOf(deployment, replicaSet);
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

function fractionOf(deployment: V1Deployment, replicaSet: V1ReplicaSet): number {
  const size = desiredOf(replicaSet);
  if (desiredOf(deployment) === 0) return -size;
  const before = wholeNumber(annotationsOf(replicaSet)[MAX_REPLICAS]) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return roundHalfAway((size * maxTotal(deployment)) / before) - size;
}

function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
