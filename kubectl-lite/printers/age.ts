/** Times as kubectl shows them: ages, and times in words. */
import { humanDuration } from '../../base/human-duration.ts';

/** The age of something that began at an RFC 3339 time; `<unknown>` when it has none. */
export function ageSince(time: string | null | undefined, nowMs: number): string {
  return time === undefined || time === null || time === '' ? '<unknown>' : humanDuration(nowMs - Date.parse(time));
}

/** `Thu, 01 Jan 2026 00:00:00 +0000`; `<unset>`, or what `without` says, where there is none. */
export function longTime(time: string | null | undefined, without = '<unset>'): string {
  return time === undefined || time === null || time === ''
    ? without
    : new Date(time).toUTCString().replace('GMT', '+0000');
}
