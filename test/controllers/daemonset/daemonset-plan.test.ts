/** Which nodes get a daemon, which lose it, and how an update walks over them. */
import { describe, expect, it } from 'vitest';
import { daemonTemplate, daemonTolerations } from '../../../controllers/daemonset/daemon-pods.ts';
import { daemonPicture, planDaemons } from '../../../controllers/daemonset/daemonset-plan.ts';
import { daemonStatus } from '../../../controllers/daemonset/daemonset-status.ts';
import { chooseNode } from '../../../controllers/daemonset/node-choice.ts';
import type { V1DaemonSet, V1Node, V1Pod } from '../../../generated/kubernetes.d.ts';
import { node, type PodParts, pod, START_MS } from '../build-objects.ts';

const NEW = { 'controller-revision-hash': 'new' };
const OLD = { 'controller-revision-hash': 'old' };

function daemonSet(spec: Partial<NonNullable<V1DaemonSet['spec']>> = {}): V1DaemonSet {
  return {
    metadata: { name: 'proxy', namespace: 'kube-system', uid: 'ds', generation: 2 },
    spec: {
      selector: { matchLabels: { app: 'proxy' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: { metadata: { labels: { app: 'proxy' } }, spec: { containers: [{ name: 'proxy' }] } },
      ...spec,
    },
  };
}

function daemon(name: string, on: string, parts: PodParts = {}): V1Pod {
  return pod(name, { node: on, ready: true, labels: NEW, ...parts });
}

function plan(set: V1DaemonSet, nodes: V1Node[], pods: V1Pod[], retryInMs = 0) {
  const found = planDaemons(daemonPicture(set, 'new', nodes, pods, START_MS + 1000), () => retryInMs);
  return { create: found.create, delete: found.delete.map(({ metadata }) => metadata?.name), found };
}

describe('planDaemons', () => {
  it('one on every node that is meant, none elsewhere', () => {
    const nodes = [
      node('a'),
      node('b'),
      node('cordoned', {
        unschedulable: true,
        taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
      }),
      node('repelling', { taints: [{ key: 'x', effect: 'NoSchedule' }] }),
      node('lost', { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] }),
    ];
    expect(plan(daemonSet(), nodes, [daemon('1', 'a')]).create).toEqual(['b', 'cordoned', 'lost']);
    expect(plan(daemonSet(), nodes, [daemon('1', 'repelling')]).delete).toEqual([]);
  });

  it('goes where the selector no longer points, and where there are two', () => {
    const spec = { containers: [{ name: 'proxy' }], nodeSelector: { role: 'x' } };
    const set = daemonSet({ template: { metadata: { labels: {} }, spec } });
    const nodes = [node('a', { labels: { role: 'x' } }), node('b')];
    const pods = [daemon('1', 'a'), daemon('2', 'a', { created: 5 }), daemon('3', 'b')];
    expect(plan(set, nodes, pods).delete).toEqual(['2', '3']);
  });

  it('replaces failed pods, but leaves those alone that failed just now', () => {
    const nodes = [node('a')];
    const failed = daemon('1', 'a', { phase: 'Failed' });
    const now = plan(daemonSet(), nodes, [failed]);
    expect(now.delete).toEqual(['1']);
    expect(now.found.events).toEqual([
      {
        type: 'Warning',
        reason: 'FailedDaemonPod',
        message: 'Found failed daemon pod default/1 on node a, will try to kill it',
      },
    ]);
    const later = plan(daemonSet(), nodes, [failed], 3000);
    expect(later.delete).toEqual([]);
    expect(later.found.requeueAfterMs).toBe(3000);
  });

  it('removes pods that wait for a node that is gone', () => {
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['gone'] }];
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
    };
    expect(plan(daemonSet(), [], [pod('1', { spec: { affinity } })]).delete).toEqual(['1']);
  });

  it('updates one node at a time, broken old ones at once', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name));
    const pods = [
      daemon('1', 'a', { labels: OLD }),
      daemon('2', 'b', { labels: OLD }),
      daemon('3', 'c', { labels: OLD }),
    ];
    expect(plan(daemonSet(), nodes, pods).delete).toEqual(['1']);
    const half = [daemon('n', 'a', { ready: false }), ...pods.slice(1)];
    expect(plan(daemonSet(), nodes, half).delete).toEqual([]);
    const broken = [daemon('n', 'a'), daemon('2', 'b', { labels: OLD, ready: false }), pods[2] as V1Pod];
    expect(plan(daemonSet(), nodes, broken).delete).toEqual(['2']);
    const onDelete = daemonSet({ updateStrategy: { type: 'OnDelete' } });
    expect(plan(onDelete, nodes, pods).delete).toEqual([]);
  });

  it('with surge, a new one stands beside the old one until it is available', () => {
    const set = daemonSet({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    const nodes = [node('a'), node('b')];
    const old = [daemon('1', 'a', { labels: OLD }), daemon('2', 'b', { labels: OLD })];
    expect(plan(set, nodes, old)).toMatchObject({ create: ['a'], delete: [] });
    const surging = [...old, daemon('n', 'a', { created: 5, ready: false })];
    expect(plan(set, nodes, surging)).toMatchObject({ create: [], delete: [] });
    const ready = [...old, daemon('n', 'a', { created: 5 })];
    expect(plan(set, nodes, ready)).toMatchObject({ create: [], delete: ['1'] });
  });
});

describe('daemon pods', () => {
  it('tolerate all that a node in trouble has, and are pinned to their node', () => {
    const template = daemonTemplate(daemonSet(), 'new', 'a');
    expect(template.metadata?.labels).toEqual({ app: 'proxy', 'controller-revision-hash': 'new' });
    expect(template.spec?.tolerations?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    expect(template.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual({
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }],
    });
    expect(daemonTolerations({ containers: [], hostNetwork: true })).toHaveLength(7);
  });

  it('may stay on a node that only keeps new pods away', () => {
    expect(chooseNode(daemonSet(), node('a', { taints: [{ key: 'x', effect: 'NoSchedule' }] }))).toEqual({
      shouldRun: false,
      mayStay: true,
    });
    expect(chooseNode(daemonSet(), node('a', { taints: [{ key: 'x', effect: 'NoExecute' }] })).mayStay).toBe(false);
  });
});

it('daemonStatus counts nodes', () => {
  const nodes = [node('a'), node('b'), node('c'), node('d', { taints: [{ key: 'x', effect: 'NoSchedule' }] })];
  const pods = [daemon('1', 'a'), daemon('2', 'b', { labels: OLD, ready: false }), daemon('4', 'd')];
  const picture = daemonPicture(daemonSet(), 'new', nodes, pods, START_MS);
  expect(daemonStatus(picture, true)).toEqual({
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    numberReady: 1,
    numberAvailable: 1,
    numberUnavailable: 2,
    updatedNumberScheduled: 1,
    observedGeneration: 2,
  });
  expect(daemonStatus(picture, false).observedGeneration).toBeUndefined();
});
