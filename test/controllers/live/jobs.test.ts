/** Jobs and CronJobs on the real API server, their containers simulated. */
import { afterEach, describe, expect, it } from 'vitest';
import { cronJobs, jobs, pods } from '../../../controllers/runtime/resources.ts';
import type { V1CronJob, V1Job, V1Pod } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { cronJob, job } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

async function find(name: string): Promise<V1Job> {
  return cluster.get<V1Job>(jobs, name, 'default');
}

function conditions({ status }: V1Job): string[] {
  return (status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

async function finished(name: string, withinMs?: number): Promise<V1Job> {
  await cluster.until(
    `${name} has ended`,
    async () => conditions(await find(name)).some((text) => /^(Complete|Failed)=True/.test(text)),
    withinMs,
  );
  return find(name);
}

describe('Job', () => {
  it('runs as many pods as it was asked for, never more at once, and keeps them', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(jobs, job('sum', 'sleep 3', { completions: 5, parallelism: 2 }));
    let most = 0;
    await cluster.until('it is complete', async () => {
      const { status } = await find('sum');
      most = Math.max(most, status?.active ?? 0);
      return status?.succeeded === 5 && status.completionTime !== undefined;
    });
    expect(most).toBe(2);
    const found = await find('sum');
    expect(conditions(found)).toEqual([
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    expect(found.status).toMatchObject({ succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(found.status?.failed).toBeUndefined();
    const made = await cluster.list<V1Pod>(pods, 'default');
    expect(made.map(({ status }) => status?.phase)).toEqual(Array.from({ length: 5 }, () => 'Succeeded'));
    for (const { metadata } of made) expect(metadata?.finalizers).toBeUndefined();
    const events = await cluster.eventLines('Job', 'sum');
    expect(events.filter((line) => line.startsWith('SuccessfulCreate: Created pod: sum-'))).toHaveLength(5);
    expect(events.at(-1)).toBe('Completed: Job completed (job-controller)');
  });

  it('tries again after 10 s, 20 s, 40 s, and gives up at its limit', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(jobs, job('bad', 'exit 3', { backoffLimit: 2 }));
    const found = await finished('bad', 120_000);
    expect(conditions(found)).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    expect(found.status?.failed).toBe(3);
    const starts = (await cluster.list<V1Pod>(pods, 'default'))
      .map(({ metadata }) => Date.parse(metadata?.creationTimestamp ?? ''))
      .sort((a, b) => a - b);
    const gaps = starts.slice(1).map((startMs, at) => (startMs - (starts[at] ?? 0)) / 1000);
    expect(gaps.map((gap) => gap >= 10)).toEqual([true, true]);
    expect(gaps[1]).toBeGreaterThanOrEqual(20);
    expect(await cluster.eventLines('Job', 'bad')).toContain(
      'BackoffLimitExceeded: Job has reached the specified backoff limit (job-controller)',
    );
  });

  it('gives each index its pod', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(jobs, job('shards', 'sleep 1', { completions: 4, parallelism: 4, completionMode: 'Indexed' }));
    const found = await finished('shards');
    expect(found.status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    const made = await cluster.list<V1Pod>(pods, 'default');
    expect(made.map(({ spec }) => spec?.hostname).sort()).toEqual(['shards-0', 'shards-1', 'shards-2', 'shards-3']);
  });

  it('stops when its deadline passes, when it is suspended, and is cleaned away in time', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(
      jobs,
      job('slow', 'sleep 600', {
        activeDeadlineSeconds: 5,
        ttlSecondsAfterFinished: 60,
        parallelism: 2,
        completions: 2,
      }),
    );
    const found = await finished('slow');
    expect(conditions(found)).toEqual(['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    await cluster.until('it is gone', async () => (await cluster.list(jobs)).length === 0, 120_000);
    await cluster.until('its pods are gone', async () => (await cluster.podLines()).length === 0);

    await cluster.create(jobs, job('later', 'sleep 2', { suspend: true }));
    await cluster.advance(2000);
    expect(conditions(await find('later'))).toEqual(['Suspended=True JobSuspended']);
    expect(await cluster.podLines()).toEqual([]);
    await cluster.patch(jobs, 'later', 'default', { spec: { suspend: false } });
    expect(conditions(await finished('later'))[0]).toBe('Suspended=False JobResumed');
  });
});

describe('CronJob', () => {
  it('starts a Job every minute, and keeps the last three', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(cronJobs, cronJob('tick', '* * * * *', 'sleep 1'));
    await cluster.advance(60_000 * 5 + 10_000);
    const made = await cluster.list<V1Job>(jobs, 'default');
    expect(made).toHaveLength(3);
    for (const { metadata, status } of made) {
      expect(metadata?.name).toMatch(/^tick-\d{8}$/);
      expect(metadata?.ownerReferences).toMatchObject([{ kind: 'CronJob', name: 'tick', controller: true }]);
      expect(metadata?.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toMatch(/:00Z$/);
      expect(status?.succeeded).toBe(1);
    }
    const { status } = await cluster.get<V1CronJob>(cronJobs, 'tick', 'default');
    expect(status?.active).toBeUndefined();
    expect(Date.parse(String(status?.lastScheduleTime)) % 60_000).toBe(0);
    const events = await cluster.eventLines('CronJob', 'tick');
    const newest = made
      .map(({ metadata }) => metadata?.name ?? '')
      .sort()
      .at(-1);
    expect(events).toContain(`SuccessfulCreate: Created job ${newest} (cronjob-controller)`);
    expect(events).toContain(`SawCompletedJob: Saw completed job: ${newest}, condition: Complete (cronjob-controller)`);
  });

  it('leaves a turn out while the last one runs, when that is forbidden', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    const long = cronJob('long', '* * * * *', 'sleep 150');
    await cluster.create(cronJobs, {
      ...long,
      spec: { ...long.spec, concurrencyPolicy: 'Forbid' } as NonNullable<V1CronJob['spec']>,
    });
    await cluster.advance(60_000 * 2 + 30_000);
    expect(await cluster.list(jobs, 'default')).toHaveLength(1);
    expect(await cluster.eventLines('CronJob', 'long')).toContain(
      'JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid (cronjob-controller)',
    );
  });
});
