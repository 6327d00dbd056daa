/** When a node counts as lost, which taints follow, and when evictions slow down. */
import { describe, expect, it } from 'vitest';
import { assessNode, type NodeHealth } from '../../../controllers/node-lifecycle/node-health.ts';
import { withConditionTaints, withEvictionTaint } from '../../../controllers/node-lifecycle/node-taints.ts';
import { evictionRate, planDisruption, type ZoneState, zoneState } from '../../../controllers/node-lifecycle/zones.ts';
import { evictionDelayMs } from '../../../controllers/taint-eviction.ts';
import type { V1Lease, V1Node, V1NodeCondition } from '../../../generated/kubernetes.d.ts';
import { at, node, START_MS } from '../build-objects.ts';

const GRACE = { monitorMs: 50_000, startupMs: 60_000 };

function withReady(status: string, heartbeat = 0): V1Node {
  const conditions = [
    { type: 'Ready', status, lastHeartbeatTime: at(heartbeat), lastTransitionTime: at(0), reason: 'KubeletReady' },
    { type: 'MemoryPressure', status: 'False' },
    { type: 'NetworkUnavailable', status: 'False' },
  ];
  return { ...node('n'), status: { conditions } };
}

function lease(renewed: number): V1Lease {
  return { metadata: { name: 'n' }, spec: { renewTime: at(renewed) } };
}

describe('assessNode', () => {
  it('a renewed lease or a new status keeps a node alive; silence beyond the grace period loses it', () => {
    let health: NodeHealth | undefined;
    const look = (n: V1Node, l: V1Lease | undefined, nowMs: number) => {
      const found = assessNode(n, l, health, GRACE, nowMs, START_MS + nowMs);
      health = found.health;
      return found;
    };
    expect(look(withReady('True'), lease(0), 0)).toMatchObject({ before: 'True', now: 'True' });
    expect(look(withReady('True'), lease(10), 45_000).conditions).toBeUndefined();
    expect(look(withReady('True', 60), lease(10), 90_000).conditions).toBeUndefined();
    expect(look(withReady('True', 60), lease(10), 140_000).conditions).toBeUndefined();
    const lost = look(withReady('True', 60), lease(10), 140_001);
    expect(lost).toMatchObject({ before: 'True', now: 'Unknown' });
    expect(lost.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason ?? ''}`)).toEqual([
      'Ready=Unknown NodeStatusUnknown',
      'MemoryPressure=Unknown NodeStatusUnknown',
      'NetworkUnavailable=False ',
      'DiskPressure=Unknown NodeStatusNeverUpdated',
      'PIDPressure=Unknown NodeStatusNeverUpdated',
    ]);
    expect(look(withReady('Unknown', 60), lease(10), 145_000)).toMatchObject({ before: 'Unknown', now: 'Unknown' });
    expect(look(withReady('Unknown', 60), lease(10), 145_000).conditions).toBeUndefined();
  });

  it('a node that never posted a status gets the startup grace period', () => {
    const silent: V1Node = { metadata: { name: 'n', creationTimestamp: at(0) } };
    const first = assessNode(silent, undefined, undefined, GRACE, 0, START_MS);
    expect(first.now).toBeUndefined();
    expect(assessNode(silent, undefined, first.health, GRACE, 60_000, START_MS).conditions).toBeUndefined();
    const lost = assessNode(silent, undefined, first.health, GRACE, 60_001, START_MS).conditions;
    expect(lost?.[0]).toMatchObject({
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: at(0),
    });
  });

  it('a clock that jumps loses nobody: only changes of what the kubelet writes count', () => {
    const first = assessNode(withReady('True', 1_000_000), lease(1_000_000), undefined, GRACE, 0, START_MS);
    expect(assessNode(withReady('True', 1_000_000), lease(5), first.health, GRACE, 50_001, START_MS).now).toBe(
      'Unknown',
    );
  });
});

describe('taints', () => {
  it('follow conditions at once, and leave what others set', () => {
    const conditions: V1NodeCondition[] = [
      { type: 'Ready', status: 'Unknown' },
      { type: 'DiskPressure', status: 'True' },
    ];
    const mine = { key: 'mine', effect: 'NoSchedule' };
    const stale = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };
    const n: V1Node = { ...node('n', { taints: [mine, stale], unschedulable: true }), status: { conditions } };
    const taints = withConditionTaints(n, START_MS);
    expect(taints).toEqual([
      mine,
      { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: at(0) },
      { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule', timeAdded: at(0) },
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: at(0) },
    ]);
    expect(withConditionTaints({ ...n, spec: { ...n.spec, taints: taints ?? [] } }, START_MS)).toBeUndefined();
  });

  it('that evict are either not-ready or unreachable', () => {
    const unreachable = withEvictionTaint([], 'Unknown', START_MS) ?? [];
    expect(unreachable).toEqual([{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: at(0) }]);
    expect(withEvictionTaint(unreachable, 'Unknown', START_MS)).toBeUndefined();
    expect(withEvictionTaint(unreachable, 'False', START_MS)?.map(({ key }) => key)).toEqual([
      'node.kubernetes.io/not-ready',
    ]);
    expect(withEvictionTaint(unreachable, 'True', START_MS)).toEqual([]);
  });
});

describe('zones', () => {
  const rates = { normal: 0.1, secondary: 0.01, largeZoneNodes: 50, unhealthyShare: 0.55 };
  it.each([
    [3, 0, 'normal'],
    [1, 2, 'normal'],
    [2, 3, 'partial'],
    [0, 1, 'full'],
  ] as const)('%i ready and %i lost is %s', (ready, lost, expected) => {
    expect(zoneState(ready, lost, rates)).toBe(expected);
  });

  it('a small zone that loses many stops, a large one slows down', () => {
    expect(evictionRate('partial', 50, rates)).toBe(0);
    expect(evictionRate('partial', 51, rates)).toBe(0.01);
    expect(evictionRate('full', 10, rates)).toBe(0.1);
  });

  it('when everything is lost evictions stop; when somebody returns all get a new grace period', () => {
    const states = (a: ZoneState, b: ZoneState) =>
      new Map([
        ['a', a],
        ['b', b],
      ] as const);
    const now = (a: ZoneState, b: ZoneState) =>
      new Map([...states(a, b)].map(([zone, state]) => [zone, { state, size: 5 }] as const));
    expect(planDisruption(states('normal', 'full'), now('full', 'full'), rates).type).toBe('all-lost');
    expect(planDisruption(states('full', 'full'), now('full', 'full'), rates)).toMatchObject({
      type: 'rates',
      rates: new Map(),
    });
    expect(planDisruption(states('full', 'full'), now('normal', 'full'), rates)).toMatchObject({ type: 'recovered' });
    expect(planDisruption(states('normal', 'normal'), now('normal', 'partial'), rates)).toEqual({
      type: 'rates',
      rates: new Map([['b', 0]]),
    });
  });
});

describe('evictionDelayMs', () => {
  const unreachable = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
  const other = { key: 'other', effect: 'NoExecute' };
  const tolerate = (key: string, seconds?: number) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
  });
  it.each([
    ['nothing tolerated', [unreachable], [], 0],
    ['for a while', [unreachable], [tolerate(unreachable.key, 300)], 300_000],
    ['for ever', [unreachable], [tolerate(unreachable.key)], Number.POSITIVE_INFINITY],
    ['one of two', [unreachable, other], [tolerate(unreachable.key, 300)], 0],
    ['the shortest counts', [unreachable, other], [tolerate(unreachable.key, 300), tolerate('other', 20)], 20_000],
    ['zero and less are at once', [unreachable], [tolerate(unreachable.key, -1)], 0],
  ])('%s', (_what, taints, tolerations, expected) => {
    expect(evictionDelayMs(taints, tolerations)).toBe(expected);
  });
});
