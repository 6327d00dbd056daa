/**
 * The scheduler: takes pods without a node from the queue one after the other, decides, assumes, and binds in the
 * background. Deciding is synchronous; nothing changes under it.
 */

import type { Clock } from '../../base/clock.ts';
import { timestamp } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import type { V1Node, V1Pod, V1PodCondition } from '../../generated/kubernetes.d.ts';
import { CausedClient } from '../runtime/caused-client.ts';
import { type Client, isNotFound } from '../runtime/client.ts';
import type { Informer } from '../runtime/informer.ts';
import { InformerSet } from '../runtime/informer-set.ts';
import { generationOf, isBeingDeleted, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { nodes, pods } from '../runtime/resources.ts';
import { SeriesEventRecorder } from '../runtime/series-event-recorder.ts';
import { isPodFinished, podCondition } from '../workload/pod-state.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { ClusterState } from './cluster-state.ts';
import { Nominator } from './nominator.ts';
import { defaultPlugins } from './plugins/default-plugins.ts';
import { PodBinder } from './pod-binder.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';
import { planPreemption } from './preemption.ts';
import { type Failure, schedulePod } from './schedule-pod.ts';
import { SchedulerWorld } from './scheduler-world.ts';
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts';

export interface SchedulerDeps {
  /** `clientFor('kube-scheduler')` acts as `system:kube-scheduler`. */
  readonly clientFor: (component: string) => Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
  /** Told in events: `default-scheduler-<host>`. */
  readonly host?: string;
}

/** Pods whose outcome is being written at the same time. */
const WRITES_MAX = 100;
/** Decisions between two pauses in which the rest of the process gets its turn. */
const DECISIONS_PER_TURN = 16;
const SCHEDULER_NAME = 'default-scheduler';

/** Starts the scheduler once it knows all nodes and pods. */
export async function startScheduler(deps: SchedulerDeps): Promise<{ stop(): Promise<void> }> {
  const scheduler = new Scheduler(deps);
  await scheduler.start();
  return scheduler;
}

class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #client: Client;
  #turns = 0;
  readonly #informers: InformerSet;
  readonly #pods: Informer<V1Pod>;
  readonly #nodes: Informer<V1Node>;
  readonly #cluster = new ClusterState();
  readonly #world: SchedulerWorld;
  readonly #queue: SchedulingQueue;
  readonly #nominator = new Nominator();
  readonly #binder: PodBinder;
  readonly #events: SeriesEventRecorder;
  readonly #stop = new AbortController();
  readonly #ready: () => Promise<boolean>;
  readonly #stopped = new Deferred<void>();
  readonly #writes = new Set<Promise<void>>();
  #startAt = 0;
  #running: Promise<void> | undefined;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#client = deps.clientFor('kube-scheduler');
    this.#informers = new InformerSet({ ...deps, client: this.#client });
    this.#queue = new SchedulingQueue(deps.clock, defaultPlugins);
    this.#events = new SeriesEventRecorder({ ...deps, client: this.#client }, SCHEDULER_NAME, deps.host ?? 'localhost');
    const scope = this.#informers.scope();
    this.#nodes = scope.of<V1Node>(nodes);
    this.#pods = scope.of<V1Pod>(pods);
    this.#ready = () => scope.synced(this.#stopped.promise);
    this.#world = new SchedulerWorld(this.#cluster, scope, (event) => this.#queue.happened(event));
    this.#binder = new PodBinder(deps.clock, this.#world);
    this.#watchNodes();
    this.#watchPods();
  }

  async start(): Promise<void> {
    this.#informers.start();
    if (await this.#ready()) this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stopped.resolve();
    this.#queue.close();
    await this.#running;
    await Promise.all(this.#writes);
    await Promise.all([this.#informers.stop(), this.#events.stop()]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let decisions = 1; !signal.aborted; decisions++) {
      const queued = this.#queue.pop();
      if (queued === undefined) {
        await this.#queue.changed;
        continue;
      }
      try {
        this.#schedule(queued);
      } catch (thrown) {
        this.#deps.logger.error({ pod: queued.key, error: messageOf(thrown) }, 'scheduling failed');
        this.#queue.failed(queued, queued.pod, new Set());
      }
      if (this.#writes.size >= WRITES_MAX) await Promise.race(this.#writes);
      else if (decisions % DECISIONS_PER_TURN === 0) await this.#deps.clock.sleep(0, signal);
    }
  }

  #schedule(queued: QueuedPod): void {
    const pod = this.#pods.getByKey(queued.key);
    if (pod === undefined || uidOf(pod) !== queued.uid || !waitsForUs(pod) || this.#cluster.isPlaced(queued.uid)) {
      this.#queue.done(queued);
      return;
    }
    if (isBeingDeleted(pod)) {
      const note = `skip schedule deleting pod: ${queued.key}`;
      this.#events.event(pod, 'Warning', 'FailedScheduling', 'Scheduling', note);
      this.#queue.done(queued);
      return;
    }
    const info = podInfoOf(pod);
    const nominated = this.#nominator.nodeOf(info.uid) ?? pod.status?.nominatedNodeName ?? '';
    const decision = schedulePod(info, this.#world, {
      plugins: defaultPlugins,
      random: this.#deps.random,
      startAt: this.#startAt,
      nominatedOn: (nodeName) => this.#nominator.on(nodeName),
      ...(nominated === '' ? {} : { nominated }),
    });
    this.#startAt = (this.#startAt + decision.processed) % Math.max(1, this.#cluster.nodes.length);
    if (decision.type === 'fits') {
      const client = this.#tell(info, decision.words, decision.nodeName);
      this.#assumeAndBind(client, queued, info, decision.nodeName);
    } else {
      this.#reject(queued, info, decision.failure, decision.message);
    }
  }

  #assumeAndBind(client: Client, queued: QueuedPod, info: PodInfo, nodeName: string): void {
    this.#cluster.assume(info, nodeName);
    this.#nominator.remove(info.uid);
    this.#inBackground(this.#bind(client, queued, info, nodeName));
  }

  /** Deciding goes on while the outcome is written. Failures are logged; the pod is in the queue or on its node by then. */
  #inBackground(work: Promise<void>): void {
    const write = work
      .catch((thrown: unknown) => {
        if (!this.#stop.signal.aborted)
          this.#deps.logger.warn({ error: messageOf(thrown) }, 'an outcome was not written');
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  async #bind(client: Client, queued: QueuedPod, { pod, uid }: PodInfo, nodeName: string): Promise<void> {
    try {
      await this.#binder.bind(client, pod, nodeName, this.#stop.signal);
      const note = `Successfully assigned ${queued.key} to ${nodeName}`;
      this.#events.event(pod, 'Normal', 'Scheduled', 'Binding', note);
      this.#queue.done(queued);
    } catch (thrown) {
      this.#cluster.forget(uid);
      this.#queue.happened('pod-removed');
      if (this.#stop.signal.aborted || isNotFound(thrown)) {
        this.#queue.done(queued);
        return;
      }
      const message = `running Bind plugin "DefaultBinder": ${messageOf(thrown)}`;
      await this.#fail(client, queued, pod, message, 'SchedulerError', new Set(), undefined);
    }
  }

  #reject(queued: QueuedPod, info: PodInfo, failure: Failure, message: string): void {
    const plan = planPreemption(info, this.#world, failure, {
      plugins: defaultPlugins,
      budgets: this.#world.budgets,
      nominatedOn: (nodeName) => this.#nominator.on(nodeName),
      startAt: failure.rejections.size === 0 ? 0 : this.#deps.random.below(failure.rejections.size),
    });
    const { pod } = info;
    // Without nodes there is nothing to try: any plugin's event brings the pod back.
    const rejectedBy = failure.plugins.size > 0 ? failure.plugins : new Set(defaultPlugins.map(({ name }) => name));
    if (plan.type === 'helpless') {
      const full = failure.nodes === 0 ? message : `${message} ${plan.message}`;
      const client = this.#tell(info, full);
      this.#inBackground(this.#fail(client, queued, pod, full, 'Unschedulable', rejectedBy, undefined));
      return;
    }
    this.#nominator.set(info, plan.nodeName);
    const client = this.#tell(info, `${message} It preempts ${plan.victims.length} pods on ${plan.nodeName}`);
    this.#inBackground(this.#fail(client, queued, pod, message, 'Unschedulable', rejectedBy, plan.nodeName));
    for (const victim of plan.victims) this.#inBackground(this.#preempt(client, info, victim, plan.nodeName));
  }

  async #preempt(client: Client, preemptor: PodInfo, { pod, terminating }: PodInfo, nodeName: string): Promise<void> {
    if (terminating) return;
    const condition: V1PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${SCHEDULER_NAME}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: timestamp(this.#deps.clock.nowMs()),
    };
    const [name, namespace] = [nameOf(pod), namespaceOf(pod)];
    try {
      const patch = { status: { conditions: [condition] } };
      await client.patch(pods, name, namespace, 'strategic', patch, { subresource: 'status' });
      await client.delete(pods, name, namespace);
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      return;
    }
    const note = `Preempted by pod ${preemptor.uid} on node ${nodeName}`;
    this.#events.event(pod, 'Normal', 'Preempted', 'Preempting', note, preemptor.pod);
  }

  /** Puts the pod back, and says in an event and in its status why it has no node. */
  async #fail(
    client: Client,
    queued: QueuedPod,
    pod: V1Pod,
    message: string,
    reason: 'Unschedulable' | 'SchedulerError',
    rejectedBy: ReadonlySet<string>,
    nominatedNodeName: string | undefined,
  ): Promise<void> {
    const latest = this.#pods.getByKey(queued.key);
    if (latest === undefined || uidOf(latest) !== uidOf(pod) || !waitsForUs(latest)) this.#queue.done(queued);
    else this.#queue.failed(queued, latest, rejectedBy);
    this.#events.event(pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
    await this.#writeCondition(client, pod, message, reason, nominatedNodeName).catch((thrown: unknown) => {
      this.#deps.logger.debug(
        { pod: queued.key, error: messageOf(thrown) },
        'the PodScheduled condition was not written',
      );
    });
  }

  async #writeCondition(
    client: Client,
    pod: V1Pod,
    message: string,
    reason: string,
    nominatedNodeName: string | undefined,
  ): Promise<void> {
    const before = podCondition(pod, 'PodScheduled');
    const same = before?.status === 'False' && before.reason === reason && before.message === message;
    if (same && (nominatedNodeName === undefined || pod.status?.nominatedNodeName === nominatedNodeName)) return;
    const now = timestamp(this.#deps.clock.nowMs());
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      lastProbeTime: null,
      lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
      ...(before?.observedGeneration === undefined ? {} : { observedGeneration: generationOf(pod) }),
    };
    const status = { conditions: [condition], ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) };
    const options = { subresource: 'status' };
    await client.patch(pods, nameOf(pod), namespaceOf(pod), 'strategic', { status }, options);
  }

  /** Says what was decided; the client that comes back writes what follows of it. */
  #tell({ key, pod }: PodInfo, words: string, node?: string): Client {
    const { recorder } = this.#deps;
    if (!recorder.active) return this.#client;
    const turn = `scheduler/${++this.#turns}`;
    const revision = Number(pod.metadata?.resourceVersion);
    recorder.record({
      type: 'scheduler.decision',
      turn,
      pod: key,
      revision,
      ...(node === undefined ? {} : { node }),
      words,
    });
    return new CausedClient(this.#client, turn);
  }

  #watchNodes(): void {
    this.#nodes.subscribe({
      added: (node) => {
        this.#cluster.setNode(node);
        this.#queue.happened('node-added');
      },
      updated: (node, old) => {
        this.#cluster.setNode(node);
        if (!semanticEqual(node.status?.allocatable, old.status?.allocatable)) this.#queue.happened('node-allocatable');
        if (!semanticEqual(node.metadata?.labels, old.metadata?.labels)) this.#queue.happened('node-labels');
        if (!semanticEqual(node.spec, old.spec)) this.#queue.happened('node-taints');
      },
      deleted: (node) => this.#cluster.removeNode(nameOf(node)),
    });
  }

  #watchPods(): void {
    this.#pods.subscribe({
      added: (pod) => this.#podChanged(pod, undefined),
      updated: (pod, old) => this.#podChanged(pod, old),
      deleted: (pod) => this.#podGone(pod),
    });
  }

  #podChanged(pod: V1Pod, old: V1Pod | undefined): void {
    if (isPodFinished(pod)) {
      this.#podGone(pod);
    } else if ((pod.spec?.nodeName ?? '') !== '') {
      const wasBound = (old?.spec?.nodeName ?? '') !== '';
      this.#queue.remove(pod);
      this.#nominator.remove(uidOf(pod));
      this.#cluster.setPod(pod);
      if (!wasBound) this.#queue.happened('pod-bound');
      else if (!semanticEqual(pod.metadata?.labels, old?.metadata?.labels)) this.#queue.happened('pod-labels');
    } else if (waitsForUs(pod)) {
      if (old === undefined || !waitsForUs(old)) this.#queue.add(pod);
      else this.#queue.update(pod, isRelevant(pod, old));
      const nominated = pod.status?.nominatedNodeName ?? '';
      if (nominated !== '' && !this.#cluster.isPlaced(uidOf(pod))) this.#nominator.set(podInfoOf(pod), nominated);
    } else {
      this.#queue.remove(pod);
    }
  }

  #podGone(pod: V1Pod): void {
    this.#queue.remove(pod);
    this.#nominator.remove(uidOf(pod));
    if ((pod.spec?.nodeName ?? '') === '') return;
    this.#cluster.removePod(uidOf(pod));
    this.#queue.happened('pod-removed');
  }
}

/** It has no node, asks for this scheduler, and no gate holds it back. */
function waitsForUs(pod: V1Pod): boolean {
  return (
    (pod.spec?.nodeName ?? '') === '' &&
    (pod.spec?.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME &&
    (pod.spec?.schedulingGates ?? []).length === 0
  );
}

/** Only changes of the spec and of labels can make a pod fit. */
function isRelevant(pod: V1Pod, old: V1Pod): boolean {
  return !semanticEqual(pod.spec, old.spec) || !semanticEqual(pod.metadata?.labels, old.metadata?.labels);
}
