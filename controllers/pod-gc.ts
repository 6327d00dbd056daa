/**
 * Removes pods that nobody else will (k8s.io/kubernetes/pkg/controller/podgc): finished ones beyond a threshold, those on
 * nodes that no longer exist, those being deleted that never got a node, and those being deleted on nodes that were declared
 * out of service. What to remove is pure: `planPodGc`.
 */
import { timestamp } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { V1Node, V1Pod } from '../generated/kubernetes.d.ts';
import { isNotFound } from './runtime/client.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import { Decisions } from './runtime/decisions.ts';
import type { Informer } from './runtime/informer.ts';
import { createdMs, isBeingDeleted, keyOf, nameOf, namespaceOf, uidOf } from './runtime/metadata.ts';
import { Passes } from './runtime/passes.ts';
import { nodes, pods } from './runtime/resources.ts';
import { OUT_OF_SERVICE_TAINT } from './scheduler/tolerations.ts';
import { isPodFinished } from './workload/pod-state.ts';

export interface PodGcOptions {
  /** Finished pods that may stay: kube-controller-manager's --terminated-pod-gc-threshold, 12,500. 0: all. */
  readonly terminatedPodThreshold?: number;
  readonly periodMs?: number;
  /** How long a node must be missing before its pods go. */
  readonly quarantineMs?: number;
}

export interface PodGcPlan {
  readonly pod: V1Pod;
  readonly reason: 'terminated' | 'out-of-service' | 'orphaned' | 'unscheduled';
}

/** @param missingNodes nodes that were missing for the whole quarantine and were looked for on the server */
export function planPodGc(
  all: readonly V1Pod[],
  nodeOf: (name: string) => V1Node | undefined,
  missingNodes: ReadonlySet<string>,
  terminatedThreshold: number,
): readonly PodGcPlan[] {
  const plans: PodGcPlan[] = [];
  if (terminatedThreshold > 0) {
    const finished = all.filter(isPodFinished);
    const excess = finished.length - terminatedThreshold;
    if (excess > 0) {
      for (const pod of finished.sort(evictedAndOldFirst).slice(0, excess)) plans.push({ pod, reason: 'terminated' });
    }
  }
  for (const pod of all) {
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodeOf(nodeName);
    if (isBeingDeleted(pod) && nodeName === '') plans.push({ pod, reason: 'unscheduled' });
    else if (missingNodes.has(nodeName)) plans.push({ pod, reason: 'orphaned' });
    else if (isBeingDeleted(pod) && node !== undefined && isOutOfService(node)) {
      plans.push({ pod, reason: 'out-of-service' });
    }
  }
  return plans;
}

function evictedAndOldFirst(a: V1Pod, b: V1Pod): number {
  const evicted = (pod: V1Pod): number => (pod.status?.phase === 'Failed' && pod.status.reason === 'Evicted' ? 0 : 1);
  return evicted(a) - evicted(b) || createdMs(a) - createdMs(b) || (nameOf(a) < nameOf(b) ? -1 : 1);
}

function isOutOfService(node: V1Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return !ready && (node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE_TAINT) ?? false);
}

export class PodGarbageCollector implements Controller {
  readonly #deps: ControllerDeps;
  readonly #decisions: Decisions;
  readonly #pods: Informer<V1Pod>;
  readonly #nodes: Informer<V1Node>;
  readonly #threshold: number;
  readonly #quarantineMs: number;
  /** Since when a node that has pods is missing, on the monotonic clock. */
  readonly #missingSince = new Map<string, number>();
  readonly #passes: Passes;

  constructor(deps: ControllerDeps, options: PodGcOptions = {}) {
    this.#deps = deps;
    this.#decisions = new Decisions(deps, 'pod-garbage-collector-controller');
    this.#threshold = options.terminatedPodThreshold ?? 12_500;
    this.#quarantineMs = options.quarantineMs ?? 40_000;
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#nodes = deps.informers.of<V1Node>(nodes);
    const { clock, logger } = deps;
    const failed = 'collecting pods failed, trying again';
    const periodMs = options.periodMs ?? 20_000;
    this.#passes = new Passes({ clock, logger, periodMs, failed }, () => this.#pass());
  }

  start(): void {
    this.#passes.start();
  }

  stop(): Promise<void> {
    return this.#passes.stop();
  }

  async #pass(): Promise<void> {
    const all = [...this.#pods.all()];
    const missing = await this.#missingNodes(all);
    const plans = planPodGc(all, (name) => this.#nodes.get(name), missing, this.#threshold);
    await Promise.all(plans.map((plan) => this.#remove(plan)));
  }

  async #missingNodes(all: readonly V1Pod[]): Promise<ReadonlySet<string>> {
    const nowMs = this.#deps.clock.monotonicMs();
    const named = new Set(all.map(({ spec }) => spec?.nodeName ?? ''));
    named.delete('');
    for (const name of [...this.#missingSince.keys()]) {
      if (!named.has(name) || this.#nodes.get(name) !== undefined) this.#missingSince.delete(name);
    }
    const missing = new Set<string>();
    for (const name of named) {
      if (this.#nodes.get(name) !== undefined) continue;
      const sinceMs = this.#missingSince.get(name) ?? nowMs;
      this.#missingSince.set(name, sinceMs);
      if (nowMs - sinceMs >= this.#quarantineMs && !(await this.#exists(name))) missing.add(name);
    }
    return missing;
  }

  async #exists(nodeName: string): Promise<boolean> {
    try {
      await this.#deps.client.get(nodes, nodeName);
      return true;
    } catch (thrown) {
      if (isNotFound(thrown)) return false;
      throw thrown;
    }
  }

  /** Never rejects. The pod is marked failed first: nobody is there to say how it ended. */
  async #remove({ pod, reason }: PodGcPlan): Promise<void> {
    const { clock, logger } = this.#deps;
    const [name, namespace] = [nameOf(pod), namespaceOf(pod)];
    const key = keyOf(pod);
    const client = this.#decisions.decided(key, () => `removing pod ${key}: ${reason}`);
    try {
      if (!isPodFinished(pod)) {
        const condition = {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByPodGC',
          message: 'PodGC: node no longer exists',
          lastTransitionTime: timestamp(clock.nowMs()),
        };
        const status = { phase: 'Failed', ...(reason === 'orphaned' ? { conditions: [condition] } : {}) };
        const patch = { metadata: { uid: uidOf(pod) }, status };
        await client.patch(pods, name, namespace, 'strategic', patch, { subresource: 'status' });
      }
      await client.delete(pods, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } });
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      logger.debug({ pod: key, error: messageOf(thrown) }, 'a pod was not collected, trying again');
    }
  }
}
