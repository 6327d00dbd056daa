/** The plans of controllers that fit in one file: address ranges, disruption budgets, autoscalers, Jobs' time to live. */
import { describe, expect, it } from 'vitest';
import { planScale } from '../../controllers/horizontal-pod-autoscaler.ts';
import { RangeAllocator } from '../../controllers/node-ipam.ts';
import { budgetStatus } from '../../controllers/pod-disruption-budgets.ts';
import { expiresInMs } from '../../controllers/ttl-after-finished.ts';
import type {
  V1PodDisruptionBudgetSpec,
  V1PodDisruptionBudgetStatus,
  V2HorizontalPodAutoscalerSpec,
} from '../../generated/kubernetes.d.ts';
import { at, pod, START_MS } from './build-objects.ts';

describe('RangeAllocator', () => {
  it('gives each range once, and freed ones last', () => {
    const ranges = new RangeAllocator('10.1.0.0/22', 24);
    ranges.occupy('10.1.1.0/24');
    expect([ranges.allocate(), ranges.allocate()]).toEqual(['10.1.0.0/24', '10.1.2.0/24']);
    ranges.release('10.1.0.0/24');
    expect([ranges.allocate(), ranges.allocate(), ranges.allocate()]).toEqual([
      '10.1.3.0/24',
      '10.1.0.0/24',
      undefined,
    ]);
  });

  it('does not mind ranges from elsewhere', () => {
    const ranges = new RangeAllocator('192.168.7.9/30', 31);
    ranges.occupy('10.0.0.0/24');
    expect([ranges.allocate(), ranges.allocate(), ranges.allocate()]).toEqual([
      '192.168.7.8/31',
      '192.168.7.10/31',
      undefined,
    ]);
  });

  it.each(['10.0.0.0', '10.0.0.0/25', '10.0.0.0/4'])('refuses %s', (cidr) => {
    expect(() => new RangeAllocator(cidr, 24)).toThrow('cannot be cut');
  });
});

describe('budgetStatus', () => {
  const well = (count: number) => Array.from({ length: count }, (_, i) => pod(`p${i}`, { node: 'n', ready: true }));
  const status = (
    spec: V1PodDisruptionBudgetSpec,
    pods = well(4),
    wantedByControllers = 4,
    before: Partial<V1PodDisruptionBudgetStatus> = {},
  ) => {
    const base = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0, ...before };
    const budget = { metadata: { generation: 2 }, spec, status: base };
    return budgetStatus(budget, { pods, wantedByControllers }, START_MS);
  };
  const figures = (s: V1PodDisruptionBudgetStatus) => [
    s.currentHealthy,
    s.desiredHealthy,
    s.expectedPods,
    s.disruptionsAllowed,
  ];

  it.each([
    ['a number that must be there', { minAvailable: 3 }, 4, 4, [4, 3, 4, 1]],
    ['a share that must be there, rounded up', { minAvailable: '30%' }, 4, 4, [4, 2, 4, 2]],
    ['a number that may be away', { maxUnavailable: 1 }, 4, 4, [4, 3, 4, 1]],
    ['a share that may be away, rounded up', { maxUnavailable: '30%' }, 4, 4, [4, 2, 4, 2]],
    ['more are wanted than there are', { maxUnavailable: 1 }, 3, 5, [3, 4, 5, 0]],
    ['no pods', { maxUnavailable: 1 }, 0, 0, [0, 0, 0, 0]],
    ['nothing is asked', {}, 2, 2, [2, 0, 2, 2]],
  ])('%s', (_what, spec, present, wanted, expected) => {
    expect(figures(status(spec, well(present), wanted))).toEqual(expected);
  });

  it('counts as away what was granted a moment ago, for two minutes', () => {
    const granted = (seconds: number) =>
      status({ minAvailable: 2 }, well(4), 4, { disruptedPods: { p1: at(seconds), gone: at(0) } });
    expect(granted(-10)).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1, disruptedPods: { p1: at(-10) } });
    expect(granted(-121).disruptedPods).toBeUndefined();
  });

  it('does not count what is going away or not ready', () => {
    const pods = [...well(2), pod('x', { node: 'n', ready: true, deleting: true }), pod('y', { node: 'n' })];
    expect(figures(status({ minAvailable: 2 }, pods))).toEqual([2, 2, 4, 0]);
  });
});

describe('planScale', () => {
  const plan = (spec: Partial<V2HorizontalPodAutoscalerSpec>, replicas: number) =>
    planScale({ spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec } }, replicas);

  it.each([
    [{ minReplicas: 2 }, 1, 2, 'Current number of replicas below Spec.MinReplicas'],
    [{}, 9, 5, 'Current number of replicas above Spec.MaxReplicas'],
    [{}, 0, 0, undefined],
    [{}, 3, 3, undefined],
  ])('%j, %i replicas: %i', (spec, replicas, desired, reason) => {
    expect(plan(spec, replicas)).toMatchObject({ desired, ...(reason === undefined ? {} : { reason }) });
  });

  it('says why it cannot follow a metric', () => {
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ];
    const { active, warnings } = plan({ metrics }, 3);
    expect(active).toMatchObject({ status: 'False', reason: 'FailedGetResourceMetric' });
    expect(warnings.map(({ reason }) => reason)).toEqual(['FailedGetResourceMetric', 'FailedComputeMetricsReplicas']);
    expect(warnings[0]?.message).toBe(
      'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
    );
  });
});

describe('expiresInMs', () => {
  const job = (ttlSecondsAfterFinished: number | undefined, type: string, deleting = false) => ({
    metadata: deleting ? { deletionTimestamp: at(0) } : {},
    spec: { template: {}, ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }) },
    status: { conditions: [{ type, status: 'True', lastTransitionTime: at(0) }] },
  });
  it.each([
    ['ended a moment ago', job(60, 'Complete'), 50_000],
    ['failed', job(5, 'Failed'), -5000],
    ['still runs', job(60, 'Suspended'), undefined],
    ['stays', job(undefined, 'Complete'), undefined],
    ['goes already', job(60, 'Complete', true), undefined],
  ])('%s', (_what, object, expected) => {
    expect(expiresInMs(object, START_MS + 10_000)).toBe(expected);
  });
});
