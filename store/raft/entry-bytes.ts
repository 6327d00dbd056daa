/** How big an entry counts where sizes are bounded: messages, Readies, uncommitted bytes. */
import type { Entry } from './types.ts';

/** What an entry's term, index, type and length take at most in a message beside its data. */
const ENTRY_OVERHEAD_BYTES = 24;

export function entryBytes(entry: Entry): number {
  return ENTRY_OVERHEAD_BYTES + entry.data.length;
}

export function entriesBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entryBytes(entry);
  return bytes;
}

/** The bytes that clients proposed: 0 for the empty entries that raft itself appends, which no limit may refuse. */
export function payloadBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.data.length;
  return bytes;
}

/** The longest beginning that fits in `bytesMax`, but at least one entry, so that a large one cannot stop the flow. */
export function limitEntries(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  let bytes = 0;
  for (let i = 0; i < entries.length; i++) {
    bytes += entryBytes(entries[i] as Entry);
    if (bytes > bytesMax && i > 0) return entries.slice(0, i);
  }
  return entries;
}
