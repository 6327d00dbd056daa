/** StatefulSets with their claims, on the real API server. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  statefulSets,
  storageClasses,
} from '../../../controllers/runtime/resources.ts';
import type {
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { statefulSet, storageClass } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

const volumeClaimTemplates = [
  {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      resources: { requests: { storage: '1Gi' } },
    },
  },
];

async function images(): Promise<string[]> {
  const found = await cluster.list<V1Pod>(pods, 'default');
  return found.map(({ metadata, spec }) => `${metadata?.name} ${spec?.containers[0]?.image}`).sort();
}

async function status(): Promise<V1StatefulSet['status']> {
  return (await cluster.get<V1StatefulSet>(statefulSets, 'db', 'default')).status;
}

describe('StatefulSet', () => {
  it('comes up in order with a volume each, goes down in reverse, and finds its volumes again', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(storageClasses, storageClass('local'));
    await cluster.create(statefulSets, statefulSet('db', 3, { volumeClaimTemplates }));
    const order: string[] = [];
    await cluster.until('3 pods are ready', async () => {
      const found = await cluster.list<V1Pod>(pods, 'default');
      for (const { metadata } of found) if (!order.includes(metadata?.name ?? '')) order.push(metadata?.name ?? '');
      return (await cluster.runningPods()).length === 3;
    });
    expect(order).toEqual(['db-0', 'db-1', 'db-2']);
    const first = await cluster.get<V1Pod>(pods, 'db-0', 'default');
    expect(first.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
    expect(first.metadata?.labels).toMatchObject({
      'apps.kubernetes.io/pod-index': '0',
      'statefulset.kubernetes.io/pod-name': 'db-0',
    });
    const claims = await cluster.list<V1PersistentVolumeClaim>(persistentVolumeClaims, 'default');
    expect(claims.map(({ metadata, status }) => `${metadata?.name} ${status?.phase}`)).toEqual([
      'data-db-0 Bound',
      'data-db-1 Bound',
      'data-db-2 Bound',
    ]);
    expect(await cluster.eventLines('StatefulSet', 'db')).toEqual(
      expect.arrayContaining([
        'SuccessfulCreate: Create Claim data-db-0 Pod db-0 in StatefulSet db success (statefulset-controller)',
        'SuccessfulCreate: Create Pod db-2 in StatefulSet db successful (statefulset-controller)',
      ]),
    );
    await cluster.advance(1000);
    const up = await status();
    expect(up).toMatchObject({ observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3 });
    expect(up?.currentRevision).toBe(up?.updateRevision);

    await cluster.patch(statefulSets, 'db', 'default', { spec: { replicas: 1 } });
    const gone: string[] = [];
    await cluster.until('1 pod is left', async () => {
      const left = (await cluster.podLines()).map((line) => line.split(' ')[0]);
      for (const name of ['db-0', 'db-1', 'db-2']) if (!left.includes(name) && !gone.includes(name)) gone.push(name);
      return left.length === 1;
    });
    expect(gone).toEqual(['db-2', 'db-1']);
    const volumeOf = async (): Promise<string | undefined> =>
      (await cluster.get<V1PersistentVolumeClaim>(persistentVolumeClaims, 'data-db-1', 'default')).spec?.volumeName;
    const kept = await volumeOf();
    await cluster.patch(statefulSets, 'db', 'default', { spec: { replicas: 2 } });
    await cluster.until('db-1 is back', async () => (await cluster.runningPods()).length === 2);
    expect(await volumeOf()).toBe(kept);
  });

  it('rolls from the last pod to the first, holds at the partition, and comes back with the same name', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    await cluster.create(statefulSets, statefulSet('db', 3, { updateStrategy }));
    await cluster.until('3 pods are ready', async () => (await cluster.runningPods()).length === 3);
    const containers = [{ name: 'db', image: 'db:2' }];
    await cluster.patch(statefulSets, 'db', 'default', { spec: { template: { spec: { containers } } } });
    let fewest = 3;
    await cluster.until('2 are updated', async () => {
      fewest = Math.min(fewest, (await cluster.runningPods()).length);
      return (await status())?.updatedReplicas === 2 && (await status())?.availableReplicas === 3;
    });
    expect(fewest).toBe(2);
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:2', 'db-2 db:2']);
    await cluster.delete(pods, 'db-0', 'default');
    await cluster.until('db-0 left', async () => (await cluster.runningPods()).length === 2);
    await cluster.until('db-0 is back', async () => (await cluster.runningPods()).length === 3);
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:2', 'db-2 db:2']);
    const rollingUpdate = { partition: 0 };
    await cluster.patch(statefulSets, 'db', 'default', { spec: { updateStrategy: { rollingUpdate } } });
    await cluster.until(
      'all are updated',
      async () => (await status())?.currentRevision === (await status())?.updateRevision,
    );
    expect(await images()).toEqual(['db-0 db:2', 'db-1 db:2', 'db-2 db:2']);
  });

  it('takes its claims and volumes along when it is told to', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(storageClasses, storageClass('local'));
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
    await cluster.create(
      statefulSets,
      statefulSet('db', 2, {
        volumeClaimTemplates,
        persistentVolumeClaimRetentionPolicy,
        podManagementPolicy: 'Parallel',
      }),
    );
    await cluster.until('2 pods are ready', async () => (await cluster.runningPods()).length === 2);
    await cluster.patch(statefulSets, 'db', 'default', { spec: { replicas: 1 } });
    const claims = async (): Promise<string[]> =>
      (await cluster.list<V1PersistentVolumeClaim>(persistentVolumeClaims, 'default')).map(
        ({ metadata }) => metadata?.name ?? '',
      );
    await cluster.until('one claim is left', async () => (await claims()).length === 1);
    expect(await claims()).toEqual(['data-db-0']);
    await cluster.delete(statefulSets, 'db', 'default');
    await cluster.until('no claim is left', async () => (await claims()).length === 0);
    await cluster.until(
      'no volume is left',
      async () => (await cluster.list<V1PersistentVolume>(persistentVolumes)).length === 0,
    );
  });
});
