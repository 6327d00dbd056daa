/**
 * The kubelet's judgement, as a pure function: given a pod, what is observed of it and the time, what to do next. It is
 * level-based: asked twice, it says the same; what it asked for shows up in what is observed (`pod-events.ts`).
 *
 * The rules follow the kubelet's computePodActions: init containers one after another, sidecars before and beside the
 * main ones, restarts by policy with back-off, probes, a deadline, and an orderly end.
 */
import type { V1Container, V1Pod, V1Probe } from '../generated/kubernetes.d.ts';
import type { ProbeKind } from './container-runtime.ts';
import {
  type ContainerPhase,
  isSidecar,
  type Mounts,
  type ObservedContainer,
  type ObservedPod,
  pullDelayMs,
} from './observed-pod.ts';

export type Action =
  /** Gets the volumes ready that come from the API. */
  | { readonly do: 'mount' }
  /** Says that the pod has waited long for its volumes. */
  | { readonly do: 'tellUnmounted' }
  /** Pull the image if it is not there, then start. */
  | { readonly do: 'start'; readonly container: string }
  /** Says that the next start waits. */
  | { readonly do: 'tellBackOff'; readonly container: string }
  | { readonly do: 'terminate'; readonly container: string; readonly killAtMs: number; readonly because: string }
  | { readonly do: 'kill'; readonly container: string }
  | { readonly do: 'probe'; readonly container: string; readonly kind: ProbeKind }
  /** The kubelet itself ends the pod. */
  | { readonly do: 'fail'; readonly reason: string; readonly message: string }
  /** Nothing runs any more and the pod is being deleted: report the end, then let the API forget it. */
  | { readonly do: 'finish' };

export interface Decision {
  readonly actions: readonly Action[];
  /** When to ask again even if nothing happens; undefined: no need. */
  readonly wakeAtMs: number | undefined;
}

export function decide(pod: V1Pod, observed: ObservedPod, nowMs: number): Decision {
  if (pod.metadata?.deletionTimestamp !== undefined || observed.stopping !== undefined)
    return decideEnd(pod, observed, nowMs);
  const deadline = decideDeadline(pod, observed, nowMs);
  if (deadline.failed !== undefined) return { actions: [deadline.failed], wakeAtMs: undefined };
  const plan = new Plan(nowMs, deadline.wakeAtMs);
  if (!observed.mounts.done && !isFinished(pod, observed)) {
    decideMounts(observed.mounts, plan);
    return plan.decision();
  }
  if (initContainersDone(pod, observed, plan)) decideMain(pod, observed, plan);
  decideEphemeral(pod, observed, plan);
  return plan.decision();
}

/**
 * Whether a container that ended with this code is to be started again: by the first of its rules that fits, else by its own
 * policy, else by the pod's (where Always means OnFailure for init containers, as they are to come to an end).
 */
export function isRestarted(pod: V1Pod, container: V1Container, isInit: boolean, exitCode: number): boolean {
  const rule = (container.restartPolicyRules ?? []).find(({ exitCodes }) => {
    const listed = exitCodes?.values?.includes(exitCode) ?? false;
    return exitCodes !== undefined && (exitCodes.operator === 'In') === listed;
  });
  if (rule?.action === 'Restart') return true;
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  if (policy === 'Never') return false;
  return exitCode !== 0 || (policy === 'Always' && (!isInit || isSidecar(container)));
}

/** True when no main container runs or will be started again: the pod's phase is final. */
export function isFinished(pod: V1Pod, observed: ObservedPod): boolean {
  if (observed.failure !== undefined) return true;
  const ends = (container: V1Container, isInit: boolean, phase: ContainerPhase | undefined): boolean =>
    phase?.is === 'terminated' && !isRestarted(pod, container, isInit, phase.run.exitCode);
  const initFailed = (pod.spec?.initContainers ?? []).some((container, at) => {
    const phase = observed.init[at]?.phase;
    return !isSidecar(container) && ends(container, true, phase) && !hasSucceeded(phase);
  });
  return (
    initFailed ||
    (pod.spec?.containers ?? []).every((container, at) => ends(container, false, observed.main[at]?.phase))
  );
}

function hasSucceeded(phase: ContainerPhase | undefined): boolean {
  return phase?.is === 'terminated' && phase.run.exitCode === 0;
}

/** How long ErrImagePull stands before it becomes ImagePullBackOff: until the kubelet looks again. */
const PULL_ERROR_SHOWN_MS = 2_000;

class Plan {
  readonly nowMs: number;
  readonly #actions: Action[] = [];
  #wakeAtMs: number | undefined;

  constructor(nowMs: number, wakeAtMs: number | undefined) {
    this.nowMs = nowMs;
    this.#wakeAtMs = wakeAtMs;
  }

  add(action: Action): void {
    this.#actions.push(action);
  }

  wakeAt(atMs: number): void {
    this.#wakeAtMs = Math.min(this.#wakeAtMs ?? atMs, atMs);
  }

  /** Starts a container, or waits until it may be started. */
  startWhenDue(container: ObservedContainer): void {
    if (container.notBeforeMs <= this.nowMs) this.add({ do: 'start', container: container.name });
    else {
      this.#tellBackOff(container);
      this.wakeAt(container.notBeforeMs);
    }
  }

  #tellBackOff({ name, phase, backOffTold, notBeforeMs, pullFailures }: ObservedContainer): void {
    if (backOffTold) return;
    if (phase.is === 'terminated') this.add({ do: 'tellBackOff', container: name });
    if (phase.is !== 'waiting' || phase.reason !== 'ErrImagePull') return;
    // The failure itself is shown first.
    const atMs = notBeforeMs - pullDelayMs(pullFailures) + PULL_ERROR_SHOWN_MS;
    if (atMs <= this.nowMs) this.add({ do: 'tellBackOff', container: name });
    else this.wakeAt(atMs);
  }

  decision(): Decision {
    return { actions: this.#actions, wakeAtMs: this.#wakeAtMs };
  }
}

/** How long a kubelet waits for volumes before it says so (podAttachAndMountTimeout). */
const MOUNTS_WAIT_MS = 123_000;

/** Nothing runs before all volumes are there. */
function decideMounts({ pending, nextAtMs, sinceMs }: Mounts, plan: Plan): void {
  const toldAtMs = sinceMs + MOUNTS_WAIT_MS;
  if (toldAtMs <= plan.nowMs) plan.add({ do: 'tellUnmounted' });
  else plan.wakeAt(toldAtMs);
  if (pending) return;
  if (nextAtMs <= plan.nowMs) plan.add({ do: 'mount' });
  else plan.wakeAt(nextAtMs);
}

/** Moves init containers on; true when the main containers may run. */
function initContainersDone(pod: V1Pod, observed: ObservedPod, plan: Plan): boolean {
  const finished = isFinished(pod, observed);
  for (const [at, container] of (pod.spec?.initContainers ?? []).entries()) {
    const state = observed.init[at];
    if (state === undefined) return false;
    const { phase } = state;
    const sidecar = isSidecar(container);
    if (phase.is === 'waiting' && !finished) plan.startWhenDue(state);
    if (phase.is === 'running') {
      if (sidecar && finished) {
        const laterRuns = observed.init.slice(at + 1).some(({ phase: later }) => later.is === 'running');
        if (!laterRuns) endBeside(pod, state, plan);
      } else decideProbes(pod, container, state, plan);
      if (!sidecar || !state.started) return false;
    } else if (phase.is === 'terminated') {
      const again = isRestarted(pod, container, true, phase.run.exitCode);
      if (again && !finished) plan.startWhenDue(state);
      if (sidecar ? !finished && state.restartCount === 0 && !state.started : phase.run.exitCode !== 0) return false;
    } else {
      return false;
    }
  }
  return true;
}

function decideMain(pod: V1Pod, observed: ObservedPod, plan: Plan): void {
  for (const [at, container] of (pod.spec?.containers ?? []).entries()) {
    const state = observed.main[at];
    if (state === undefined) continue;
    switch (state.phase.is) {
      case 'waiting':
        plan.startWhenDue(state);
        break;
      case 'terminated':
        if (isRestarted(pod, container, false, state.phase.run.exitCode)) plan.startWhenDue(state);
        break;
      case 'running':
        decideProbes(pod, container, state, plan);
        break;
      case 'preparing':
        break;
    }
  }
}

/** Ephemeral containers wait for nobody, run once and never again, and end with the pod. */
function decideEphemeral(pod: V1Pod, observed: ObservedPod, plan: Plan): void {
  const finished = isFinished(pod, observed);
  for (const container of observed.ephemeral) {
    if (container.phase.is === 'waiting' && !finished) plan.startWhenDue(container);
    if (container.phase.is === 'running' && finished) endBeside(pod, container, plan);
  }
}

/** What ran beside the main containers ends when they have. */
function endBeside(pod: V1Pod, state: ObservedContainer, plan: Plan): void {
  if (state.phase.is !== 'running') return;
  const killAtMs = state.phase.killAtMs ?? plan.nowMs + graceMs(pod);
  if (state.phase.stopAskedAtMs === undefined)
    plan.add({ do: 'terminate', container: state.name, killAtMs, because: `Stopping container ${state.name}` });
  else if (killAtMs <= plan.nowMs) plan.add({ do: 'kill', container: state.name });
  else plan.wakeAt(killAtMs);
}

function decideProbes(pod: V1Pod, container: V1Container, state: ObservedContainer, plan: Plan): void {
  if (state.phase.is !== 'running') return;
  if (state.phase.stopAskedAtMs !== undefined) {
    const killAtMs = state.phase.killAtMs ?? plan.nowMs;
    if (killAtMs <= plan.nowMs) plan.add({ do: 'kill', container: container.name });
    else plan.wakeAt(killAtMs);
    return;
  }
  for (const kind of ['startup', 'readiness', 'liveness'] as const) {
    const probe = probeOf(container, kind);
    const record = state.probes[kind];
    if (probe === undefined || record === undefined) continue;
    if (kind === 'startup' ? state.started : !state.started) continue;
    if (kind !== 'readiness' && record.failures >= (probe.failureThreshold ?? 3)) {
      const because = `Container ${container.name} failed ${kind} probe, will be restarted`;
      plan.add({ do: 'terminate', container: container.name, killAtMs: plan.nowMs + graceMs(pod), because });
      return;
    }
    if (record.pending) continue;
    if (record.nextAtMs <= plan.nowMs) plan.add({ do: 'probe', container: container.name, kind });
    else plan.wakeAt(record.nextAtMs);
  }
}

export function probeOf(container: V1Container, kind: ProbeKind): V1Probe | undefined {
  return container[`${kind}Probe`];
}

function graceMs(pod: V1Pod): number {
  return (pod.metadata?.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
}

function decideDeadline(pod: V1Pod, observed: ObservedPod, nowMs: number): { failed?: Action; wakeAtMs?: number } {
  const seconds = pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || isFinished(pod, observed)) return {};
  const atMs = observed.acceptedAtMs + seconds * 1000;
  if (nowMs < atMs) return { wakeAtMs: atMs };
  return {
    failed: {
      do: 'fail',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    },
  };
}

/** The pod is to end: main containers first, sidecars after them, SIGKILL when the grace is over. */
function decideEnd(pod: V1Pod, observed: ObservedPod, nowMs: number): Decision {
  const plan = new Plan(nowMs, undefined);
  const killAtMs = observed.stopping?.killAtMs ?? nowMs + graceMs(pod);
  const end = (containers: readonly ObservedContainer[]): boolean => {
    let ended = true;
    for (const { name, phase } of containers) {
      if (phase.is === 'preparing') ended = false;
      if (phase.is !== 'running') continue;
      ended = false;
      const deadlineMs = Math.min(phase.killAtMs ?? killAtMs, killAtMs);
      if (phase.stopAskedAtMs === undefined)
        plan.add({ do: 'terminate', container: name, killAtMs: deadlineMs, because: `Stopping container ${name}` });
      else if (deadlineMs <= nowMs) plan.add({ do: 'kill', container: name });
      else plan.wakeAt(deadlineMs);
    }
    return ended;
  };
  const ephemeralEnded = end(observed.ephemeral);
  const mainEnded = end(observed.main);
  const ended = endSidecars(pod, observed, mainEnded, end) && mainEnded && ephemeralEnded;
  if (ended && pod.metadata?.deletionTimestamp !== undefined) plan.add({ do: 'finish' });
  return plan.decision();
}

/** Sidecars end after the main containers, the last one first; an init container that is still at work ends at once. */
function endSidecars(
  pod: V1Pod,
  observed: ObservedPod,
  mainEnded: boolean,
  end: (containers: readonly ObservedContainer[]) => boolean,
): boolean {
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const plainEnded = end(observed.init.filter(({ name }) => !sidecars.has(name)));
  if (!plainEnded || !mainEnded) return false;
  for (const sidecar of observed.init.filter(({ name }) => sidecars.has(name)).reverse()) {
    if (!end([sidecar])) return false;
  }
  return true;
}
