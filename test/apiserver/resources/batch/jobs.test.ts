/** Jobs and cron jobs: defaults, what is refused, what may change. */
import { describe, expect, it } from 'vitest';
import { cronJobRow } from '../../../../apiserver/resources/batch/cron-job.ts';
import { scheduleComplaint } from '../../../../apiserver/resources/batch/cron-schedule.ts';
import { overlapComplaint, parseIndexes } from '../../../../apiserver/resources/batch/indexes.ts';
import { jobRow } from '../../../../apiserver/resources/batch/job.ts';
import { cellsOf, created, defaulted, refused, updateRefused } from '../row-fixture.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i' }] } };
const metadata = { name: 'job', uid: 'u-1' };
const indexed = { template, completionMode: 'Indexed', completions: 3 };

/** A job as it is stored. */
const stored = (spec: object = {}, status: object = {}): object => ({
  ...created(jobRow, { metadata, spec: { template, ...spec } }),
  status,
});

describe('jobs', () => {
  it('have defaults, and find their pods by their own uid', () => {
    const labels = {
      'batch.kubernetes.io/controller-uid': 'u-1',
      'batch.kubernetes.io/job-name': 'job',
      'controller-uid': 'u-1',
      'job-name': 'job',
    };
    expect(created(jobRow, { metadata, spec: { template } })).toMatchObject({
      metadata: { labels },
      spec: {
        parallelism: 1,
        completions: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        manualSelector: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
        template: { metadata: { labels } },
      },
      status: {},
    });
    // A job without labels of its own shares its template's, with what they are given.
    const labelled = { ...template, metadata: { labels: { app: 'a' } } };
    expect(created(jobRow, { metadata, spec: { template: labelled } }).metadata.labels).toEqual({
      app: 'a',
      ...labels,
    });
    const own = { ...metadata, labels: { app: 'a' } };
    expect(created(jobRow, { metadata: own, spec: { template: labelled } }).metadata.labels).toEqual({ app: 'a' });
    expect(defaulted(jobRow, { metadata, spec: { ...indexed, backoffLimitPerIndex: 1 } })).toMatchObject({
      spec: { backoffLimit: 2147483647 },
    });
  });

  it.each([
    ['a good one', { template }, []],
    [
      'pods without end',
      { template: { spec: { containers: template.spec.containers } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'counts',
      { template, parallelism: -1, ttlSecondsAfterFinished: -1, maxFailedIndexes: 1 },
      [
        'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
        'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'indexes without an end',
      { template, completionMode: 'Indexed', parallelism: 100_001 },
      [
        'spec.completions: Required value: when completion mode is Indexed',
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      ],
    ],
    [
      'a selector of its own',
      { template, selector: { matchLabels: { a: 'b' } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"u-1"}}: `selector` not auto-generated',
        expect.stringMatching(
          /^spec\.template\.metadata\.labels: Invalid value: .*: `selector` does not match template `labels`$/,
        ),
      ],
    ],
    [
      'a manager without a domain',
      { template, managedBy: 'me' },
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      'policies of failure',
      {
        template,
        podFailurePolicy: {
          rules: [
            { action: 'FailIndex', onExitCodes: { operator: 'In', values: [3, 0, 3], containerName: 'x' } },
            { action: 'Hope', onPodConditions: [{ type: 'Ready', status: 'Maybe' }] },
            { action: 'Count' },
          ],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
        'spec.podFailurePolicy.rules[1].action: Unsupported value: "Hope": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[1].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        'spec.podFailurePolicy.rules[2]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'policies of success',
      {
        ...indexed,
        successPolicy: { rules: [{}, { succeededIndexes: '0-1', succeededCount: 3 }, { succeededIndexes: '2,1' }] },
      },
      [
        'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
        'spec.successPolicy.rules[1].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
      ],
    ],
  ])('judge %s', (_, spec, complaints) => {
    expect(refused(jobRow, { metadata, spec })).toEqual(complaints);
  });

  it('keep their template, unless they wait', () => {
    const other = (more: object): object => ({
      template: { ...template, spec: { ...template.spec, ...more } },
    });
    const changed = (spec: object, next: object, status: object = {}): string[] =>
      updateRefused(jobRow, stored(spec, status), stored({ ...spec, ...next }));
    expect(changed({ completions: 1 }, { parallelism: 2, suspend: true })).toEqual([]);
    expect(changed({}, other({ nodeSelector: { a: 'b' } }))).toEqual([
      expect.stringMatching(
        /^spec\.template: Invalid value: \{"labels":\{.*"Spec":\{"Volumes":null,.*: field is immutable$/,
      ),
    ]);
    expect(changed({ suspend: true }, other({ nodeSelector: { a: 'b' } }))).toEqual([]);
    expect(changed({ suspend: true }, other({ serviceAccountName: 'x' }))).toEqual([
      expect.stringMatching(/^spec\.template\.spec: Invalid value: \{"Volumes":null,.*: field is immutable$/),
    ]);
    expect(changed({}, { completions: 3 })).toEqual(['spec.completions: Invalid value: 3: field is immutable']);
  });

  it.each([
    ['progress', { startTime: '2026-01-01T00:00:00Z', active: 1 }, {}, []],
    [
      'fewer that failed',
      { failed: 1 },
      { failed: 2 },
      ['status.failed: Invalid value: 1: cannot decrease the failed counter'],
    ],
    [
      'an end without a beginning',
      {
        conditions: [
          { type: 'SuccessCriteriaMet', status: 'True' },
          { type: 'Complete', status: 'True' },
        ],
        active: 1,
      },
      {},
      [
        'status.completionTime: Required value: completionTime is required for Complete jobs',
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.startTime: Required value: startTime is required for finished job',
      ],
    ],
    [
      'an end that is undone',
      {},
      { conditions: [{ type: 'Failed', status: 'True' }] },
      ['status.conditions: Invalid value: cannot disable the terminal Failed=True condition'],
    ],
  ])('may report %s', (_, status, old, complaints) => {
    expect(updateRefused(jobRow, stored({}, old), stored({}, status), 'status')).toEqual(complaints);
  });

  it('are shown', () => {
    const status = { succeeded: 1, startTime: '2026-01-31T11:59:00Z', completionTime: '2026-01-31T11:59:30Z' };
    const cells = cellsOf(jobRow, { ...stored({ completions: 2 }), status });
    expect(cells.slice(0, 4)).toEqual(['job', 'Running', '1/2', '30s']);
  });
});

describe('cron jobs', () => {
  const spec = { schedule: '*/5 * * * *', jobTemplate: { spec: { template } } };

  it('have defaults', () => {
    expect(defaulted(cronJobRow, { spec })).toMatchObject({
      spec: { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
    });
  });

  it.each([
    ['a good one', spec, []],
    ['no schedule', { ...spec, schedule: '' }, ['spec.schedule: Required value']],
    [
      'a zone in the schedule',
      { ...spec, schedule: 'TZ=UTC 0 0 * * *' },
      [
        'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    [
      'no such zone',
      { ...spec, timeZone: 'Moon/Base' },
      ['spec.timeZone: Invalid value: "Moon/Base": unknown time zone Moon/Base'],
    ],
    ['a zone', { ...spec, timeZone: 'Europe/Berlin' }, []],
    [
      'another policy',
      { ...spec, concurrencyPolicy: 'Hope' },
      ['spec.concurrencyPolicy: Unsupported value: "Hope": supported values: "Allow", "Forbid", "Replace"'],
    ],
    [
      'a selector',
      { ...spec, jobTemplate: { spec: { template, selector: {}, manualSelector: true } } },
      [
        'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(cronJobRow, { spec: each })).toEqual(complaints);
  });

  it('leave room in their names for the time', () => {
    const name = 'n'.repeat(53);
    expect(refused(cronJobRow, { metadata: { name }, spec })).toEqual([
      `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    ]);
  });
});

describe('schedules', () => {
  it.each([
    ['* * * * *', undefined],
    ['0 22 * jan-mar mon,fri', undefined],
    ['@hourly', undefined],
    ['@every 1h30m', undefined],
    ['* *', 'expected exactly 5 fields, found 2: [* *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['@never', 'unrecognized descriptor: @never'],
  ])('%s', (schedule, complaint) => {
    expect(scheduleComplaint(schedule)).toBe(complaint);
  });
});

describe('lists of indexes', () => {
  it('are read', () => {
    expect(parseIndexes('0,2-4', 5)).toEqual({
      intervals: [
        [0, 0],
        [2, 4],
      ],
      total: 4,
    });
    expect(parseIndexes('', 5)).toEqual({ intervals: [], total: 0 });
    expect(parseIndexes('5', 5)).toEqual({ complaint: 'too large index: "5"' });
    expect(parseIndexes('a', 5)).toEqual({ complaint: 'cannot convert string to integer for index: "a"' });
    expect(parseIndexes('3-1', 5)).toEqual({ complaint: 'non-increasing order, previous: 3, current: 1' });
  });

  it('do not overlap', () => {
    expect(overlapComplaint('0-2', '3', 5)).toBeUndefined();
    expect(overlapComplaint('0-2', '2-4', 5)).toBe('failedIndexes and completedIndexes overlap at index: 2');
  });
});
