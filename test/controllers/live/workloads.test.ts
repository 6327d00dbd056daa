/** Deployments, ReplicaSets and DaemonSets on the real API server, with a scheduler and simulated nodes. */
import { afterEach, describe, expect, it } from 'vitest';
import { daemonSets, deployments, nodes, pods, replicaSets } from '../../../controllers/runtime/resources.ts';
import type { V1DaemonSet, V1Deployment, V1Pod, V1ReplicaSet } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { daemonSet, deployment, replicaSet } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

describe('Deployment', () => {
  it('comes up, rolls to a new image, scales, and leaves nothing behind when it is deleted', async () => {
    cluster = await startLiveCluster({ nodes: 3 });
    await cluster.create(deployments, deployment('web', 5));
    await cluster.until('5 pods are ready', async () => (await cluster.runningPods()).length === 5);
    await cluster.advance(1000);
    const first = await cluster.get<V1Deployment>(deployments, 'web', 'default');
    expect(first.metadata?.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(first.status).toMatchObject({
      observedGeneration: 1,
      replicas: 5,
      updatedReplicas: 5,
      readyReplicas: 5,
      availableReplicas: 5,
    });
    expect(first.status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      'Available=True MinimumReplicasAvailable',
      'Progressing=True NewReplicaSetAvailable',
    ]);
    const [set] = await cluster.list<V1ReplicaSet>(replicaSets);
    const hash = set?.metadata?.labels?.['pod-template-hash'];
    expect(set?.metadata?.name).toBe(`web-${hash}`);
    expect(await cluster.eventLines('ReplicaSet', `web-${hash}`)).toHaveLength(5);
    expect(await cluster.eventLines('Deployment', 'web')).toEqual([
      `ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 5 (deployment-controller)`,
    ]);
    const [pod] = await cluster.list<V1Pod>(pods, 'default');
    expect(pod?.metadata?.name).toMatch(new RegExp(`^web-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
    expect(await cluster.eventLines('Pod', pod?.metadata?.name ?? '')).toContain(
      `Scheduled: Successfully assigned default/${pod?.metadata?.name} to ${pod?.spec?.nodeName} (default-scheduler)`,
    );

    const containers = [{ name: 'web', image: 'nginx:1.28' }];
    await cluster.patch(deployments, 'web', 'default', { spec: { template: { spec: { containers } } } });
    await cluster.until('the rollout is complete', async () => {
      const { status } = await cluster.get<V1Deployment>(deployments, 'web', 'default');
      return status?.observedGeneration === 2 && status.updatedReplicas === 5 && status.availableReplicas === 5;
    });
    await cluster.advance(40_000);
    const images = (await cluster.list<V1Pod>(pods, 'default')).map(({ spec }) => spec?.containers[0]?.image);
    expect(images).toEqual(Array.from({ length: 5 }, () => 'nginx:1.28'));
    expect((await cluster.list<V1ReplicaSet>(replicaSets)).map(({ spec }) => spec?.replicas).sort()).toEqual([0, 5]);

    await cluster.patch(deployments, 'web', 'default', { spec: { replicas: 2 } });
    await cluster.until('2 pods are left', async () => (await cluster.podLines()).length === 2);
    await cluster.delete(deployments, 'web', 'default');
    await cluster.until('nothing is left', async () => (await cluster.podLines()).length === 0);
    expect(await cluster.list(replicaSets)).toEqual([]);
  });

  it('settles: when nothing changes nothing is written', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(deployments, deployment('web', 3));
    await cluster.create(daemonSets, daemonSet('agent'));
    await cluster.advance(60_000);
    const version = (object: { metadata?: { resourceVersion?: string | undefined } | undefined }) =>
      object.metadata?.resourceVersion;
    const picture = async () => [
      ...(await cluster.list(deployments)).map(version),
      ...(await cluster.list(replicaSets)).map(version),
      ...(await cluster.list(daemonSets)).map(version),
      ...(await cluster.list(pods)).map(version),
    ];
    const before = await picture();
    await cluster.advance(120_000);
    expect(await picture()).toEqual(before);
  });

  it('finds its ReplicaSet again after the controllers restart, and creates nothing twice', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(deployments, deployment('web', 3));
    await cluster.advance(500);
    await cluster.restartControllers();
    await cluster.advance(30_000);
    expect(await cluster.list(replicaSets)).toHaveLength(1);
    expect(await cluster.podLines()).toHaveLength(3);
  });
});

describe('ReplicaSet', () => {
  it('replaces what is deleted, adopts orphans, releases what its selector no longer picks', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    const orphan: V1Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'orphan', namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx' }] },
    };
    await cluster.create(pods, orphan);
    await cluster.create(replicaSets, replicaSet('web', 3));
    await cluster.until('3 pods run', async () => (await cluster.runningPods()).length === 3);
    const adopted = await cluster.get<V1Pod>(pods, 'orphan', 'default');
    expect(adopted.metadata?.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', name: 'web', controller: true }]);

    await cluster.patch(pods, 'orphan', 'default', { metadata: { labels: { app: 'debug' } } });
    await cluster.until('a fourth pod runs', async () => (await cluster.runningPods()).length === 4);
    const released = await cluster.get<V1Pod>(pods, 'orphan', 'default');
    expect(released.metadata?.ownerReferences).toBeUndefined();

    const [victim] = (await cluster.runningPods()).filter(({ metadata }) => metadata?.name !== 'orphan');
    await cluster.delete(pods, victim?.metadata?.name ?? '', 'default');
    await cluster.until('it is replaced', async () => (await cluster.runningPods()).length === 4);
    const found = await cluster.get<V1ReplicaSet>(replicaSets, 'web', 'default');
    expect(found.status).toMatchObject({ replicas: 3, observedGeneration: 1 });
  });

  it('deleted with Orphan leaves its pods, and another one adopts them', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(replicaSets, replicaSet('web', 2));
    await cluster.until('2 pods run', async () => (await cluster.runningPods()).length === 2);
    const before = (await cluster.podLines()).map((line) => line.split(' ')[0]);
    await cluster.delete(replicaSets, 'web', 'default', { propagationPolicy: 'Orphan' });
    await cluster.until('it is gone', async () => (await cluster.list(replicaSets)).length === 0);
    await cluster.advance(10_000);
    for (const pod of await cluster.runningPods()) expect(pod.metadata?.ownerReferences).toBeUndefined();
    await cluster.create(replicaSets, replicaSet('web', 2));
    await cluster.advance(10_000);
    expect((await cluster.podLines()).map((line) => line.split(' ')[0])).toEqual(before);
    for (const pod of await cluster.runningPods()) expect(pod.metadata?.ownerReferences).toHaveLength(1);
  });

  it('deleted with Foreground stays until its pods are gone', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(replicaSets, replicaSet('web', 2));
    await cluster.until('2 pods run', async () => (await cluster.runningPods()).length === 2);
    await cluster.delete(replicaSets, 'web', 'default', { propagationPolicy: 'Foreground' });
    await cluster.advance(50);
    const dying = await cluster.get<V1ReplicaSet>(replicaSets, 'web', 'default');
    expect(dying.metadata?.finalizers).toEqual(['foregroundDeletion']);
    await cluster.until('it is gone', async () => (await cluster.list(replicaSets)).length === 0);
    expect(await cluster.podLines()).toEqual([]);
  });
});

describe('DaemonSet', () => {
  it('runs on every node, follows new nodes’ taints, and updates one by one', async () => {
    cluster = await startLiveCluster({ nodes: 3 });
    await cluster.create(daemonSets, daemonSet('agent'));
    await cluster.until('3 pods run', async () => (await cluster.runningPods()).length === 3);
    await cluster.advance(1000);
    expect((await cluster.runningPods()).map(({ spec }) => spec?.nodeName).sort()).toEqual([
      'node-1',
      'node-2',
      'node-3',
    ]);
    const found = await cluster.get<V1DaemonSet>(daemonSets, 'agent', 'default');
    expect(found.status).toEqual({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
    });

    const containers = [{ name: 'agent', image: 'agent:2' }];
    await cluster.patch(daemonSets, 'agent', 'default', { spec: { template: { spec: { containers } } } });
    let fewest = 3;
    await cluster.until(
      'all are updated',
      async () => {
        fewest = Math.min(fewest, (await cluster.runningPods()).length);
        const { status } = await cluster.get<V1DaemonSet>(daemonSets, 'agent', 'default');
        return status?.updatedNumberScheduled === 3 && status.numberAvailable === 3;
      },
      180_000,
    );
    expect(fewest).toBe(2);

    await cluster.patch(nodes, 'node-2', undefined, { spec: { taints: [{ key: 'x', effect: 'NoExecute' }] } });
    await cluster.until('it left the tainted node', async () => (await cluster.podLines()).length === 2, 90_000);
    const status = async () => (await cluster.get<V1DaemonSet>(daemonSets, 'agent', 'default')).status;
    await cluster.until('it wants 2', async () => (await status())?.desiredNumberScheduled === 2);
  });
});
