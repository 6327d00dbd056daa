/** What a StatefulSet does on each turn, one thing after the other. */
import { describe, expect, it } from 'vitest';
import { claimOwners } from '../../../controllers/statefulset/claim-retention.ts';
import { newStatefulPod } from '../../../controllers/statefulset/stateful-pods.ts';
import { planStatefulSet } from '../../../controllers/statefulset/statefulset-plan.ts';
import type {
  V1ControllerRevision,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
  V1StatefulSetSpec,
} from '../../../generated/kubernetes.d.ts';
import { pod, START_MS } from '../build-objects.ts';

const NOW_MS = START_MS + 1000_000;

function revision(name: string, image: string): V1ControllerRevision {
  const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image }] } };
  return {
    metadata: { name, uid: name },
    revision: 1,
    data: { spec: { template: { ...template, $patch: 'replace' } } },
  };
}

const OLD = revision('old', 'db:1');
const NEW = revision('new', 'db:2');

function set(replicas: number, spec: Partial<V1StatefulSetSpec> = {}): V1StatefulSet {
  return {
    metadata: { name: 'db', namespace: 'default', uid: 'set', generation: 2 },
    spec: {
      replicas,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: {},
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
    status: { replicas: 0, currentRevision: 'old' },
  };
}

/**
 * `0` a ready pod of the old revision, `0n` of the new one; then `-` not ready, `x` going away, `f` failed.
 * What is to be done reads `+2`, `-1`.
 */
function pods(text: string): V1Pod[] {
  return text
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => {
      const ordinal = Number.parseInt(each, 10);
      const name = `db-${ordinal}`;
      return pod(name, {
        node: 'n',
        ready: !each.includes('-') && !each.includes('f'),
        deleting: each.includes('x'),
        phase: each.includes('f') ? 'Failed' : 'Running',
        labels: {
          'controller-revision-hash': each.includes('n') ? 'new' : 'old',
          'statefulset.kubernetes.io/pod-name': name,
        },
      });
    });
}

function turn(object: V1StatefulSet, present: string, update = OLD): string {
  const plan = planStatefulSet({ set: object, pods: pods(present), current: OLD, update, nowMs: NOW_MS });
  return plan.actions
    .filter(({ type }) => type === 'create' || type === 'delete')
    .map((action) => `${action.type === 'create' ? '+' : '-'}${action.pod.metadata?.name?.slice(3)}`)
    .join(' ');
}

describe('one after the other', () => {
  it.each([
    ['', 3, '+0'],
    ['0-', 3, ''],
    ['0', 3, '+1'],
    ['0 1 2', 3, ''],
    ['1 2', 3, '+0'],
    ['0 1f 2', 3, '-1'],
    ['0 1x 2', 3, ''],
    ['0 1 2 3', 2, '-3'],
    ['0 1 2 3x', 2, ''],
    ['0- 1 2 3', 2, ''],
    ['0 1 2 3-', 2, '-3'],
    ['0 1', 0, '-1'],
  ])('there are “%s” of %i: %s', (present, replicas, expected) => {
    expect(turn(set(replicas), present)).toBe(expected);
  });

  it('from another first number', () => {
    const shifted = set(2, { ordinals: { start: 5 } });
    expect(turn(shifted, '0 5')).toBe('+6');
    expect(turn(shifted, '0 5 6')).toBe('-0');
  });

  it('only when a pod has been ready for long enough', () => {
    expect(turn(set(2, { minReadySeconds: 999 }), '0')).toBe('+1');
    expect(turn(set(2, { minReadySeconds: 1001 }), '0')).toBe('');
  });
});

describe('in parallel', () => {
  const parallel = (replicas: number) => set(replicas, { podManagementPolicy: 'Parallel' });
  it.each([
    ['', 3, '+0 +1 +2'],
    ['0- 1-', 3, '+2'],
    ['0 1f 2', 3, '-1'],
    ['0 1- 2 3', 1, '-3 -2 -1'],
  ])('there are “%s” of %i: %s', (present, replicas, expected) => {
    expect(turn(parallel(replicas), present)).toBe(expected);
  });
});

describe('an update', () => {
  it.each([
    ['from the last', {}, '0 1 2', '-2'],
    ['waits for what it updated', {}, '0 1 2n-', ''],
    ['goes on', {}, '0 1 2n', '-1'],
    ['to the first', {}, '0 1n 2n', '-0'],
    ['waits for what goes', {}, '0 1x 2n', ''],
    ['is done', {}, '0n 1n 2n', ''],
    ['down to the partition', { updateStrategy: { rollingUpdate: { partition: 2 } } }, '0 1 2n', ''],
    ['the partition’s own pod too', { updateStrategy: { rollingUpdate: { partition: 2 } } }, '0 1 2', '-2'],
    ['not by itself', { updateStrategy: { type: 'OnDelete' } }, '0 1 2', ''],
    ['replaces what is not well, in parallel', { podManagementPolicy: 'Parallel' }, '0 1 2-', '-2'],
    ['several at once', { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } }, '0 1 2', '-2 -1'],
    ['a share at once', { updateStrategy: { rollingUpdate: { maxUnavailable: '70%' } } }, '0 1 2', '-2 -1'],
  ])('%s', (_what, spec, present, expected) => {
    expect(turn(set(3, spec), present, NEW)).toBe(expected);
  });

  it('brings pods below the partition back as they were', () => {
    const held = set(3, { updateStrategy: { rollingUpdate: { partition: 1 } } });
    const made = (present: string) =>
      planStatefulSet({ set: held, pods: pods(present), current: OLD, update: NEW, nowMs: NOW_MS }).actions.find(
        ({ type }) => type === 'create',
      )?.pod;
    expect(made('1n 2n')?.spec?.containers[0]?.image).toBe('db:1');
    expect(made('0 2n')?.spec?.containers[0]?.image).toBe('db:2');
  });

  it('shows in the status', () => {
    const status = (present: string) =>
      planStatefulSet({ set: set(3), pods: pods(present), current: OLD, update: NEW, nowMs: NOW_MS }).status;
    expect(status('0 1 2n-')).toEqual({
      observedGeneration: 2,
      replicas: 3,
      readyReplicas: 2,
      availableReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 1,
      currentRevision: 'old',
      updateRevision: 'new',
      collisionCount: 0,
    });
    expect(status('0n 1n 2n')).toMatchObject({ currentRevision: 'new', currentReplicas: 3, updatedReplicas: 3 });
  });
});

describe('newStatefulPod', () => {
  it('knows its name, its service and its claims', () => {
    const object = set(1, {
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }],
    });
    const made = newStatefulPod(object, NEW, 4);
    expect(made.metadata).toMatchObject({
      name: 'db-4',
      labels: {
        app: 'db',
        'apps.kubernetes.io/pod-index': '4',
        'statefulset.kubernetes.io/pod-name': 'db-4',
        'controller-revision-hash': 'new',
      },
    });
    expect(made.spec).toMatchObject({
      hostname: 'db-4',
      subdomain: 'db',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-4' } }],
      containers: [{ image: 'db:2' }],
    });
  });
});

describe('claimOwners', () => {
  const [owner] = pods('0') as [V1Pod];
  const claim = (...owners: object[]): V1PersistentVolumeClaim => ({
    metadata: { name: 'data-db-0', ownerReferences: owners as never },
  });
  const policy = (whenDeleted: string, whenScaled: string) =>
    set(1, { persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
  const ofSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'set', controller: true };
  const ofPod = { apiVersion: 'v1', kind: 'Pod', name: 'db-0', uid: 'db-0', controller: true };
  const other = { apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'x', controller: true };

  it.each([
    ['kept', policy('Retain', 'Retain'), false, claim(), undefined],
    ['goes with the set', policy('Delete', 'Retain'), false, claim(), ['StatefulSet']],
    ['already does', policy('Delete', 'Retain'), false, claim(ofSet), undefined],
    ['goes with the pod that is scaled away', policy('Delete', 'Delete'), true, claim(ofSet), ['Pod']],
    ['comes back', policy('Delete', 'Delete'), false, claim(ofPod), ['StatefulSet']],
    ['is kept again', policy('Retain', 'Retain'), false, claim(ofSet), []],
    ['belongs to somebody else', policy('Delete', 'Delete'), false, claim(other), undefined],
  ])('%s', (_what, object, scaledAway, present, expected) => {
    const { owners } = claimOwners(present, object, owner, scaledAway);
    expect(owners?.map(({ kind }) => kind)).toEqual(expected);
  });
});
