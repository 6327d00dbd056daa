/**
 * When a CronJob is due: five fields, the `@hourly` names, and `@every 1h30m`, in a time zone (UTC when none is named).
 * Pure.
 */
import { Cron } from 'croner';
import { parseDuration } from '../../base/duration.ts';
import { messageOf } from '../../base/errors.ts';

export interface CronSchedule {
  /** The first time after `afterMs`, in wall milliseconds; undefined when there will be none. */
  nextMs(afterMs: number): number | undefined;
}

/** The schedule; or why there is none. */
export function parseSchedule(text: string, timeZone: string | undefined): CronSchedule | { readonly error: string } {
  const prefix = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(text);
  const zone = prefix?.[1] ?? timeZone ?? 'Etc/UTC';
  const pattern = (prefix?.[2] ?? text).trim();
  const every = /^@every\s+(\S+)$/.exec(pattern)?.[1];
  if (every !== undefined) {
    const periodMs = parseDuration(every);
    if (periodMs === undefined) return { error: `failed to parse duration ${pattern}` };
    const seconds = Math.max(1, Math.floor(periodMs / 1000));
    return { nextMs: (afterMs) => (Math.floor(afterMs / 1000) + seconds) * 1000 };
  }
  const named = pattern.startsWith('@');
  try {
    const cron = new Cron(named ? pattern : withStepRanges(pattern), {
      timezone: zone,
      paused: true,
      mode: named ? 'auto' : '5-part',
    });
    return { nextMs: (afterMs) => nextOf(cron, afterMs) };
  } catch (thrown) {
    return { error: messageOf(thrown) };
  }
}

/** A time that the clocks jump over in spring is left out, as upstream's parser leaves it out; croner would move it. */
function nextOf(cron: Cron, afterMs: number): number | undefined {
  let next = cron.nextRun(new Date(afterMs));
  while (next !== null && !cron.match(next)) next = cron.nextRun(next);
  return next?.getTime();
}

const LAST_OF_FIELD = [59, 23, 31, 12, 6];

/** `5/15`: from 5 to the field's end, every 15th. Croner wants the end written out. */
function withStepRanges(pattern: string): string {
  const fields = pattern.split(/\s+/);
  const written = fields.map((field, index) =>
    field.replace(/(^|,)(\w+)\/(\d+)/g, `$1$2-${LAST_OF_FIELD[index] ?? ''}/$3`),
  );
  return written.join(' ');
}

export function isKnownTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** `2026-01-31T13:00:00+01:00`: a time as its zone writes it. */
export function zonedTimestamp(epochMs: number, timeZone: string | undefined): string {
  if (timeZone === undefined) return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(new Date(epochMs));
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '00';
  const local = `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
  const offsetMinutes = Math.round((Date.parse(`${local}Z`) - Math.floor(epochMs / 1000) * 1000) / 60_000);
  if (offsetMinutes === 0) return `${local}Z`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(offsetMinutes);
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
