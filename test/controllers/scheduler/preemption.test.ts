/** Which pods are pushed off which node, and when none are. */
import { describe, expect, it } from 'vitest';
import type { World } from '../../../controllers/scheduler/plugin.ts';
import { defaultPlugins } from '../../../controllers/scheduler/plugins/default-plugins.ts';
import { podInfoOf } from '../../../controllers/scheduler/pod-info.ts';
import { planPreemption } from '../../../controllers/scheduler/preemption.ts';
import type { V1Pod, V1PodDisruptionBudget } from '../../../generated/kubernetes.d.ts';
import { node, pod } from '../build-objects.ts';
import { decide, worldOf } from './build-world.ts';

function preempt(world: World, what: V1Pod, budgets: readonly V1PodDisruptionBudget[] = []): string {
  const decision = decide(world, what);
  if (decision.type === 'fits') return `fits ${decision.nodeName}`;
  const before = JSON.stringify(
    world.cluster.nodes.map(({ requested, pods }) => [[...requested], [...pods.keys()].sort()]),
  );
  const plan = planPreemption(podInfoOf(what), world, decision.failure, {
    plugins: defaultPlugins,
    budgets,
    nominatedOn: () => [],
    startAt: 0,
  });
  const after = JSON.stringify(
    world.cluster.nodes.map(({ requested, pods }) => [[...requested], [...pods.keys()].sort()]),
  );
  expect(after).toBe(before);
  if (plan.type === 'helpless') return plan.message;
  return `${plan.nodeName}: ${plan.victims.map(({ key }) => key.replace('default/', '')).join(' ')}`;
}

describe('planPreemption', () => {
  it('takes as few and as unimportant pods as will do', () => {
    const world = worldOf({
      nodes: [node('a', { cpu: '2' }), node('b', { cpu: '2' })],
      pods: [
        pod('a1', { node: 'a', cpu: '1', priority: 5 }),
        pod('a2', { node: 'a', cpu: '1', priority: 1 }),
        pod('b1', { node: 'b', cpu: '2', priority: 3 }),
      ],
    });
    expect(preempt(world, pod('p', { cpu: '1', priority: 10 }))).toBe('a: a2');
    expect(preempt(world, pod('p', { cpu: '2', priority: 10 }))).toBe('b: b1');
    expect(preempt(world, pod('p', { cpu: '1', priority: 1 }))).toBe(
      'preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    );
    expect(preempt(world, pod('p', { cpu: '3', priority: 10 }))).toBe(
      'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    );
  });

  it('does not touch others when it may not preempt', () => {
    const world = worldOf({ nodes: [node('a', { cpu: '1' })], pods: [pod('x', { node: 'a', cpu: '1' })] });
    const polite = pod('p', { cpu: '1', priority: 10, spec: { preemptionPolicy: 'Never' } });
    expect(preempt(world, polite)).toBe('preemption: not eligible due to preemptionPolicy=Never.');
  });

  it('waits for those that it has already asked to go', () => {
    const victim = pod('x', { node: 'a', cpu: '1', deleting: true });
    victim.status?.conditions?.push({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' });
    const world = worldOf({ nodes: [node('a', { cpu: '1' })], pods: [victim] });
    const waiting = { ...pod('p', { cpu: '1', priority: 10 }), status: { nominatedNodeName: 'a' } };
    expect(preempt(world, waiting)).toBe('preemption: not eligible due to a terminating pod on the nominated node.');
  });

  it('prefers a node where no disruption budget breaks', () => {
    const world = worldOf({
      nodes: [node('a', { cpu: '1' }), node('b', { cpu: '1' })],
      pods: [
        pod('a1', { node: 'a', cpu: '1', labels: { app: 'db' } }),
        pod('b1', { node: 'b', cpu: '1', priority: 5 }),
      ],
    });
    const budget = {
      metadata: { namespace: 'default', name: 'db' },
      spec: { selector: { matchLabels: { app: 'db' } } },
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    };
    expect(preempt(world, pod('p', { cpu: '1', priority: 10 }), [budget])).toBe('b: b1');
    expect(preempt(world, pod('p', { cpu: '1', priority: 10 }), [])).toBe('a: a1');
  });

  it('anti-affinity to a lower pod makes room by its removal', () => {
    const spec = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'noisy' } } },
          ],
        },
      },
    };
    const world = worldOf({
      nodes: [node('a')],
      pods: [pod('x', { node: 'a', labels: { app: 'noisy' } }), pod('y', { node: 'a' })],
    });
    expect(preempt(world, pod('p', { priority: 10, spec }))).toBe('a: x');
  });
});
