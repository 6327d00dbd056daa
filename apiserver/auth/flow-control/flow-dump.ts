/**
 * `/debug/api_priority_and_fairness/dump_*`: levels, queues and requests as they are now, a line each
 * (apiserver/pkg/util/flowcontrol/apf_controller_debug.go).
 */
import { microTimestamp } from '../../../base/clock.ts';
import type { FlowRecord, Outcomes } from './flow-record.ts';

export interface LevelDump {
  readonly name: string;
  /** No longer configured; ends with what it has begun. */
  readonly leaving: boolean;
  readonly executing: readonly FlowRecord[];
  readonly waiting: number;
  readonly outcomes: Readonly<Outcomes>;
  /** None: nobody may wait here. */
  readonly queues: readonly QueueDump[];
}

export interface QueueDump {
  readonly waiting: readonly FlowRecord[];
  readonly executing: number;
  /** The virtual time at which its next request starts, in milliseconds of work. */
  readonly tag: number;
}

const LEVEL_COLUMNS = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];
const QUEUE_COLUMNS = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];
const REQUEST_COLUMNS = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const DETAIL_COLUMNS = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];

export function dumpLevels(levels: readonly LevelDump[]): string {
  const rows = [...levels]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, leaving, executing, waiting, outcomes, queues }) => [
      name,
      queues.filter((queue) => queue.waiting.length > 0).length,
      executing.length === 0 && waiting === 0,
      leaving,
      waiting,
      executing.length,
      outcomes.dispatched,
      outcomes.rejected,
      outcomes.timedOut,
      outcomes.cancelled,
    ]);
  return table(LEVEL_COLUMNS, rows);
}

export function dumpQueues(levels: readonly LevelDump[]): string {
  const rows = levels.flatMap(({ name, queues }) =>
    queues.map(({ waiting, executing, tag }, index) => [
      name,
      index,
      waiting.length,
      executing,
      executing,
      `${(tag / 1000).toFixed(8)}ss`,
      waiting.length,
      waiting.length,
      `${waiting.length.toFixed(8)}ss`,
    ]),
  );
  return table(QUEUE_COLUMNS, rows);
}

export function dumpRequests(levels: readonly LevelDump[], withDetails: boolean): string {
  const rows = levels.flatMap(({ queues, executing }) => [
    ...queues.flatMap(({ waiting }, queue) =>
      waiting.map((record, index) => requestRow(record, queue, index, withDetails)),
    ),
    ...executing.map((record) => requestRow(record, -1, -1, withDetails)),
  ]);
  return table(withDetails ? [...REQUEST_COLUMNS, ...DETAIL_COLUMNS] : REQUEST_COLUMNS, rows);
}

function requestRow(record: FlowRecord, queue: number, index: number, withDetails: boolean): unknown[] {
  const { level, schema, distinguisher, arrivedMs, startedMs, attributes } = record;
  const { user, verb, path, namespace, name, group, version, resource, subresource } = attributes;
  const started = startedMs === undefined ? '0001-01-01T00:00:00Z' : microTimestamp(startedMs);
  return [
    level,
    schema,
    queue,
    index,
    distinguisher,
    microTimestamp(arrivedMs),
    1,
    0,
    '0s',
    started,
    ...(withDetails
      ? [user.name, verb, path, namespace, name, group === '' ? version : `${group}/${version}`, resource, subresource]
      : []),
  ];
}

/** Columns aligned as Go's tabwriter does, each cell but a line's last followed by a comma. */
function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [columns, ...rows].map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? String(cell) : `${cell},`)),
  );
  const widths = columns.map((_, column) => Math.max(8, ...lines.map((line) => (line[column] ?? '').length + 1)));
  const shown = lines.map((line) =>
    line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join(''),
  );
  return `${shown.join('\n')}\n`;
}
