/**
 * etcd's known issues of consistency (the track record of its robustness tests), each as the situation in which it
 * showed, here. The number is that of etcd's issue.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createEmbeddedStore, type RunningMember, StoreError } from '../../../store/index.ts';
import type { Action } from '../../sim/plan.ts';
import { planOf, simulate } from '../../sim/simulation.ts';
import { MemoryCluster } from '../member/cluster-fixture.ts';

const value = Buffer.from('v');
let cleanups: (() => Promise<void>)[] = [];
let clock = new VirtualClock();

afterEach(async () => {
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function newCluster(size: number): Promise<MemoryCluster> {
  const own = new VirtualClock();
  clock = own;
  const member = { defer: queueMicrotask, snapshotEntries: 20, catchUpEntries: 5, segmentBytes: 4096 };
  const cluster = new MemoryCluster({ size, clock, member });
  cleanups.push(async () => {
    const ended = cluster.stop();
    await own.advance(1000);
    await ended;
  });
  await cluster.start();
  await clock.advance(1000);
  return cluster;
}

function leaderOf(cluster: MemoryCluster): RunningMember {
  if (cluster.leader === undefined) throw new Error('no leader');
  return cluster.leader;
}

async function during<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  while (!settled) await clock.advance(10);
  return promise;
}

async function hashesOf(cluster: MemoryCluster): Promise<Set<string>> {
  const hashes = cluster.running.map(async ({ store }) => {
    const { hash, header } = await store.hashKv();
    return `${hash} at ${header.revision}`;
  });
  return new Set(await Promise.all(hashes));
}

/** Actions of one kind, or of several in turn, so far apart. */
function actions(random: SeededRandom, kinds: readonly Action['kind'][], count: number, gapMs: number): Action[] {
  return Array.from({ length: count }, (_, at) => ({
    atMs: 1500 + at * gapMs,
    kind: kinds[at % kinds.length] ?? 'put',
    host: random.below(1000),
    target: random.below(1000),
    forMs: 50 + random.below(1500),
    dice: [random.next(), random.next(), random.next()] as const,
  }));
}

/** Plays load and faults together and expects every judge to be content. */
async function playAll(members: number, seeds: number, make: (random: SeededRandom) => Action[]): Promise<number> {
  let faults = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const random = new SeededRandom(`known-issues/${seed}`);
    const plan = planOf({ seed, steps: 0, members });
    const all = make(random).sort((a, b) => a.atMs - b.atMs);
    const report = await simulate({ ...plan, actions: all, calmAtMs: (all.at(-1)?.atMs ?? 0) + 200 });
    expect(report.violations, `seed ${seed}`).toEqual([]);
    for (const count of report.faults.values()) faults += count;
  }
  return faults;
}

describe("etcd's known issues of consistency", () => {
  it('etcd #13766: crashes under high load leave all members at the same revision and hash', {
    timeout: 120_000,
  }, async () => {
    const faults = await playAll(3, 6, (random) => [
      ...actions(random, ['put', 'txn', 'put', 'put'], 1500, 2),
      ...actions(random, ['crash'], 6, 500),
    ]);
    expect(faults).toBeGreaterThan(20);
  });

  it('etcd #14370: a single member loses no acknowledged write in a crash', { timeout: 120_000 }, async () => {
    const faults = await playAll(1, 20, (random) => [
      ...actions(random, ['put', 'txn', 'get'], 200, 15),
      ...actions(random, ['crash', 'slowDisk'], 6, 500),
    ]);
    expect(faults).toBeGreaterThan(80);
  });

  // There, whether an entry changed anything depended on the permissions as the applying member knew them. Here they are
  // looked at before a request is proposed, and applying reads none: what remains is that enabling does not part members.
  it('etcd #14571: enabling authentication while a member lags parts no member from the others', async () => {
    const cluster = await newCluster(3);
    const leader = leaderOf(cluster);
    const lagging = cluster.running.find((member) => member !== leader);
    if (lagging === undefined) throw new Error('no follower');
    cluster.network.isolate(lagging.id);
    await during(leader.store.put({ key: 'a', value }));
    await during(leader.admin.setAuthState(0, Buffer.from('enabled')));
    for (let at = 0; at < 60; at++) await during(leader.store.put({ key: `k${at}`, value }));
    cluster.network.heal();
    await clock.advance(3000);
    await during(leaderOf(cluster).store.put({ key: 'b', value }));
    await clock.advance(500);
    expect((await hashesOf(cluster)).size).toBe(1);
    for (const member of cluster.running) {
      expect(member.admin.authState().version).toBe(1);
      expect(Buffer.from(member.admin.authState().state).toString()).toBe('enabled');
    }
  });

  it('etcd #14685: what lies on the disk at any moment of a defragmentation opens at the right revision', {
    timeout: 120_000,
  }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'sampan-defragment-'));
    try {
      const dataDir = join(root, 'live');
      const live = await createEmbeddedStore({ dataDir, clock: systemClock, random: systemRandom });
      for (let at = 0; at < 300; at++) await live.store.put({ key: `k${at % 50}`, value: Buffer.alloc(500, at) });
      await live.store.compact(200);
      const acknowledged: number[] = [];
      let defragmenting = true;
      const defragmented = live.admin.defragment().finally(() => {
        defragmenting = false;
      });
      for (let copy = 0; copy < 4 || defragmenting; copy++) {
        const { header } = await live.store.put({ key: 'during', value: Buffer.from(String(copy)) });
        if (copy < 6) {
          // What a kill at this moment would leave.
          cpSync(dataDir, join(root, `copy-${copy}`), { recursive: true, filter: (name) => !/lock/i.test(name) });
          acknowledged.push(header.revision);
        }
      }
      await defragmented;
      await live.close();
      for (const [copy, revision] of acknowledged.entries()) {
        const opened = await createEmbeddedStore({
          dataDir: join(root, `copy-${copy}`),
          clock: systemClock,
          random: systemRandom,
        });
        const { kvs, header } = await opened.store.range({ key: 'during' });
        expect(header.revision).toBe(revision);
        expect(kvs[0]?.modRevision).toBe(revision);
        await opened.close();
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(4);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('etcd #17780: the revision does not go back when a crash comes after compacting a last deletion', async () => {
    for (const crashAfterMs of [0, 1, 5, 20, 100, 700]) {
      const cluster = await newCluster(1);
      const { store } = leaderOf(cluster);
      await during(store.put({ key: 'a', value }));
      const { header } = await during(store.deleteRange({ key: 'a' }));
      const compacted = store.compact(header.revision, { physical: true });
      compacted.catch(() => {});
      await clock.advance(crashAfterMs);
      await cluster.host(0).backend.commit();
      await cluster.kill(0);
      await cluster.open(0);
      await clock.advance(1000);
      const after = await during(leaderOf(cluster).store.put({ key: 'b', value }));
      expect(after.header.revision).toBe(header.revision + 1);
    }
  });

  it('etcd #18055: a second state that arrives while the first is being taken over harms nobody', async () => {
    const cluster = await newCluster(3);
    const leader = leaderOf(cluster);
    const lagging = cluster.running.find((member) => member !== leader);
    if (lagging === undefined) throw new Error('no follower');
    cluster.network.isolate(lagging.id);
    for (let at = 0; at < 100; at++) await during(leader.store.put({ key: `k${at % 10}`, value }));
    cluster.network.heal();
    // What the lagging member says is lost: so it gets the state again and again, newer each time.
    cluster.network.cut(lagging.id, leader.id);
    for (let round = 0; round < 30; round++) {
      for (let at = 0; at < 8; at++)
        await during(leader.store.put({ key: `k${at % 10}`, value: Buffer.from(`${round}`) }));
      if (round % 3 === 0) {
        cluster.network.heal();
        cluster.network.cut(lagging.id, leader.id);
      }
      await clock.advance(100);
    }
    cluster.network.heal();
    await clock.advance(5000);
    await during(leaderOf(cluster).store.put({ key: 'last', value }));
    await clock.advance(500);
    expect(cluster.running.length).toBe(3);
    expect(lagging.core.isStopped).toBe(false);
    expect((await hashesOf(cluster)).size).toBe(1);
  });

  it('etcd #18667: a transaction that reads a compacted revision changes nothing, on any member', async () => {
    const cluster = await newCluster(3);
    const { store } = leaderOf(cluster);
    for (let at = 0; at < 5; at++) await during(store.put({ key: 'a', value }));
    await during(store.compact(5));
    const refused = during(
      store.txn({
        compare: [],
        success: [
          { type: 'put', request: { key: 'b', value } },
          { type: 'range', request: { key: 'a', revision: 2 } },
        ],
        failure: [],
      }),
    );
    await expect(refused).rejects.toMatchObject({ reason: 'compacted' });
    await expect(refused).rejects.toBeInstanceOf(StoreError);
    const { header } = await during(store.put({ key: 'c', value }));
    expect(header.revision).toBe(7);
    await clock.advance(500);
    for (const member of cluster.running) {
      expect((await member.store.range({ key: 'b', serializable: true })).count).toBe(0);
    }
    expect((await hashesOf(cluster)).size).toBe(1);
  });

  // There, bbolt found a page where another was due, after a crash while a received state replaced the database's file.
  // No file is ever put in the place of an open database here: the state is verified, and taken over in one transaction.
  it('etcd #20271: a crash at any moment of taking over a state leaves a member that starts', async () => {
    for (let crashAfterMs = 0; crashAfterMs < 260; crashAfterMs += 20) {
      const cluster = await newCluster(3);
      const leader = leaderOf(cluster);
      const lagging = cluster.running.find((member) => member !== leader);
      if (lagging === undefined) throw new Error('no follower');
      const at = cluster.indexOf(lagging);
      cluster.network.isolate(lagging.id);
      for (let put = 0; put < 60; put++) await during(leader.store.put({ key: `k${put % 10}`, value }));
      cluster.network.setWeather({ delayMinMs: 2, delayMaxMs: 20 });
      cluster.network.heal();
      await clock.advance(crashAfterMs);
      await cluster.kill(at);
      await cluster.open(at);
      await clock.advance(4000);
      await during(leaderOf(cluster).store.put({ key: 'last', value }));
      await clock.advance(500);
      expect((await hashesOf(cluster)).size, `crash after ${crashAfterMs} ms`).toBe(1);
    }
  });

  it('etcd #20418: a leader that was paused while another was elected serves no stale read', {
    timeout: 120_000,
  }, async () => {
    const faults = await playAll(3, 20, (random) => [
      ...actions(random, ['put', 'get', 'get', 'put'], 300, 40),
      ...actions(random, ['pause'], 12, 1000).map((action) => ({ ...action, forMs: 500 + random.below(3000) })),
    ]);
    expect(faults).toBeGreaterThan(100);
  });
});
