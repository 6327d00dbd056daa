import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { BackupScheduler } from '../../../store/backup/backup-scheduler.ts';
import { restoreSnapshot } from '../../../store/backup/restore-snapshot.ts';
import { saveSnapshot, snapshotStatus } from '../../../store/backup/snapshot-file.ts';
import { createEmbeddedStore, openMember, type RunningMember, type WatchResponse } from '../../../store/index.ts';
import { MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { eventually, MemoryCluster } from '../member/cluster-fixture.ts';
import { DrivenClock } from '../member/driven-clock.ts';

let cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function memoryStore(clock = new VirtualClock()): Promise<RunningMember> {
  const member = await createEmbeddedStore({ clock, random: new SeededRandom(1), defer: queueMicrotask });
  cleanups.push(() => member.close());
  return member;
}

async function fill(member: RunningMember, keys: number): Promise<void> {
  for (let at = 0; at < keys; at++) await member.store.put({ key: `k${at % 20}`, value: Buffer.from(`v${at}`) });
  await member.store.deleteRange({ key: 'k3' });
  await member.store.leaseGrant({ id: 77n, ttl: 600 });
  await member.store.put({ key: 'leased', value: Buffer.from('x'), lease: 77n });
}

describe('snapshot files', () => {
  it('BK1: a snapshot holds the state of one moment, verified before it has its name', async () => {
    const member = await memoryStore();
    await fill(member, 50);
    const disk = new MemoryDisk();
    const status = await saveSnapshot(member.store, '/backup/a.db', disk);
    expect(status.revision).toBe((await member.store.status()).header.revision);
    expect(await disk.list('/backup')).toEqual(['a.db']);
    expect(await snapshotStatus('/backup/a.db', disk)).toEqual(status);
    expect(status.totalSize % 512).toBe(32);
    // Equal states, equal hashes; and another state, another one.
    expect((await saveSnapshot(member.store, '/backup/b.db', disk)).hash).toBe(status.hash);
    await member.store.put({ key: 'more', value: Buffer.from('x') });
    expect((await saveSnapshot(member.store, '/backup/b.db', disk)).hash).not.toBe(status.hash);
  });

  it('BK2: damaged at any byte, or cut anywhere, it is refused by its hash', async () => {
    const member = await memoryStore();
    await fill(member, 3);
    const disk = new MemoryDisk();
    const { totalSize } = await saveSnapshot(member.store, '/a.db', disk);
    for (let position = 0; position < totalSize; position += 7) {
      disk.damage('/a.db', position);
      await expect(snapshotStatus('/a.db', disk)).rejects.toThrow(/^\/a.db is no snapshot that can be used: /);
      disk.damage('/a.db', position);
    }
    const bytes = disk.bytesOf('/a.db');
    for (let length = 0; length < totalSize; length += 97) {
      disk.place('/cut.db', bytes.subarray(0, length));
      await expect(snapshotStatus('/cut.db', disk)).rejects.toThrow(/no snapshot that can be used/);
    }
    const restore = restoreSnapshot({
      snapshotPath: '/cut.db',
      dataDir: '/new',
      name: 'a',
      clusterToken: 't',
      initialCluster: [{ name: 'a', peerUrl: 'http://a:1' }],
      clock: new VirtualClock(),
      disk,
      openBackend: () => new MemoryBackend(),
    });
    await expect(restore).rejects.toThrow(/no snapshot that can be used/);
    expect(await disk.exists('/new')).toBe(false);
  });

  it('BK3: a copy of a live cluster, restored into a new one of three, is the same key by key', async () => {
    const clock = new DrivenClock();
    cleanups.push(() => clock.stop());
    const original = new MemoryCluster({ size: 3, clock });
    cleanups.push(() => original.stop());
    await original.start();
    await eventually('a leader', () => original.leader !== undefined);
    const leader = original.leader as RunningMember;
    await leader.ready();
    await fill(leader, 60);
    const disk = new MemoryDisk();
    // Writes go on while the copy is made.
    let writing = true;
    const writes = (async () => {
      for (let at = 0; writing; at++) await leader.store.put({ key: `w${at}`, value: Buffer.from('x') });
    })();
    const status = await saveSnapshot(leader.store, '/a.db', disk);
    writing = false;
    await writes;

    const restored = new MemoryCluster({ size: 3, clock, seed: 2, member: { clusterToken: 'restored' } });
    cleanups.push(() => restored.stop());
    const initialCluster = restored.hosts.map(({ name, peerUrl }) => ({ name, peerUrl }));
    const ids = new Set<bigint>();
    for (const host of restored.hosts) {
      host.disk.place('/a.db', disk.bytesOf('/a.db'));
      const { clusterId, revision } = await restoreSnapshot({
        snapshotPath: '/a.db',
        dataDir: `/${host.name}`,
        name: host.name,
        clusterToken: 'restored',
        initialCluster,
        clock,
        disk: host.disk,
        openBackend: () => host.backend,
      });
      expect(revision).toBe(status.revision);
      ids.add(clusterId);
    }
    expect(ids.size).toBe(1);
    expect(ids).not.toContain(leader.clusterId);
    await restored.start();
    await eventually('a leader', () => restored.leader !== undefined);
    const { revision } = status;
    const everything = { key: '\0', rangeEnd: '\0', revision };
    const expected = (await leader.store.range(everything)).kvs;
    expect(expected.length).toBeGreaterThanOrEqual(20);
    for (const member of restored.running) {
      await member.ready();
      expect((await member.store.range(everything)).kvs).toEqual(expected);
      expect((await member.store.hashKv(revision)).hash).toBe((await leader.store.hashKv(revision)).hash);
      expect((await member.store.members()).members.map(({ name }) => name).sort()).toEqual(['m1', 'm2', 'm3']);
      expect((await member.store.leaseTimeToLive(77n, { keys: true })).keys).toEqual(['leased']);
    }
    await restored.running[1]?.store.put({ key: 'goes on', value: Buffer.from('x') });
  });

  it('BK4: with a bump, the revision goes ahead and old watches are told to start anew', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sampan-restore-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const member = await memoryStore();
    await fill(member, 30);
    const path = join(directory, 'a.db');
    const status = await saveSnapshot(member.store, path);
    const initialCluster = [{ name: 'a', peerUrl: 'http://a:2380' }];
    const identity = { dataDir: join(directory, 'new'), name: 'a', clusterToken: 't', initialCluster };
    const options = { ...identity, snapshotPath: path, bumpRevision: 1_000_000, clock: systemClock };
    expect((await restoreSnapshot(options)).revision).toBe(status.revision + 1_000_000);
    await expect(restoreSnapshot(options)).rejects.toThrow(`data directory ${options.dataDir} is not empty`);

    const restored = await openMember({
      ...identity,
      clientUrls: [],
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
    cleanups.push(() => restored.close());
    await restored.ready();
    // All that tells the revision now is the compaction.
    const again = await saveSnapshot(restored.store, join(directory, 'b.db'));
    expect(again.revision).toBe(status.revision + 1_000_000);
    const answers: WatchResponse[] = [];
    restored.store.watch(
      { key: 'k', rangeEnd: 'l', startRevision: status.revision + 5 },
      (answer) => void answers.push(answer),
    );
    await eventually('the watch is canceled', () => answers.some(({ type }) => type === 'canceled'));
    expect(answers.at(-1)).toMatchObject({ type: 'canceled', compactRevision: status.revision + 1_000_000 });
    const { header } = await restored.store.put({ key: 'new', value: Buffer.from('x') });
    expect(header.revision).toBe(status.revision + 1_000_001);
    expect((await restored.store.range({ key: 'k5' })).kvs[0]?.value).toEqual(
      (await member.store.range({ key: 'k5' })).kvs[0]?.value,
    );
  });

  it('BK5: a schedule makes backups in time, keeps the newest, and goes on after a failure', async () => {
    const clock = new VirtualClock();
    const member = await memoryStore(clock);
    await fill(member, 3);
    const disk = new MemoryDisk();
    const deps = { store: member.store, directory: '/backups', disk, clock, logger: silentLogger };
    expect(() => new BackupScheduler({ ...deps, schedule: 'never', retention: 1 })).toThrow(/is not a cron pattern/);
    expect(() => new BackupScheduler({ ...deps, schedule: '* * * * *', retention: 0 })).toThrow(/at least 1 backup/);
    const scheduler = new BackupScheduler({ ...deps, schedule: '0 * * * *', retention: 3 });
    const files: string[][] = [];
    for (let hour = 0; hour < 6; hour++) {
      disk.capacityBytes = hour === 2 ? 0 : Number.POSITIVE_INFINITY;
      await member.store.put({ key: 'hour', value: Buffer.from(String(hour)) });
      await clock.advance(60 * 60_000);
      await eventually(
        'the backup is done',
        async () => !(await disk.list('/backups')).some((name) => name.endsWith('.part')),
      );
      files.push(await disk.list('/backups'));
    }
    await scheduler.stop();
    expect(files.map((names) => names.length)).toEqual([1, 2, 2, 3, 3, 3]);
    expect(files[5]?.[0]?.startsWith('snapshot-20260101T0')).toBe(true);
    for (const name of files[5] ?? []) await snapshotStatus(`/backups/${name}`, disk);
    await clock.advance(3 * 60 * 60_000);
    expect(await disk.list('/backups')).toEqual(files[5]);
  });
});
