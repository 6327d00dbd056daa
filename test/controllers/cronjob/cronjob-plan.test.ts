/** What a CronJob starts, leaves out and cleans away. */
import { describe, expect, it } from 'vitest';
import { type CronJobPlan, planCronJob } from '../../../controllers/cronjob/cronjob-plan.ts';
import type { V1CronJob, V1CronJobSpec, V1CronJobStatus, V1Job } from '../../../generated/kubernetes.d.ts';
import { at, START_MS } from '../build-objects.ts';

const MINUTE = 60;

function cronJob(spec: Partial<V1CronJobSpec> = {}, status: V1CronJobStatus = {}): V1CronJob {
  return {
    metadata: { name: 'tick', namespace: 'default', uid: 'cron', creationTimestamp: at(-30) },
    spec: {
      schedule: '* * * * *',
      concurrencyPolicy: 'Allow',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: { labels: { team: 'a' } }, spec: { template: {} } },
      ...spec,
    },
    status,
  };
}

function job(name: string, end?: 'Complete' | 'Failed', startedAt = 0): V1Job {
  const condition = { type: end ?? '', status: 'True', lastTransitionTime: at(startedAt + 5) };
  return {
    metadata: { name, namespace: 'default', uid: name },
    spec: { template: {} },
    status: {
      startTime: at(startedAt),
      ...(end === undefined ? {} : { conditions: [condition] }),
      ...(end === 'Complete' ? { completionTime: at(startedAt + 5) } : {}),
    },
  };
}

function plan(object: V1CronJob, seconds: number, jobs: V1Job[] = [], gone: string[] = []): CronJobPlan {
  return planCronJob(object, jobs, new Set(gone), START_MS + seconds * 1000);
}

const reasons = ({ events }: CronJobPlan): string[] => events.map(({ reason }) => reason);
const active = (...names: string[]) => names.map((name) => ({ name, uid: name, kind: 'Job', apiVersion: 'batch/v1' }));

describe('planCronJob', () => {
  it('waits until a moment after it is due', () => {
    const early = plan(cronJob(), -10);
    expect(early.create).toBeUndefined();
    expect(early.requeueAfterMs).toBe(10_100);
  });

  it('starts one Job for a time, named after it', () => {
    const made = plan(cronJob(), 0.1);
    expect(made.create?.metadata).toMatchObject({
      name: `tick-${START_MS / 60_000}`,
      labels: { team: 'a' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': at(0) },
    });
    expect(made.status.lastScheduleTime).toBe(at(0));
    expect(plan(cronJob({}, made.status), 1).create).toBeUndefined();
    expect(plan(cronJob({}, made.status), MINUTE).create?.metadata?.name).toBe(`tick-${START_MS / 60_000 + 1}`);
  });

  it('makes up only for the last of those that it missed', () => {
    const late = plan(cronJob({}, { lastScheduleTime: at(0) }), 5 * MINUTE + 20);
    expect(late.status.lastScheduleTime).toBe(at(5 * MINUTE));
    expect(reasons(late)).toEqual([]);
    const very = plan(cronJob({}, { lastScheduleTime: at(0) }), 200 * MINUTE);
    expect(very.status.lastScheduleTime).toBe(at(200 * MINUTE));
    expect(reasons(very)).toEqual(['TooManyMissedTimes']);
  });

  it('leaves out what is too late', () => {
    const strict = cronJob({ schedule: '0 * * * *', startingDeadlineSeconds: 30 }, { lastScheduleTime: at(-3600) });
    expect(plan(strict, 20).create).toBeDefined();
    expect(plan(strict, 40).create).toBeUndefined();
  });

  it('may forbid two at once, or replace the first', () => {
    const status = { active: active('old'), lastScheduleTime: at(0) };
    const old = job('old');
    expect(plan(cronJob({}, status), MINUTE, [old]).create).toBeDefined();
    const forbidden = plan(cronJob({ concurrencyPolicy: 'Forbid' }, status), MINUTE, [old]);
    expect([forbidden.create, reasons(forbidden)]).toEqual([undefined, ['JobAlreadyActive']]);
    const replaced = plan(cronJob({ concurrencyPolicy: 'Replace' }, status), MINUTE, [old]);
    expect(replaced.delete).toEqual([old]);
    expect(replaced.create).toBeDefined();
    expect(replaced.status.active).toBeUndefined();
  });

  it('takes what ended or went missing off the active list', () => {
    const status = { active: active('good', 'bad', 'gone'), lastScheduleTime: at(0) };
    const made = plan(cronJob({}, status), 10, [job('good', 'Complete', 1), job('bad', 'Failed', 2)], ['gone']);
    expect(made.status).toEqual({ lastScheduleTime: at(0), lastSuccessfulTime: at(6) });
    expect(made.events.map(({ message }) => message)).toEqual([
      'Saw completed job: good, condition: Complete',
      'Saw completed job: bad, condition: Failed',
      'Active job went missing: gone',
    ]);
  });

  it('keeps the newest of those that ended', () => {
    const jobs = [1, 2, 3, 4, 5].map((turn) => job(`ok${turn}`, 'Complete', turn * MINUTE));
    const failures = [1, 2].map((turn) => job(`bad${turn}`, 'Failed', turn * MINUTE));
    const made = plan(cronJob({ suspend: true }), 10 * MINUTE, [...jobs].reverse().concat(failures));
    expect(made.delete.map(({ metadata }) => metadata?.name)).toEqual(['ok1', 'ok2', 'bad1']);
    expect(made.create).toBeUndefined();
  });

  it.each([
    [{ timeZone: 'Nowhere/City' }, ['UnknownTimeZone']],
    [{ schedule: 'whenever' }, ['UnparseableSchedule']],
    [{ schedule: 'TZ=Etc/UTC 0 0 1 1 *' }, ['UnsupportedSchedule']],
    [{ suspend: true }, []],
  ])('%j', (spec, expected) => {
    expect(reasons(plan(cronJob(spec), -5))).toEqual(expected);
  });
});
