/** Which moments a person wants to stop at, and what happened in a word. Pure. */
import type { Moment, MomentType } from './moment.ts';

/** Members talk all the time; samples and counts are no happenings; the rest is. */
const BEATS: ReadonlySet<MomentType> = new Set<MomentType>([
  'raft.message',
  'raft.state',
  'raft.durable',
  'page.members',
  'page.watches',
  'page.skipped',
  'page.behind',
  'page.key',
  'api.watch-event',
]);

export function isTelling(moment: Moment): boolean {
  if (moment.type === 'api.request') return !['get', 'list', 'watch'].includes(moment.verb);
  return !BEATS.has(moment.type);
}

/** A mark on the time strip: a fault strikes or heals, a leader is elected, a node falls silent or comes back. */
export type Landmark = 'fault' | 'healed' | 'elected';

export function landmarkOf(moment: Moment): Landmark | undefined {
  if (moment.type === 'fault') return moment.phase === 'healed' ? 'healed' : 'fault';
  if (moment.type === 'raft.role' && moment.role === 'leader') return 'elected';
  return undefined;
}
