/** A small log, and what a test says of one that was read back. */
import { join } from 'node:path';
import type { ConfState, Entry } from '../../../store/raft/types.ts';
import { MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { Wal, type WalOptions } from '../../../store/wal/wal.ts';
import { type RecoveredLog, recoverLog } from '../../../store/wal/wal-recovery.ts';

export const directory = '/data/wal';
export const firstSegment = join(directory, '0000000000000001.wal');

export const confState: ConfState = {
  voters: [7n],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

export const origin = {
  clusterId: 0xc1n,
  memberId: 7n,
  hardState: { term: 1, vote: 0n, commit: 1 },
  marker: { index: 1, term: 1, confState },
};

export function walOptions(disk: MemoryDisk, segmentBytes = 4096): WalOptions {
  return { disk, directory, segmentBytes, firstSegmentBytes: segmentBytes };
}

export async function newLog(segmentBytes?: number): Promise<{ disk: MemoryDisk; wal: Wal }> {
  const disk = new MemoryDisk();
  await disk.makeDirectory(directory);
  return { disk, wal: await Wal.create(walOptions(disk, segmentBytes), origin) };
}

export function entry(index: number, text = `entry ${index}`, term = 1): Entry {
  return { index, term, type: 'normal', data: Buffer.from(text) };
}

/** Appends one entry as the ready loop does: in a new segment when the current one is full, then durable. */
export async function appendDurably(wal: Wal, ...entries: Entry[]): Promise<void> {
  if (wal.full) await wal.roll();
  wal.append({ entries });
  await wal.sync();
}

export async function recovered(disk: MemoryDisk): Promise<RecoveredLog> {
  const log = await recoverLog(disk, directory);
  if (log === undefined) throw new Error('there is no log');
  return log;
}

export function texts(log: RecoveredLog): string[] {
  return log.entries.map(({ index, term, data }) => `${index}/${term} ${Buffer.from(data).toString()}`);
}
