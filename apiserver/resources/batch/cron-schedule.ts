/**
 * What is wrong with a cron schedule, in the words of the parser that upstream uses (github.com/robfig/cron/v3, standard
 * form: minute, hour, day of month, month, day of week; or a descriptor).
 */
import { parseDuration } from '../../../base/duration.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const EVERY = '@every ';

/** Undefined for a schedule that can be kept. */
export function scheduleComplaint(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  let spec = schedule;
  const zone = /^(?:CRON_)?TZ=([^ ]*)/.exec(schedule);
  if (zone !== null) {
    const name = zone[1] ?? '';
    // Upstream's parser falls over when nothing follows the zone.
    if (!schedule.includes(' ')) return 'invalid schedule format: runtime error: slice bounds out of range [:-1]';
    if (!isTimeZone(name)) return `provided bad location ${name}: unknown time zone ${name}`;
    spec = schedule.slice(zone[0].length).trim();
  }
  if (spec.startsWith('@')) return descriptorComplaint(spec);
  const fields = spec.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length) {
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [index, bounds] of FIELDS.entries()) {
    for (const range of (fields[index] ?? '').split(',')) {
      const complaint = range === '' ? undefined : rangeComplaint(range, bounds);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
}

/** Known to the time zone database; '' and UTC are. */
export function isTimeZone(name: string): boolean {
  if (name === '' || name === 'UTC') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function descriptorComplaint(descriptor: string): string | undefined {
  if (DESCRIPTORS.includes(descriptor)) return undefined;
  if (!descriptor.startsWith(EVERY)) return `unrecognized descriptor: ${descriptor}`;
  const duration = descriptor.slice(EVERY.length);
  if (parseDuration(duration) !== undefined) return undefined;
  return `failed to parse duration ${descriptor}: time: invalid duration ${JSON.stringify(duration)}`;
}

/** Thrown inside this file only. */
class NotANumber extends Error {}

function rangeComplaint(range: string, bounds: Bounds): string | undefined {
  try {
    return judge(range, bounds);
  } catch (error) {
    if (error instanceof NotANumber) return error.message;
    throw error;
  }
}

function judge(range: string, { min, max, names }: Bounds): string | undefined {
  const [interval = '', ...steps] = range.split('/');
  const [low = '', ...high] = interval.split('-');
  let [start, end] = [min, max];
  if (low !== '*' && low !== '?') {
    start = numberOf(low, names);
    if (high.length > 1) return `too many hyphens: ${range}`;
    end = high[0] === undefined ? start : numberOf(high[0], names);
  }
  const step = steps[0] === undefined ? 1 : numberOf(steps[0]);
  if (steps.length > 1) return `too many slashes: ${range}`;
  if (steps.length === 1 && high.length === 0) end = max;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${range}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${range}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`;
  return step === 0 ? `step of range should be a positive number: ${range}` : undefined;
}

function numberOf(text: string, names: readonly string[] = []): number {
  const index = names.indexOf(text.toLowerCase());
  // Days count from 0, months from 1.
  if (index >= 0) return names === MONTHS ? index + 1 : index;
  if (!/^[+-]?\d+$/.test(text)) {
    const quoted = JSON.stringify(text);
    throw new NotANumber(`failed to parse int from ${text}: strconv.Atoi: parsing ${quoted}: invalid syntax`);
  }
  const number = Number(text);
  if (number < 0) throw new NotANumber(`negative number (${number}) not allowed: ${text}`);
  return number;
}
