/** Quotas, disruption budgets, autoscalers and pod address ranges, on the real API server. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  deployments,
  horizontalPodAutoscalers,
  nodes,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  resourceQuotas,
} from '../../../controllers/runtime/resources.ts';
import type {
  V1Node,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1ResourceQuota,
  V2HorizontalPodAutoscaler,
} from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { deployment } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

describe('a quota', () => {
  it('counts what there is, and gives back what is gone', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    const containers = [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '250m', memory: '64Mi' } } }];
    await cluster.create(deployments, deployment('web', 3, { containers }));
    await cluster.until('3 pods run', async () => (await cluster.runningPods()).length === 3);
    const quota: V1ResourceQuota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'team', namespace: 'default' },
      spec: { hard: { pods: '10', 'requests.cpu': '2', memory: '1Gi', 'count/deployments.apps': '5', services: '3' } },
    };
    await cluster.create(resourceQuotas, quota);
    const used = async () => (await cluster.get<V1ResourceQuota>(resourceQuotas, 'team', 'default')).status?.used;
    await cluster.until('it is counted', async () => (await used())?.['pods'] === '3');
    expect(await used()).toEqual({
      pods: '3',
      'requests.cpu': '750m',
      memory: '192Mi',
      'count/deployments.apps': '1',
      services: '0',
    });
    await cluster.patch(deployments, 'web', 'default', { spec: { replicas: 1 } });
    await cluster.until('it is given back', async () => (await used())?.['requests.cpu'] === '250m');
    await cluster.delete(deployments, 'web', 'default');
    await cluster.until('all is given back', async () => (await used())?.['count/deployments.apps'] === '0');
    expect(await used()).toMatchObject({ pods: '0', memory: '0' });
  });
});

describe('a quota on storage', () => {
  const claim = (name: string, storage: string, storageClassName = 'fast'): V1PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
  });
  const hard = {
    'requests.storage': '10Gi',
    persistentvolumeclaims: '4',
    'fast.storageclass.storage.k8s.io/requests.storage': '5Gi',
    'count/persistentvolumeclaims': '9',
  };
  const quota: V1ResourceQuota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'disk', namespace: 'default' },
    spec: { hard },
  };
  const usedOf = async (): Promise<Record<string, string> | undefined> =>
    (await cluster.get<V1ResourceQuota>(resourceQuotas, 'disk', 'default')).status?.used;

  it('counts what was made just before it and while it was counted first', async () => {
    cluster = await startLiveCluster({ nodes: 0 });
    // One after the other without a pause: whoever counts has not heard of all of them.
    await cluster.create(persistentVolumeClaims, claim('before', '1Gi'));
    await cluster.create(resourceQuotas, quota);
    const counted = async (): Promise<boolean> => (await usedOf()) !== undefined;
    await cluster.until('it was counted once', counted);
    await cluster.create(persistentVolumeClaims, claim('while', '2Gi'));
    await cluster.create(persistentVolumeClaims, claim('slow', '3Gi', 'slow'));
    const all = {
      'requests.storage': '6Gi',
      persistentvolumeclaims: '3',
      'fast.storageclass.storage.k8s.io/requests.storage': '3Gi',
      'count/persistentvolumeclaims': '3',
    };
    await cluster.until('all are counted', async () => (await usedOf())?.['requests.storage'] === '6Gi');
    expect(await usedOf()).toEqual(all);
    await cluster.delete(persistentVolumeClaims, 'slow', 'default');
    await cluster.until('it is given back', async () => (await usedOf())?.['requests.storage'] === '3Gi');
  });

  it('keeps what was charged for a claim that nobody has told of yet', async () => {
    cluster = await startLiveCluster({ nodes: 0 });
    await cluster.create(resourceQuotas, quota);
    await cluster.until('it was counted once', async () => (await usedOf()) !== undefined);
    // As the API server charges: before the claim is there, and here it never comes.
    const charged = await cluster.get<V1ResourceQuota>(resourceQuotas, 'disk', 'default');
    const used = { ...charged.status?.used, 'requests.storage': '1Gi' };
    await cluster.client.update(resourceQuotas, { ...charged, status: { hard, used } }, { subresource: 'status' });
    const spec = { hard: { ...hard, persistentvolumeclaims: '5' } };
    await cluster.patch(resourceQuotas, 'disk', 'default', { spec });
    const isNew = async (): Promise<boolean> =>
      (await cluster.get<V1ResourceQuota>(resourceQuotas, 'disk', 'default')).status?.hard?.persistentvolumeclaims ===
      '5';
    await cluster.until('the new limit is known', isNew);
    expect((await usedOf())?.['requests.storage']).toBe('1Gi');
    await cluster.until('nobody claims it', async () => (await usedOf())?.['requests.storage'] === '0');
  });
});

describe('a disruption budget', () => {
  it('allows evictions while enough pods are well', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    const budget: V1PodDisruptionBudget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { maxUnavailable: '25%', selector: { matchLabels: { app: 'web' } } },
    };
    await cluster.create(podDisruptionBudgets, budget);
    await cluster.create(deployments, deployment('web', 4));
    const status = async () =>
      (await cluster.get<V1PodDisruptionBudget>(podDisruptionBudgets, 'web', 'default')).status;
    await cluster.until('all 4 are well', async () => (await status())?.currentHealthy === 4);
    expect(await status()).toMatchObject({ desiredHealthy: 3, disruptionsAllowed: 1, expectedPods: 4 });
    const [victim] = await cluster.runningPods();
    await cluster.delete(pods, victim?.metadata?.name ?? '', 'default');
    await cluster.until('none more may go', async () => (await status())?.disruptionsAllowed === 0);
    expect((await status())?.conditions?.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
      'False InsufficientPods',
    ]);
    await cluster.until('one may go again', async () => (await status())?.disruptionsAllowed === 1);
  });
});

describe('an autoscaler', () => {
  it('keeps its target within its bounds, and says that it cannot measure', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(deployments, deployment('web', 1));
    const autoscaler: V2HorizontalPodAutoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 3,
        maxReplicas: 4,
      },
    };
    await cluster.create(horizontalPodAutoscalers, autoscaler);
    await cluster.until('3 pods run', async () => (await cluster.runningPods()).length === 3);
    await cluster.advance(30_000);
    const { status } = await cluster.get<V2HorizontalPodAutoscaler>(horizontalPodAutoscalers, 'web', 'default');
    expect(status).toMatchObject({ currentReplicas: 3, desiredReplicas: 3 });
    expect(status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      'AbleToScale=True SucceededGetScale',
      'ScalingActive=False FailedGetResourceMetric',
    ]);
    expect(await cluster.eventLines('HorizontalPodAutoscaler', 'web')).toContain(
      'SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas (horizontal-pod-autoscaler)',
    );
    await cluster.patch(deployments, 'web', 'default', { spec: { replicas: 6 } });
    await cluster.until('4 pods run', async () => (await cluster.podLines()).length === 4);
  });
});

describe('pod address ranges', () => {
  it('are given to nodes that come without', async () => {
    cluster = await startLiveCluster({ options: { clusterCidr: '10.20.0.0/16' } });
    const rangeOf = async (name: string) => (await cluster.get<V1Node>(nodes, name)).spec?.podCIDR;
    const add = (name: string, podCIDR?: string) =>
      cluster.create<V1Node>(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        ...(podCIDR === undefined ? {} : { spec: { podCIDR, podCIDRs: [podCIDR] } }),
      });
    await add('own', '10.20.1.0/24');
    await add('a');
    await add('b');
    await cluster.until('both have one', async () => (await rangeOf('b')) !== undefined);
    expect([await rangeOf('a'), await rangeOf('b')].sort()).toEqual(['10.20.0.0/24', '10.20.2.0/24']);
  });
});
