/**
 * What a kubelet knows of a pod that it runs: plain data, changed only by `reduce` (`pod-events.ts`), read by `decide`
 * (`pod-lifecycle.ts`) and `podStatus` (`pod-status.ts`). No clock, no I/O: times are wall milliseconds given in.
 */
import type { V1Container, V1EphemeralContainer, V1Pod, V1ResourceRequirements } from '../generated/kubernetes.d.ts';
import { hasReferencedVolumes } from './pod-references.ts';

export interface TerminatedRun {
  readonly containerId: string;
  readonly exitCode: number;
  readonly signal: number;
  readonly reason: string;
  readonly message: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

export type ContainerPhase =
  | { readonly is: 'waiting'; readonly reason: string; readonly message: string }
  /** The image is being pulled, or the container started; after a failure that is told until this try has come to something. */
  | { readonly is: 'preparing'; readonly reason: string; readonly message: string }
  | {
      readonly is: 'running';
      readonly containerId: string;
      readonly startedAtMs: number;
      readonly stopAskedAtMs?: number;
      readonly killAtMs?: number;
    }
  | { readonly is: 'terminated'; readonly run: TerminatedRun };

export interface ProbeRecord {
  /** Consecutive results, one of the two is 0. */
  readonly successes: number;
  readonly failures: number;
  readonly nextAtMs: number;
  /** A probe runs now. */
  readonly pending: boolean;
}

export interface ObservedContainer {
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly phase: ContainerPhase;
  readonly last: TerminatedRun | undefined;
  readonly restartCount: number;
  /** What the node has set apart for it, and what it has. */
  readonly allocated: V1ResourceRequirements;
  readonly resources: V1ResourceRequirements;
  /** Of the present run. */
  readonly started: boolean;
  readonly ready: boolean;
  readonly probes: Readonly<Partial<Record<'startup' | 'readiness' | 'liveness', ProbeRecord>>>;
  /** The delay before the next restart, in milliseconds: 10 s, doubling up to 5 min; reset after 10 min of running. */
  readonly backOffMs: number;
  /** Failed pulls in a row, for their own back-off. */
  readonly pullFailures: number;
  /** Nothing is tried before this. */
  readonly notBeforeMs: number;
  /** Whether it has been said that the next try waits. */
  readonly backOffTold: boolean;
}

export interface Resize {
  readonly pending: { readonly reason: 'Deferred'; readonly message: string } | undefined;
  /** Of the pod whose spec asks for it. */
  readonly generation: number | undefined;
}

/** Where the node is with the volumes that come from the API. */
export interface Mounts {
  readonly done: boolean;
  /** An attempt runs now. */
  readonly pending: boolean;
  /** Failed attempts in a row. */
  readonly failures: number;
  readonly nextAtMs: number;
  /** Since when the pod waits for them, or since it was said that it does. */
  readonly sinceMs: number;
}

export interface ObservedPod {
  readonly uid: string;
  /** When the kubelet first saw it. */
  readonly acceptedAtMs: number;
  readonly podIp: string;
  readonly mounts: Mounts;
  /** It has what its containers share, its address among it. */
  readonly sandbox: boolean;
  readonly init: readonly ObservedContainer[];
  readonly main: readonly ObservedContainer[];
  /** Added to the running pod, in the order they came; each runs once. */
  readonly ephemeral: readonly ObservedContainer[];
  /** Why the kubelet ended it by itself (`Evicted`, `DeadlineExceeded`, `NodeAffinity` …). */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
  /** A change of resources that is under way, or why it does not begin. */
  readonly resize: Resize | undefined;
  /** When the pod was asked to end (deletion seen, or a failure), and by when it is killed. */
  readonly stopping: { readonly sinceMs: number; readonly killAtMs: number } | undefined;
}

/** Restart delays, as the kubelet has them (pkg/kubelet: MaxContainerBackOff, containerBackOffPeriod). */
export const BACK_OFF_INITIAL_MS = 10_000;
export const BACK_OFF_MAX_MS = 300_000;

/** How long the next pull waits after so many failures in a row. */
export function pullDelayMs(failures: number): number {
  return Math.min(BACK_OFF_INITIAL_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS);
}

/** A container waits for the first time: nothing has gone wrong with it yet. */
export function isFirstWait(reason: string): boolean {
  return reason === 'ContainerCreating' || reason === 'PodInitializing';
}

function freshContainer(
  container: V1Container | V1EphemeralContainer,
  reason: 'ContainerCreating' | 'PodInitializing',
): ObservedContainer {
  return {
    name: container.name,
    image: container.image ?? '',
    imageId: '',
    phase: { is: 'waiting', reason, message: '' },
    last: undefined,
    restartCount: 0,
    allocated: container.resources ?? {},
    resources: container.resources ?? {},
    started: false,
    ready: false,
    probes: {},
    backOffMs: 0,
    pullFailures: 0,
    notBeforeMs: 0,
    backOffTold: false,
  };
}

/**
 * A pod that the kubelet sees for the first time since it (or its machine) started. Containers that the API says ran
 * before are counted on: they were lost, and will be restarted.
 */
export function observe(pod: V1Pod, podIp: string, nowMs: number): ObservedPod {
  const waiting = (pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ];
  const restore = (container: V1Container | V1EphemeralContainer): ObservedContainer => {
    const status = statuses.find((each) => each.name === container.name);
    // What it was given stands until a change fits.
    const given = status?.resources ?? container.resources ?? {};
    const fresh = { ...freshContainer(container, waiting), allocated: given, resources: given };
    if (status === undefined) return fresh;
    const ended = status.state?.terminated;
    if (ended !== undefined && ended !== null) {
      return {
        ...fresh,
        restartCount: status.restartCount,
        imageId: status.imageID,
        phase: { is: 'terminated', run: runOf(ended) },
      };
    }
    const running = status.state?.running;
    const before = status.lastState?.terminated;
    if (running === undefined || running === null) {
      return { ...fresh, restartCount: status.restartCount, last: before ? runOf(before) : undefined };
    }
    const lost: TerminatedRun = {
      containerId: status.containerID ?? '',
      exitCode: 255,
      signal: 0,
      reason: 'Unknown',
      message: '',
      startedAtMs: running.startedAt === undefined ? nowMs : Date.parse(running.startedAt),
      finishedAtMs: nowMs,
    };
    return {
      ...fresh,
      restartCount: status.restartCount,
      imageId: status.imageID,
      phase: { is: 'terminated', run: lost },
    };
  };
  return {
    uid: pod.metadata?.uid ?? '',
    acceptedAtMs: pod.status?.startTime === undefined ? nowMs : Date.parse(pod.status.startTime),
    podIp,
    mounts: { done: !hasReferencedVolumes(pod), pending: false, failures: 0, nextAtMs: 0, sinceMs: nowMs },
    sandbox: false,
    init: (pod.spec?.initContainers ?? []).map(restore),
    main: (pod.spec?.containers ?? []).map(restore),
    ephemeral: (pod.spec?.ephemeralContainers ?? []).map(restore),
    failure: endedByKubelet(pod),
    resize: undefined,
    stopping: undefined,
  };
}

/** What failed as a whole stays failed. */
function endedByKubelet({ status }: V1Pod): ObservedPod['failure'] {
  if (status?.phase !== 'Failed' || !status.reason) return undefined;
  return { reason: status.reason, message: status.message ?? '' };
}

function runOf(ended: {
  containerID?: string | undefined;
  exitCode: number;
  signal?: number | undefined;
  reason?: string | undefined;
  message?: string | undefined;
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
}): TerminatedRun {
  return {
    containerId: ended.containerID ?? '',
    exitCode: ended.exitCode,
    signal: ended.signal ?? 0,
    reason: ended.reason ?? '',
    message: ended.message ?? '',
    startedAtMs: Date.parse(ended.startedAt ?? '') || 0,
    finishedAtMs: Date.parse(ended.finishedAt ?? '') || 0,
  };
}

/** A copy of the pod with one container changed. */
export function withContainer(
  pod: ObservedPod,
  name: string,
  change: (container: ObservedContainer) => ObservedContainer,
): ObservedPod {
  const map = (containers: readonly ObservedContainer[]): readonly ObservedContainer[] =>
    containers.map((each) => (each.name === name ? change(each) : each));
  return { ...pod, init: map(pod.init), main: map(pod.main), ephemeral: map(pod.ephemeral) };
}

export function containerOf(pod: ObservedPod, name: string): ObservedContainer | undefined {
  return [...pod.init, ...pod.main, ...pod.ephemeral].find((each) => each.name === name);
}

/** The pod with the ephemeral containers that were added to it since. */
export function withAddedContainers(observed: ObservedPod, pod: V1Pod): ObservedPod {
  const added = (pod.spec?.ephemeralContainers ?? []).filter(({ name }) => containerOf(observed, name) === undefined);
  if (added.length === 0) return observed;
  const waiting = observed.init.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  return { ...observed, ephemeral: [...observed.ephemeral, ...added.map((each) => freshContainer(each, waiting))] };
}

/** A sidecar: an init container that keeps running beside the main ones. */
export function isSidecar(container: V1Container): boolean {
  return container.restartPolicy === 'Always';
}
