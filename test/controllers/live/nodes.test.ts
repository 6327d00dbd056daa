/** What happens when nodes are lost and return, and when pods do not fit. */
import { afterEach, describe, expect, it } from 'vitest';
import { daemonSets, deployments, nodes, pods, priorityClasses } from '../../../controllers/runtime/resources.ts';
import type { V1Node, V1Pod } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';
import { daemonSet, deployment } from './manifests.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

function ready(node: V1Node): string {
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return `${condition?.status} ${condition?.reason}`;
}

describe('a node that crashes', () => {
  it('turns NotReady, its pods are replaced elsewhere, and it comes back', async () => {
    cluster = await startLiveCluster({ nodes: 4, options: { nodeMonitorGracePeriodMs: 4000 } });
    const patience = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 40 };
    const tolerations = [{ key: 'node.kubernetes.io/unreachable', ...patience }];
    await cluster.create(deployments, deployment('web', 8, { tolerations }));
    await cluster.create(daemonSets, daemonSet('agent'));
    await cluster.until('all run', async () => (await cluster.runningPods()).length === 12);
    const onFirst = (await cluster.runningPods()).filter(({ spec }) => spec?.nodeName === 'node-1');
    const lost = onFirst.find(({ metadata }) => metadata?.labels?.['app'] === 'web')?.metadata?.name ?? '';

    cluster.fleet?.kubelet('node-1')?.crash();
    await cluster.until('it is NotReady', async () => {
      return ready(await cluster.get<V1Node>(nodes, 'node-1')) === 'Unknown NodeStatusUnknown';
    });
    // One node in ten seconds is tainted so that its pods go; the fleet’s start may have used that up.
    await cluster.advance(11_000);
    const taints = (await cluster.get<V1Node>(nodes, 'node-1')).spec?.taints ?? [];
    expect(taints.map(({ key, effect }) => `${key}:${effect}`).sort()).toEqual([
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ]);
    expect(await cluster.eventLines('Node', 'node-1')).toContain(
      'NodeNotReady: Node node-1 status is now: NodeNotReady (node-controller)',
    );
    expect(await cluster.eventLines('Pod', lost)).toContain('NodeNotReady: Node is not ready (node-controller)');
    const unwell = await cluster.get<V1Pod>(pods, lost, 'default');
    expect(unwell.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
    expect(unwell.metadata?.deletionTimestamp).toBeUndefined();

    await cluster.advance(25_000);
    expect(
      (await cluster.runningPods()).filter(({ metadata }) => metadata?.labels?.['app'] === 'web').length,
    ).toBeLessThan(8);
    await cluster.until(
      'the lost pods are replaced',
      async () =>
        (await cluster.runningPods()).filter(({ metadata }) => metadata?.labels?.['app'] === 'web').length === 8,
    );
    expect(await cluster.eventLines('Pod', lost)).toContain(
      `TaintManagerEviction: Marking for deletion Pod default/${lost} (taint-eviction-controller)`,
    );
    const evicted = await cluster.get<V1Pod>(pods, lost, 'default');
    expect(evicted.metadata?.deletionTimestamp).toBeDefined();
    expect(evicted.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason).toBe(
      'DeletionByTaintManager',
    );
    const daemon = (await cluster.list<V1Pod>(pods, 'default')).filter(
      ({ metadata, spec }) => metadata?.labels?.['app'] === 'agent' && spec?.nodeName === 'node-1',
    );
    expect(daemon.map(({ metadata }) => metadata?.deletionTimestamp)).toEqual([undefined]);

    const healing = cluster.fleet?.kubelet('node-1')?.heal();
    await cluster.until('it is Ready again', async () =>
      ready(await cluster.get<V1Node>(nodes, 'node-1')).startsWith('True'),
    );
    await healing;
    await cluster.advance(5000);
    expect((await cluster.get<V1Node>(nodes, 'node-1')).spec?.taints ?? []).toEqual([]);
    await cluster.until('the evicted pods are gone', async () => (await cluster.podLines()).length === 12);
  });

  it('nothing is evicted when no node is heard of: the fault may be ours', async () => {
    cluster = await startLiveCluster({ nodes: 3, options: { nodeMonitorGracePeriodMs: 4000 } });
    await cluster.create(deployments, deployment('web', 3));
    await cluster.until('all run', async () => (await cluster.runningPods()).length === 3);
    for (const name of ['node-1', 'node-2', 'node-3']) cluster.fleet?.kubelet(name)?.crash();
    await cluster.advance(400_000);
    const found = await cluster.list<V1Node>(nodes);
    expect(found.map(ready)).toEqual(Array.from({ length: 3 }, () => 'Unknown NodeStatusUnknown'));
    expect(found.flatMap(({ spec }) => spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')).toEqual([]);
    expect(
      (await cluster.list<V1Pod>(pods, 'default')).every(({ metadata }) => metadata?.deletionTimestamp === undefined),
    ).toBe(true);
  });

  it('a node that is deleted takes its pods with it, after a quarantine', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    await cluster.create(deployments, deployment('web', 4));
    await cluster.until('all run', async () => (await cluster.runningPods()).length === 4);
    cluster.fleet?.kubelet('node-2')?.crash();
    await cluster.delete(nodes, 'node-2');
    await cluster.until(
      'all run on the other node',
      async () => (await cluster.runningPods()).filter(({ spec }) => spec?.nodeName === 'node-1').length === 4,
      120_000,
    );
    expect((await cluster.podLines()).length).toBe(4);
  });
});

describe('pods that do not fit', () => {
  it('say why, and go when a node comes free', async () => {
    cluster = await startLiveCluster({ nodes: 2 });
    const resources = { requests: { cpu: '3' } };
    const containers = [{ name: 'web', image: 'web:1', resources }];
    await cluster.create(deployments, deployment('web', 3, { containers }));
    await cluster.until('two run', async () => (await cluster.runningPods()).length === 2);
    await cluster.advance(2000);
    const waiting = (await cluster.list<V1Pod>(pods, 'default')).find(({ spec }) => spec?.nodeName === undefined);
    const name = waiting?.metadata?.name ?? '';
    const message =
      '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: ' +
      '2 No preemption victims found for incoming pod.';
    expect(waiting?.status?.conditions).toMatchObject([
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    ]);
    expect(await cluster.eventLines('Pod', name)).toEqual([`FailedScheduling: ${message} (default-scheduler)`]);
    await cluster.patch(deployments, 'web', 'default', { spec: { replicas: 2 } });
    await cluster.until('the waiting one is gone', async () => (await cluster.podLines()).length === 2);
  });

  it('push others off by priority', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await cluster.create(priorityClasses, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'high' },
      value: 1000,
    } as never);
    const resources = { requests: { cpu: '3' } };
    await cluster.create(
      deployments,
      deployment('low', 1, { containers: [{ name: 'low', image: 'low:1', resources }] }),
    );
    await cluster.until('it runs', async () => (await cluster.runningPods()).length === 1);
    const [victim] = await cluster.runningPods();
    const spec = { priorityClassName: 'high', containers: [{ name: 'high', image: 'high:1', resources }] };
    await cluster.create(deployments, deployment('high', 1, spec));
    await cluster.until(
      'the high one runs',
      async () => (await cluster.runningPods()).some(({ metadata }) => metadata?.labels?.['app'] === 'high'),
      90_000,
    );
    const told = await cluster.eventLines('Pod', victim?.metadata?.name ?? '');
    expect(told.some((line) => /^Preempted: Preempted by pod [0-9a-f-]+ on node node-1/.test(line))).toBe(true);
  });
});
