/**
 * How long a Job waits before it makes another pod after failures: 10 s, doubling to 10 min, and nothing after a success
 * (k8s.io/kubernetes/pkg/controller/job/backoff_utils.go). Pure.
 */
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import { finishedMs } from './job-pods.ts';

const BACKOFF_MS = 10_000;
const BACKOFF_MAX_MS = 10 * 60 * 1000;

export interface JobBackoff {
  /** Failures since the last success. */
  readonly failures: number;
  readonly lastFailureMs: number;
}

export const NO_FAILURES: JobBackoff = { failures: 0, lastFailureMs: 0 };

/** The record after these pods have ended. */
export function nextBackoff(before: JobBackoff, succeeded: readonly V1Pod[], failed: readonly V1Pod[]): JobBackoff {
  const failures = failed.map(finishedMs);
  if (succeeded.length === 0) {
    if (failures.length === 0) return before;
    return { failures: before.failures + failures.length, lastFailureMs: Math.max(...failures) };
  }
  const lastSuccessMs = Math.max(...succeeded.map(finishedMs));
  const later = failures.filter((endedMs) => endedMs > lastSuccessMs);
  return later.length === 0 ? NO_FAILURES : { failures: later.length, lastFailureMs: Math.max(...later) };
}

export function remainingMs({ failures, lastFailureMs }: JobBackoff, nowMs: number): number {
  if (failures === 0) return 0;
  const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1));
  return Math.max(0, lastFailureMs + delayMs - nowMs);
}
