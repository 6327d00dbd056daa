/** What a Job does on each turn: pods, counters, verdicts. */
import { describe, expect, it } from 'vitest';
import { type JobBackoff, NO_FAILURES, nextBackoff, remainingMs } from '../../../controllers/job/job-backoff.ts';
import { type JobPlan, planJob } from '../../../controllers/job/job-plan.ts';
import { newJobPod, TRACKING_FINALIZER } from '../../../controllers/job/job-pods.ts';
import { judgeFailure } from '../../../controllers/job/pod-failure-policy.ts';
import type { V1Job, V1JobSpec, V1JobStatus, V1Pod } from '../../../generated/kubernetes.d.ts';
import { at, pod, START_MS } from '../build-objects.ts';

const NOW_MS = START_MS + 1000_000;

function job(spec: Partial<V1JobSpec>, status: V1JobStatus = { startTime: at(0) }): V1Job {
  return {
    metadata: { name: 'sum', namespace: 'default', uid: 'job' },
    spec: { parallelism: 1, completions: 1, template: { spec: { containers: [], restartPolicy: 'Never' } }, ...spec },
    status,
  };
}

interface TaskParts {
  readonly index?: number;
  readonly exitCode?: number;
  readonly endedAt?: number;
  readonly failures?: number;
  readonly deleting?: boolean;
}

function task(name: string, phase: string, parts: TaskParts = {}): V1Pod {
  const made = pod(name, {
    node: 'n',
    phase,
    deleting: parts.deleting ?? false,
    annotations: {
      ...(parts.index === undefined ? {} : { 'batch.kubernetes.io/job-completion-index': `${parts.index}` }),
      ...(parts.failures === undefined ? {} : { 'batch.kubernetes.io/job-index-failure-count': `${parts.failures}` }),
    },
  });
  const exitCode = parts.exitCode ?? (phase === 'Failed' ? 1 : 0);
  const state =
    phase === 'Failed' || phase === 'Succeeded' ? { terminated: { exitCode, finishedAt: at(parts.endedAt ?? 0) } } : {};
  const status = { name: 'main', image: 'x', imageID: '', ready: false, restartCount: 0, state };
  return {
    ...made,
    metadata: { ...made.metadata, finalizers: [TRACKING_FINALIZER] },
    status: { ...made.status, containerStatuses: [status] },
  };
}

function plan(object: V1Job, pods: V1Pod[], backoff: JobBackoff = NO_FAILURES, mayAct = true): JobPlan {
  return planJob(object, pods, backoff, mayAct, NOW_MS);
}

function conditions({ status }: JobPlan): string[] {
  return (status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

const names = (pods: readonly V1Pod[]): (string | undefined)[] => pods.map(({ metadata }) => metadata?.name);
const running = (count: number): V1Pod[] => Array.from({ length: count }, (_, at) => task(`r${at}`, 'Running'));

describe('how many pods a Job makes', () => {
  it.each([
    ['all at once', { parallelism: 3, completions: 3 }, 0, 0, 3, 0],
    ['never more than are left to do', { parallelism: 5, completions: 6 }, 0, 4, 2, 0],
    ['what parallelism leaves room for', { parallelism: 3, completions: 9 }, 2, 0, 1, 0],
    ['fewer when parallelism is lowered', { parallelism: 1, completions: 9 }, 3, 0, 0, 2],
    ['500 at once', { parallelism: 2000, completions: 2000 }, 0, 0, 500, 0],
    ['none while suspended', { parallelism: 3, completions: 3, suspend: true }, 0, 0, 0, 0],
    ['it stops them when suspended', { parallelism: 3, completions: 3, suspend: true }, 3, 0, 0, 3],
  ])('%s', (_what, spec, active, succeeded, create, going) => {
    const made = plan(job(spec, { startTime: at(0), succeeded }), running(active));
    expect([made.create.length, made.delete.length]).toEqual([create, going]);
  });

  it('of a work queue: as many as it is told, and no new ones once one has succeeded', () => {
    const queue = job({ parallelism: 3 });
    delete queue.spec?.completions;
    expect(plan(queue, []).create).toHaveLength(3);
    const later = plan(queue, [...running(2), task('done', 'Succeeded')]);
    expect([later.create.length, later.delete.length]).toEqual([0, 0]);
    const end = plan(queue, [task('done', 'Succeeded')]);
    expect(conditions(end)).toEqual(['SuccessCriteriaMet=True CompletionsReached']);
  });

  it('waits while what it made before has not been seen', () => {
    expect(plan(job({}), [], NO_FAILURES, false).create).toEqual([]);
  });

  it('waits longer after each failure, and not after a success', () => {
    const failed = (endedAt: number) => task('f', 'Failed', { endedAt });
    const first = nextBackoff(NO_FAILURES, [], [failed(100)]);
    expect(remainingMs(first, START_MS + 100_000)).toBe(10_000);
    const second = nextBackoff(first, [], [failed(115)]);
    expect(remainingMs(second, START_MS + 116_000)).toBe(19_000);
    expect(remainingMs({ failures: 20, lastFailureMs: 0 }, 0)).toBe(600_000);
    expect(nextBackoff(second, [task('ok', 'Succeeded', { endedAt: 120 })], [])).toEqual(NO_FAILURES);
    const held = plan(job({ backoffLimit: 6 }), [task('f', 'Failed', { endedAt: 995 })]);
    expect(held.create).toEqual([]);
    expect(held.requeueAfterMs).toBe(5000);
  });
});

describe('how a Job counts', () => {
  it('first notes the pod, then lets it go, then counts it', () => {
    const spec = { parallelism: 2, completions: 4 };
    const ended = task('a', 'Succeeded');
    const first = plan(job(spec), [ended, task('b', 'Running')]);
    expect(first.status.uncountedTerminatedPods).toEqual({ succeeded: ['a'] });
    expect(first.status.succeeded).toBeUndefined();
    expect(names(first.release)).toEqual(['a']);
    expect(first.create).toHaveLength(1);

    const again = plan(job(spec, first.status), [ended, task('b', 'Running'), task('c', 'Running')]);
    expect(again.status.uncountedTerminatedPods).toEqual({ succeeded: ['a'] });
    expect(names(again.release)).toEqual(['a']);

    const released = { ...ended, metadata: { ...ended.metadata, finalizers: [] } };
    const counted = plan(job(spec, again.status), [released, task('b', 'Running'), task('c', 'Running')]);
    expect(counted.status).toMatchObject({ succeeded: 1, active: 2, uncountedTerminatedPods: {} });
    expect(counted.create).toEqual([]);
    const after = plan(job(spec, counted.status), [task('b', 'Running'), task('c', 'Running')]);
    expect(after.status.succeeded).toBe(1);
  });

  it('a pod that is deleted before it ended has failed, unless it is replaced only when it has', () => {
    const dying = task('a', 'Running', { deleting: true });
    expect(plan(job({}), [dying]).status.uncountedTerminatedPods).toEqual({ failed: ['a'] });
    const patient = plan(job({ podReplacementPolicy: 'Failed' }), [dying]);
    expect(patient.status).toMatchObject({ uncountedTerminatedPods: {}, terminating: 1 });
    expect(patient.create).toEqual([]);
  });
});

describe('how a Job ends', () => {
  it('is complete only when the last pod is counted', () => {
    const first = plan(job({}), [task('a', 'Succeeded')]);
    expect(conditions(first)).toEqual(['SuccessCriteriaMet=True CompletionsReached']);
    expect(first.status.completionTime).toBeUndefined();
    const last = plan(job({}, first.status), []);
    expect(conditions(last)).toEqual([
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    expect(last.status.completionTime).toBe(at(1000));
    expect(last.events).toEqual([{ type: 'Normal', reason: 'Completed', message: 'Job completed' }]);
  });

  it('fails beyond its limit, stops what runs, and says so when that has stopped', () => {
    const spec = { parallelism: 3, completions: 3, backoffLimit: 1 };
    const status = { startTime: at(0), failed: 1 };
    const first = plan(job(spec, status), [task('f', 'Failed'), ...running(2)]);
    expect(conditions(first)).toEqual(['FailureTarget=True BackoffLimitExceeded']);
    expect(names(first.delete)).toEqual(['r0', 'r1']);
    expect(first.events).toEqual([]);
    const last = plan(job(spec, { ...first.status, uncountedTerminatedPods: {}, terminating: 0 }), []);
    expect(conditions(last).at(-1)).toBe('Failed=True BackoffLimitExceeded');
    expect(last.events.map(({ reason }) => reason)).toEqual(['BackoffLimitExceeded']);
  });

  it('counts restarts where its pods restart their containers', () => {
    const spec: Partial<V1JobSpec> = {
      backoffLimit: 3,
      template: { spec: { containers: [], restartPolicy: 'OnFailure' } },
    };
    const restarted = (count: number) => pod('p', { node: 'n', restarts: count });
    expect(conditions(plan(job(spec), [restarted(2)]))).toEqual([]);
    expect(conditions(plan(job(spec), [restarted(3)]))).toEqual(['FailureTarget=True BackoffLimitExceeded']);
  });

  it('fails at its deadline, and wakes up for it', () => {
    expect(conditions(plan(job({ activeDeadlineSeconds: 1000 }), running(1)))).toEqual([
      'FailureTarget=True DeadlineExceeded',
    ]);
    expect(plan(job({ activeDeadlineSeconds: 1060 }), running(1)).requeueAfterMs).toBe(60_000);
  });

  it('is suspended and resumed, and its time starts anew', () => {
    const suspended = plan(job({ suspend: true }), []);
    expect(conditions(suspended)).toEqual(['Suspended=True JobSuspended']);
    const resumed = plan(job({}, suspended.status), []);
    expect(conditions(resumed)).toEqual(['Suspended=False JobResumed']);
    expect(resumed.status.startTime).toBe(at(1000));
  });
});

describe('an indexed Job', () => {
  const spec: Partial<V1JobSpec> = { parallelism: 3, completions: 5, completionMode: 'Indexed' };
  const indexes = ({ create }: JobPlan): (number | undefined)[] => create.map((each) => each?.index);

  it('makes the lowest indexes that are not done and not on their way', () => {
    const pods = [task('a', 'Succeeded', { index: 0 }), task('b', 'Running', { index: 2 })];
    const made = plan(job(spec), pods);
    expect(indexes(made)).toEqual([1, 3]);
    expect(made.status).toMatchObject({ completedIndexes: '0', succeeded: 1 });
  });

  it('removes the second pod of an index', () => {
    const pods = [0, 0, 1].map((index, at) => task(`p${at}`, 'Running', { index }));
    expect(plan(job({ ...spec, parallelism: 2 }), pods).delete).toHaveLength(1);
  });

  it('tells each pod its index', () => {
    const made = newJobPod(job({ ...spec, template: { spec: { containers: [{ name: 'c' }] } } }), { index: 4 });
    expect(made.metadata).toMatchObject({
      generateName: 'sum-4-',
      annotations: { 'batch.kubernetes.io/job-completion-index': '4' },
      labels: { 'batch.kubernetes.io/job-completion-index': '4' },
      finalizers: [TRACKING_FINALIZER],
    });
    expect(made.spec?.hostname).toBe('sum-4');
    expect(made.spec?.containers[0]?.env?.[0]?.name).toBe('JOB_COMPLETION_INDEX');
  });

  it('with a limit for each index: goes on with the others, then fails', () => {
    const limited = { ...spec, backoffLimitPerIndex: 1, backoffLimit: 100 };
    const retry = plan(job(limited), [task('a', 'Failed', { index: 0, failures: 0, endedAt: 900 })]);
    expect(retry.create[0]).toEqual({ index: 0, failures: { counted: 1, ignored: 0 } });
    // Its annotations are what the next one is counted from: it stays until there is a next one.
    expect(retry.release).toEqual([]);
    const next = task('b', 'Running', { index: 0, failures: 1 });
    expect(names(plan(job(limited), [task('a', 'Failed', { index: 0 }), next]).release)).toEqual(['a']);
    const abandoned = plan(job(limited), [task('a', 'Failed', { index: 0, failures: 1, endedAt: 900 })]);
    expect(abandoned.status.failedIndexes).toBe('0');
    expect(indexes(abandoned)).toEqual([1, 2, 3]);
    const over = plan(job(limited, { startTime: at(0), completedIndexes: '1-4', failedIndexes: '0' }), []);
    expect(conditions(over)[0]).toBe('FailureTarget=True FailedIndexes');
  });

  it('is done when its success policy says so', () => {
    const early = { ...spec, successPolicy: { rules: [{ succeededIndexes: '0-2', succeededCount: 2 }] } };
    const pods = [task('a', 'Succeeded', { index: 1 }), task('b', 'Running', { index: 0 })];
    expect(conditions(plan(job(early), pods))).toEqual([]);
    const more = [...pods, task('c', 'Succeeded', { index: 2 })];
    const met = plan(job(early), more);
    expect(conditions(met)).toEqual(['SuccessCriteriaMet=True SuccessPolicy']);
    expect(names(met.delete)).toEqual(['b']);
  });
});

describe('the failure policy', () => {
  const policy = (action: string, values: number[], operator = 'In'): V1Job =>
    job({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator, values } }] } });

  it.each([
    ['FailJob', [42], 42, { action: 'FailJob', counts: true }],
    ['FailJob', [42], 1, { action: undefined, counts: true }],
    ['Ignore', [42], 42, { action: 'Ignore', counts: false }],
    ['Count', [42], 42, { action: 'Count', counts: true }],
  ])('%s on %j with %i', (action, values, exitCode, expected) => {
    expect(judgeFailure(policy(action, values), task('a', 'Failed', { exitCode }))).toMatchObject(expected);
  });

  it('says which container and which rule', () => {
    const { message } = judgeFailure(policy('FailJob', [0, 1], 'NotIn'), task('a', 'Failed', { exitCode: 7 }));
    expect(message).toBe('Container main for pod default/a failed with exit code 7 matching FailJob rule at index 0');
  });

  it('looks away from disruptions, and fails the Job on what it names', () => {
    const rule = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] };
    const tolerant = job({ podFailurePolicy: { rules: [rule] }, backoffLimit: 0 });
    const evicted = task('a', 'Failed', { endedAt: 100 });
    evicted.status?.conditions?.push({ type: 'DisruptionTarget', status: 'True' });
    const made = plan(tolerant, [evicted]);
    expect(conditions(made)).toEqual([]);
    expect(made.status.uncountedTerminatedPods).toEqual({});
    expect(names(made.release)).toEqual(['a']);
    const fatal = plan(policy('FailJob', [42]), [task('a', 'Failed', { exitCode: 42 })]);
    expect(conditions(fatal)).toEqual(['FailureTarget=True PodFailurePolicy']);
  });
});
