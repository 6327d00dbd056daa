/** Namespaces and what each of them has; leader election; two controller managers. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import type { Client } from '../../../controllers/runtime/client.ts';
import { LeaderElection } from '../../../controllers/runtime/leader-election.ts';
import { knownResources } from '../../../controllers/runtime/resource-catalog.ts';
import {
  configMaps,
  deployments,
  leases,
  namespaces,
  pods,
  serviceAccounts,
} from '../../../controllers/runtime/resources.ts';
import type { V1ConfigMap, V1Lease, V1Namespace, V1ServiceAccount } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { deployment } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

function namespace(name: string): V1Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

it('every resource that we know by name can be listed: the garbage collector waits for all of them', async () => {
  cluster = await startLiveCluster();
  for (const ref of knownResources) expect(await cluster.list(ref), ref.resource).toBeInstanceOf(Array);
});

describe('namespaces', () => {
  it('each has a service account and the root certificate; what is deleted or changed comes back', async () => {
    cluster = await startLiveCluster({ options: { rootCaCertificate: 'PEM' } });
    await cluster.create(namespaces, namespace('team'));
    await cluster.advance(100);
    const accounts = await cluster.list<V1ServiceAccount>(serviceAccounts);
    expect(accounts.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).sort()).toEqual([
      'default/default',
      'kube-node-lease/default',
      'kube-public/default',
      'kube-system/default',
      'team/default',
    ]);
    expect((await cluster.get<V1ConfigMap>(configMaps, 'kube-root-ca.crt', 'team')).data).toEqual({ 'ca.crt': 'PEM' });
    await cluster.delete(serviceAccounts, 'default', 'team');
    await cluster.patch(configMaps, 'kube-root-ca.crt', 'team', { data: { 'ca.crt': 'forged' } });
    await cluster.advance(100);
    expect((await cluster.get<V1ConfigMap>(configMaps, 'kube-root-ca.crt', 'team')).data).toEqual({ 'ca.crt': 'PEM' });
    await cluster.get(serviceAccounts, 'default', 'team');
  });

  it('one that is deleted is emptied, pods first, and goes', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(namespaces, namespace('team'));
    await cluster.advance(100);
    const web = deployment('web', 3);
    await cluster.create(deployments, { ...web, metadata: { ...web.metadata, namespace: 'team' } });
    await cluster.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'team' },
    });
    await cluster.until('3 pods run', async () => (await cluster.runningPods('team')).length === 3);
    await cluster.delete(namespaces, 'team');
    await cluster.advance(50);
    const dying = await cluster.get<V1Namespace>(namespaces, 'team');
    expect(dying.status?.phase).toBe('Terminating');
    expect(dying.status?.conditions?.find(({ type }) => type === 'NamespaceContentRemaining')?.message).toBe(
      'Some resources are remaining: pods. has 3 resource instances',
    );
    await cluster.until(
      'it is gone',
      async () => !(await cluster.list<V1Namespace>(namespaces)).some(({ metadata }) => metadata?.name === 'team'),
    );
    expect(await cluster.list(pods, 'team')).toEqual([]);
    expect(await cluster.list(configMaps, 'team')).toEqual([]);
  });
});

describe('leader election', () => {
  it('one leads; another takes over when it resigns at once, and when it is silent after the lease', async () => {
    cluster = await startLiveCluster({ only: [], scheduler: false });
    const contender = (identity: string) => {
      const stop = new AbortController();
      const told: string[] = [];
      let frozen = false;
      const { clock } = cluster;
      const election = new LeaderElection(
        {
          client: cutOffWhen(cluster.client, () => frozen),
          clock,
          random: new SeededRandom(identity),
          logger: silentLogger,
        },
        { name: 'test', identity },
      );
      const running = election.run(stop.signal, async (term) => {
        told.push('leads');
        await new Promise<void>((resolve) => term.addEventListener('abort', () => resolve()));
        told.push('stops');
      });
      return {
        stop,
        told,
        running,
        freeze: () => {
          frozen = true;
        },
      };
    };
    const a = contender('a');
    await cluster.advance(100);
    const b = contender('b');
    await cluster.advance(30_000);
    expect([a.told, b.told]).toEqual([['leads'], []]);
    a.stop.abort();
    await cluster.advance(5000);
    await a.running;
    expect([a.told, b.told]).toEqual([['leads', 'stops'], ['leads']]);
    const lease = await cluster.get<V1Lease>(leases, 'test', 'kube-system');
    expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 1 });

    const c = contender('c');
    await cluster.advance(10_000);
    b.freeze();
    await cluster.advance(12_000);
    expect([b.told, c.told]).toEqual([['leads', 'stops'], []]);
    await cluster.advance(10_000);
    expect(c.told).toEqual(['leads']);
    c.stop.abort();
    await cluster.advance(1000);
    await Promise.all([b.running, c.running]);
  });
});

/** The client, whose every call fails while the server is away. */
function cutOffWhen(client: Client, isAway: () => boolean): Client {
  return new Proxy(client, {
    get: (target, name) => {
      if (isAway()) return () => Promise.reject(new Error('the server is away'));
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
