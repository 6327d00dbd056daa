import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { diskError, MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { Wal } from '../../../store/wal/wal.ts';
import { CorruptLogError, DiskFailedError } from '../../../store/wal/wal-errors.ts';
import { recoverLog } from '../../../store/wal/wal-recovery.ts';
import {
  appendDurably,
  confState,
  directory,
  entry,
  firstSegment,
  newLog,
  origin,
  recovered,
  texts,
  walOptions,
} from './log-fixture.ts';

describe('write-ahead log', () => {
  it('D1: what was synced is there after a crash, what was not may be gone', async () => {
    const { disk, wal } = await newLog();
    await appendDurably(wal, entry(2), entry(3));
    wal.append({ entries: [entry(4)] });
    disk.crash();
    expect(texts(await recovered(disk))).toEqual(['2/1 entry 2', '3/1 entry 3']);
  });

  it('D1: the hard state, the marker and the identity come back', async () => {
    const { disk, wal } = await newLog();
    wal.append({ entries: [entry(2)], hardState: { term: 3, vote: 9n, commit: 2 } });
    await wal.sync();
    disk.crash();
    const log = await recovered(disk);
    expect(log.hardState).toEqual({ term: 3, vote: 9n, commit: 2 });
    expect(log.marker).toEqual({ index: 1, term: 1, confState });
    expect([log.clusterId, log.memberId]).toEqual([0xc1n, 7n]);
  });

  it('D1: an entry at an index that is there replaces it and all behind it', async () => {
    const { disk, wal } = await newLog();
    await appendDurably(wal, entry(2), entry(3), entry(4));
    await appendDurably(wal, entry(3, 'other', 2));
    disk.crash();
    expect(texts(await recovered(disk))).toEqual(['2/1 entry 2', '3/2 other']);
  });

  it('D2: one sync covers every append that waits', async () => {
    const { disk, wal } = await newLog(1 << 16);
    const before = disk.syncs;
    const waits: Promise<void>[] = [];
    for (let index = 2; index < 50; index++) {
      wal.append({ entries: [entry(index)] });
      waits.push(wal.sync());
    }
    await Promise.all(waits);
    expect(disk.syncs - before).toBeLessThanOrEqual(2);
    disk.crash();
    expect((await recovered(disk)).entries).toHaveLength(48);
  });

  it('D3: a log goes on over many segments, and releases those that a marker covers', async () => {
    const { disk, wal } = await newLog(1024);
    for (let index = 2; index <= 100; index++) await appendDurably(wal, entry(index, 'x'.repeat(100)));
    const all = (await disk.list(directory)).filter((name) => name.endsWith('.wal'));
    expect(all.length).toBeGreaterThan(10);
    wal.append({ entries: [], marker: { index: 90, term: 1, confState } });
    await wal.sync();
    await wal.release(85);
    const left = (await disk.list(directory)).filter((name) => name.endsWith('.wal'));
    expect(left.length).toBeLessThan(5);
    disk.crash();
    const log = await recovered(disk);
    expect(log.marker.index).toBe(90);
    expect(log.entries.map(({ index }) => index)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  });

  it('D3: a log that was read back goes on where it ended', async () => {
    const { disk, wal } = await newLog(1024);
    for (let index = 2; index <= 20; index++) await appendDurably(wal, entry(index, 'x'.repeat(100)));
    disk.crash();
    const again = await Wal.resume(walOptions(disk, 1024), await recovered(disk));
    for (let index = 21; index <= 40; index++) await appendDurably(again, entry(index, 'y'.repeat(100)));
    disk.crash();
    expect((await recovered(disk)).entries.map(({ index }) => index)).toEqual(
      Array.from({ length: 39 }, (_, at) => at + 2),
    );
  });

  it('D3: a frame larger than a segment is kept whole', async () => {
    const { disk, wal } = await newLog(1024);
    await appendDurably(wal, entry(2, 'x'.repeat(10_000)));
    await appendDurably(wal, entry(3));
    disk.crash();
    expect((await recovered(disk)).entries.map(({ data }) => data.length)).toEqual([10_000, 7]);
  });

  it('D4: a restored state drops every entry before it, a marker keeps those behind it', async () => {
    const { disk, wal } = await newLog();
    await appendDurably(wal, entry(2), entry(3), entry(4), entry(5));
    wal.append({ entries: [], marker: { index: 3, term: 1, confState } });
    await wal.sync();
    expect(texts(await recovered(disk))).toEqual(['4/1 entry 4', '5/1 entry 5']);
    wal.append({ entries: [], restored: { index: 4, term: 2, confState } });
    await wal.sync();
    disk.crash();
    const log = await recovered(disk);
    expect(log.marker).toEqual({ index: 4, term: 2, confState });
    expect(log.entries).toEqual([]);
  });

  it('D4: a marker that comes later than a newer restored state leaves the log where that begins', async () => {
    const { disk, wal } = await newLog();
    await appendDurably(wal, entry(2), entry(3));
    const marker = { index: 3, term: 1, confState };
    wal.append({ restored: { index: 10, term: 2, confState }, entries: [], marker });
    await appendDurably(wal, entry(11, 'after', 2));
    wal.append({ entries: [], marker });
    await wal.sync();
    disk.crash();
    const log = await recovered(disk);
    expect(log.marker.index).toBe(10);
    expect(texts(log)).toEqual(['11/2 after']);
  });

  it('D6: a failed sync is never retried: every later call fails with the same error', async () => {
    const { disk, wal } = await newLog();
    wal.append({ entries: [entry(2)] });
    disk.syncFailure = diskError('EIO', 'input/output error');
    await expect(wal.sync()).rejects.toThrow(
      new DiskFailedError(`syncing ${firstSegment} failed`, diskError('EIO', 'input/output error')),
    );
    disk.syncFailure = undefined;
    const syncs = disk.syncs;
    await expect(wal.sync()).rejects.toThrow(DiskFailedError);
    expect(() => wal.append({ entries: [entry(3)] })).toThrow(DiskFailedError);
    expect(disk.syncs).toBe(syncs);
  });

  it('D6: a full disk is an error that names the file, and what was acknowledged stays', async () => {
    const { disk, wal } = await newLog(1024);
    disk.capacityBytes = 3000;
    const acknowledged: number[] = [];
    const fill = async (): Promise<void> => {
      for (let index = 2; ; index++) {
        await appendDurably(wal, entry(index, 'x'.repeat(100)));
        acknowledged.push(index);
      }
    };
    await expect(fill()).rejects.toThrow(/ENOSPC: no space left on device/);
    disk.crash();
    const indexes = (await recovered(disk)).entries.map(({ index }) => index);
    expect(indexes.slice(0, acknowledged.length)).toEqual(acknowledged);
  });

  it('D7: a newer format version is refused', async () => {
    const { disk } = await newLog();
    disk.crash();
    const { encodeSegmentHeader } = await import('../../../store/wal/segment-format.ts');
    const header = { version: 2, clusterId: 0xc1n, memberId: 7n, number: 1, firstSequence: 1, nextIndex: 2 };
    disk.place(firstSegment, encodeSegmentHeader(header));
    await expect(recoverLog(disk, directory)).rejects.toThrow(/has format version 2, this program knows up to 1/);
  });

  it('D5: a crash while the log is created leaves a whole log or none', async () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new SeededRandom(seed);
      let syncs = 0;
      const dieAt = random.below(6);
      const disk = new MemoryDisk({
        latency: async () => {
          if (syncs++ === dieAt) throw diskError('EIO', 'the machine died');
        },
      });
      await disk.makeDirectory(directory);
      await Wal.create(walOptions(disk), origin).catch(() => {});
      disk.crash(random);
      const log = await recoverLog(disk, directory);
      if (log !== undefined) expect(log.marker.index).toBe(1);
    }
  });

  it('D4: a segment that is missing is named', async () => {
    const { disk, wal } = await newLog(1024);
    for (let index = 2; index <= 40; index++) await appendDurably(wal, entry(index, 'x'.repeat(100)));
    await disk.remove(`${directory}/0000000000000002.wal`);
    await expect(recoverLog(disk, directory)).rejects.toThrow(CorruptLogError);
  });
});
