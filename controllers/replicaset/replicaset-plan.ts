/**
 * How many pods a ReplicaSet lacks or has too many, and its status (k8s.io/kubernetes/pkg/controller/replicaset). Pure.
 */
import { timestamp } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { requirementsOfMap, selectorMatches } from '../../base/label-selector.ts';
import type { V1Pod, V1ReplicaSetCondition, V1ReplicaSetStatus } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, labelsOf } from '../runtime/metadata.ts';
import { podsToDelete } from '../workload/pod-ranking.ts';
import { isPodAvailable, isPodReady } from '../workload/pod-state.ts';
import type { ReplicaOwner } from './replica-owner.ts';

/** One turn creates or deletes at most this many pods. */
export const BURST_REPLICAS = 500;

export interface ReplicaPlan {
  readonly create: number;
  readonly delete: readonly V1Pod[];
  readonly words: string;
}

/**
 * @param active the owner's active pods
 * @param related all pods that crowd nodes for this owner, asked for only when some must go
 */
export function planReplicas(
  owner: ReplicaOwner,
  active: readonly V1Pod[],
  related: () => readonly V1Pod[],
  nowMs: number,
): ReplicaPlan {
  const desired = owner.spec?.replicas ?? 1;
  const missing = desired - active.length;
  if (isBeingDeleted(owner) || missing === 0) return { create: 0, delete: [], words: '' };
  const count = Math.min(Math.abs(missing), BURST_REPLICAS);
  const exist = `${active.length} of ${desired} exist`;
  const pods = count === 1 ? '1 pod' : `${count} pods`;
  if (missing > 0) return { create: count, delete: [], words: `creating ${pods} because ${exist}` };
  const going = podsToDelete(active, related(), count, nowMs);
  return { create: 0, delete: going, words: `deleting ${pods} because ${exist}` };
}

/**
 * The status as the pods are now.
 * @param failure what stopped this turn's creations or deletions; undefined when nothing did
 */
export function replicaStatus(
  owner: ReplicaOwner,
  active: readonly V1Pod[],
  terminating: number | undefined,
  failure: unknown,
  nowMs: number,
): V1ReplicaSetStatus {
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const templateLabels = requirementsOfMap(owner.spec?.template?.metadata?.labels ?? {});
  let fullyLabeled = 0;
  let ready = 0;
  let available = 0;
  for (const pod of active) {
    if (selectorMatches(templateLabels, labelsOf(pod))) fullyLabeled++;
    if (!isPodReady(pod)) continue;
    ready++;
    if (isPodAvailable(pod, minReadySeconds, nowMs)) available++;
  }
  const conditions = failureConditions(owner, active.length, failure, nowMs);
  return {
    replicas: active.length,
    ...(fullyLabeled === 0 ? {} : { fullyLabeledReplicas: fullyLabeled }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(owner.metadata?.generation === undefined ? {} : { observedGeneration: owner.metadata.generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function failureConditions(
  owner: ReplicaOwner,
  active: number,
  failure: unknown,
  nowMs: number,
): V1ReplicaSetCondition[] {
  const before = owner.status?.conditions ?? [];
  const others = before.filter((condition) => condition.type !== 'ReplicaFailure');
  if (failure === undefined) return others;
  if (others.length !== before.length) return before;
  const missing = (owner.spec?.replicas ?? 1) - active;
  const reason = missing > 0 ? 'FailedCreate' : missing < 0 ? 'FailedDelete' : '';
  const lastTransitionTime = timestamp(nowMs);
  const condition = { type: 'ReplicaFailure', status: 'True', lastTransitionTime, reason, message: messageOf(failure) };
  return [...others, condition];
}
