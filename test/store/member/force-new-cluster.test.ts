import { afterEach, describe, expect, it } from 'vitest';
import type { RunningMember } from '../../../store/member/running-member.ts';
import { eventually, MemoryCluster } from './cluster-fixture.ts';
import { DrivenClock } from './driven-clock.ts';

const value = Buffer.from('v');
const all = { key: 'k', rangeEnd: 'l' };
let cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function startCluster(): Promise<{ cluster: MemoryCluster; leader: RunningMember }> {
  const clock = new DrivenClock();
  const cluster = new MemoryCluster({ size: 3, clock });
  cleanups.push(
    () => cluster.stop(),
    () => clock.stop(),
  );
  await cluster.start();
  await eventually('a leader', () => cluster.leader !== undefined);
  const { leader } = cluster;
  if (leader === undefined) throw new Error('no leader');
  await leader.ready();
  return { cluster, leader };
}

async function keysOf(member: RunningMember): Promise<string[]> {
  return (await member.store.range({ ...all, keysOnly: true })).kvs.map(({ key }) => key);
}

describe('--force-new-cluster', () => {
  it('C21: one member goes on alone with the data, without what was not committed, and takes in new ones', async () => {
    const { cluster, leader } = await startCluster();
    const at = cluster.indexOf(leader);
    for (let n = 0; n < 20; n++) await leader.store.put({ key: `k${n}`, value });
    await leader.core.machine.backend.commit();
    const keys = await keysOf(leader);
    const { revision } = leader.core.header();
    cluster.network.isolate(leader.id);
    const logged = leader.core.raftStatus().lastIndex;
    const lost = leader.store.put({ key: 'k-uncommitted', value }).catch(() => 'lost');
    await eventually('the entry is in its log', () => leader.core.raftStatus().lastIndex > logged);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const index of cluster.hosts.keys()) await cluster.kill(index);
    expect(await lost).toBe('lost');

    const alone = await cluster.open(at, { forceNewCluster: true });
    await alone.ready();
    expect(await keysOf(alone)).toEqual(keys);
    expect(alone.members.map(({ id, name }) => [id, name])).toEqual([
      [leader.id, leader.core.machine.membership.get(leader.id)?.name],
    ]);
    expect([alone.id, alone.clusterId]).toEqual([leader.id, leader.clusterId]);
    expect((await alone.store.put({ key: 'k-after', value })).header.revision).toBe(revision + 1);
    expect(alone.core.isSoleVoter).toBe(true);

    await cluster.kill(at);
    const again = await cluster.open(at);
    await again.ready();
    expect(await keysOf(again)).toEqual([...keys, 'k-after'].sort());
    cluster.network.heal();
    const added = cluster.addHost('m4');
    const { peerUrl } = cluster.host(added);
    await again.admin.memberAdd({ peerUrls: [peerUrl], isLearner: false });
    const join = { clusterId: again.clusterId, members: again.members };
    const second = await cluster.open(added, { join, initialCluster: [{ name: 'm4', peerUrl }] });
    await second.ready();
    expect((await second.store.hashKv()).hash).toBe((await again.store.hashKv()).hash);
  });

  it('C21: a follower that was never the leader, and a learner, can go on alone too', async () => {
    const { cluster, leader } = await startCluster();
    await leader.store.put({ key: 'k1', value });
    const added = cluster.addHost('m4');
    const { peerUrl } = cluster.host(added);
    await leader.admin.memberAdd({ peerUrls: [peerUrl], isLearner: true });
    const join = { clusterId: leader.clusterId, members: leader.members };
    const learner = await cluster.open(added, { join, initialCluster: [{ name: 'm4', peerUrl }] });
    await eventually('the learner has it', () => learner.core.machine.keyspace.currentRevision === 2);
    const follower = cluster.hosts.findIndex(({ running }) => running !== leader && running !== learner);
    await eventually('the follower has it', () => cluster.member(follower).members.length === 4);
    for (const at of [follower, added]) {
      await cluster.member(at).core.machine.backend.commit();
    }
    for (const index of cluster.hosts.keys()) await cluster.kill(index);
    for (const at of [follower, added]) {
      const { peerUrl: own, name } = cluster.host(at);
      const alone = await cluster.open(at, { forceNewCluster: true, initialCluster: [{ name, peerUrl: own }] });
      await alone.ready();
      expect(await keysOf(alone)).toEqual(['k1']);
      expect(alone.members).toMatchObject([{ id: alone.id, isLearner: false }]);
      await alone.store.put({ key: 'k2', value });
      await cluster.kill(at);
    }
  });

  it('C21: a new member is founded as without it; one that is alone stays as it is', async () => {
    const clock = new DrivenClock();
    const cluster = new MemoryCluster({ size: 1, clock, member: { forceNewCluster: true } });
    cleanups.push(
      () => cluster.stop(),
      () => clock.stop(),
    );
    for (let life = 0; life < 3; life++) {
      const member = await cluster.open(0);
      await member.ready();
      expect(await keysOf(member)).toEqual(Array.from({ length: life }, (_, n) => `k${n}`));
      await member.store.put({ key: `k${life}`, value });
      expect(member.members).toHaveLength(1);
      // What is acknowledged stays, also where a power loss leaves no trace of the commit.
      await cluster.kill(0);
    }
  });
});
