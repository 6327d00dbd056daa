/**
 * The `status` of a pod from what is observed of it: phase, conditions, container states. Pure; the rules are the
 * kubelet's (pkg/kubelet/kubelet_pods.go getPhase, pkg/kubelet/status/generate.go).
 */
import { timestamp } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import type {
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1Pod,
  V1PodCondition,
  V1PodStatus,
} from '../generated/kubernetes.d.ts';
import {
  isFirstWait,
  isSidecar,
  type ObservedContainer,
  type ObservedPod,
  type TerminatedRun,
} from './observed-pod.ts';
import { isFinished, isRestarted } from './pod-lifecycle.ts';

export interface HostFacts {
  readonly hostIp: string;
}

export function podStatus(pod: V1Pod, observed: ObservedPod, host: HostFacts, nowMs: number): V1PodStatus {
  const phase = podPhase(pod, observed);
  const initialized = initDone(pod, observed);
  const podIp = pod.spec?.hostNetwork === true ? host.hostIp : observed.podIp;
  const hasSandbox =
    observed.sandbox ||
    [...observed.init, ...observed.main].some(({ phase: each }) => each.is === 'running' || each.is === 'terminated');
  const statusOf = (isInit: boolean) => (container: ObservedContainer, at: number) => {
    const spec = (isInit ? pod.spec?.initContainers : pod.spec?.containers)?.[at];
    return containerStatus(pod, container, spec, isInit, initialized, observed);
  };
  const ephemeralOf = (container: ObservedContainer): V1ContainerStatus => {
    const { started: _, ...status } = containerStatus(pod, container, undefined, false, true, observed);
    return { ...status, ready: false };
  };
  return {
    phase,
    conditions: conditions(pod, observed, phase, initialized, hasSandbox, nowMs),
    ...(observed.failure === undefined ? {} : { reason: observed.failure.reason, message: observed.failure.message }),
    observedGeneration: pod.metadata?.generation,
    hostIP: host.hostIp,
    hostIPs: [{ ip: host.hostIp }],
    ...(hasSandbox || pod.spec?.hostNetwork === true ? { podIP: podIp, podIPs: [{ ip: podIp }] } : {}),
    startTime: timestamp(observed.acceptedAtMs),
    ...(observed.init.length === 0 ? {} : { initContainerStatuses: observed.init.map(statusOf(true)) }),
    containerStatuses: observed.main.map(statusOf(false)),
    ...(observed.ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: observed.ephemeral.map(ephemeralOf) }),
    qosClass: pod.status?.qosClass ?? 'BestEffort',
  };
}

export function podPhase(pod: V1Pod, observed: ObservedPod): string {
  if (observed.failure !== undefined) return 'Failed';
  if (isFinished(pod, observed)) {
    const failed = [...observed.init, ...observed.main].some(({ name, phase }) => {
      const sidecar = (pod.spec?.initContainers ?? []).some((each) => each.name === name && isSidecar(each));
      return !sidecar && phase.is === 'terminated' && phase.run.exitCode !== 0;
    });
    return failed ? 'Failed' : 'Succeeded';
  }
  if (!initDone(pod, observed)) return 'Pending';
  const everRan = observed.main.every(
    ({ phase, last }) => phase.is === 'running' || phase.is === 'terminated' || last !== undefined,
  );
  if (!everRan) return 'Pending';
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const allEnded = observed.main.every(({ phase }) => phase.is === 'terminated');
  if (allEnded && policy === 'Never') return 'Succeeded';
  return 'Running';
}

function initDone(pod: V1Pod, observed: ObservedPod): boolean {
  return (pod.spec?.initContainers ?? []).every((container, at) => {
    const state = observed.init[at];
    if (state === undefined) return false;
    if (isSidecar(container)) return state.started || state.restartCount > 0 || state.phase.is === 'terminated';
    return state.phase.is === 'terminated' && state.phase.run.exitCode === 0;
  });
}

function conditions(
  pod: V1Pod,
  observed: ObservedPod,
  phase: string,
  initialized: boolean,
  hasSandbox: boolean,
  nowMs: number,
): V1PodCondition[] {
  const unready = [...observed.main.filter(({ ready }) => !ready).map(({ name }) => name)];
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const containersReady: Verdict = finished
    ? phase === 'Succeeded'
      ? { status: 'False', reason: 'PodCompleted' }
      : { status: 'False', reason: 'PodFailed' }
    : unready.length > 0
      ? {
          status: 'False',
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${unready.join(' ')}]`,
        }
      : { status: 'True' };
  const uninitialized = (pod.spec?.initContainers ?? [])
    .filter((_, at) => {
      const state = observed.init[at]?.phase;
      return !(state?.is === 'terminated' && state.run.exitCode === 0);
    })
    .map(({ name }) => name);
  const initializedVerdict: Verdict =
    initialized || finished
      ? { status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) }
      : {
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${uninitialized.join(' ')}]`,
        };
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { status: hasSandbox && !finished ? 'True' : 'False' },
    Initialized: initializedVerdict,
    Ready: readinessGates(pod, containersReady),
    ContainersReady: containersReady,
  };
  const old = pod.status?.conditions ?? [];
  const made = Object.entries(verdicts).map(([type, verdict]) => {
    const before = old.find((each) => each.type === type);
    const since = before?.status === verdict.status ? before.lastTransitionTime : undefined;
    return {
      type,
      ...verdict,
      observedGeneration: pod.metadata?.generation,
      lastTransitionTime: since ?? timestamp(nowMs),
    };
  });
  const { resize } = observed;
  const resizeType = resize?.pending === undefined ? 'PodResizeInProgress' : 'PodResizePending';
  const resizing: V1PodCondition[] =
    resize === undefined
      ? []
      : [
          {
            type: resizeType,
            status: 'True',
            ...resize.pending,
            observedGeneration: resize.generation,
            lastTransitionTime: old.find(({ type }) => type === resizeType)?.lastTransitionTime ?? timestamp(nowMs),
          },
        ];
  // Conditions of others (PodScheduled, DisruptionTarget, readiness gates) are kept as they are.
  const scheduled = old
    .filter(({ type }) => !(type in verdicts) && !RESIZE_CONDITIONS.includes(type))
    .map(withoutNulls);
  const own = scheduled.some((each) => each.type === 'PodScheduled')
    ? scheduled
    : [
        ...scheduled,
        {
          type: 'PodScheduled',
          status: 'True',
          observedGeneration: pod.metadata?.generation,
          lastTransitionTime: timestamp(nowMs),
        },
      ];
  return [...made, ...own, ...resizing];
}

const RESIZE_CONDITIONS = ['PodResizePending', 'PodResizeInProgress'];

/** The API answers unset times as null; left out, a status that did not change looks unchanged. */
function withoutNulls(condition: V1PodCondition): V1PodCondition {
  return Object.fromEntries(
    Object.entries(condition).filter(([, value]) => value !== null),
  ) as unknown as V1PodCondition;
}

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

function readinessGates(pod: V1Pod, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady;
  const unmet = (pod.spec?.readinessGates ?? [])
    .map(({ conditionType }) => ({
      conditionType,
      condition: pod.status?.conditions?.find((each) => each.type === conditionType),
    }))
    .filter(({ condition }) => condition?.status !== 'True')
    .map(({ conditionType, condition }) =>
      condition === undefined
        ? `corresponding condition of pod readiness gate "${conditionType}" does not exist.`
        : `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`,
    );
  return unmet.length === 0
    ? containersReady
    : { status: 'False', reason: 'ReadinessGatesNotReady', message: unmet.join(', ') };
}

function containerStatus(
  pod: V1Pod,
  container: ObservedContainer,
  spec: V1Container | undefined,
  isInit: boolean,
  initialized: boolean,
  observed: ObservedPod,
): V1ContainerStatus {
  const { phase } = container;
  const { state, last } = states(pod, container, spec, isInit, initialized, observed);
  const started = phase.is === 'running' && container.started;
  const completedInit =
    isInit && phase.is === 'terminated' && phase.run.exitCode === 0 && spec !== undefined && !isSidecar(spec);
  const containerId =
    phase.is === 'running'
      ? phase.containerId
      : phase.is === 'terminated'
        ? phase.run.containerId
        : container.last?.containerId;
  return {
    name: container.name,
    state,
    lastState: last === undefined ? {} : { terminated: terminatedState(last) },
    ready: isInit && spec !== undefined && !isSidecar(spec) ? completedInit : container.ready,
    restartCount: container.restartCount,
    image: container.image,
    imageID: container.imageId,
    ...(containerId === undefined || containerId === '' ? {} : { containerID: containerId }),
    started,
    ...resourcesOf(container, containerId),
  };
}

/** A container that has never run has none to tell of. */
function resourcesOf(
  { allocated, resources }: ObservedContainer,
  containerId: string | undefined,
): Pick<V1ContainerStatus, 'resources' | 'allocatedResources'> {
  if (containerId === undefined || containerId === '') return {};
  return {
    ...(allocated.requests === undefined ? {} : { allocatedResources: allocated.requests }),
    resources,
  };
}

function states(
  pod: V1Pod,
  container: ObservedContainer,
  spec: V1Container | undefined,
  isInit: boolean,
  initialized: boolean,
  observed: ObservedPod,
): { state: V1ContainerState; last: TerminatedRun | undefined } {
  const { phase } = container;
  switch (phase.is) {
    case 'running':
      return { state: { running: { startedAt: timestamp(phase.startedAtMs) } }, last: container.last };
    case 'preparing':
    case 'waiting': {
      const begins = phase.is === 'preparing' && isFirstWait(phase.reason);
      const told = begins ? 'ContainerCreating' : phase.reason;
      const reason = told === 'ContainerCreating' && !isInit && !initialized ? 'PodInitializing' : told;
      return {
        state: { waiting: { reason, ...(phase.message === '' ? {} : { message: phase.message }) } },
        last: container.last,
      };
    }
    case 'terminated': {
      const ending = observed.stopping !== undefined || pod.metadata?.deletionTimestamp !== undefined;
      const again =
        spec !== undefined &&
        !ending &&
        !isFinished(pod, observed) &&
        isRestarted(pod, spec, isInit, phase.run.exitCode);
      if (!again || container.backOffMs === 0)
        return { state: { terminated: terminatedState(phase.run) }, last: container.last };
      const { name, namespace, uid } = pod.metadata ?? {};
      const message = `back-off ${formatDuration(container.backOffMs)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
      return { state: { waiting: { reason: 'CrashLoopBackOff', message } }, last: phase.run };
    }
  }
}

function terminatedState(run: TerminatedRun): NonNullable<V1ContainerState['terminated']> {
  return {
    exitCode: run.exitCode,
    ...(run.signal === 0 ? {} : { signal: run.signal }),
    reason: run.reason,
    ...(run.message === '' ? {} : { message: run.message }),
    startedAt: timestamp(run.startedAtMs),
    finishedAt: timestamp(run.finishedAtMs),
    ...(run.containerId === '' ? {} : { containerID: run.containerId }),
  };
}
