/** Who stands behind a service: Endpoints and EndpointSlices, on the real API server. */
import { afterEach, describe, expect, it } from 'vitest';
import { deployments, endpointSlices, endpoints, pods, services } from '../../../controllers/runtime/resources.ts';
import type { V1EndpointSlice, V1Endpoints, V1Pod } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { deployment, service } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

async function slices(): Promise<readonly V1EndpointSlice[]> {
  return cluster.list<V1EndpointSlice>(endpointSlices, 'default');
}

async function readyAddresses(): Promise<string[]> {
  return (await slices())
    .flatMap((slice) => slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready === true)
    .flatMap(({ addresses }) => addresses)
    .sort();
}

async function podAddresses(): Promise<string[]> {
  return (await cluster.runningPods()).map(({ status }) => status?.podIP ?? '').sort();
}

describe('a service', () => {
  it('is followed by its Endpoints and slices as pods come, go and fall ill', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(services, service('web'));
    await cluster.create(deployments, deployment('web', 3));
    await cluster.until('3 pods are ready', async () => (await cluster.runningPods()).length === 3);
    await cluster.advance(2000);
    expect(await readyAddresses()).toEqual(await podAddresses());
    const [slice] = await slices();
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      metadata: {
        labels: {
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
      },
    });
    const legacy = await cluster.get<V1Endpoints>(endpoints, 'web', 'default');
    expect(legacy.subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual(await podAddresses());
    expect(legacy.subsets?.[0]?.ports).toEqual([{ port: 8080, protocol: 'TCP' }]);

    await cluster.patch(deployments, 'web', 'default', { spec: { replicas: 1 } });
    await cluster.until('1 pod is left', async () => (await cluster.podLines()).length === 1);
    await cluster.advance(2000);
    expect(await readyAddresses()).toEqual(await podAddresses());

    const [last] = await cluster.list<V1Pod>(pods, 'default');
    await cluster.patch(pods, last?.metadata?.name ?? '', 'default', { metadata: { labels: { app: 'other' } } });
    await cluster.until('another pod runs', async () => (await cluster.runningPods()).length === 2);
    await cluster.advance(2000);
    expect(await readyAddresses()).toHaveLength(1);
    expect(await readyAddresses()).not.toContain(last?.status?.podIP);

    await cluster.delete(services, 'web', 'default');
    await cluster.until('both are gone', async () => {
      return (await slices()).length === 0 && (await cluster.list(endpoints, 'default')).length === 0;
    });
  });

  it('holds at most 100 addresses in a slice', async () => {
    cluster = await startLiveCluster({ nodes: 3 });
    await cluster.create(services, service('web', { clusterIP: 'None' }));
    await cluster.create(deployments, deployment('web', 105));
    await cluster.until('105 pods are ready', async () => (await cluster.runningPods()).length === 105);
    await cluster.advance(5000);
    const sizes = (await slices()).map((slice) => slice.endpoints?.length ?? 0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(105);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(await readyAddresses()).toEqual(await podAddresses());
    for (const slice of await slices()) expect(slice.metadata?.labels).toHaveProperty('service.kubernetes.io/headless');
  });
});
