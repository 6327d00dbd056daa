/** When schedules are due. */
import { describe, expect, it } from 'vitest';
import { parseSchedule, zonedTimestamp } from '../../../controllers/cronjob/cron-schedule.ts';

function times(text: string, zone: string | undefined, after: string, count: number): string[] {
  const schedule = parseSchedule(text, zone);
  if ('error' in schedule) return [schedule.error];
  const found: string[] = [];
  let nextMs: number | undefined = Date.parse(after);
  for (let at = 0; at < count; at++) {
    nextMs = schedule.nextMs(nextMs);
    if (nextMs === undefined) break;
    found.push(new Date(nextMs).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('parseSchedule', () => {
  it.each([
    ['*/20 * * * *', undefined, ['2026-01-01T00:20Z', '2026-01-01T00:40Z', '2026-01-01T01:00Z']],
    ['5/25 3 * * *', undefined, ['2026-01-01T03:05Z', '2026-01-01T03:30Z', '2026-01-01T03:55Z']],
    ['0-10/5,30 1 * * *', undefined, ['2026-01-01T01:00Z', '2026-01-01T01:05Z', '2026-01-01T01:10Z']],
    ['0 9 * jan-mar mon-fri', undefined, ['2026-01-01T09:00Z', '2026-01-02T09:00Z', '2026-01-05T09:00Z']],
    ['0 0 13 * 5', undefined, ['2026-01-02T00:00Z', '2026-01-09T00:00Z', '2026-01-13T00:00Z']],
    ['0 0 ? * 1', undefined, ['2026-01-05T00:00Z', '2026-01-12T00:00Z', '2026-01-19T00:00Z']],
    ['0 0 29 2 *', undefined, ['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z']],
    ['0 0 30 2 *', undefined, []],
    ['@weekly', undefined, ['2026-01-04T00:00Z', '2026-01-11T00:00Z', '2026-01-18T00:00Z']],
    ['@annually', undefined, ['2027-01-01T00:00Z', '2028-01-01T00:00Z', '2029-01-01T00:00Z']],
    ['@every 90m', undefined, ['2026-01-01T01:30Z', '2026-01-01T03:00Z', '2026-01-01T04:30Z']],
    ['0 12 * * *', 'Asia/Tokyo', ['2026-01-01T03:00Z', '2026-01-02T03:00Z', '2026-01-03T03:00Z']],
    ['TZ=Asia/Tokyo 0 12 * * *', undefined, ['2026-01-01T03:00Z', '2026-01-02T03:00Z', '2026-01-03T03:00Z']],
  ])('%s %s', (text, zone, expected) => {
    expect(times(text, zone, '2026-01-01T00:00:00Z', 3)).toEqual(expected);
  });

  it('leaves out what the clocks jump over', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-30T00:30Z',
    ]);
  });

  it.each(['* * * *', '61 * * * *', '@never', '@every x'])('refuses %s', (text) => {
    expect(parseSchedule(text, undefined)).toHaveProperty('error');
  });

  it.each([
    [undefined, '2026-06-30T22:00:00Z'],
    ['Etc/UTC', '2026-06-30T22:00:00Z'],
    ['Europe/Berlin', '2026-07-01T00:00:00+02:00'],
    ['America/St_Johns', '2026-06-30T19:30:00-02:30'],
  ])('writes a time of %s', (zone, expected) => {
    expect(zonedTimestamp(Date.parse('2026-06-30T22:00:00Z'), zone)).toBe(expected);
  });
});
