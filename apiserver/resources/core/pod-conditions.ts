/** Setting a pod's conditions, as upstream's podutil.UpdatePodCondition. */

import { timestamp } from '../../../base/clock.ts';
import type { V1PodCondition, V1PodStatus } from '../../../generated/kubernetes.d.ts';

/** Adds or replaces the condition of its type. The transition time stays when the status does not change. */
export function setPodCondition(
  status: V1PodStatus,
  condition: Pick<V1PodCondition, 'type' | 'status' | 'reason' | 'message' | 'observedGeneration'>,
  nowMs: number,
): void {
  status.conditions ??= [];
  const index = status.conditions.findIndex((each) => each.type === condition.type);
  const old = status.conditions[index];
  const transition = old?.status === condition.status ? old.lastTransitionTime : timestamp(nowMs);
  const written = {
    ...condition,
    lastProbeTime: null as unknown as string,
    lastTransitionTime: transition,
  };
  if (index < 0) status.conditions.push(written);
  else status.conditions[index] = written;
}
