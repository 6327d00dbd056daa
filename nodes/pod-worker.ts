/**
 * One pod on one node: carries out what `decide` says, and reports to the API what `podStatus` makes of it. All state
 * changes go through `reduce`; this file only joins the pure parts with the runtime, the client and the clock.
 *
 * Invariants: one status write at a time, always the newest; the pod is forgotten by the API only after nothing of it
 * runs; after `abandon` nothing is written or done any more.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import { type Client, isConflict, isNotFound } from '../controllers/runtime/client.ts';
import type { EventRecorder, EventType } from '../controllers/runtime/event-recorder.ts';
import { configMaps, pods, secrets } from '../controllers/runtime/resources.ts';
import type { V1ConfigMap, V1Container, V1Pod, V1PodStatus, V1Secret } from '../generated/kubernetes.d.ts';
import type { Refusal } from './admission.ts';
import type { ContainerRuntime, ProbeKind, RunningContainer } from './container-runtime.ts';
import { ImagePuller } from './image-puller.ts';
import { containerOf, type ObservedPod, observe } from './observed-pod.ts';
import { type PodEvent, reduce } from './pod-events.ts';
import { type Action, decide, isFinished } from './pod-lifecycle.ts';
import { type FindReferenced, findConfigurationFault, findVolumeFaults } from './pod-references.ts';
import { allocatedPod, resizeAsked, resizeMessage, restartedByResize } from './pod-resize.ts';
import { podStatus } from './pod-status.ts';

export interface PodWorkerDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly nodeName: string;
  readonly hostIp: string;
  readonly podIp: string;
  /** Why the node cannot take the pod as it is now, beside the others. */
  readonly refusalOf: (pod: V1Pod) => Refusal | undefined;
  /** Called when others may find more room than before. */
  readonly freed: () => void;
}

const STATUS_RETRY_MS = 1000;
/** How long it takes until a container has what was allocated to it. */
const RESIZE_MS = 100;

export class PodWorker {
  readonly #deps: PodWorkerDeps;
  readonly #images: ImagePuller;
  readonly #containers = new Map<string, RunningContainer>();
  #pod: V1Pod;
  #observed: ObservedPod;
  #wake: Timer | undefined;
  #retry: Timer | undefined;
  #abandoned = false;
  #frozen = false;
  #writing = false;
  #finishing = false;
  #reports = 0;
  /** The last status that the API took, as JSON: nothing is written twice. */
  #written = '';
  /** The volumes that could not be mounted when last tried. */
  #unmounted: readonly string[] = [];

  constructor(deps: PodWorkerDeps, pod: V1Pod) {
    this.#deps = deps;
    this.#images = new ImagePuller(deps, this.#find, (...about) => this.#event(...about));
    this.#pod = pod;
    this.#observed = observe(pod, deps.podIp, deps.clock.nowMs());
  }

  get podIp(): string {
    return this.#deps.podIp;
  }

  /** True when nothing of it will run any more. */
  get ended(): boolean {
    return isFinished(this.#pod, this.#observed);
  }

  /** The pod with what the node has allocated to it. */
  get allocated(): V1Pod {
    return allocatedPod(this.#pod, this.#observed);
  }

  /** What its containers have to end in when the node ends them by itself. */
  get #graceMs(): number {
    return (this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  /** The status as the node sees it now, whether or not the API has taken it yet. */
  get status(): V1PodStatus {
    return podStatus(this.#pod, this.#observed, { hostIp: this.#deps.hostIp }, this.#deps.clock.nowMs());
  }

  /** The pod as the API has it now. */
  update(pod: V1Pod): void {
    const wasDeleting = this.#pod.metadata?.deletionTimestamp !== undefined;
    const graceBefore = this.#pod.metadata?.deletionGracePeriodSeconds;
    this.#pod = pod;
    this.#observed = reduce(pod, this.#observed, { type: 'updated' }, this.#deps.clock.nowMs());
    const grace = pod.metadata?.deletionGracePeriodSeconds ?? 30;
    if (
      pod.metadata?.deletionTimestamp !== undefined &&
      (!wasDeleting || graceBefore !== grace || this.#observed.stopping === undefined)
    ) {
      this.#apply({ type: 'deleting', graceMs: grace * 1000 });
    }
    this.resize();
    this.run();
  }

  /** Gives the pod the resources that it asks for, if there is room now. */
  resize(): void {
    const { stopping, resize } = this.#observed;
    if (this.#abandoned || this.#frozen || this.ended || stopping !== undefined) return;
    if (!resizeAsked(this.#pod, this.#observed)) {
      // What was asked for and did not fit is not asked for any more.
      if (resize?.pending !== undefined) this.#happened({ type: 'resizeCompleted' });
      return;
    }
    const refusal = this.#deps.refusalOf(this.#pod);
    if (refusal !== undefined) {
      const { message } = refusal;
      const generation = this.#pod.metadata?.generation;
      if (resize?.pending === undefined || resize.generation !== generation)
        this.#event('Warning', 'ResizeDeferred', resizeMessage('Pod resize Deferred', this.#pod, message));
      this.#happened({ type: 'resizeDeferred', message });
      return;
    }
    this.#event('Normal', 'ResizeStarted', resizeMessage('Pod resize started', this.#pod));
    this.#happened({ type: 'resizeStarted' });
    this.#deps.freed();
    this.#deps.clock.after(RESIZE_MS, () => this.#completeResize(this.#pod.metadata?.generation));
  }

  #completeResize(generation: number | undefined): void {
    const { resize } = this.#observed;
    if (this.#abandoned || resize === undefined || resize.pending !== undefined) return;
    if (this.#frozen) {
      this.#deps.clock.after(RESIZE_MS, () => this.#completeResize(generation));
      return;
    }
    const nowMs = this.#deps.clock.nowMs();
    for (const { name, phase } of restartedByResize(this.#pod, this.#observed)) {
      if (phase.is !== 'running' || phase.stopAskedAtMs !== undefined) continue;
      const killAtMs = nowMs + this.#graceMs;
      const because = `Container ${name} resize requires restart`;
      this.#do({ do: 'terminate', container: name, killAtMs, because }, nowMs);
    }
    this.#event('Normal', 'ResizeCompleted', resizeMessage('Pod resize completed', this.#pod));
    this.#happened({ type: 'resizeCompleted' });
  }

  /** Ends all containers because the API has forgotten the pod. */
  remove(): void {
    for (const container of this.#containers.values()) container.kill();
    this.abandon();
    this.#deps.runtime.remove(this.#observed.uid);
  }

  /** Stops working on the pod and leaves everything as it is: the kubelet has stopped, or the machine went down. */
  abandon(): void {
    this.#abandoned = true;
    this.#wake?.cancel();
    this.#retry?.cancel();
  }

  /** The kubelet does nothing for a while; with `containers`, the containers stand still too (the machine is frozen). */
  freeze(containers: boolean): void {
    this.#frozen = true;
    if (containers) for (const container of this.#containers.values()) container.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const container of this.#containers.values()) container.resume();
    this.run();
  }

  /** Ends a container from outside, as `kill -9` of its process would. False when it does not run. */
  killContainer(name: string): boolean {
    const container = this.#containers.get(name);
    container?.kill();
    return container !== undefined;
  }

  /** Looks at the pod and does what is to be done now. */
  run(): void {
    if (this.#abandoned || this.#frozen) return;
    this.#wake?.cancel();
    const nowMs = this.#deps.clock.nowMs();
    const { actions, wakeAtMs } = decide(this.#pod, this.#observed, nowMs);
    for (const action of actions) this.#do(action, nowMs);
    if (wakeAtMs !== undefined) this.#wake = this.#deps.clock.after(Math.max(1, wakeAtMs - nowMs), () => this.run());
    this.#report();
  }

  #apply(event: PodEvent): void {
    const before = this.#observed;
    this.#observed = reduce(this.#pod, before, event, this.#deps.clock.nowMs());
    if (this.#deps.recorder.active && 'container' in event) this.#tellContainer(before, event.container);
  }

  /** Something happened outside: take it in, and look again. */
  #happened(event: PodEvent): void {
    if (this.#abandoned) return;
    this.#apply(event);
    this.run();
  }

  #do(action: Action, nowMs: number): void {
    switch (action.do) {
      case 'mount':
        void this.#mount();
        break;
      case 'tellUnmounted':
        this.#tellUnmounted();
        break;
      case 'start':
        this.#start(action.container);
        break;
      case 'tellBackOff':
        this.#tellBackOff(action.container);
        break;
      case 'terminate':
        this.#event('Normal', 'Killing', action.because, action.container);
        this.#apply({ type: 'stopAsked', container: action.container, killAtMs: action.killAtMs });
        void this.#terminate(action.container, action.killAtMs - nowMs);
        this.#wake = this.#deps.clock.after(Math.max(1, action.killAtMs - nowMs), () => this.run());
        break;
      case 'kill':
        this.#containers.get(action.container)?.kill();
        break;
      case 'probe':
        this.#probe(action.container, action.kind);
        break;
      case 'fail':
        this.#event('Normal', action.reason, action.message);
        this.#apply({
          type: 'failed',
          reason: action.reason,
          message: action.message,
          graceMs: this.#graceMs,
        });
        this.#deps.clock.after(0, () => this.run());
        break;
      case 'finish':
        this.#finish();
        break;
    }
  }

  async #mount(): Promise<void> {
    this.#apply({ type: 'mounting' });
    const faults = await findVolumeFaults(this.#pod, this.#find);
    if (this.#abandoned) return;
    this.#unmounted = faults.map(({ volume }) => volume);
    for (const { volume, message } of faults)
      this.#event('Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${volume}" : ${message}`);
    this.#happened({ type: faults.length === 0 ? 'mounted' : 'mountFailed' });
  }

  #tellUnmounted(): void {
    const which = `unmounted volumes=[${this.#unmounted.join(' ')}], unattached volumes=[], failed to process volumes=[]`;
    this.#event('Warning', 'FailedMount', `Unable to attach or mount volumes: ${which}: context deadline exceeded`);
    this.#happened({ type: 'unmountedTold' });
  }

  readonly #find: FindReferenced = async (kind, name) => {
    const ref = kind === 'configmap' ? configMaps : secrets;
    try {
      return await this.#deps.client.get<V1ConfigMap | V1Secret>(ref, name, this.#pod.metadata?.namespace);
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  };

  /** Lets the container prepare for its end, for as long as the grace period allows, then asks it to end. */
  async #terminate(name: string, graceMs: number): Promise<void> {
    const running = this.#containers.get(name);
    const hook = this.#spec(name)?.lifecycle?.preStop;
    if (running !== undefined && hook && graceMs > 0) {
      const done = await Promise.race([running.runHook(hook), this.#deps.clock.sleep(graceMs).then(() => true)]);
      if (this.#abandoned) return;
      if (!done) this.#event('Warning', 'FailedPreStopHook', 'PreStopHook failed', name);
    }
    running?.terminate();
  }

  #tellBackOff(name: string): void {
    const { phase, image } = containerOf(this.#observed, name) ?? {};
    if (phase?.is === 'waiting') {
      this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`, name);
      this.#event('Warning', 'Failed', 'Error: ImagePullBackOff', name);
    } else {
      const { name: pod, namespace, uid } = this.#pod.metadata ?? {};
      const which = `${name} in pod ${pod}_${namespace}(${uid})`;
      this.#event('Warning', 'BackOff', `Back-off restarting failed container ${which}`, name);
    }
    this.#apply({ type: 'backOffTold', container: name });
  }

  #start(name: string): void {
    const spec = this.#spec(name);
    const container = containerOf(this.#observed, name);
    if (spec === undefined || container === undefined) return;
    this.#apply({ type: 'preparing', container: name });
    const restartCount = containerOf(this.#observed, name)?.restartCount ?? 0;
    this.#prepare(spec, restartCount).catch((thrown) =>
      this.#happened({
        type: 'startFailed',
        container: name,
        reason: 'RunContainerError',
        message: messageOf(thrown),
      }),
    );
  }

  /** Pulls and starts. What comes of it arrives by `#happened`. */
  async #prepare(spec: V1Container, restartCount: number): Promise<void> {
    const { runtime } = this.#deps;
    const { name } = spec;
    const image = await this.#images.get(this.#pod, spec);
    if (this.#abandoned) return;
    if ('type' in image) return this.#happened(image);
    const fault = await findConfigurationFault(this.#pod, spec, this.#find);
    if (this.#abandoned) return;
    if (fault !== undefined) {
      this.#event('Warning', 'Failed', `Error: ${fault}`, name);
      const reason = 'CreateContainerConfigError';
      return this.#happened({ type: 'startFailed', container: name, reason, message: fault });
    }
    this.#event('Normal', 'Created', `Created container: ${name}`, name);
    const running = await runtime.start(this.#pod, spec, restartCount, (exit) => {
      this.#containers.delete(name);
      this.#happened({ type: 'exited', container: name, exit });
    });
    if (this.#abandoned) return;
    this.#containers.set(name, running);
    this.#event('Normal', 'Started', `Started container ${name}`, name);
    const hook = spec.lifecycle?.postStart;
    const hookDone = !hook || (await running.runHook(hook));
    if (this.#abandoned || this.#containers.get(name) !== running) return;
    this.#happened({ type: 'started', container: name, containerId: running.id, imageId: image.id });
    if (hookDone) return;
    const nowMs = this.#deps.clock.nowMs();
    const killAtMs = nowMs + this.#graceMs;
    this.#event('Warning', 'FailedPostStartHook', 'PostStartHook failed', name);
    this.#do({ do: 'terminate', container: name, killAtMs, because: 'FailedPostStartHook' }, nowMs);
  }

  #probe(name: string, kind: ProbeKind): void {
    const running = this.#containers.get(name);
    const spec = this.#spec(name);
    if (running === undefined || spec === undefined) return;
    this.#apply({ type: 'probing', container: name, kind });
    running.probe(kind, this.#pod, spec).then(
      ({ success, output }) => {
        const title = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
        if (!success) this.#event('Warning', 'Unhealthy', `${title} probe failed: ${output}`, name);
        this.#happened({ type: 'probed', container: name, kind, success });
      },
      () => this.#happened({ type: 'probed', container: name, kind, success: false }),
    );
  }

  #spec(name: string): V1Container | undefined {
    const { containers = [], initContainers = [], ephemeralContainers = [] } = this.#pod.spec ?? {};
    return [...containers, ...initContainers, ...ephemeralContainers].find((each) => each.name === name);
  }

  #event(type: EventType, reason: string, message: string, container?: string): void {
    const has = (list: readonly { name: string }[] | undefined): boolean =>
      (list ?? []).some((each) => each.name === container);
    const list = has(this.#pod.spec?.initContainers)
      ? 'initContainers'
      : has(this.#pod.spec?.ephemeralContainers)
        ? 'ephemeralContainers'
        : 'containers';
    const fieldPath = container === undefined ? {} : { fieldPath: `spec.${list}{${container}}` };
    this.#deps.events.event({ ...this.#pod, apiVersion: 'v1', kind: 'Pod' }, type, reason, message, fieldPath);
  }

  /** Writes the status if it changed; called again when a write comes back and more has changed meanwhile. */
  #report(): void {
    if (this.#writing || this.#finishing || this.#abandoned || this.#frozen) return;
    const { status } = this;
    const json = JSON.stringify(status);
    if (json === this.#written) return;
    this.#writing = true;
    this.#write(status).then(
      () => {
        this.#written = json;
        this.#writing = false;
        this.#report();
      },
      (thrown) => {
        this.#writing = false;
        if (isNotFound(thrown) || this.#abandoned) return;
        if (isConflict(thrown)) return;
        this.#deps.logger.warn(
          { pod: this.#pod.metadata?.name, error: messageOf(thrown) },
          'pod status not written; trying again',
        );
        this.#retry = this.#deps.clock.after(STATUS_RETRY_MS, () => this.#report());
      },
    );
  }

  async #write(status: V1PodStatus): Promise<void> {
    const { name, namespace, uid } = this.#pod.metadata ?? {};
    const { client, recorder } = this.#deps;
    const turn = recorder.active ? this.#tellPhase(status) : undefined;
    const options = { subresource: 'status', ...(turn === undefined ? {} : { cause: turn }) };
    await client.patch(pods, name ?? '', namespace, 'merge', { metadata: { uid }, status }, options);
  }

  /** Returns the turn's id. */
  #tellPhase(status: V1PodStatus): string {
    const { recorder, nodeName } = this.#deps;
    const { name, namespace, uid, resourceVersion } = this.#pod.metadata ?? {};
    const turn = `kubelet/${nodeName}/${uid}/${++this.#reports}`;
    const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    const words =
      status.containerStatuses
        ?.map((each) => `${each.name} ${Object.keys(each.state ?? {})[0] ?? 'unknown'}`)
        .join(', ') ?? '';
    recorder.record({
      type: 'node.pod',
      turn,
      node: nodeName,
      pod: `${namespace}/${name}`,
      revision: Number(resourceVersion),
      phase: status.phase ?? '',
      ready,
      words,
    });
    return turn;
  }

  #tellContainer(before: ObservedPod, name: string): void {
    const container = containerOf(this.#observed, name);
    if (container === undefined || container.phase.is === containerOf(before, name)?.phase.is) return;
    const { phase, restartCount: restarts } = container;
    const reason = phase.is === 'terminated' ? phase.run.reason : phase.is === 'running' ? '' : phase.reason;
    this.#deps.recorder.record({
      type: 'node.container',
      node: this.#deps.nodeName,
      pod: `${this.#pod.metadata?.namespace}/${this.#pod.metadata?.name}`,
      container: name,
      state: phase.is === 'preparing' ? 'waiting' : phase.is,
      reason,
      restarts,
    });
  }

  /** Everything has ended: the final status, then a deletion with no grace, of this very pod. */
  #finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    const { name, namespace, uid } = this.#pod.metadata ?? {};
    const attempt = async (): Promise<void> => {
      try {
        await this.#write(this.status);
        await this.#deps.client.delete(pods, name ?? '', namespace, {
          gracePeriodSeconds: 0,
          ...(uid === undefined ? {} : { preconditions: { uid } }),
        });
      } catch (thrown) {
        if (isNotFound(thrown) || isConflict(thrown) || this.#abandoned) return;
        this.#deps.logger.warn({ pod: name, error: messageOf(thrown) }, 'ended pod not deleted; trying again');
        this.#retry = this.#deps.clock.after(STATUS_RETRY_MS, () => void attempt());
      }
    };
    void attempt();
  }
}
