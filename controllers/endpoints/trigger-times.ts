/**
 * When the change happened that an Endpoints object or slice tells of: the oldest since the last write, for measuring how long
 * changes take to reach everybody (k8s.io/endpointslice/util/trigger_time_tracker.go).
 */
import type { V1Pod, V1Service } from '../../generated/kubernetes.d.ts';
import { createdMs, keyOf, timeMs } from '../runtime/metadata.ts';
import { podCondition } from '../workload/pod-state.ts';

export const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

export class TriggerTimes {
  readonly #seen = new Map<string, { readonly serviceMs: number; readonly pods: Map<string, number> }>();

  /** Wall milliseconds of the oldest change since the last call for this service; undefined when nothing changed. */
  next(service: V1Service, pods: readonly V1Pod[]): number | undefined {
    const before = this.#seen.get(keyOf(service));
    const now = { serviceMs: createdMs(service), pods: new Map<string, number>() };
    const changes: number[] = [];
    if (before?.serviceMs !== now.serviceMs) changes.push(now.serviceMs);
    for (const pod of pods) {
      const readyMs = timeMs(podCondition(pod, 'Ready')?.lastTransitionTime);
      if (readyMs === undefined) continue;
      now.pods.set(keyOf(pod), readyMs);
      if (before !== undefined && readyMs > (before.pods.get(keyOf(pod)) ?? 0)) changes.push(readyMs);
    }
    this.#seen.set(keyOf(service), now);
    return changes.length === 0 ? undefined : Math.min(...changes);
  }

  forget(serviceKey: string): void {
    this.#seen.delete(serviceKey);
  }
}
