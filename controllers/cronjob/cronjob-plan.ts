/** What to do about a CronJob (k8s.io/kubernetes/pkg/controller/cronjob/cronjob_controllerv2.go). Pure. */
import { timestamp } from '../../base/clock.ts';
import type { V1CronJob, V1CronJobStatus, V1Job } from '../../generated/kubernetes.d.ts';
import { findCondition, isFinished } from '../job/job-verdict.ts';
import { createdMs, isBeingDeleted, nameOf, namespaceOf, timeMs, uidOf } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { cronJobs } from '../runtime/resources.ts';
import { type CronSchedule, isKnownTimeZone, parseSchedule, zonedTimestamp } from './cron-schedule.ts';

export interface CronJobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronJobPlan {
  /** Jobs to delete first: replaced ones, and old ones beyond the history limits. */
  readonly delete: readonly V1Job[];
  readonly create?: V1Job;
  /** Without the new job, which joins `active` when it was created. */
  readonly status: V1CronJobStatus;
  readonly events: readonly CronJobEvent[];
  readonly requeueAfterMs?: number;
}

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** A little later than due, so that the time has come for certain. */
const SCHEDULE_DELTA_MS = 100;
const MANY_MISSED = 100;

/** @param gone uids in `status.active` that were looked for and are not there */
export function planCronJob(
  cronJob: V1CronJob,
  jobs: readonly V1Job[],
  gone: ReadonlySet<string>,
  nowMs: number,
): CronJobPlan {
  const events: CronJobEvent[] = [];
  const status = statusOf(cronJob, jobs, gone, events);
  const going = oldJobs(cronJob, jobs);
  const idle = { delete: going, status, events };
  const { timeZone, suspend, schedule: text = '', concurrencyPolicy } = cronJob.spec ?? {};
  if (isBeingDeleted(cronJob)) return { ...idle, delete: [] };
  if (timeZone !== undefined && !isKnownTimeZone(timeZone)) {
    const message = `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`;
    events.push({ type: 'Warning', reason: 'UnknownTimeZone', message });
    return idle;
  }
  if (suspend === true) return idle;
  if (text.includes('TZ')) {
    const message = `CRON_TZ or TZ used in schedule "${text}" is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`;
    events.push({ type: 'Warning', reason: 'UnsupportedSchedule', message });
  }
  const schedule = parseSchedule(text, timeZone);
  if ('error' in schedule) {
    const message = `unparseable schedule: "${text}" : ${schedule.error}`;
    events.push({ type: 'Warning', reason: 'UnparseableSchedule', message });
    return idle;
  }
  const due = dueTime(cronJob, schedule, nowMs, true);
  if (due.many) {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    events.push({ type: 'Warning', reason: 'TooManyMissedTimes', message });
  }
  const requeueAfterMs = nextWakeMs(cronJob, schedule, nowMs);
  const wait: CronJobPlan = requeueAfterMs === undefined ? idle : { ...idle, requeueAfterMs };
  const atMs = due.atMs;
  if (atMs === undefined) return wait;
  const name = jobName(cronJob, atMs);
  const active = status.active ?? [];
  if (active.some((job) => job.name === name) || timeMs(cronJob.status?.lastScheduleTime) === atMs) return wait;
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    events.push({ type: 'Normal', reason: 'JobAlreadyActive', message });
    return wait;
  }
  const replaced =
    concurrencyPolicy === 'Replace' ? jobs.filter((job) => active.some(({ uid }) => uid === uidOf(job))) : [];
  const left = active.filter(({ uid }) => !replaced.some((job) => uidOf(job) === uid));
  const { active: _before, ...rest } = status;
  return {
    ...wait,
    delete: [...going, ...replaced],
    create: newJob(cronJob, name, atMs),
    status: { ...rest, ...(left.length === 0 ? {} : { active: left }), lastScheduleTime: timestamp(atMs) },
  };
}

/** Takes what has ended or is gone out of the active list. */
function statusOf(
  cronJob: V1CronJob,
  jobs: readonly V1Job[],
  gone: ReadonlySet<string>,
  events: CronJobEvent[],
): V1CronJobStatus {
  let active = cronJob.status?.active ?? [];
  let lastSuccessfulMs = timeMs(cronJob.status?.lastSuccessfulTime);
  for (const job of jobs) {
    const listed = active.some(({ uid }) => uid === uidOf(job));
    if (!isFinished(job)) {
      if (listed || isBeingDeleted(job)) continue;
      const message = `Saw a job that the controller did not create or forgot: ${nameOf(job)}`;
      events.push({ type: 'Warning', reason: 'UnexpectedJob', message });
      continue;
    }
    const complete = findCondition(job, 'Complete') !== undefined;
    if (listed) {
      active = active.filter(({ uid }) => uid !== uidOf(job));
      const message = `Saw completed job: ${nameOf(job)}, condition: ${complete ? 'Complete' : 'Failed'}`;
      events.push({ type: 'Normal', reason: 'SawCompletedJob', message });
    }
    const completedMs = complete ? timeMs(job.status?.completionTime) : undefined;
    if (completedMs !== undefined) lastSuccessfulMs = Math.max(lastSuccessfulMs ?? 0, completedMs);
  }
  for (const { name, uid } of active.filter((job) => gone.has(job.uid ?? ''))) {
    events.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` });
    active = active.filter((job) => job.uid !== uid);
  }
  const { lastScheduleTime } = cronJob.status ?? {};
  return {
    ...(active.length === 0 ? {} : { active }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulMs === undefined ? {} : { lastSuccessfulTime: timestamp(lastSuccessfulMs) }),
  };
}

/** Finished jobs beyond the limits, the oldest first. */
function oldJobs(cronJob: V1CronJob, jobs: readonly V1Job[]): readonly V1Job[] {
  const { successfulJobsHistoryLimit: successes, failedJobsHistoryLimit: failures } = cronJob.spec ?? {};
  const beyond = (type: string, limit: number | undefined): V1Job[] => {
    if (limit === undefined) return [];
    const finished = jobs.filter((job) => findCondition(job, type) !== undefined && !isBeingDeleted(job));
    finished.sort((a, b) => startMs(a) - startMs(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
    return finished.slice(0, Math.max(0, finished.length - limit));
  };
  return [...beyond('Complete', successes), ...beyond('Failed', failures)];
}

function startMs(job: V1Job): number {
  return timeMs(job.status?.startTime) ?? Number.MAX_SAFE_INTEGER;
}

/** The last time that was due and for which nothing was started. `many`: so many were missed that something is wrong. */
function dueTime(
  cronJob: V1CronJob,
  schedule: CronSchedule,
  nowMs: number,
  withDeadline: boolean,
): { readonly earliestMs: number; readonly atMs?: number; readonly many: boolean; readonly missed: boolean } {
  let earliestMs = timeMs(cronJob.status?.lastScheduleTime) ?? createdMs(cronJob);
  const deadlineSeconds = cronJob.spec?.startingDeadlineSeconds;
  if (withDeadline && deadlineSeconds !== undefined) earliestMs = Math.max(earliestMs, nowMs - deadlineSeconds * 1000);
  const firstMs = schedule.nextMs(earliestMs);
  if (firstMs === undefined || nowMs < firstMs) return { earliestMs, many: false, missed: false };
  const secondMs = schedule.nextMs(firstMs);
  if (secondMs === undefined || nowMs < secondMs) return { earliestMs, atMs: firstMs, many: false, missed: false };
  // Do not walk over a year of missed minutes: jump near the end by the first interval, and walk from there.
  const periodMs = secondMs - firstMs;
  const missed = Math.floor((nowMs - firstMs) / periodMs) + 1;
  let latestMs: number | undefined;
  let nextMs = schedule.nextMs(firstMs + (missed - 2) * periodMs);
  while (nextMs !== undefined && nextMs <= nowMs) {
    latestMs = nextMs;
    nextMs = schedule.nextMs(nextMs);
  }
  const many = missed > MANY_MISSED;
  return latestMs === undefined
    ? { earliestMs, many, missed: true }
    : { earliestMs, atMs: latestMs, many, missed: true };
}

function nextWakeMs(cronJob: V1CronJob, schedule: CronSchedule, nowMs: number): number | undefined {
  const { earliestMs, atMs, missed } = dueTime(cronJob, schedule, nowMs, false);
  const fromMs = atMs ?? (missed ? nowMs : earliestMs);
  const nextMs = schedule.nextMs(fromMs);
  return nextMs === undefined ? undefined : Math.max(0, nextMs + SCHEDULE_DELTA_MS - nowMs);
}

function jobName(cronJob: V1CronJob, atMs: number): string {
  return `${nameOf(cronJob)}-${Math.floor(atMs / 60_000)}`;
}

function newJob(cronJob: V1CronJob, name: string, atMs: number): V1Job {
  const { metadata, spec } = cronJob.spec?.jobTemplate ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: namespaceOf(cronJob),
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: zonedTimestamp(atMs, cronJob.spec?.timeZone) },
      ownerReferences: [controllerReference(cronJobs, cronJob)],
    },
    spec,
  };
}
