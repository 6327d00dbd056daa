/** The log of persisted and unstable entries, and the persisted log in memory. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import { RaftLog } from '../../../store/raft/raft-log.ts';
import type { ConfState, Entry } from '../../../store/raft/types.ts';

const confState: ConfState = { voters: [1n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };

function entry(term: number, index: number, text = ''): Entry {
  return { term, index, type: 'normal', data: Buffer.from(text) };
}

/** Index 1, term 1 is the founding snapshot; `terms` are the terms of the entries from index 2 on. */
function memoryLog(...terms: number[]): MemoryLog {
  const log = MemoryLog.founding(confState);
  log.append(terms.map((term, i) => entry(term, i + 2)));
  return log;
}

function terms(log: RaftLog): (number | string)[] {
  const all: (number | string)[] = [];
  for (let index = log.firstIndex(); index <= log.lastIndex(); index++) all.push(log.term(index));
  return all;
}

describe('persisted and unstable entries as one log', () => {
  test('R5 a follower keeps what agrees and replaces from the first conflict on', () => {
    const log = new RaftLog(memoryLog(1, 1, 2, 2), 2, 1);
    expect(log.maybeAppend(3, 1, [entry(2, 4), entry(3, 5), entry(3, 6)], 4)).toBe(6);
    expect(terms(log)).toEqual([1, 1, 2, 3, 3]);
    expect(log.unstableEntries().map((e) => e.index)).toEqual([5, 6]);
    expect(log.committed).toBe(4);
  });

  test('R5 a repeated or older append takes nothing away', () => {
    const log = new RaftLog(memoryLog(1, 1, 1), 1, 1);
    expect(log.maybeAppend(1, 1, [entry(1, 2)], 9)).toBe(2);
    expect(log.lastIndex()).toBe(4);
    expect(log.committed).toBe(2);
    expect(log.hasUnstableEntries).toBe(false);
  });

  test('R5 logs that do not agree before the entries refuse them', () => {
    const log = new RaftLog(memoryLog(1, 1), 1, 1);
    expect(log.maybeAppend(3, 2, [entry(2, 4)], 3)).toBeUndefined();
    expect(log.maybeAppend(9, 1, [entry(2, 10)], 3)).toBeUndefined();
    expect(log.committed).toBe(1);
  });

  test('R5 a committed entry is never replaced: that is an error of the program', () => {
    const log = new RaftLog(memoryLog(1, 1), 3, 1);
    expect(() => log.maybeAppend(2, 1, [entry(2, 3)], 3)).toThrow(/would replace a committed one/);
  });

  test('R5 what became durable is unstable no more, unless it was replaced meanwhile', () => {
    const persisted = memoryLog(1);
    const log = new RaftLog(persisted, 1, 1);
    log.append([entry(2, 3), entry(2, 4)]);
    const handedOut = log.unstableEntries();
    expect(log.maybeAppend(2, 1, [entry(3, 3)], 1)).toBe(3);
    persisted.append(handedOut);
    log.stableTo(4, 2);
    expect(log.unstableEntries()).toEqual([entry(3, 3)]);
    expect(log.lastIndex()).toBe(3);
    persisted.append(log.unstableEntries());
    log.stableTo(3, 3);
    expect(log.hasUnstableEntries).toBe(false);
    expect(terms(log)).toEqual([1, 3]);
  });

  test('R5 a handed out list does not change with the log', () => {
    const log = new RaftLog(memoryLog(), 1, 1);
    log.append([entry(2, 2)]);
    const handedOut = log.unstableEntries();
    log.append([entry(2, 3)]);
    expect(handedOut).toHaveLength(1);
  });

  test('R5 findConflictByTerm skips what cannot agree', () => {
    const log = new RaftLog(memoryLog(3, 3, 3, 5, 5), 1, 1);
    expect(log.findConflictByTerm(6, 4)).toEqual({ index: 4, term: 3 });
    expect(log.findConflictByTerm(6, 5)).toEqual({ index: 6, term: 5 });
    expect(log.findConflictByTerm(6, 2)).toEqual({ index: 1, term: 1 });
    expect(log.findConflictByTerm(6, 0)).toEqual({ index: 0, term: 0 });
    expect(log.findConflictByTerm(20, 1)).toEqual({ index: 20, term: 0 });
  });

  test('R6 an entry of an earlier term does not commit by counting', () => {
    const log = new RaftLog(memoryLog(2, 3), 1, 1);
    expect(log.maybeCommit(2, 3)).toBe(false);
    expect(log.maybeCommit(3, 3)).toBe(true);
    expect(log.committed).toBe(3);
  });

  test('R9 a snapshot replaces the log, and committed entries wait behind it', () => {
    const persisted = memoryLog(1, 1);
    const log = new RaftLog(persisted, 2, 1);
    const snapshot = { metadata: { index: 9, term: 4, confState } };
    log.restore(snapshot);
    expect([log.firstIndex(), log.lastIndex(), log.lastTerm(), log.committed]).toEqual([10, 9, 4, 9]);
    expect(log.term(3)).toBe('compacted');
    log.append([entry(4, 10)]);
    log.commitTo(10);
    expect(log.committedEntries(1000)).toEqual([]);
    expect(log.hasUnappliedConfChange(1000)).toBe(true);
    persisted.applySnapshot(snapshot);
    log.stableSnapshotTo(9);
    log.appliedTo(9);
    expect(log.committedEntries(1000)).toEqual([entry(4, 10)]);
  });
});

describe('a start with a log that does not fit', () => {
  test.each<[string, () => RaftLog, RegExp]>([
    ['the state is older than the log', () => new RaftLog(memoryLog(1), 2, 0), /begins only at 2/],
    ['the log is shorter than the state', () => new RaftLog(memoryLog(1), 2, 3), /log ends at 2: entries were lost/],
    ['the log is shorter than what was committed', () => new RaftLog(memoryLog(1), 5, 1), /entries were lost/],
  ])('R23 %s', (_, start, message) => {
    expect(start).toThrow(message);
  });

  test('R23 a commit index that was not synced catches up with the applied state', () => {
    expect(new RaftLog(memoryLog(1, 1, 1), 1, 3).committed).toBe(3);
  });
});

test('R7 entries are limited by bytes, but never to none', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { minLength: 1, maxLength: 8 }),
      fc.nat(8),
      fc.nat(200),
      fc.nat(8),
      (sizes, persistedCount, bytesMax, from) => {
        const all = sizes.map((size, i) => entry(1, i + 2, 'x'.repeat(size)));
        const persisted = MemoryLog.founding(confState);
        persisted.append(all.slice(0, persistedCount));
        const log = new RaftLog(persisted, 1, 1);
        log.append(all.slice(persistedCount));
        const low = 2 + (from % sizes.length);
        const got = log.entriesFrom(low, bytesMax);

        const expected: Entry[] = [];
        let bytes = 0;
        for (const each of all.slice(low - 2)) {
          bytes += each.data.length + 24;
          if (expected.length > 0 && bytes > bytesMax) break;
          expected.push(each);
        }
        expect(got).toEqual(expected);
      },
    ),
    { seed: 11, numRuns: 500 },
  );
});

describe('MemoryLog', () => {
  test('R5 answers for what is compacted, there, and not yet there', () => {
    const log = memoryLog(2, 2, 3);
    log.createSnapshot(3, confState);
    log.compact(2);
    expect([log.term(1), log.term(2), log.term(4), log.term(5)]).toEqual(['compacted', 2, 3, 'unavailable']);
    expect(log.entries(2, 4, 1000)).toBe('compacted');
    expect(log.entries(3, 6, 1000)).toBe('unavailable');
    expect(log.entries(3, 5, 1000)).toEqual([entry(2, 3), entry(3, 4)]);
    expect(log.entries(3, 5, 1)).toEqual([entry(2, 3)]);
    expect(log.snapshot()).toEqual({ metadata: { index: 3, term: 2, confState } });
    expect(() => log.compact(4)).toThrow(/without a snapshot/);
  });

  test('R5 an append replaces what stands there, passes over what is compacted, and leaves no gap', () => {
    const log = memoryLog(2, 2, 2);
    log.append([entry(3, 3)]);
    expect(log.lastIndex()).toBe(3);
    log.createSnapshot(3, confState);
    log.compact(3);
    log.append([entry(3, 3), entry(3, 4)]);
    expect([log.firstIndex(), log.lastIndex()]).toEqual([4, 4]);
    expect(() => log.append([entry(3, 6)])).toThrow(/gap/);
  });

  test('R5 an empty log knows the term of index 0', () => {
    const log = new MemoryLog();
    expect([log.firstIndex(), log.lastIndex(), log.term(0), log.snapshot()]).toEqual([1, 0, 0, 'unavailable']);
  });
});
