/** What a pod's status means to those who count pods (k8s.io/kubernetes/pkg/api/v1/pod). All pure. */
import type { V1Pod, V1PodCondition } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, timeMs } from '../runtime/metadata.ts';

export function podCondition(pod: V1Pod, type: string): V1PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Succeeded or Failed: none of its containers will run again. */
export function isPodFinished(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** It counts towards what its controller wants: neither finished nor being deleted. */
export function isPodActive(pod: V1Pod): boolean {
  return !isPodFinished(pod) && !isBeingDeleted(pod);
}

/** On its way out, and not finished yet. */
export function isPodTerminating(pod: V1Pod): boolean {
  return !isPodFinished(pod) && isBeingDeleted(pod);
}

export function isPodReady(pod: V1Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Since when the pod is ready, in wall milliseconds; undefined when it is not. */
export function podReadySinceMs(pod: V1Pod): number | undefined {
  const ready = podCondition(pod, 'Ready');
  return ready?.status === 'True' ? timeMs(ready.lastTransitionTime) : undefined;
}

/** Ready, and for at least `minReadySeconds`. */
export function isPodAvailable(pod: V1Pod, minReadySeconds: number, nowMs: number): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds <= 0) return true;
  const sinceMs = podReadySinceMs(pod);
  return sinceMs !== undefined && sinceMs + minReadySeconds * 1000 <= nowMs;
}

/** Milliseconds until the next of the pods that are ready becomes available; undefined when none will. */
export function nextAvailabilityInMs(
  pods: readonly V1Pod[],
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  let nextMs: number | undefined;
  for (const pod of pods) {
    const sinceMs = podReadySinceMs(pod);
    if (sinceMs === undefined) continue;
    const inMs = sinceMs + minReadySeconds * 1000 - nowMs;
    if (inMs > 0 && (nextMs === undefined || inMs < nextMs)) nextMs = inMs;
  }
  return nextMs;
}

/** The most often any container of the pod was restarted. */
export function podRestartsMax(pod: V1Pod): number {
  let restarts = 0;
  for (const status of pod.status?.containerStatuses ?? []) restarts = Math.max(restarts, status.restartCount);
  return restarts;
}
