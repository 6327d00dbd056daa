import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { openMember, type RunningMember } from '../../../store/index.ts';
import type { MemberOptions } from '../../../store/member/options.ts';
import { diskError, MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { MemoryCluster } from './cluster-fixture.ts';

const value = Buffer.from('v');

async function openAlone(options: Partial<MemberOptions> = {}): Promise<RunningMember> {
  const member = await openMember({
    dataDir: '/alone',
    name: 'alone',
    clusterToken: 'test',
    initialCluster: [{ name: 'alone', peerUrl: 'http://alone:2380' }],
    clientUrls: [],
    segmentBytes: 1 << 16,
    clock: new VirtualClock(),
    random: new SeededRandom(1),
    logger: (await import('../../../base/logger.ts')).silentLogger,
    disk: new MemoryDisk(),
    backend: new MemoryBackend({ crashable: true }),
    defer: queueMicrotask,
    ...options,
  });
  await member.ready();
  return member;
}

/** A disk whose syncs of the log wait until they are let through. */
class GatedDisk extends MemoryDisk {
  readonly waiting: (() => void)[] = [];
  gated = false;

  constructor() {
    super({
      latency: async () => {
        if (this.gated) await new Promise<void>((resolve) => this.waiting.push(resolve));
      },
    });
  }

  letThrough(): void {
    for (const go of this.waiting.splice(0)) go();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('durability of one member', () => {
  it('D8: a write is answered only after its fdatasync, with one member too', async () => {
    const disk = new GatedDisk();
    const member = await openAlone({ disk });
    disk.gated = true;
    let answered = false;
    const put = member.store.put({ key: 'a', value }).then(() => {
      answered = true;
    });
    await turn();
    expect(disk.waiting).toHaveLength(1);
    expect(answered).toBe(false);
    // Nor does anybody see it before.
    expect((await member.store.range({ key: 'a' })).count).toBe(0);
    disk.letThrough();
    await put;
    disk.gated = false;
    await member.close();
  });

  it('D9: what waits while the disk syncs is covered by the next sync; a single write takes one', async () => {
    const disk = new MemoryDisk({ latency: turn });
    const member = await openAlone({ disk });
    const start = disk.syncs;
    await member.store.put({ key: 'a', value });
    expect(disk.syncs - start).toBe(1);
    await Promise.all(Array.from({ length: 500 }, (_, at) => member.store.put({ key: `b${at}`, value })));
    expect(disk.syncs - start).toBeLessThanOrEqual(3);
    await member.close();
  });

  it('D8: every acknowledged write survives a power loss at any time (300 seeds)', async () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const cluster = new MemoryCluster({
        size: 1,
        clock: new VirtualClock(),
        seed,
        member: { defer: queueMicrotask, snapshotEntries: 7, catchUpEntries: 3, segmentBytes: 2048 },
      });
      const acknowledged = new Map<string, number>();
      for (let life = 0; life < 3; life++) {
        const member = await cluster.open(0);
        await member.ready();
        for (const [key, revision] of acknowledged) {
          const { kvs } = await member.store.range({ key });
          expect(kvs[0]?.modRevision, `seed ${seed} life ${life} key ${key}`).toBe(revision);
        }
        const writes = Array.from({ length: 1 + random.below(30) }, async (_, at) => {
          for (let turns = random.below(20); turns > 0; turns--) await Promise.resolve();
          const key = `${life}-${at}`;
          const { header } = await member.store.put({ key, value });
          acknowledged.set(key, header.revision);
        });
        for (let turns = random.below(200); turns > 0; turns--) await Promise.resolve();
        if (random.below(3) === 0) await turn();
        const ended = Promise.allSettled(writes);
        await cluster.kill(0);
        await ended;
      }
      await cluster.stop();
    }
  });

  it('D10: a restart replays the tail only, and says how many entries', async () => {
    const cluster = new MemoryCluster({ size: 1, clock: new VirtualClock(), member: { defer: queueMicrotask } });
    const first = await cluster.open(0);
    for (let at = 0; at < 10; at++) await first.store.put({ key: `a${at}`, value });
    expect(first.replayedEntries).toBe(0);
    await first.core.machine.backend.commit();
    for (let at = 0; at < 5; at++) await first.store.put({ key: `b${at}`, value });
    await cluster.kill(0);
    const second = await cluster.open(0);
    expect(second.replayedEntries).toBe(5);
    await second.ready();
    expect((await second.store.range({ key: 'a', rangeEnd: 'c' })).count).toBe(15);
    await second.close();
  });

  it('D10: after a clean end nothing is replayed', async () => {
    const cluster = new MemoryCluster({ size: 1, clock: new VirtualClock(), member: { defer: queueMicrotask } });
    const first = await cluster.open(0);
    for (let at = 0; at < 10; at++) await first.store.put({ key: `a${at}`, value });
    await first.close();
    const second = await cluster.open(0);
    expect(second.replayedEntries).toBe(0);
    await second.close();
  });

  it('D11: the log is cut as it grows, and the state is whole after a restart', async () => {
    const cluster = new MemoryCluster({
      size: 1,
      clock: new VirtualClock(),
      member: { defer: queueMicrotask, snapshotEntries: 100, catchUpEntries: 10, segmentBytes: 4096 },
    });
    const first = await cluster.open(0);
    for (let at = 0; at < 1000; at++) await first.store.put({ key: `k${at % 50}`, value: Buffer.from(String(at)) });
    const { disk } = cluster.host(0);
    const segments = (await disk.list('/m1/wal')).filter((name) => name.endsWith('.wal'));
    expect(segments.length).toBeLessThan(8);
    expect(first.core.raftStatus().firstIndex).toBeGreaterThan(800);
    const before = await first.store.hashKv();
    await cluster.kill(0);
    const second = await cluster.open(0);
    await second.ready();
    expect((await second.store.hashKv()).hash).toBe(before.hash);
    expect((await second.store.range({ key: 'k49' })).kvs[0]?.version).toBe(20);
    await second.close();
  });

  it('D6: a failed sync stops the member: nobody gets an answer any more, and it says why', async () => {
    const disk = new MemoryDisk();
    const member = await openAlone({ disk });
    await member.store.put({ key: 'a', value });
    disk.syncFailure = diskError('EIO', 'input/output error');
    await expect(member.store.put({ key: 'b', value })).rejects.toMatchObject({ reason: 'stopped' });
    disk.syncFailure = undefined;
    await expect(member.store.put({ key: 'c', value })).rejects.toMatchObject({ reason: 'stopped' });
    await expect(member.store.range({ key: 'a' })).rejects.toMatchObject({ reason: 'stopped' });
    const failure = await member.stopped;
    expect(String(failure?.error)).toMatch(/syncing \/alone\/wal\/0000000000000001.wal failed: EIO/);
  });

  it('D6: a full disk stops the member, and what was acknowledged is there when there is space again', async () => {
    const cluster = new MemoryCluster({
      size: 1,
      clock: new VirtualClock(),
      member: { defer: queueMicrotask, segmentBytes: 4096 },
    });
    const member = await cluster.open(0);
    const { disk } = cluster.host(0);
    disk.capacityBytes = 12_000;
    const acknowledged: string[] = [];
    const fill = async (): Promise<void> => {
      for (let at = 0; at < 1000; at++) {
        await member.store.put({ key: `k${at}`, value: Buffer.alloc(100) });
        acknowledged.push(`k${at}`);
      }
    };
    await expect(fill()).rejects.toMatchObject({ reason: 'stopped' });
    expect(String((await member.stopped)?.error)).toMatch(/ENOSPC: no space left on device/);
    await cluster.kill(0);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    const again = await cluster.open(0);
    await again.ready();
    const { kvs } = await again.store.range({ key: 'k', rangeEnd: 'l' });
    expect(new Set(kvs.map(({ key }) => key))).toEqual(new Set([...acknowledged, ...kvs.map(({ key }) => key)]));
    expect(kvs.length).toBeGreaterThanOrEqual(acknowledged.length);
    await again.close();
  });

  it('D12: over its quota the store raises NOSPACE, refuses what grows, and goes on when it is disarmed', async () => {
    const member = await openAlone({ quotaBytes: 20_000 });
    const write = async (): Promise<void> => {
      for (let at = 0; at < 100; at++) await member.store.put({ key: `k${at}`, value: Buffer.alloc(1000) });
    };
    await expect(write()).rejects.toMatchObject({ reason: 'noSpace' });
    expect((await member.admin.alarms()).alarms).toEqual([{ memberId: member.id, alarm: 'NOSPACE' }]);
    await expect(member.store.leaseGrant({ ttl: 10 })).rejects.toMatchObject({ reason: 'noSpace' });
    expect((await member.store.status()).errors).toHaveLength(1);
    await member.store.deleteRange({ key: 'k', rangeEnd: 'k9' });
    const { header } = await member.store.deleteRange({ key: 'k9' });
    await member.store.compact(header.revision, { physical: true });
    await member.admin.alarmDeactivate({ memberId: member.id, alarm: 'NOSPACE' });
    await member.store.put({ key: 'k', value });
    await member.close();
  });
});

describe('a data directory', () => {
  it('D7: of another cluster or another member is refused, untouched', async () => {
    const disk = new MemoryDisk();
    const backend = new MemoryBackend();
    const member = await openAlone({ disk, backend });
    await member.close();
    const before = disk.bytesOf('/alone/wal/0000000000000001.wal');
    await expect(openAlone({ disk, backend, clusterToken: 'other' })).rejects.toThrow(
      'data directory /alone belongs to cluster "test", not to "other": name another directory',
    );
    const initialCluster = [{ name: 'else', peerUrl: 'http://alone:2380' }];
    await expect(openAlone({ disk, backend, name: 'else', initialCluster })).rejects.toThrow(
      'data directory /alone belongs to member "alone", not to "else": name another directory',
    );
    expect(disk.bytesOf('/alone/wal/0000000000000001.wal').equals(before)).toBe(true);
  });

  it('D7: of a newer version is refused, untouched', async () => {
    const disk = new MemoryDisk();
    const member = await openAlone({ disk });
    await member.close();
    const identity = JSON.parse(disk.bytesOf('/alone/member.json').toString()) as object;
    disk.place('/alone/member.json', Buffer.from(JSON.stringify({ ...identity, version: 2 })));
    const paths = ['/alone/member.json', '/alone/wal/0000000000000001.wal'];
    const before = paths.map((path) => disk.bytesOf(path));
    await expect(openAlone({ disk })).rejects.toThrow(/member.json has version 2, this program knows up to 1/);
    expect(paths.map((path) => disk.bytesOf(path))).toEqual(before);
    expect(await disk.list('/alone')).toEqual(['member.json', 'wal']);
  });

  it('D7: in use by a member is refused, and free again when that ends or dies', async () => {
    const disk = new MemoryDisk();
    const backend = new MemoryBackend();
    const member = await openAlone({ disk, backend });
    await expect(openAlone({ disk, backend })).rejects.toThrow('data directory /alone is in use');
    await member.close();
    const again = await openAlone({ disk, backend });
    disk.crash();
    const third = await openAlone({ disk, backend });
    await third.close();
    await again.close();
  });

  it('D7: whose log is shorter than its state is refused', async () => {
    const disk = new MemoryDisk();
    const backend = new MemoryBackend();
    const member = await openAlone({ disk, backend });
    for (let at = 0; at < 5; at++) await member.store.put({ key: `k${at}`, value });
    await member.close();
    const path = '/alone/wal/0000000000000001.wal';
    const bytes = disk.bytesOf(path);
    const end = bytes.findLastIndex((byte) => byte !== 0);
    disk.place(path, bytes.subarray(0, end - 150));
    await expect(openAlone({ disk, backend })).rejects.toThrow(
      /part of the log is missing|was committed, and the log ends/,
    );
  });
});
