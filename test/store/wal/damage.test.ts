/** Every way to cut or flip a small log, byte by byte, and crashes that tear what was in flight. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { Wal } from '../../../store/wal/wal.ts';
import { CorruptLogError } from '../../../store/wal/wal-errors.ts';
import { recoverLog } from '../../../store/wal/wal-recovery.ts';
import { appendDurably, directory, entry, firstSegment, newLog, recovered, texts, walOptions } from './log-fixture.ts';

/** Entries 2 to 9, each its own frame, each durable before the next. */
async function eightFrames(): Promise<{ bytes: Buffer; expected: string[]; end: number }> {
  const { disk, wal } = await newLog(2048);
  for (let index = 2; index <= 9; index++) await appendDurably(wal, entry(index));
  const log = await recovered(disk);
  return { bytes: disk.bytesOf(firstSegment), expected: texts(log), end: log.end };
}

describe('a damaged log', () => {
  it('D4: cut at any byte, it recovers to a prefix, and goes on', async () => {
    const { bytes, expected, end } = await eightFrames();
    for (let cut = 0; cut <= end; cut++) {
      const disk = new MemoryDisk();
      disk.place(firstSegment, bytes.subarray(0, cut));
      const log = await recoverLog(disk, directory).catch((error: unknown) => error);
      if (log instanceof Error) {
        // Not even the first frame is whole: there is nothing to recover from.
        expect(log).toBeInstanceOf(CorruptLogError);
        expect(cut).toBeLessThan(200);
        continue;
      }
      const found = texts(await recovered(disk));
      expect(expected.slice(0, found.length)).toEqual(found);
      const wal = await Wal.resume(walOptions(disk, 2048), await recovered(disk));
      await appendDurably(wal, entry(found.length + 2, 'new'));
      disk.crash();
      expect(texts(await recovered(disk))).toEqual([...found, `${found.length + 2}/1 new`]);
    }
  });

  it('D4: flipped at any byte, it is refused with file and position, or only the very last frame is lost', async () => {
    const { bytes, expected, end } = await eightFrames();
    let refused = 0;
    let lostLast = 0;
    for (let position = 0; position < end; position++) {
      const disk = new MemoryDisk();
      disk.place(firstSegment, bytes);
      disk.damage(firstSegment, position, 1 << (position % 8));
      const log = await recoverLog(disk, directory).catch((error: unknown) => error);
      if (log instanceof CorruptLogError) {
        expect(log.path).toBe(firstSegment);
        expect(log.message).toContain(`${firstSegment} is corrupt at byte ${log.position}`);
        expect(log.position).toBeLessThanOrEqual(position);
        refused++;
        continue;
      }
      expect(texts(await recovered(disk))).toEqual(expected.slice(0, -1));
      lostLast++;
    }
    expect(refused).toBeGreaterThan(lostLast * 5);
  });

  it('D4: damage in a segment that is not the last is always refused', async () => {
    const { disk, wal } = await newLog(1024);
    for (let index = 2; index <= 20; index++) await appendDurably(wal, entry(index, 'x'.repeat(60)));
    const bytes = disk.bytesOf(firstSegment);
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    for (let position = 0; position < end; position++) {
      disk.damage(firstSegment, position);
      await expect(recoverLog(disk, directory)).rejects.toThrow(CorruptLogError);
      disk.damage(firstSegment, position);
    }
  });

  it('D4: a refused log is left as it is', async () => {
    const { bytes } = await eightFrames();
    const disk = new MemoryDisk();
    disk.place(firstSegment, bytes);
    disk.damage(firstSegment, 150);
    const before = disk.bytesOf(firstSegment);
    await expect(recoverLog(disk, directory)).rejects.toThrow(CorruptLogError);
    expect(disk.bytesOf(firstSegment).equals(before)).toBe(true);
  });

  it('D5: what a crash left behind a torn frame never comes back', async () => {
    const { disk, wal } = await newLog(2048);
    await appendDurably(wal, entry(2));
    const end = (await recovered(disk)).end;
    // Neither is synced; the crash keeps the second and spoils the first.
    wal.append({ entries: [entry(3, 'lost 3')] });
    wal.append({ entries: [entry(4, 'lost 4')] });
    const bytes = disk.bytesOf(firstSegment);
    disk.crash();
    disk.place(firstSegment, bytes);
    disk.damage(firstSegment, end + 40);
    const again = await Wal.resume(walOptions(disk, 2048), await recovered(disk));
    await appendDurably(again, entry(3, 'next 3'));
    disk.crash();
    expect(texts(await recovered(disk))).toEqual(['2/1 entry 2', '3/1 next 3']);
  });

  it('D5: torn at random in 2,000 crashes, nothing that was synced is lost and nothing else is made up', async () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = new SeededRandom(`torn-${seed}`);
      const { disk, wal: first } = await newLog(1024);
      let wal = first;
      let durable: string[] = [];
      for (let life = 0; life < 4; life++) {
        const written = [...durable];
        const frames = 1 + random.below(12);
        for (let frame = 0; frame < frames; frame++) {
          if (wal.full) {
            await wal.roll();
            durable = [...written];
          }
          const next = entry(written.length + 2, `${life} ${'z'.repeat(random.below(700))}`);
          wal.append({ entries: [next] });
          written.push(`${next.index}/1 ${Buffer.from(next.data).toString()}`);
          if (random.below(2) === 0) {
            await wal.sync();
            durable = [...written];
          }
        }
        disk.crash(random);
        const log = await recovered(disk);
        const found = texts(log);
        expect(found.slice(0, durable.length)).toEqual(durable);
        expect(written.slice(0, found.length)).toEqual(found);
        wal = await Wal.resume(walOptions(disk, 1024), log);
        durable = found;
      }
    }
  });
});
