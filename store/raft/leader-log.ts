/** How a leader appends to its own log, within the limit of bytes that may be uncommitted. */
import { payloadBytes } from './entry-bytes.ts';
import type { RaftCore } from './raft-core.ts';
import type { Entry } from './types.ts';

export type NewEntry = Pick<Entry, 'type' | 'data'>;

/**
 * Appends entries of the current term. Returns false, and appends nothing, if they would exceed the uncommitted bytes;
 * the first proposal after everything is committed may have any size, and an empty entry is never refused.
 */
export function appendAsLeader(core: RaftCore, newEntries: readonly NewEntry[]): boolean {
  const first = core.log.lastIndex() + 1;
  const entries = newEntries.map((entry, i) => ({
    term: core.term,
    index: first + i,
    type: entry.type,
    data: entry.data,
  }));
  const bytes = payloadBytes(entries);
  const sum = core.uncommittedBytes + bytes;
  if (core.uncommittedBytes > 0 && bytes > 0 && sum > core.config.uncommittedBytesMax) return false;
  core.uncommittedBytes = sum;
  core.log.append(entries);
  return true;
}

/** The entries were applied: their bytes no longer count. */
export function releaseUncommitted(core: RaftCore, applied: readonly Entry[]): void {
  core.uncommittedBytes = Math.max(0, core.uncommittedBytes - payloadBytes(applied));
}
