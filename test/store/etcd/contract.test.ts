/** The contract of `Store` over the etcd API: to our server, on a memory store and on members, and to a real etcd. */
import { describe, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { createMemoryStore, createRemoteStore, type EtcdServer, type Store, serveEtcd } from '../../../store/index.ts';
import { describeStore, type StoreUnderTest } from '../../contract/store.ts';
import { eventually, MemoryCluster } from '../member/cluster-fixture.ts';
import { DrivenClock } from '../member/driven-clock.ts';
import { hasEtcd, RealEtcd, realEtcdIsOld } from './real-etcd.ts';

const logger = silentLogger;
const listen = { host: '127.0.0.1', port: 0 };

function serve(store: Store): Promise<EtcdServer> {
  return serveEtcd({ store, listen, clock: systemClock, random: new SeededRandom('server'), logger });
}

function remote(endpoints: readonly string[]): Store {
  return createRemoteStore({ endpoints, clock: systemClock, random: new SeededRandom('client'), logger });
}

describeStore('remote to a memory store', async () => {
  const clock = new DrivenClock();
  const local = createMemoryStore({ clock, random: new SeededRandom(1) });
  const server = await serve(local);
  const store = remote([server.url]);
  const dispose = async (): Promise<void> => {
    await store.close();
    await server.close();
    await local.close();
    await clock.stop();
  };
  return { store, passTime: (ms) => clock.passTime(ms), dispose };
});

describeStore('remote to three members', async () => {
  const clock = new DrivenClock();
  const cluster = new MemoryCluster({ size: 3, clock });
  await cluster.start();
  await eventually('a leader is there', () => cluster.leader !== undefined);
  const servers = await Promise.all(cluster.running.map((member) => serve(member.store)));
  const store = remote(servers.map(({ url }) => url));
  const dispose = async (): Promise<void> => {
    await store.close();
    await Promise.all(servers.map((server) => server.close()));
    await cluster.stop();
    await clock.stop();
  };
  return { store, passTime: (ms) => clock.passTime(ms), dispose };
});

if (hasEtcd) {
  // Debian's 3.4 is older than the two.
  const lacks = realEtcdIsOld ? (['hashRevision', 'deletionsAtCompactRevision'] as const) : [];
  const make = async (): Promise<StoreUnderTest> => {
    const etcd = await RealEtcd.start();
    const store = remote([etcd.url]);
    const passTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const dispose = async (): Promise<void> => {
      await store.close();
      await etcd.dispose();
    };
    return { store, passTime, dispose };
  };
  describeStore('remote to a real etcd', make, lacks);
} else {
  describe('store: remote to a real etcd', () => {
    it.skip('needs etcd (Debian: etcd-server)', () => {});
  });
}
