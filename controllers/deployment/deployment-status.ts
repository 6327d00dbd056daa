/**
 * A Deployment's status and conditions, and whether its rollout still makes progress
 * (k8s.io/kubernetes/pkg/controller/deployment: sync.go, progress.go). All pure.
 */
import { timestamp } from '../../base/clock.ts';
import type {
  V1Deployment,
  V1DeploymentCondition,
  V1DeploymentStatus,
  V1ReplicaSet,
} from '../../generated/kubernetes.d.ts';
import { generationOf, nameOf, timeMs } from '../runtime/metadata.ts';
import { desiredOf, fenceposts, sumDesired, sumStatus } from './sizes.ts';

const INT32_MAX = 0x7fffffff;

export type Conditions = readonly V1DeploymentCondition[];

export function findCondition(conditions: Conditions, type: string): V1DeploymentCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Replaces the condition of that type, unless status and reason are the same; keeps since when the status is what it is. */
export function setCondition(
  conditions: Conditions,
  type: string,
  status: string,
  reason: string,
  message: string,
  nowMs: number,
): Conditions {
  const current = findCondition(conditions, type);
  if (current?.status === status && current.reason === reason) return conditions;
  const now = timestamp(nowMs);
  const lastTransitionTime = current?.status === status ? current.lastTransitionTime : now;
  return [
    ...removeCondition(conditions, type),
    { type, status, lastUpdateTime: now, lastTransitionTime, reason, message },
  ];
}

export function removeCondition(conditions: Conditions, type: string): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}

/** Undefined: no deadline, so nobody wants to know about progress. */
export function progressDeadlineMs(deployment: V1Deployment): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === INT32_MAX ? undefined : seconds * 1000;
}

/** While a Deployment is paused its progress is unknown; when it goes on, the deadline starts anew. */
export function pausedConditions(deployment: V1Deployment, nowMs: number): Conditions {
  const conditions = deployment.status?.conditions ?? [];
  if (progressDeadlineMs(deployment) === undefined) return conditions;
  const reason = findCondition(conditions, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return conditions;
  const paused = deployment.spec?.paused === true;
  if (paused && reason !== 'DeploymentPaused') {
    return setCondition(conditions, 'Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs);
  }
  if (!paused && reason === 'DeploymentPaused') {
    return setCondition(conditions, 'Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs);
  }
  return conditions;
}

/** Counts, and the Available condition. `conditions` are those to start from. */
export function countStatus(
  deployment: V1Deployment,
  all: readonly V1ReplicaSet[],
  newReplicaSet: V1ReplicaSet | undefined,
  conditions: Conditions,
  nowMs: number,
): V1DeploymentStatus {
  const available = sumStatus(all, 'availableReplicas');
  const enough = available >= desiredOf(deployment) - fenceposts(deployment).maxUnavailable;
  const { collisionCount } = deployment.status ?? {};
  return {
    observedGeneration: generationOf(deployment),
    ...nonZero('replicas', sumStatus(all, 'replicas')),
    ...nonZero('updatedReplicas', newReplicaSet === undefined ? 0 : sumStatus([newReplicaSet], 'replicas')),
    ...nonZero('readyReplicas', sumStatus(all, 'readyReplicas')),
    ...nonZero('availableReplicas', available),
    ...nonZero('unavailableReplicas', Math.max(0, sumDesired(all) - available)),
    ...terminating(all),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: [
      ...(enough
        ? setCondition(
            conditions,
            'Available',
            'True',
            'MinimumReplicasAvailable',
            'Deployment has minimum availability.',
            nowMs,
          )
        : setCondition(
            conditions,
            'Available',
            'False',
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
            nowMs,
          )),
    ],
  };
}

/** Go's omitempty: a zero is not written. */
function nonZero<K extends string>(field: K, value: number): { [field in K]?: number } {
  return (value === 0 ? {} : { [field]: value }) as { [field in K]?: number };
}

/** Known only when every ReplicaSet that was ever looked at says it. */
function terminating(all: readonly V1ReplicaSet[]): { terminatingReplicas?: number } {
  let sum = 0;
  for (const { status } of all) {
    if (status?.terminatingReplicas !== undefined) sum += status.terminatingReplicas;
    else if ((status?.observedGeneration ?? 0) !== 0) return {};
  }
  return { terminatingReplicas: sum };
}

/** All desired pods are of the newest template and available, and no old ones are left. */
export function isComplete(deployment: V1Deployment, status: V1DeploymentStatus | undefined): boolean {
  const desired = desiredOf(deployment);
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= generationOf(deployment)
  );
}

/** The status during a rollout: `countStatus`, with the Progressing and ReplicaFailure conditions. */
export function rolloutStatus(
  deployment: V1Deployment,
  all: readonly V1ReplicaSet[],
  newReplicaSet: V1ReplicaSet | undefined,
  startConditions: Conditions,
  nowMs: number,
): V1DeploymentStatus {
  const status = countStatus(deployment, all, newReplicaSet, startConditions, nowMs);
  let conditions: Conditions = status.conditions ?? [];
  const deadlineMs = progressDeadlineMs(deployment);
  if (deadlineMs === undefined) conditions = removeCondition(conditions, 'Progressing');
  const current = findCondition(startConditions, 'Progressing');
  const finished =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (deadlineMs !== undefined && !finished) {
    conditions = progressConditions(deployment, status, newReplicaSet, conditions, current, deadlineMs, nowMs);
  }
  return { ...status, conditions: [...withReplicaFailure(conditions, all, newReplicaSet)] };
}

function progressConditions(
  deployment: V1Deployment,
  status: V1DeploymentStatus,
  newReplicaSet: V1ReplicaSet | undefined,
  conditions: Conditions,
  current: V1DeploymentCondition | undefined,
  deadlineMs: number,
  nowMs: number,
): Conditions {
  const subject =
    newReplicaSet === undefined ? `Deployment "${nameOf(deployment)}"` : `ReplicaSet "${nameOf(newReplicaSet)}"`;
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`;
    return setCondition(conditions, 'Progressing', 'True', 'NewReplicaSetAvailable', message, nowMs);
  }
  if (madeProgress(deployment.status, status)) {
    const now = timestamp(nowMs);
    const lastTransitionTime = current?.status === 'True' ? current.lastTransitionTime : now;
    const message = `${subject} is progressing.`;
    return [
      ...removeCondition(conditions, 'Progressing'),
      {
        type: 'Progressing',
        status: 'True',
        lastUpdateTime: now,
        lastTransitionTime,
        reason: 'ReplicaSetUpdated',
        message,
      },
    ];
  }
  if (hasTimedOut(conditions, deadlineMs, nowMs)) {
    const message = `${subject} has timed out progressing.`;
    return setCondition(conditions, 'Progressing', 'False', 'ProgressDeadlineExceeded', message, nowMs);
  }
  return conditions;
}

function madeProgress(before: V1DeploymentStatus | undefined, after: V1DeploymentStatus): boolean {
  const old = (status: V1DeploymentStatus | undefined): number =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  const more = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean =>
    (after[field] ?? 0) > (before?.[field] ?? 0);
  return more('updatedReplicas') || old(after) < old(before) || more('readyReplicas') || more('availableReplicas');
}

function hasTimedOut(conditions: Conditions, deadlineMs: number, nowMs: number): boolean {
  const progressing = findCondition(conditions, 'Progressing');
  if (progressing === undefined || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  const fromMs = timeMs(progressing.lastUpdateTime);
  return fromMs !== undefined && fromMs + deadlineMs < nowMs;
}

/** The failure of the new ReplicaSet, or else of any, is the Deployment's. */
function withReplicaFailure(
  conditions: Conditions,
  all: readonly V1ReplicaSet[],
  newReplicaSet: V1ReplicaSet | undefined,
): Conditions {
  for (const replicaSet of newReplicaSet === undefined ? all : [newReplicaSet, ...all]) {
    const failure = replicaSet.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
    if (failure === undefined) continue;
    const current = findCondition(conditions, 'ReplicaFailure');
    if (current?.status === failure.status && current.reason === failure.reason) return conditions;
    return [
      ...removeCondition(conditions, 'ReplicaFailure'),
      { ...failure, lastUpdateTime: failure.lastTransitionTime },
    ];
  }
  return removeCondition(conditions, 'ReplicaFailure');
}

/** When to look again whether the rollout is stuck: a second after the deadline; undefined when there is none to watch. */
export function progressCheckInMs(
  deployment: V1Deployment,
  status: V1DeploymentStatus,
  nowMs: number,
): number | undefined {
  const deadlineMs = progressDeadlineMs(deployment);
  const progressing = findCondition(status.conditions ?? [], 'Progressing');
  if (deadlineMs === undefined || progressing === undefined) return undefined;
  if (isComplete(deployment, status) || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  if (progressing.reason === 'DeploymentPaused') return undefined;
  const updatedMs = timeMs(progressing.lastUpdateTime);
  return updatedMs === undefined ? undefined : Math.max(0, updatedMs + deadlineMs - nowMs) + 1000;
}
