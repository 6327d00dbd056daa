/**
 * Whether a Job has come to its end: its conditions (k8s.io/kubernetes/pkg/controller/job). Pure.
 *
 * The end has two steps. First the verdict, FailureTarget or SuccessCriteriaMet: from then on pods are only taken away. When
 * the last one is gone and all are counted, the terminal condition, Failed or Complete, follows.
 */
import { timestamp } from '../../base/clock.ts';
import type { V1Job, V1JobCondition, V1Pod } from '../../generated/kubernetes.d.ts';
import { timeMs } from '../runtime/metadata.ts';
import { IndexSet } from './index-set.ts';
import { hasFailed, isSuspended } from './job-pods.ts';
import { judgeFailure } from './pod-failure-policy.ts';

export interface Verdict {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

export function findCondition(job: V1Job, type: string): V1JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

export function isFinished(job: V1Job): boolean {
  return findCondition(job, 'Complete') !== undefined || findCondition(job, 'Failed') !== undefined;
}

/** The verdict that was written before. */
export function earlierVerdict(job: V1Job): Verdict | undefined {
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const found = findCondition(job, type);
    if (found !== undefined) return { type, reason: found.reason ?? '', message: found.message ?? '' };
  }
  return undefined;
}

function failure(reason: string, message: string): Verdict {
  return { type: 'FailureTarget', reason, message };
}

/** @param failed pods that failed and count, those of this turn included */
export function failureVerdict(
  job: V1Job,
  pods: readonly V1Pod[],
  failed: number,
  indexes: { readonly succeeded: IndexSet; readonly failed: IndexSet } | undefined,
  nowMs: number,
): Verdict | undefined {
  const {
    backoffLimit = 6,
    podFailurePolicy,
    activeDeadlineSeconds,
    maxFailedIndexes,
    completions = 1,
  } = job.spec ?? {};
  if (podFailurePolicy !== undefined) {
    for (const pod of pods) {
      const message = hasFailed(pod, job) ? judgeFailure(job, pod).message : undefined;
      if (message !== undefined) return failure('PodFailurePolicy', message);
    }
  }
  if (failed > backoffLimit || restartsExceed(job, pods, backoffLimit)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const startedMs = timeMs(job.status?.startTime);
  if (activeDeadlineSeconds !== undefined && startedMs !== undefined && !isSuspended(job)) {
    if (nowMs - startedMs >= activeDeadlineSeconds * 1000) {
      return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
    }
  }
  if (indexes === undefined || indexes.failed.size === 0) return undefined;
  if (maxFailedIndexes !== undefined && indexes.failed.size > maxFailedIndexes) {
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  }
  if (indexes.failed.size + indexes.succeeded.size >= completions) {
    return failure('FailedIndexes', 'Job has failed indexes');
  }
  return undefined;
}

/** With restartPolicy OnFailure, restarts of running pods count like failed pods. */
function restartsExceed(job: V1Job, pods: readonly V1Pod[], backoffLimit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue;
    for (const each of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += each.restartCount;
    }
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

export function successPolicyVerdict(job: V1Job, succeeded: IndexSet): Verdict | undefined {
  const completions = job.spec?.completions ?? 0;
  if (succeeded.size === 0) return undefined;
  for (const [at, { succeededIndexes, succeededCount }] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    let met: boolean;
    if (succeededIndexes === undefined) {
      met = succeededCount !== undefined && succeeded.size >= succeededCount;
    } else {
      const required = IndexSet.parse(succeededIndexes, completions);
      const overlap = required.overlap(succeeded);
      met =
        required.size > 0 && (overlap === required.size || (succeededCount !== undefined && overlap >= succeededCount));
    }
    if (met) {
      return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: `Matched rules at index ${at}` };
    }
  }
  return undefined;
}

export const COMPLETIONS_REACHED: Verdict = {
  type: 'SuccessCriteriaMet',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};

/** A condition as written now. */
export function condition(
  type: string,
  status: string,
  reason: string,
  message: string,
  nowMs: number,
): V1JobCondition {
  const now = timestamp(nowMs);
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
}
