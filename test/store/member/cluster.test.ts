import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { StoreError } from '../../../store/index.ts';
import type { RunningMember } from '../../../store/member/running-member.ts';
import { type ClusterOptions, eventually, MemoryCluster } from './cluster-fixture.ts';
import { DrivenClock } from './driven-clock.ts';

const value = Buffer.from('v');
let cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function startCluster(
  options: Partial<ClusterOptions> = {},
): Promise<{ cluster: MemoryCluster; clock: DrivenClock }> {
  const clock = new DrivenClock();
  const cluster = new MemoryCluster({ size: 3, clock, ...options });
  cleanups.push(
    () => cluster.stop(),
    () => clock.stop(),
  );
  await cluster.start();
  await leaderOf(cluster);
  return { cluster, clock };
}

async function leaderOf(cluster: MemoryCluster, other?: RunningMember): Promise<RunningMember> {
  await eventually('a leader', () => cluster.leader !== undefined && cluster.leader !== other);
  const { leader } = cluster;
  if (leader === undefined) throw new Error('no leader');
  await leader.ready();
  return leader;
}

/** Writes until told to stop; remembers what was acknowledged. */
class Writer {
  readonly acknowledged = new Map<string, number>();
  #stopped = false;
  #at = 0;
  readonly #done: Promise<void>;

  constructor(store: () => RunningMember | undefined) {
    this.#done = this.#run(store);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(store: () => RunningMember | undefined): Promise<void> {
    while (!this.#stopped) {
      const key = `w/${this.#at++}`;
      try {
        const { header } = (await store()?.store.put({ key, value })) ?? {};
        if (header !== undefined) this.acknowledged.set(key, header.revision);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('a cluster of three', () => {
  it('C1: elects a leader at once when it is founded, and all members know all members', async () => {
    const { cluster, clock } = await startCluster();
    expect(clock.monotonicMs()).toBeLessThan(2000);
    await Promise.all(cluster.running.map((member) => member.ready()));
    for (const member of cluster.running) {
      expect((await member.store.members()).members.map(({ name }) => name).sort()).toEqual(['m1', 'm2', 'm3']);
    }
    await eventually('addresses are published', () =>
      cluster.running.every((member) => member.members.every(({ clientUrls }) => clientUrls.length === 1)),
    );
  });

  it('C1: slow disks hold an election up, and do not keep it from ending (found by random faults)', async () => {
    const clock = new DrivenClock();
    // Several heartbeats: a candidacy that was begun anew with each of them would never end.
    const cluster = new MemoryCluster({ size: 3, clock, diskLatency: () => clock.sleep(70) });
    cleanups.push(
      () => cluster.stop(),
      () => clock.stop(),
    );
    await cluster.start();
    const startedMs = clock.monotonicMs();
    await (await leaderOf(cluster)).store.put({ key: 'a', value });
    expect(clock.monotonicMs() - startedMs).toBeLessThan(3000);
  });

  it('C2: the loss of the leader loses no acknowledged write, and writes go on', async () => {
    const { cluster } = await startCluster();
    const leader = await leaderOf(cluster);
    const follower = cluster.running.find((member) => member !== leader);
    const writer = new Writer(() => follower);
    await eventually('some writes', () => writer.acknowledged.size > 20);
    const lost = cluster.indexOf(leader);
    await cluster.kill(lost);
    const before = writer.acknowledged.size;
    await eventually('writes go on', () => writer.acknowledged.size > before + 20);
    await cluster.open(lost);
    await writer.stop();
    for (const member of cluster.running) {
      await member.ready();
      for (const [key, revision] of writer.acknowledged) {
        const { kvs } = await member.store.range({ key, serializable: true });
        expect(kvs[0]?.modRevision, key).toBe(revision);
      }
    }
    const hashes = await Promise.all(cluster.running.map((member) => member.store.hashKv()));
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);
  });

  it('C2: all members lose power at once and come back with everything that was acknowledged', async () => {
    const { cluster } = await startCluster();
    const writer = new Writer(() => cluster.leader);
    await eventually('some writes', () => writer.acknowledged.size > 50);
    await Promise.all([0, 1, 2].map((at) => cluster.kill(at)));
    await writer.stop();
    await cluster.start();
    const leader = await leaderOf(cluster);
    for (const [key, revision] of writer.acknowledged) {
      expect((await leader.store.range({ key })).kvs[0]?.modRevision, key).toBe(revision);
    }
  });

  it('C3: a leader that is cut off acknowledges nothing and serves no linearizable read', async () => {
    const { cluster } = await startCluster({ member: { requestTimeoutMs: 2000 } });
    const old = await leaderOf(cluster);
    await old.store.put({ key: 'a', value: Buffer.from('old') });
    cluster.network.isolate(old.id);
    const put = old.store.put({ key: 'a', value: Buffer.from('lost') }).then(
      () => 'acknowledged',
      (error: unknown) => (error instanceof StoreError ? error.reason : String(error)),
    );
    const next = await leaderOf(cluster, old);
    await next.store.put({ key: 'a', value: Buffer.from('new') });
    await expect(old.store.range({ key: 'a' })).rejects.toMatchObject({ reason: 'timeout' });
    // Its own state may be asked for all the same.
    expect((await old.store.range({ key: 'a', serializable: true })).kvs[0]?.value.toString()).toBe('old');
    expect(await put).toMatch(/timeout/);
    cluster.network.heal();
    await eventually('the old leader follows', () => old.core.leader === next.id);
    expect((await old.store.range({ key: 'a' })).kvs[0]?.value.toString()).toBe('new');
  });

  it('C4: a member that missed more than the log keeps catches up by snapshot', async () => {
    const { cluster } = await startCluster({ member: { snapshotEntries: 50, catchUpEntries: 5 } });
    const leader = await leaderOf(cluster);
    const lagging = cluster.running.findIndex((member) => member !== leader);
    await cluster.kill(lagging);
    for (let at = 0; at < 300; at++) await leader.store.put({ key: `k${at % 20}`, value: Buffer.from(String(at)) });
    const { id } = await leader.store.leaseGrant({ ttl: 1000 });
    await leader.store.put({ key: 'leased', value, lease: id });
    const back = await cluster.open(lagging);
    await back.ready();
    const seen = await back.store.range({ key: 'k', rangeEnd: 'l', serializable: true });
    expect(seen.count).toBe(20);
    expect((await back.store.hashKv()).hash).toBe((await leader.store.hashKv()).hash);
    expect((await back.store.leaseTimeToLive(id, { keys: true })).keys).toEqual(['leased']);
    // It takes part again, and survives its own restart.
    await leader.store.put({ key: 'after', value });
    await back.ready();
    await cluster.kill(lagging);
    const again = await cluster.open(lagging);
    await again.ready();
    expect((await again.store.hashKv()).hash).toBe((await leader.store.hashKv()).hash);
  });

  it('C4: a watch on a member that takes a snapshot misses nothing', async () => {
    const { cluster } = await startCluster({ member: { snapshotEntries: 50, catchUpEntries: 5 } });
    const leader = await leaderOf(cluster);
    const follower = cluster.running.find((member) => member !== leader);
    if (follower === undefined) throw new Error('no follower');
    const revisions: number[] = [];
    follower.store.watch({ key: 'k', rangeEnd: 'l', startRevision: 1 }, (response) => {
      if (response.type === 'events') revisions.push(...response.events.map(({ kv }) => kv.modRevision));
    });
    cluster.network.isolate(follower.id);
    for (let at = 0; at < 300; at++) await leader.store.put({ key: `k${at % 20}`, value });
    cluster.network.heal();
    await eventually('every event came', () => revisions.length === 300);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(300);
  });

  it('C5: a lease does not end early because the leader changes', async () => {
    const { cluster, clock } = await startCluster();
    const first = await leaderOf(cluster);
    const { id } = await first.store.leaseGrant({ ttl: 5 });
    await first.store.put({ key: 'leased', value, lease: id });
    await clock.passTime(3000);
    await cluster.kill(cluster.indexOf(first));
    const second = await leaderOf(cluster);
    await clock.passTime(3500);
    expect((await second.store.range({ key: 'leased' })).count).toBe(1);
    await clock.passTime(4000);
    await eventually('it ends in time', async () => (await second.store.range({ key: 'leased' })).count === 0);
  });

  it('C5: a follower renews a lease through the leader', async () => {
    const { cluster, clock } = await startCluster();
    const leader = await leaderOf(cluster);
    const follower = cluster.running.find((member) => member !== leader);
    if (follower === undefined) throw new Error('no follower');
    const { id } = await follower.store.leaseGrant({ ttl: 3 });
    for (let at = 0; at < 5; at++) {
      await clock.passTime(1500);
      expect((await follower.store.leaseKeepAlive(id)).ttl).toBe(3);
    }
    expect((await follower.store.leaseTimeToLive(id)).ttl).toBeGreaterThan(0);
    expect((await follower.store.leaseKeepAlive(999n)).ttl).toBe(0);
  });

  it('C5: a leader that is cut off renews nothing', async () => {
    const { cluster } = await startCluster({ member: { requestTimeoutMs: 1000 } });
    const leader = await leaderOf(cluster);
    const { id } = await leader.store.leaseGrant({ ttl: 5 });
    cluster.network.isolate(leader.id);
    expect(leader.core.machine.leases.isPrimary).toBe(true);
    await expect(leader.store.leaseKeepAlive(id)).rejects.toThrow(StoreError);
  });

  it('C4: a member that missed a little is served from the log', async () => {
    const sent: string[] = [];
    const logger = { ...silentLogger, info: (_fields: object, text: string) => sent.push(text), child: () => logger };
    const { cluster } = await startCluster({ member: { snapshotEntries: 50, catchUpEntries: 40 }, logger });
    const leader = await leaderOf(cluster);
    const lagging = cluster.running.findIndex((member) => member !== leader);
    await leader.store.put({ key: 'before', value });
    await cluster.member(lagging).ready();
    for (let at = 0; at < 40; at++) await leader.store.put({ key: `k${at}`, value });
    await cluster.kill(lagging);
    for (let at = 0; at < 30; at++) await leader.store.put({ key: `l${at}`, value });
    expect(leader.core.raftStatus().firstIndex).toBeGreaterThan(5);
    const back = await cluster.open(lagging);
    await back.ready();
    expect((await back.store.hashKv()).hash).toBe((await leader.store.hashKv()).hash);
    expect(sent).not.toContain('state sent to a member');
  });

  it('C2: a write that was given to a leader that is gone is answered soon, as not known', async () => {
    const { cluster, clock } = await startCluster();
    const old = await leaderOf(cluster);
    const follower = cluster.running.find((member) => member !== old);
    if (follower === undefined) throw new Error('no follower');
    // It hears, and is not heard.
    for (const other of cluster.running) if (other !== old) cluster.network.cut(old.id, other.id);
    const startedMs = clock.monotonicMs();
    await expect(follower.store.put({ key: 'a', value })).rejects.toMatchObject({ reason: 'timeoutLeaderFail' });
    expect(clock.monotonicMs() - startedMs).toBeLessThan(3000);
  });

  it('C6: leadership can be handed over', async () => {
    const { cluster } = await startCluster();
    const leader = await leaderOf(cluster);
    const other = cluster.running.find((member) => member !== leader);
    if (other === undefined) throw new Error('no other member');
    await expect(other.admin.moveLeader(leader.id)).rejects.toMatchObject({ reason: 'notLeader' });
    await leader.admin.moveLeader(other.id);
    await eventually('the other leads', () => other.isLeader);
    await other.store.put({ key: 'a', value });
  });

  it('C6: a leader that ends hands over: the others do not wait for a timeout', async () => {
    const { cluster, clock } = await startCluster();
    const leader = await leaderOf(cluster);
    const at = cluster.indexOf(leader);
    const startedMs = clock.monotonicMs();
    await leader.close();
    cluster.host(at).running = undefined;
    expect(cluster.leader).toBeDefined();
    expect(clock.monotonicMs() - startedMs).toBeLessThan(150);
  });
});

describe('members come and go', () => {
  it('C7: a learner joins, catches up, is promoted, and counts', async () => {
    const { cluster } = await startCluster({ member: { snapshotEntries: 50, catchUpEntries: 5 } });
    const leader = await leaderOf(cluster);
    for (let at = 0; at < 120; at++) await leader.store.put({ key: `k${at}`, value });
    const at = cluster.addHost('m4');
    const { peerUrl } = cluster.host(at);
    const { member: added } = await leader.admin.memberAdd({ peerUrls: [peerUrl], isLearner: true });
    await expect(leader.admin.memberAdd({ peerUrls: ['http://m5:2380'], isLearner: true })).rejects.toMatchObject({
      reason: 'tooManyLearners',
    });
    await expect(leader.admin.memberPromote(added.id)).rejects.toMatchObject({ reason: 'learnerNotReady' });
    const join = { clusterId: leader.clusterId, members: leader.members };
    const initialCluster = [{ name: 'm4', peerUrl }];
    const learner = await cluster.open(at, { join, initialCluster });
    await learner.ready();
    expect(learner.id).toBe(added.id);
    expect((await learner.store.status()).isLearner).toBe(true);
    expect((await learner.store.hashKv()).hash).toBe((await leader.store.hashKv()).hash);
    const follower = cluster.running.find((member) => !member.isLeader && member !== learner);
    await follower?.admin.memberPromote(learner.id);
    await learner.ready();
    expect(leader.core.raftStatus().confState.voters).toContain(learner.id);
    expect((await learner.store.status()).isLearner).toBe(false);
    await eventually('its name is known', () => leader.members.some(({ name }) => name === 'm4'));
    // A founder that restarts knows whom it learned of.
    const founder = cluster.running.findIndex((member) => !member.isLeader && member !== learner);
    await cluster.member(founder).core.machine.backend.commit();
    await cluster.kill(founder);
    expect((await cluster.open(founder)).core.raftStatus().confState.voters).toContain(learner.id);
    // A restart needs nothing of the joining any more.
    await cluster.kill(at);
    const again = await cluster.open(at, { join, initialCluster });
    await again.ready();
    expect((await again.store.range({ key: 'k', rangeEnd: 'l', countOnly: true })).count).toBe(120);
  });

  it('C8: a removed member stops, and is not listened to any more', async () => {
    const { cluster } = await startCluster();
    const leader = await leaderOf(cluster);
    const removed = cluster.running.find((member) => member !== leader);
    if (removed === undefined) throw new Error('no follower');
    const at = cluster.indexOf(removed);
    await leader.admin.memberRemove(removed.id);
    expect(leader.members.map(({ id }) => id)).not.toContain(removed.id);
    expect(String((await removed.stopped)?.error)).toMatch(/removed from the cluster/);
    await expect(leader.admin.memberRemove(removed.id)).rejects.toMatchObject({ reason: 'memberNotFound' });
    // Started again, it learns that it is not wanted.
    cluster.host(at).running = undefined;
    const again = cluster.open(at).then(async (member) => (await member.stopped)?.error);
    expect(String(await again.catch((error: unknown) => error))).toMatch(/removed from the cluster/);
    cluster.host(at).running = undefined;
    await leader.store.put({ key: 'a', value });
  });

  it('C8: the leader can be removed; another takes over', async () => {
    const { cluster } = await startCluster();
    const leader = await leaderOf(cluster);
    const at = cluster.indexOf(leader);
    const other = cluster.running.find((member) => member !== leader);
    await other?.admin.memberRemove(leader.id);
    await leader.stopped;
    cluster.host(at).running = undefined;
    const next = await leaderOf(cluster);
    await next.store.put({ key: 'a', value });
    expect(next.members).toHaveLength(2);
  });

  it('C9: a change that would cost the quorum is refused', async () => {
    const { cluster } = await startCluster();
    const leader = await leaderOf(cluster);
    await leader.admin.memberAdd({ peerUrls: ['http://m4:2380'], isLearner: false });
    // The one just added has not started: nobody can reach it.
    await expect(leader.admin.memberAdd({ peerUrls: ['http://m4:2380'], isLearner: false })).rejects.toMatchObject({
      reason: 'unhealthy',
    });
    await expect(leader.admin.memberAdd({ peerUrls: ['nonsense'], isLearner: false })).rejects.toMatchObject({
      reason: 'memberBadUrls',
    });
  });

  it('C10: a member that lost its disk is replaced, and catches up by snapshot', async () => {
    const { cluster } = await startCluster({ member: { snapshotEntries: 50, catchUpEntries: 5 } });
    const leader = await leaderOf(cluster);
    for (let at = 0; at < 120; at++) await leader.store.put({ key: `k${at}`, value });
    const lost = cluster.running.findIndex((member) => member !== leader);
    const lostId = cluster.member(lost).id;
    await cluster.kill(lost);
    cluster.network.isolate(lostId);
    await eventually('the others notice', () => !leader.core.canReach(lostId)).catch(() => {});
    await leader.admin.memberRemove(lostId);
    const at = cluster.addHost('m4');
    const { peerUrl } = cluster.host(at);
    await leader.admin.memberAdd({ peerUrls: [peerUrl], isLearner: true });
    const join = { clusterId: leader.clusterId, members: leader.members };
    const replacement = await cluster.open(at, { join, initialCluster: [{ name: 'm4', peerUrl }] });
    await replacement.ready();
    await leader.admin.memberPromote(replacement.id);
    expect((await replacement.store.range({ key: 'k', rangeEnd: 'l', countOnly: true })).count).toBe(120);
    expect((await replacement.store.hashKv()).hash).toBe((await leader.store.hashKv()).hash);
  });
});
