/** Members with everything real: sockets, TLS, LMDB, the machine's clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { type MemberOptions, openMember, type PeerTlsMaterial, type RunningMember } from '../../../store/index.ts';
import { freePorts } from '../transport/free-ports.ts';
import { makePeerCertificates } from '../transport/peer-certificates.ts';
import { eventually } from './cluster-fixture.ts';

const value = Buffer.from('v');
let directory = '';
let members: RunningMember[] = [];

afterEach(async () => {
  await Promise.all(members.map((member) => member.close()));
  members = [];
  rmSync(directory, { recursive: true, force: true });
});

class Site {
  readonly #ports: number[];
  readonly #tls: PeerTlsMaterial | undefined;

  constructor(ports: number[], tls?: PeerTlsMaterial) {
    directory = mkdtempSync(join(tmpdir(), 'sampan-ws-'));
    this.#ports = ports;
    this.#tls = tls;
  }

  url(at: number): string {
    return `${this.#tls ? 'https' : 'http'}://127.0.0.1:${this.#ports[at]}`;
  }

  founders(): { name: string; peerUrl: string }[] {
    return [0, 1, 2].map((at) => ({ name: `m${at}`, peerUrl: this.url(at) }));
  }

  async open(at: number, extra: Partial<MemberOptions> = {}): Promise<RunningMember> {
    const member = await openMember({
      dataDir: join(directory, `m${at}`),
      name: `m${at}`,
      clusterToken: 'real',
      initialCluster: this.founders(),
      clientUrls: [],
      listenPeers: [`127.0.0.1:${this.#ports[at]}`],
      ...(this.#tls && { tls: this.#tls }),
      electionMs: 500,
      heartbeatMs: 50,
      snapshotEntries: 100,
      catchUpEntries: 10,
      segmentBytes: 1 << 20,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      ...extra,
    });
    members.push(member);
    return member;
  }
}

function leader(): RunningMember {
  const found = members.find((member) => member.isLeader && !member.core.isStopped);
  if (found === undefined) throw new Error('no leader');
  return found;
}

describe('three members over sockets', () => {
  it('C16: found a cluster over mutual TLS, lose one, take it back by snapshot, take in a fourth', async () => {
    const tls = await makePeerCertificates('cluster');
    const site = new Site(await freePorts(4), tls);
    const opened = await Promise.all([0, 1, 2].map((at) => site.open(at)));
    await Promise.all(opened.map((member) => member.ready()));
    const follower = members.findIndex((member) => !member.isLeader);
    await Promise.all(Array.from({ length: 50 }, (_, at) => opened[follower]?.store.put({ key: `k${at}`, value })));

    const lost = members.splice(follower, 1)[0];
    await lost?.close();
    const at = opened.indexOf(lost as RunningMember);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, key) => leader().store.put({ key: `k${key}`, value: Buffer.alloc(5000) })),
      );
    }
    await eventually('the log was cut', () => leader().core.raftStatus().firstIndex > 300);
    const back = await site.open(at);
    await back.ready();
    expect((await back.store.hashKv()).hash).toBe((await leader().store.hashKv()).hash);

    const { member } = await leader().admin.memberAdd({ peerUrls: [site.url(3)], isLearner: true });
    const initialCluster = [...site.founders(), { name: 'm3', peerUrl: site.url(3) }];
    const fourth = await site.open(3, { join: true, initialCluster });
    await fourth.ready();
    expect(fourth.id).toBe(member.id);
    await leader().admin.memberPromote(member.id);
    await fourth.store.put({ key: 'last', value });
    const hashes = await Promise.all(
      members.map(async (each) => {
        await each.ready();
        return (await each.store.hashKv()).hash;
      }),
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it('C16: one member grows to five while it is written to, and shrinks again; a lost disk is replaced', {
    timeout: 120_000,
  }, async () => {
    const site = new Site(await freePorts(6), await makePeerCertificates('cluster'));
    const founders = [{ name: 'm0', peerUrl: site.url(0) }];
    const first = await site.open(0, { initialCluster: founders });
    await first.ready();
    let written = 0;
    let writing = true;
    const writes = (async () => {
      for (; writing; written++) await first.store.put({ key: `k${written % 300}`, value: Buffer.alloc(500) });
    })();
    const takeIn = async (at: number): Promise<RunningMember> => {
      const { member } = await leader().admin.memberAdd({ peerUrls: [site.url(at)], isLearner: true });
      const known = leader().members.map(({ id, name, peerUrls: [peerUrl = ''] }) =>
        id === member.id ? { name: `m${at}`, peerUrl } : { name, peerUrl },
      );
      const joined = await site.open(at, { join: true, initialCluster: known });
      await joined.ready();
      await eventually('it may be promoted', () =>
        leader()
          .admin.memberPromote(member.id)
          .then(
            () => true,
            () => false,
          ),
      );
      return joined;
    };
    for (const at of [1, 2, 3, 4]) await takeIn(at);
    expect(leader().members.filter(({ isLearner }) => !isLearner)).toHaveLength(5);

    const removed = members[2] as RunningMember;
    await leader().admin.memberRemove(removed.id);
    expect(String((await removed.stopped)?.error)).toContain('was removed from the cluster');
    await removed.close();
    // Its own log says so, or, where the others let it go before it was told, they do.
    const again = await site.open(2, { initialCluster: site.founders() }).then(
      async (member) => {
        members.pop();
        return (await member.stopped)?.error;
      },
      (error: unknown) => error,
    );
    expect(String(again)).toContain('was removed from the cluster');

    const broken = members[3] as RunningMember;
    await broken.close();
    await leader().admin.memberRemove(broken.id);
    members = members.filter((member) => member !== removed && member !== broken);
    // Another disk, another address.
    await takeIn(5);
    writing = false;
    await writes;
    expect(written).toBeGreaterThan(50);
    const hashes = members.map(async (member) => {
      await member.store.range({ key: 'k0' });
      return (await member.store.hashKv()).hash;
    });
    expect(new Set(await Promise.all(hashes)).size).toBe(1);
    expect(members).toHaveLength(4);
  });

  it('C16: a member of another cluster at the same address is not listened to', async () => {
    const site = new Site(await freePorts(3));
    await Promise.all([0, 1].map((at) => site.open(at)));
    await eventually('two of three elect', () => members.some((member) => member.isLeader));
    await leader().ready();
    const stranger = await site.open(2, { clusterToken: 'other' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stranger.core.leader).toBe(0n);
    await leader().store.put({ key: 'a', value });
  });

  it('C13: an address in use is refused in one line, and the data directory is free again', async () => {
    const site = new Site(await freePorts(3));
    await site.open(0);
    const taken = site.url(0).replace('http://', '');
    await expect(site.open(1, { listenPeers: [taken] })).rejects.toThrow(
      `cannot listen for peers on ${taken}: the address is in use`,
    );
    await site.open(1);
  });

  it('D7: a data directory that is a file is refused in one line', async () => {
    const site = new Site(await freePorts(3));
    const dataDir = join(directory, 'file');
    writeFileSync(dataDir, 'not a directory');
    await expect(site.open(0, { dataDir })).rejects.toThrow(
      `data directory ${dataDir} cannot be used: it is not a directory`,
    );
  });

  it('C16: joining a cluster that does not know the address is refused', async () => {
    const site = new Site(await freePorts(4));
    await Promise.all([0, 1, 2].map((at) => site.open(at)));
    const initialCluster = [...site.founders(), { name: 'm3', peerUrl: site.url(3) }];
    await expect(site.open(3, { join: true, initialCluster })).rejects.toThrow(
      `the cluster has no member at ${site.url(3)}: add it first`,
    );
  });
});
