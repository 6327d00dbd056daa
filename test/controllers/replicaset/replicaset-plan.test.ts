/** How many pods come and which go. */
import { describe, expect, it } from 'vitest';
import { planReplicas, replicaStatus } from '../../../controllers/replicaset/replicaset-plan.ts';
import { podsToDelete } from '../../../controllers/workload/pod-ranking.ts';
import type { V1ReplicaSet } from '../../../generated/kubernetes.d.ts';
import { at, type PodParts, pod, START_MS } from '../build-objects.ts';

function replicaSet(replicas: number, parts: Partial<V1ReplicaSet> = {}): V1ReplicaSet {
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'rs', generation: 3 },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } } } },
    ...parts,
  };
}

const NOW_MS = START_MS + 10_000_000;

describe('planReplicas', () => {
  it.each([
    [5, 3, 2, 0, 'creating 2 pods because 3 of 5 exist'],
    [3, 3, 0, 0, ''],
    [1, 3, 0, 2, 'deleting 2 pods because 3 of 1 exist'],
    [2000, 0, 500, 0, 'creating 500 pods because 0 of 2000 exist'],
  ])('wants %i, has %i: creates %i, deletes %i', (replicas, existing, create, going, words) => {
    const active = Array.from({ length: existing }, (_, i) => pod(`p${i}`));
    const plan = planReplicas(replicaSet(replicas), active, () => active, NOW_MS);
    expect([plan.create, plan.delete.length, plan.words]).toEqual([create, going, words]);
  });

  it('leaves the pods of a ReplicaSet that is being deleted to the garbage collector', () => {
    const dying = replicaSet(5, { metadata: { name: 'web', deletionTimestamp: at(0) } });
    expect(planReplicas(dying, [], () => [], NOW_MS).create).toBe(0);
  });
});

describe('podsToDelete: of two pods, the first goes first', () => {
  const cases: [string, PodParts, PodParts][] = [
    ['without a node before with one', {}, { node: 'n' }],
    ['pending before running', { node: 'n', phase: 'Pending' }, { node: 'n', phase: 'Running' }],
    ['not ready before ready', { node: 'n' }, { node: 'n', ready: true }],
    [
      'cheaper before dearer',
      { node: 'n', annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } },
      { node: 'n' },
    ],
    ['ready for a short time before long', { node: 'n', ready: 9_999_000 }, { node: 'n', ready: 10 }],
    ['restarted more often', { node: 'n', restarts: 3 }, { node: 'n', restarts: 1 }],
    ['younger before older', { node: 'n', created: 9_999 }, { node: 'n', created: 1 }],
  ];
  it.each(cases)('%s', (_what, first, second) => {
    const a = pod('a', first);
    const b = pod('b', second);
    expect(podsToDelete([a, b], [], 1, NOW_MS)).toEqual([a]);
    expect(podsToDelete([b, a], [], 1, NOW_MS)).toEqual([a]);
  });

  it('from the most crowded node', () => {
    const pods = [pod('a', { node: 'x' }), pod('b', { node: 'y' }), pod('c', { node: 'y' }), pod('d', { node: 'z' })];
    const going = podsToDelete(pods, pods, 1, NOW_MS);
    expect(going.map(({ spec }) => spec?.nodeName)).toEqual(['y']);
  });
});

describe('replicaStatus', () => {
  it('counts, and leaves out zeros as Go does', () => {
    const pods = [pod('a', { ready: true, labels: { app: 'web' } }), pod('b', { labels: { app: 'other' } })];
    expect(replicaStatus(replicaSet(2), pods, 1, undefined, NOW_MS)).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 3,
    });
    expect(replicaStatus(replicaSet(2), [], undefined, undefined, NOW_MS)).toEqual({
      replicas: 0,
      observedGeneration: 3,
    });
  });

  it('a ready pod is available after minReadySeconds', () => {
    const spec = { replicas: 1, selector: {}, minReadySeconds: 10 };
    const young = pod('a', { ready: 100 });
    const status = (nowMs: number) => replicaStatus(replicaSet(1, { spec }), [young], 0, undefined, nowMs);
    expect(status(START_MS + 109_999).availableReplicas).toBeUndefined();
    expect(status(START_MS + 110_000).availableReplicas).toBe(1);
  });

  it('says why it could not create, and takes it back', () => {
    const failed = replicaStatus(replicaSet(2), [], 0, new Error('exceeded quota'), NOW_MS);
    expect(failed.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
    ]);
    const healed = replicaStatus(replicaSet(2, { status: failed }), [], 0, undefined, NOW_MS);
    expect(healed.conditions).toBeUndefined();
  });
});
