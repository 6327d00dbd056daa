/** How what is observed of a pod changes: a reducer over what the runtime and the API report. Pure. */
import { unreachable } from '../base/assert.ts';
import type { V1Container, V1Pod } from '../generated/kubernetes.d.ts';
import type { ContainerExit, ProbeKind } from './container-runtime.ts';
import {
  BACK_OFF_INITIAL_MS,
  BACK_OFF_MAX_MS,
  isFirstWait,
  type ObservedContainer,
  type ObservedPod,
  type ProbeRecord,
  pullDelayMs,
  withAddedContainers,
  withContainer,
} from './observed-pod.ts';
import { probeOf } from './pod-lifecycle.ts';
import { desiredResources } from './pod-resize.ts';

export type PodEvent =
  | { readonly type: 'mounting' }
  | { readonly type: 'mounted' }
  | { readonly type: 'mountFailed' }
  /** It is said that the pod has waited long for its volumes. */
  | { readonly type: 'unmountedTold' }
  | { readonly type: 'preparing'; readonly container: string }
  /** It is said that the next try waits. */
  | { readonly type: 'backOffTold'; readonly container: string }
  | { readonly type: 'pullFailed'; readonly container: string; readonly reason: string; readonly message: string }
  | { readonly type: 'startFailed'; readonly container: string; readonly reason: string; readonly message: string }
  | { readonly type: 'started'; readonly container: string; readonly containerId: string; readonly imageId: string }
  | { readonly type: 'stopAsked'; readonly container: string; readonly killAtMs: number }
  | { readonly type: 'exited'; readonly container: string; readonly exit: ContainerExit }
  | { readonly type: 'probing'; readonly container: string; readonly kind: ProbeKind }
  | { readonly type: 'probed'; readonly container: string; readonly kind: ProbeKind; readonly success: boolean }
  | { readonly type: 'failed'; readonly reason: string; readonly message: string; readonly graceMs: number }
  /** The pod's spec has changed. */
  | { readonly type: 'updated' }
  | { readonly type: 'resizeDeferred'; readonly message: string }
  /** What the pod asks for is allocated; then its containers have it. */
  | { readonly type: 'resizeStarted' }
  | { readonly type: 'resizeCompleted' }
  | { readonly type: 'deleting'; readonly graceMs: number };

/** A restart after this long of running starts with a fresh back-off. */
const BACK_OFF_RESET_MS = 2 * BACK_OFF_MAX_MS;

/** A volume that could not be mounted is tried again after this long, then twice as long (pkg/util/goroutinemap/exponentialbackoff). */
const MOUNT_RETRY_MS = 500;
const MOUNT_RETRY_MAX_MS = 122_000;

export function reduce(pod: V1Pod, observed: ObservedPod, event: PodEvent, nowMs: number): ObservedPod {
  switch (event.type) {
    case 'mounting':
      return { ...observed, mounts: { ...observed.mounts, pending: true } };
    case 'mounted':
      return { ...observed, mounts: { ...observed.mounts, pending: false, done: true } };
    case 'mountFailed': {
      const failures = observed.mounts.failures + 1;
      const nextAtMs = nowMs + Math.min(MOUNT_RETRY_MS * 2 ** (failures - 1), MOUNT_RETRY_MAX_MS);
      return { ...observed, mounts: { ...observed.mounts, pending: false, failures, nextAtMs } };
    }
    case 'unmountedTold':
      return { ...observed, mounts: { ...observed.mounts, sinceMs: nowMs } };
    case 'preparing': {
      const reason = observed.init.length > 0 ? 'PodInitializing' : 'ContainerCreating';
      return withContainer(observed, event.container, (container) => ({
        ...container,
        phase:
          container.phase.is === 'waiting' && !isFirstWait(container.phase.reason)
            ? { ...container.phase, is: 'preparing' }
            : { is: 'preparing', reason, message: '' },
        backOffTold: false,
        ...(container.phase.is === 'terminated' ? restarted(container) : {}),
      }));
    }
    case 'backOffTold':
      return withContainer(observed, event.container, (container) => ({
        ...container,
        backOffTold: true,
        ...(container.phase.is === 'waiting' && container.phase.reason === 'ErrImagePull'
          ? {
              phase: {
                is: 'waiting',
                reason: 'ImagePullBackOff',
                message: `Back-off pulling image "${container.image}": ErrImagePull: ${container.phase.message}`,
              },
            }
          : {}),
      }));
    case 'pullFailed':
      return withContainer(withSandbox(observed), event.container, (container) => {
        const pullFailures = container.pullFailures + 1;
        const delayMs = pullDelayMs(pullFailures);
        return {
          ...container,
          pullFailures,
          notBeforeMs: nowMs + delayMs,
          phase: { is: 'waiting', reason: event.reason, message: event.message },
        };
      });
    case 'startFailed':
      return withContainer(withSandbox(observed), event.container, (container) => ({
        ...container,
        notBeforeMs: nowMs + BACK_OFF_INITIAL_MS,
        phase: { is: 'waiting', reason: event.reason, message: event.message },
      }));
    case 'started':
      return withContainer(withSandbox(observed), event.container, (container) => ({
        ...container,
        imageId: event.imageId,
        pullFailures: 0,
        phase: { is: 'running', containerId: event.containerId, startedAtMs: nowMs },
        ...beginProbes(specOf(pod, event.container), nowMs),
      }));
    case 'stopAsked':
      return withContainer(observed, event.container, (container) =>
        container.phase.is === 'running'
          ? { ...container, phase: { ...container.phase, stopAskedAtMs: nowMs, killAtMs: event.killAtMs } }
          : container,
      );
    case 'exited':
      return withContainer(observed, event.container, (container) => exited(container, event.exit, nowMs));
    case 'probing':
      return withContainer(observed, event.container, (container) => {
        const record = container.probes[event.kind];
        return record === undefined
          ? container
          : { ...container, probes: { ...container.probes, [event.kind]: { ...record, pending: true } } };
      });
    case 'probed':
      return withContainer(observed, event.container, (container) =>
        probed(pod, container, event.kind, event.success, nowMs),
      );
    case 'failed':
      return {
        ...observed,
        failure: { reason: event.reason, message: event.message },
        stopping: { sinceMs: nowMs, killAtMs: nowMs + event.graceMs },
      };
    case 'updated':
      return withAddedContainers(observed, pod);
    case 'resizeDeferred':
      return {
        ...observed,
        resize: { pending: { reason: 'Deferred', message: event.message }, generation: pod.metadata?.generation },
      };
    case 'resizeStarted': {
      const desired = desiredResources(pod);
      const give = (each: ObservedContainer): ObservedContainer => ({
        ...each,
        allocated: desired.get(each.name) ?? each.allocated,
      });
      return {
        ...observed,
        init: observed.init.map(give),
        main: observed.main.map(give),
        resize: { pending: undefined, generation: pod.metadata?.generation },
      };
    }
    case 'resizeCompleted': {
      const have = (each: ObservedContainer): ObservedContainer => ({ ...each, resources: each.allocated });
      return { ...observed, init: observed.init.map(have), main: observed.main.map(have), resize: undefined };
    }
    case 'deleting': {
      const killAtMs = nowMs + event.graceMs;
      const sinceMs = observed.stopping?.sinceMs ?? nowMs;
      // A second, shorter grace period counts; a longer one does not give time back.
      return {
        ...observed,
        stopping: { sinceMs, killAtMs: Math.min(observed.stopping?.killAtMs ?? killAtMs, killAtMs) },
      };
    }
    default:
      return unreachable(event);
  }
}

function withSandbox(observed: ObservedPod): ObservedPod {
  return observed.sandbox ? observed : { ...observed, sandbox: true };
}

function specOf(pod: V1Pod, name: string): V1Container | undefined {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((each) => each.name === name);
}

/** A container that is started again: its former end becomes its last state. */
function restarted(container: ObservedContainer): Partial<ObservedContainer> {
  if (container.phase.is !== 'terminated') return {};
  return {
    last: container.phase.run,
    restartCount: container.restartCount + 1,
    backOffMs: Math.min(Math.max(BACK_OFF_INITIAL_MS, container.backOffMs * 2), BACK_OFF_MAX_MS),
  };
}

function beginProbes(
  container: V1Container | undefined,
  nowMs: number,
): Pick<ObservedContainer, 'probes' | 'started' | 'ready'> {
  const probes: Partial<Record<ProbeKind, ProbeRecord>> = {};
  if (container === undefined) return { probes, started: true, ready: true };
  for (const kind of ['startup', 'readiness', 'liveness'] as const) {
    const probe = probeOf(container, kind);
    if (probe !== undefined) {
      probes[kind] = {
        successes: 0,
        failures: 0,
        pending: false,
        nextAtMs: nowMs + (probe.initialDelaySeconds ?? 0) * 1000,
      };
    }
  }
  const started = container.startupProbe === undefined;
  return { probes, started, ready: started && container.readinessProbe === undefined };
}

function probed(
  pod: V1Pod,
  container: ObservedContainer,
  kind: ProbeKind,
  success: boolean,
  nowMs: number,
): ObservedContainer {
  const spec = specOf(pod, container.name);
  const probe = spec === undefined ? undefined : probeOf(spec, kind);
  const record = container.probes[kind];
  if (probe === undefined || record === undefined || container.phase.is !== 'running') return container;
  const next: ProbeRecord = {
    successes: success ? record.successes + 1 : 0,
    failures: success ? 0 : record.failures + 1,
    pending: false,
    nextAtMs: nowMs + (probe.periodSeconds ?? 10) * 1000,
  };
  const changed: ObservedContainer = { ...container, probes: { ...container.probes, [kind]: next } };
  if (kind === 'startup' && next.successes >= (probe.successThreshold ?? 1)) {
    return { ...changed, started: true, ready: spec?.readinessProbe === undefined };
  }
  if (kind === 'readiness') {
    if (next.successes >= (probe.successThreshold ?? 1)) return { ...changed, ready: true };
    if (next.failures >= (probe.failureThreshold ?? 3)) return { ...changed, ready: false };
  }
  return changed;
}

function exited(container: ObservedContainer, exit: ContainerExit, nowMs: number): ObservedContainer {
  const { phase } = container;
  const startedAtMs = phase.is === 'running' ? phase.startedAtMs : nowMs;
  const containerId = phase.is === 'running' ? phase.containerId : '';
  const backOffMs = nowMs - startedAtMs >= BACK_OFF_RESET_MS ? 0 : container.backOffMs;
  return {
    ...container,
    ready: false,
    started: false,
    probes: {},
    backOffMs,
    notBeforeMs: nowMs + backOffMs,
    phase: {
      is: 'terminated',
      run: {
        containerId,
        startedAtMs,
        finishedAtMs: nowMs,
        exitCode: exit.exitCode,
        signal: exit.signal,
        reason: exit.reason,
        message: exit.message,
      },
    },
  };
}
