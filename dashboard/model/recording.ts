/** A sequence of moments as a file: saved on one machine, opened on another. Tables and maps are written as their entries. */

import type { Trace } from '../../base/trace/trace.ts';
import type { Moment } from './moment.ts';
import { emptyState, type State } from './state.ts';
import { Table } from './table.ts';

const FORMAT = 'sampan-recording';
const VERSION = 1;

export interface Recording {
  readonly cluster: string;
  readonly version: string;
  /** The view that was open, and the moment that was shown. */
  readonly view: string;
  readonly place: number;
  readonly base: State;
  readonly moments: readonly Moment[];
  readonly earlier: readonly Moment[];
  /** Stories of objects that were read, by what they are about. */
  readonly traces: ReadonlyMap<string, Trace>;
}

export function writeRecording(recording: Recording): string {
  return JSON.stringify({ format: FORMAT, formatVersion: VERSION, ...recording }, (_field, value: unknown) => {
    if (value instanceof Table) return { $table: [...value] };
    if (value instanceof Map) return { $map: [...value] };
    return value;
  });
}

/** @throws Error that says why the file is not one */
export function readRecording(text: string): Recording {
  let read: unknown;
  try {
    read = JSON.parse(text, (_field, value: unknown) => {
      if (!isObject(value)) return value;
      if (Array.isArray(value['$table'])) return Table.from(value['$table'] as [string, unknown][]);
      if (Array.isArray(value['$map'])) return new Map(value['$map'] as [string, unknown][]);
      return value;
    });
  } catch {
    throw new Error('not JSON');
  }
  if (!isObject(read) || read['format'] !== FORMAT) throw new Error(`not a ${FORMAT}`);
  if (read['formatVersion'] !== VERSION)
    throw new Error(`format version ${String(read['formatVersion'])}, not ${VERSION}`);
  const {
    cluster = '',
    version = '',
    view = '',
    place = 0,
    base,
    moments,
    earlier = [],
    traces = new Map(),
  } = read as unknown as Recording;
  if (!isObject(base) || !(base.pods instanceof Table) || !Array.isArray(moments)) throw new Error('incomplete');
  return { cluster, version, view, place, base: { ...emptyState, ...base }, moments, earlier, traces };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
