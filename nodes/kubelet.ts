/**
 * A simulated machine with its kubelet: registers the node, renews its lease, reports its status, and runs the pods that
 * are bound to it. A fault can crash the machine (everything on it is gone), freeze it (it stands still), or stop only
 * the kubelet (containers run on, nobody reports).
 */
import { type Clock, microTimestamp, type Timer, timestamp } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import { type Client, isAlreadyExists, isConflict, isNotFound } from '../controllers/runtime/client.ts';
import { ApiEventRecorder } from '../controllers/runtime/event-recorder.ts';
import { Informer } from '../controllers/runtime/informer.ts';
import { leases, nodes, pods } from '../controllers/runtime/resources.ts';
import type { V1ContainerImage, V1Lease, V1Node, V1Pod } from '../generated/kubernetes.d.ts';
import { AddressPool } from './address-pool.ts';
import { type Refusal, refusalOf } from './admission.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import { type Machine, nodeObject, nodeStatus } from './node-object.ts';
import { type FoundLog, runToRead } from './pod-logs.ts';
import { PodWorker } from './pod-worker.ts';

export interface KubeletDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly runtime: ContainerRuntime;
}

export interface KubeletOptions {
  readonly machine: Machine;
  /** How long the lease holds without renewal; it is renewed four times as often. Kubelet: 40 s. */
  readonly leaseDurationMs: number;
}

/** A status without news is sent this seldom (nodeStatusReportFrequency). */
const STATUS_REPORT_MS = 300_000;
const LEASE_NAMESPACE = 'kube-node-lease';
const RETRY_MS = 500;

type State = 'running' | 'crashed' | 'frozen' | 'kubeletStopped' | 'ended';

export class Kubelet {
  readonly #deps: KubeletDeps;
  readonly #options: KubeletOptions;
  readonly #addresses: AddressPool;
  readonly #workers = new Map<string, PodWorker>();
  readonly #events: ApiEventRecorder;
  #informer: Informer<V1Pod> | undefined;
  #heartbeat: Timer | undefined;
  #state: State = 'ended';
  #bootId = '';
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #beating = false;
  #nodeUid = '';
  /** The node as last seen, with others' labels and taints. */
  #node: V1Node = {};
  /** Pods that are being refused. */
  readonly #refusing = new Set<string>();
  /** How many images the node has told of: they only become more. */
  #reportedImages = 0;
  #boots = 0;

  constructor(deps: KubeletDeps, options: KubeletOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#addresses = new AddressPool(options.machine.podCidr);
    this.#events = new ApiEventRecorder(deps, { component: 'kubelet', host: options.machine.name });
  }

  get name(): string {
    return this.#options.machine.name;
  }

  get state(): State {
    return this.#state;
  }

  /** Switches the machine on: resolves once the node is registered and reported ready. */
  async start(): Promise<void> {
    if (this.#state !== 'ended' && this.#state !== 'crashed') return;
    this.#state = 'running';
    this.#bootId = this.#deps.random.uuid();
    const boot = ++this.#boots;
    await this.#register(boot);
    if (this.#boots !== boot || this.#state !== 'running') return;
    if (boot > 1)
      this.#nodeEvent('Warning', 'Rebooted', `Node ${this.name} has been rebooted, boot id: ${this.#bootId}`);
    else this.#nodeEvent('Normal', 'Starting', 'Starting kubelet.');
    this.#watchPods();
    this.#heartbeat = this.#deps.clock.every(this.#options.leaseDurationMs / 4, () => this.#beat());
  }

  /** Ends for good, in order. Pods stay as they are in the API. */
  async stop(): Promise<void> {
    this.#halt();
    this.#state = 'ended';
    this.#deps.runtime.powerOff();
    await this.#events.flush();
  }

  /** Power is cut: containers are gone, nobody says goodbye. */
  crash(): void {
    if (this.#state === 'crashed' || this.#state === 'ended') return;
    this.#halt();
    this.#state = 'crashed';
    this.#deps.runtime.powerOff();
  }

  /** The machine stands still: no heartbeats, containers paused. */
  freeze(): void {
    this.#suspend('frozen', true);
  }

  /** Only the kubelet stops: containers run on unobserved. */
  stopKubelet(): void {
    this.#suspend('kubeletStopped', false);
  }

  /** Undoes any of the faults: a crashed machine boots, a frozen one goes on. */
  async heal(): Promise<void> {
    if (this.#state === 'crashed') return this.start();
    if (this.#state !== 'frozen' && this.#state !== 'kubeletStopped') return;
    this.#state = 'running';
    for (const worker of this.#workers.values()) worker.thaw();
    this.#watchPods();
    this.#reportedAtMs = Number.NEGATIVE_INFINITY;
    this.#heartbeat = this.#deps.clock.every(this.#options.leaseDurationMs / 4, () => this.#beat());
    this.#beat();
  }

  /** Kills a container's process; false when it does not run here. */
  killContainer(podUid: string, container: string): boolean {
    return this.#workers.get(podUid)?.killContainer(container) ?? false;
  }

  /** The log of a run of a container, or why there is none. */
  logs(pod: V1Pod, container: string, previous: boolean): FoundLog {
    const uid = pod.metadata?.uid ?? '';
    const status = this.#workers.get(uid)?.status ?? pod.status ?? {};
    const run = runToRead(pod.metadata?.name ?? '', status, container, previous);
    if ('refusal' in run) return run;
    return { containerId: run.containerId, log: this.#deps.runtime.logs(uid, run.containerId) };
  }

  #suspend(state: 'frozen' | 'kubeletStopped', containers: boolean): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    this.#heartbeat?.cancel();
    this.#stopWatching();
    for (const worker of this.#workers.values()) worker.freeze(containers);
  }

  #halt(): void {
    this.#boots++;
    this.#heartbeat?.cancel();
    this.#stopWatching();
    for (const worker of this.#workers.values()) {
      worker.abandon();
      this.#addresses.release(worker.podIp);
    }
    this.#workers.clear();
  }

  #stopWatching(): void {
    void this.#informer?.stop();
    this.#informer = undefined;
  }

  /** Creates the Node, or takes over the one that is there; tries again until it succeeds or the machine stops. */
  async #register(boot: number): Promise<void> {
    const { client, clock, logger } = this.#deps;
    const { machine } = this.#options;
    while (this.#boots === boot) {
      try {
        const node = await this.#createOrGet(client, machine);
        this.#nodeUid = node.metadata?.uid ?? '';
        this.#node = node;
        await this.#reportStatus(node, this.#deps.runtime.images());
        await this.#renewLease();
        return;
      } catch (thrown) {
        logger.warn({ node: machine.name, error: messageOf(thrown) }, 'node not registered yet; trying again');
        await clock.sleep(RETRY_MS);
      }
    }
  }

  async #createOrGet(client: Client, machine: Machine): Promise<V1Node> {
    try {
      return await client.create<V1Node>(nodes, nodeObject(machine));
    } catch (thrown) {
      if (!isAlreadyExists(thrown)) throw thrown;
      return client.get<V1Node>(nodes, machine.name);
    }
  }

  #beat(): void {
    if (this.#beating) return;
    this.#beating = true;
    const beat = async (): Promise<void> => {
      await this.#renewLease();
      const node = await this.#deps.client.get<V1Node>(nodes, this.name);
      this.#node = node;
      const ready = node.status?.conditions?.find((each) => each.type === 'Ready')?.status === 'True';
      const dueAtMs = this.#reportedAtMs + STATUS_REPORT_MS;
      const images = this.#deps.runtime.images();
      const due = this.#deps.clock.monotonicMs() >= dueAtMs || images.length !== this.#reportedImages;
      if (this.#state === 'running' && (!ready || due)) await this.#reportStatus(node, images);
    };
    beat()
      .catch((thrown) => this.#deps.logger.warn({ node: this.name, error: messageOf(thrown) }, 'heartbeat failed'))
      .finally(() => {
        this.#beating = false;
      });
  }

  async #reportStatus(node: V1Node, images: readonly V1ContainerImage[]): Promise<void> {
    const { client, clock } = this.#deps;
    const conditions = node.status?.conditions ?? [];
    const status = nodeStatus(this.#options.machine, this.#bootId, images, conditions, clock.nowMs());
    await client.patch<V1Node>(nodes, this.name, undefined, 'merge', { status }, { subresource: 'status' });
    this.#reportedAtMs = clock.monotonicMs();
    this.#reportedImages = images.length;
    const wasReady = node.status?.conditions?.find((each) => each.type === 'Ready')?.status === 'True';
    if (!wasReady) this.#nodeEvent('Normal', 'NodeReady', `Node ${this.name} status is now: NodeReady`);
  }

  async #renewLease(): Promise<void> {
    const { client, clock } = this.#deps;
    const renewTime = microTimestamp(clock.nowMs());
    try {
      await client.patch<V1Lease>(leases, this.name, LEASE_NAMESPACE, 'merge', { spec: { renewTime } });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      await client.create<V1Lease>(leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name: this.name,
          namespace: LEASE_NAMESPACE,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: this.name, uid: this.#nodeUid }],
        },
        spec: {
          holderIdentity: this.name,
          leaseDurationSeconds: Math.max(1, Math.round(this.#options.leaseDurationMs / 1000)),
          renewTime,
        },
      });
    }
  }

  #watchPods(): void {
    const informer = new Informer<V1Pod>(this.#deps, pods, { fieldSelector: `spec.nodeName=${this.name}` });
    this.#informer = informer;
    const seen = (pod: V1Pod): void => {
      if (this.#informer === informer) this.#podSeen(pod);
    };
    informer.subscribe({
      added: seen,
      updated: seen,
      deleted: (pod) => {
        if (this.#informer === informer) this.#podGone(pod.metadata?.uid ?? '');
      },
    });
    informer.start();
    // What went away while nobody watched is known once the first list is in.
    void informer.synced.then(() => {
      if (this.#informer !== informer) return;
      const present = new Set([...informer.all()].map((pod) => pod.metadata?.uid ?? ''));
      for (const uid of [...this.#workers.keys()]) if (!present.has(uid)) this.#podGone(uid);
    });
  }

  #podSeen(pod: V1Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker !== undefined) {
      worker.update(pod);
      return;
    }
    const phase = pod.status?.phase;
    const ended = phase === 'Succeeded' || phase === 'Failed';
    if (ended && pod.metadata?.deletionTimestamp === undefined) return;
    if (pod.metadata?.deletionTimestamp === undefined && pod.status?.startTime === undefined) {
      if (this.#refusing.has(uid)) return;
      if (this.#refusal(pod) !== undefined) {
        this.#refuse(pod);
        return;
      }
    }
    this.#take(pod);
  }

  #refusal(pod: V1Pod): Refusal | undefined {
    // What the machine has is what its kubelet knows, whatever the API says just now.
    const { allocatable } = nodeStatus(this.#options.machine, '', [], [], 0);
    const others = [...this.#workers.values()]
      .filter((each) => !each.ended && each.allocated.metadata?.uid !== pod.metadata?.uid)
      .map((each) => each.allocated);
    return refusalOf(pod, { ...this.#node, status: { ...(allocatable === undefined ? {} : { allocatable }) } }, others);
  }

  /** Looks at the node anew before it refuses: labels and taints may have changed. */
  #refuse(pod: V1Pod): void {
    const { name, namespace, uid = '' } = pod.metadata ?? {};
    const { client, clock, logger } = this.#deps;
    const informer = this.#informer;
    const attempt = async (): Promise<void> => {
      this.#node = await client.get<V1Node>(nodes, this.name);
      const current = informer?.get(name ?? '', namespace);
      if (this.#informer !== informer || current?.metadata?.uid !== uid) return;
      const refusal = this.#refusal(current);
      if (refusal === undefined) {
        this.#take(current);
        return;
      }
      const { reason, message } = refusal;
      this.#events.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, 'Warning', reason, message);
      const status = {
        phase: 'Failed',
        reason,
        message: `Pod was rejected: ${message}`,
        startTime: timestamp(clock.nowMs()),
        observedGeneration: current.metadata?.generation,
      };
      const write = { metadata: { uid }, status };
      await client.patch<V1Pod>(pods, name ?? '', namespace, 'merge', write, { subresource: 'status' });
    };
    this.#refusing.add(uid);
    attempt()
      .catch((thrown) => {
        if (isNotFound(thrown) || isConflict(thrown)) return;
        logger.warn({ pod: name, error: messageOf(thrown) }, 'pod not refused yet; trying again');
        clock.after(RETRY_MS, () => {
          const current = informer?.get(name ?? '', namespace);
          if (this.#informer === informer && current?.metadata?.uid === uid) this.#podSeen(current);
        });
      })
      .finally(() => this.#refusing.delete(uid));
  }

  #take(pod: V1Pod): void {
    const uid = pod.metadata?.uid ?? '';
    if (this.#workers.has(uid)) return;
    const { client, clock, runtime, logger, recorder } = this.#deps;
    const { machine } = this.#options;
    const podIp = pod.spec?.hostNetwork === true ? machine.ip : this.#addresses.take();
    if (podIp === undefined) {
      this.#events.event(
        { ...pod, apiVersion: 'v1', kind: 'Pod' },
        'Warning',
        'FailedCreatePodSandBox',
        `no address is left in ${machine.podCidr}`,
      );
      return;
    }
    const started = new PodWorker(
      {
        client,
        clock,
        runtime,
        events: this.#events,
        logger,
        recorder,
        nodeName: this.name,
        hostIp: machine.ip,
        podIp,
        refusalOf: (asking) => this.#refusal(asking),
        freed: () => this.#resizeDeferred(uid),
      },
      pod,
    );
    this.#workers.set(uid, started);
    started.update(pod);
  }

  #podGone(uid: string): void {
    const worker = this.#workers.get(uid);
    if (worker === undefined) return;
    worker.remove();
    this.#addresses.release(worker.podIp);
    this.#workers.delete(uid);
    this.#resizeDeferred(uid);
  }

  /** Whoever waits for room looks again. */
  #resizeDeferred(except: string): void {
    for (const [uid, worker] of this.#workers) if (uid !== except) worker.resize();
  }

  #nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void {
    // The kubelet names itself as the uid in events about its node, as upstream's does.
    this.#events.event(
      { apiVersion: 'v1', kind: 'Node', metadata: { name: this.name, uid: this.name } },
      type,
      reason,
      message,
    );
  }
}
