/** Claims and volumes on the real API server. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../../controllers/runtime/resources.ts';
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { storageClass } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

function claim(name: string, storageClassName: string, storage = '1Gi'): V1PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
  };
}

function volume(name: string, storage: string): V1PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage },
      hostPath: { path: `/tmp/${name}` },
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
    },
  };
}

function user(name: string, claimName: string): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      containers: [{ name: 'main', image: 'nginx', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
  };
}

async function find(name: string): Promise<V1PersistentVolumeClaim> {
  return cluster.get<V1PersistentVolumeClaim>(persistentVolumeClaims, name, 'default');
}

async function volumes(): Promise<string[]> {
  const found = await cluster.list<V1PersistentVolume>(persistentVolumes);
  return found.map(({ metadata, status }) => `${metadata?.name} ${status?.phase}`);
}

describe('a claim', () => {
  it('gets the smallest volume that will do, which waits for somebody to empty it afterwards', async () => {
    cluster = await startLiveCluster();
    await cluster.create(persistentVolumes, volume('large', '10Gi'));
    await cluster.create(persistentVolumes, volume('small', '500Mi'));
    await cluster.create(persistentVolumes, volume('medium', '2Gi'));
    await cluster.advance(1000);
    expect(await volumes()).toEqual(['large Available', 'medium Available', 'small Available']);
    await cluster.create(persistentVolumeClaims, claim('data', ''));
    await cluster.until('it is bound', async () => (await find('data')).status?.phase === 'Bound');
    const bound = await find('data');
    expect(bound.spec?.volumeName).toBe('medium');
    expect(bound.status).toMatchObject({ accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' } });
    expect(bound.metadata?.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    });
    expect(await volumes()).toEqual(['large Available', 'medium Bound', 'small Available']);
    await cluster.create(persistentVolumeClaims, claim('huge', '', '50Gi'));
    await cluster.advance(1000);
    expect((await find('huge')).status?.phase).toBe('Pending');
    expect(await cluster.eventLines('PersistentVolumeClaim', 'huge')).toEqual([
      'FailedBinding: no persistent volumes available for this claim and no storage class is set (persistentvolume-controller)',
    ]);
    await cluster.delete(persistentVolumeClaims, 'data', 'default');
    await cluster.until('it is released', async () => (await volumes()).includes('medium Released'));
  });

  it('waits for its first pod, gets a volume on the pod’s node, and stays as long as the pod', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(storageClasses, storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' }));
    await cluster.create(persistentVolumeClaims, claim('data', 'late'));
    await cluster.advance(2000);
    expect((await find('data')).status?.phase).toBe('Pending');
    expect(await cluster.eventLines('PersistentVolumeClaim', 'data')).toEqual([
      'WaitForFirstConsumer: waiting for first consumer to be created before binding (persistentvolume-controller)',
    ]);
    await cluster.create(pods, user('reader', 'data'));
    await cluster.until('the pod runs', async () => (await cluster.runningPods()).length === 1);
    const bound = await find('data');
    expect(bound.status?.phase).toBe('Bound');
    const made = await cluster.get<V1PersistentVolume>(persistentVolumes, bound.spec?.volumeName ?? '');
    expect(made.metadata?.name).toBe(`pvc-${bound.metadata?.uid}`);
    const node = (await cluster.runningPods())[0]?.spec?.nodeName;
    expect(made.spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values).toEqual([node]);

    await cluster.delete(persistentVolumeClaims, 'data', 'default');
    await cluster.advance(5000);
    expect((await find('data')).metadata?.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    await cluster.delete(pods, 'reader', 'default');
    await cluster.until('the claim is gone', async () => (await cluster.list(persistentVolumeClaims)).length === 0);
    await cluster.until('the volume is gone', async () => (await volumes()).length === 0);
  });

  it('says what is wrong with its class, and is served once the class is there', async () => {
    cluster = await startLiveCluster();
    await cluster.create(persistentVolumeClaims, claim('data', 'fast'));
    await cluster.advance(1000);
    expect(await cluster.eventLines('PersistentVolumeClaim', 'data')).toEqual([
      'ProvisioningFailed: storageclass.storage.k8s.io "fast" not found (persistentvolume-controller)',
    ]);
    await cluster.create(storageClasses, storageClass('fast'));
    await cluster.until('it is bound', async () => (await find('data')).status?.phase === 'Bound');
  });
});
