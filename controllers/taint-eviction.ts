/**
 * Evicts pods from nodes with NoExecute taints that they do not tolerate, or tolerate only for a while
 * (k8s.io/kubernetes/pkg/controller/tainteviction). What is decided for a pod on a node is pure: `evictionDelayMs`.
 */
import { type Timer, timestamp } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { V1Node, V1Pod, V1Taint, V1Toleration } from '../generated/kubernetes.d.ts';
import { type ApiObject, type Client, isNotFound } from './runtime/client.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import { Decisions } from './runtime/decisions.ts';
import { byNodeName } from './runtime/indexes.ts';
import type { Informer } from './runtime/informer.ts';
import { keyOf, nameOf, namespaceOf, parseKey } from './runtime/metadata.ts';
import { nodes, pods } from './runtime/resources.ts';
import { tolerates } from './scheduler/tolerations.ts';
import { podCondition } from './workload/pod-state.ts';
import { semanticEqual } from './workload/semantic-equal.ts';

/** How long a pod may stay: 0 is not at all, infinity for ever. The shortest of the tolerations that are used counts. */
export function evictionDelayMs(taints: readonly V1Taint[], tolerations: readonly V1Toleration[] | undefined): number {
  let delayMs = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const used = (tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (used.length === 0) return 0;
    for (const { tolerationSeconds } of used) {
      if (tolerationSeconds !== undefined) delayMs = Math.min(delayMs, Math.max(0, tolerationSeconds) * 1000);
    }
  }
  return delayMs;
}

interface Scheduled {
  /** When the pod's time began: a change of taints does not start it anew. */
  readonly sinceMs: number;
  readonly dueMs: number;
  readonly timer: Timer;
}

const TRIES_MAX = 5;
const RETRY_MS = 10;

export class TaintEvictionController implements Controller {
  readonly #deps: ControllerDeps;
  readonly #decisions: Decisions;
  readonly #nodes: Informer<V1Node>;
  readonly #pods: Informer<V1Pod>;
  readonly #scheduled = new Map<string, Scheduled>();
  readonly #deleting = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #started = false;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#decisions = new Decisions(deps, 'taint-eviction-controller');
    this.#nodes = deps.informers.of<V1Node>(nodes);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#pods.addIndex(byNodeName);
    this.#nodes.subscribe({
      added: (node) => this.#nodeChanged(node),
      updated: (node, old) => {
        if (!semanticEqual(noExecute(node), noExecute(old))) this.#nodeChanged(node);
      },
    });
    this.#pods.subscribe({
      added: (pod) => this.#podChanged(pod),
      updated: (pod, old) => {
        const same = pod.spec?.nodeName === old.spec?.nodeName;
        if (!same || !semanticEqual(pod.spec?.tolerations, old.spec?.tolerations)) this.#podChanged(pod);
      },
      deleted: (pod) => this.#cancel(keyOf(pod), true),
    });
  }

  start(): void {
    this.#started = true;
    for (const node of this.#nodes.all()) this.#nodeChanged(node);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const { timer } of this.#scheduled.values()) timer.cancel();
    this.#scheduled.clear();
    await Promise.all(this.#deleting);
  }

  #nodeChanged(node: V1Node): void {
    const taints = noExecute(node);
    for (const pod of this.#pods.by(byNodeName, nameOf(node))) this.#consider(pod, taints);
  }

  #podChanged(pod: V1Pod): void {
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodeName === '' ? undefined : this.#nodes.get(nodeName);
    if (node !== undefined) this.#consider(pod, noExecute(node));
  }

  #consider(pod: V1Pod, taints: readonly V1Taint[]): void {
    if (!this.#started || this.#stop.signal.aborted) return;
    const key = keyOf(pod);
    if (taints.length === 0) {
      this.#cancel(key, true);
      return;
    }
    const delayMs = evictionDelayMs(taints, pod.spec?.tolerations);
    const nowMs = this.#deps.clock.monotonicMs();
    if (delayMs === Number.POSITIVE_INFINITY) {
      this.#cancel(key, true);
      return;
    }
    if (delayMs === 0) {
      this.#cancel(key, true);
      this.#schedule(pod, nowMs, nowMs);
      return;
    }
    const before = this.#scheduled.get(key);
    const sinceMs = before?.sinceMs ?? nowMs;
    if (before !== undefined && before.dueMs <= sinceMs + delayMs) return;
    this.#cancel(key, true);
    this.#schedule(pod, sinceMs, sinceMs + delayMs);
  }

  #schedule(pod: V1Pod, sinceMs: number, dueMs: number): void {
    const { clock } = this.#deps;
    const key = keyOf(pod);
    const timer = clock.after(dueMs - clock.monotonicMs(), () => {
      this.#scheduled.delete(key);
      const deleting = this.#evict(key).finally(() => this.#deleting.delete(deleting));
      this.#deleting.add(deleting);
    });
    this.#scheduled.set(key, { sinceMs, dueMs, timer });
  }

  #cancel(key: string, tell: boolean): void {
    const scheduled = this.#scheduled.get(key);
    if (scheduled === undefined) return;
    scheduled.timer.cancel();
    this.#scheduled.delete(key);
    if (tell) this.#tell(key, `Cancelling deletion of Pod ${key}`);
  }

  /** Never rejects. */
  async #evict(key: string): Promise<void> {
    this.#tell(key, `Marking for deletion Pod ${key}`);
    const { clock, logger } = this.#deps;
    const why = 'its node has a taint that it does not tolerate (any longer)';
    const client = this.#decisions.decided(key, () => `evicting ${key}: ${why}`);
    for (let tries = 1; tries <= TRIES_MAX && !this.#stop.signal.aborted; tries++) {
      try {
        await this.#delete(client, key);
        return;
      } catch (thrown) {
        if (isNotFound(thrown)) return;
        logger.debug({ pod: key, error: messageOf(thrown) }, 'a pod was not evicted, trying again');
        await clock.sleep(RETRY_MS, this.#stop.signal);
      }
    }
    // Still there: look again as if the pod had just changed.
    const pod = this.#pods.getByKey(key);
    if (pod !== undefined) clock.after(1000, () => this.#podChanged(pod));
  }

  async #delete(client: Client, key: string): Promise<void> {
    const { clock } = this.#deps;
    const { namespace, name } = parseKey(key);
    const pod = await client.get<V1Pod>(pods, name, namespace);
    if (podCondition(pod, 'DisruptionTarget')?.status !== 'True') {
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        lastTransitionTime: timestamp(clock.nowMs()),
      };
      const patch = { status: { conditions: [condition] } };
      await client.patch(pods, name, namespaceOf(pod), 'strategic', patch, { subresource: 'status' });
    }
    await client.delete(pods, name, namespace);
  }

  #tell(key: string, message: string): void {
    const { namespace, name } = parseKey(key);
    const about: ApiObject = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } };
    this.#deps.events.event(about, 'Normal', 'TaintManagerEviction', message);
  }
}

function noExecute(node: V1Node): readonly V1Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}
