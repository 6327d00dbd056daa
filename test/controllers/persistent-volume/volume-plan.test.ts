/** Which volume a claim gets, and what becomes of volumes. */
import { describe, expect, it } from 'vitest';
import { findVolume } from '../../../controllers/persistent-volume/volume-match.ts';
import {
  BUILT_IN_PROVISIONER,
  boundClaim,
  boundVolume,
  type ClaimFacts,
  planClaim,
  planVolume,
} from '../../../controllers/persistent-volume/volume-plan.ts';
import type {
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1PersistentVolumeClaimSpec,
  V1PersistentVolumeSpec,
  V1StorageClass,
} from '../../../generated/kubernetes.d.ts';

function claim(spec: Partial<V1PersistentVolumeClaimSpec> = {}, annotations?: Record<string, string>) {
  const made: V1PersistentVolumeClaim = {
    metadata: {
      name: 'data',
      namespace: 'default',
      uid: 'claim',
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  };
  return made;
}

function volume(name: string, storage: string, spec: Partial<V1PersistentVolumeSpec> = {}, phase = 'Available') {
  const made: V1PersistentVolume = {
    metadata: { name, uid: name, labels: { disk: name } },
    spec: { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage }, ...spec },
    status: { phase },
  };
  return made;
}

const ours = { kind: 'PersistentVolumeClaim', name: 'data', namespace: 'default', uid: 'claim' };
const storageClass = (changes: Partial<V1StorageClass> = {}): V1StorageClass => ({
  metadata: { name: 'local' },
  provisioner: BUILT_IN_PROVISIONER,
  ...changes,
});
const facts = (changes: Partial<ClaimFacts> = {}): ClaimFacts => ({
  named: undefined,
  match: () => undefined,
  storageClass: undefined,
  ...changes,
});

describe('findVolume', () => {
  it.each([
    ['the smallest that will do', claim(), [volume('a', '5Gi'), volume('b', '2Gi'), volume('c', '1Mi')], 'b'],
    ['exactly as large', claim(), [volume('a', '1024Mi')], 'a'],
    ['none that is taken', claim(), [volume('a', '1Gi', { claimRef: { ...ours, name: 'x' } }, 'Bound')], undefined],
    ['none that is not ready', claim(), [volume('a', '1Gi', {}, 'Pending')], undefined],
    ['the one that is reserved', claim(), [volume('a', '2Gi'), volume('b', '9Gi', { claimRef: ours })], 'b'],
    [
      'none reserved for one that had its name',
      claim(),
      [volume('a', '2Gi', { claimRef: { ...ours, uid: 'before' } })],
      undefined,
    ],
    ['only of its class', claim({ storageClassName: 'fast' }), [volume('a', '1Gi')], undefined],
    ['only with its access modes', claim({ accessModes: ['ReadWriteMany'] }), [volume('a', '1Gi')], undefined],
    ['only of its kind', claim({ volumeMode: 'Block' }), [volume('a', '1Gi')], undefined],
    [
      'only with its labels',
      claim({ selector: { matchLabels: { disk: 'b' } } }),
      [volume('a', '1Gi'), volume('b', '3Gi')],
      'b',
    ],
  ])('%s', (_what, wanted, volumes, expected) => {
    expect(findVolume(wanted, volumes)?.metadata?.name).toBe(expected);
    expect(findVolume(wanted, [...volumes].reverse())?.metadata?.name).toBe(expected);
  });
});

describe('planClaim', () => {
  const bound = { 'pv.kubernetes.io/bind-completed': 'yes' };
  const free = volume('a', '1Gi');
  const mine = volume('a', '1Gi', { claimRef: ours });
  const others = volume('a', '1Gi', { claimRef: { ...ours, uid: 'other', name: 'other' } });
  const late = storageClass({ volumeBindingMode: 'WaitForFirstConsumer' });
  const selected = { 'volume.kubernetes.io/selected-node': 'node-2' };

  it.each([
    ['no volume, no class', claim(), facts(), 'pending FailedBinding'],
    ['a free volume', claim(), facts({ match: () => free }), 'bind'],
    ['a class', claim({ storageClassName: 'local' }), facts({ storageClass: storageClass() }), 'provision'],
    ['a missing class', claim({ storageClassName: 'local' }), facts(), 'pending ProvisioningFailed'],
    [
      'a class of somebody else',
      claim({ storageClassName: 'x' }),
      facts({ storageClass: storageClass({ provisioner: 'x.io/y' }) }),
      'await ExternalProvisioning',
    ],
    [
      'a class that waits',
      claim({ storageClassName: 'local' }),
      facts({ storageClass: late, match: () => free }),
      'pending WaitForFirstConsumer',
    ],
    ['a class that waited', claim({ storageClassName: 'local' }, selected), facts({ storageClass: late }), 'provision'],
    ['a name without a volume', claim({ volumeName: 'a' }), facts(), 'pending'],
    ['a name of a free volume', claim({ volumeName: 'a' }), facts({ named: free }), 'bind'],
    ['a name of another’s volume', claim({ volumeName: 'a' }), facts({ named: others }), 'pending FailedBinding'],
    ['bound', claim({ volumeName: 'a' }, bound), facts({ named: mine }), 'bind'],
    ['bound, the volume gone', claim({ volumeName: 'a' }, bound), facts(), 'lost ClaimLost'],
    ['bound, the volume another’s', claim({ volumeName: 'a' }, bound), facts({ named: others }), 'lost ClaimMisbound'],
  ])('%s', (_what, object, known, expected) => {
    const plan = planClaim(object, known);
    const event = 'event' in plan && plan.event !== undefined ? ` ${plan.event.reason}` : '';
    expect(`${plan.type}${event}`).toBe(expected);
  });

  it('makes a volume as asked for, on the node that was chosen', () => {
    const plan = planClaim(claim({ storageClassName: 'local' }, selected), facts({ storageClass: late }));
    expect(plan).toMatchObject({
      type: 'provision',
      volume: {
        metadata: { name: 'pvc-claim', annotations: { 'pv.kubernetes.io/provisioned-by': BUILT_IN_PROVISIONER } },
        spec: {
          capacity: { storage: '1Gi' },
          persistentVolumeReclaimPolicy: 'Delete',
          storageClassName: 'local',
          claimRef: { ...ours, apiVersion: 'v1' },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ values: ['node-2'] }] }] } },
        },
      },
      claim: { metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': BUILT_IN_PROVISIONER } } },
    });
  });

  it('writes both halves of a binding once', () => {
    const half = boundVolume(free, claim());
    expect(half?.spec?.claimRef).toMatchObject(ours);
    expect(half?.metadata?.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
    expect(boundVolume(half ?? free, claim())).toBeUndefined();
    const other = boundClaim(claim(), free);
    expect(other?.spec?.volumeName).toBe('a');
    expect(boundClaim(other ?? claim(), free)).toBeUndefined();
  });
});

describe('planVolume', () => {
  const provisioned = (phase: string, policy: string): V1PersistentVolume => {
    const made = volume('a', '1Gi', { claimRef: ours, persistentVolumeReclaimPolicy: policy }, phase);
    const annotations = { 'pv.kubernetes.io/provisioned-by': BUILT_IN_PROVISIONER };
    return { ...made, metadata: { ...made.metadata, annotations } };
  };
  const manual = (phase: string) =>
    volume('a', '1Gi', { claimRef: ours, persistentVolumeReclaimPolicy: 'Delete' }, phase);

  it.each([
    ['free', volume('a', '1Gi', {}, 'Pending'), undefined, 'phase Available'],
    ['reserved by name', volume('a', '1Gi', { claimRef: { name: 'x', namespace: 'y' } }), undefined, 'phase Available'],
    ['its claim is gone', provisioned('Bound', 'Delete'), undefined, 'phase Released'],
    ['and it is to go', provisioned('Released', 'Delete'), undefined, 'delete'],
    ['and it is to stay', provisioned('Released', 'Retain'), undefined, 'phase Released'],
    ['and it is not ours to delete', manual('Released'), undefined, 'phase Released'],
    ['bound', manual('Pending'), claim({ volumeName: 'a' }), 'phase Bound'],
    ['its claim does not know yet', manual('Available'), claim(), 'wait'],
    ['its claim went elsewhere', manual('Available'), claim({ volumeName: 'b' }), 'release'],
    ['and it was made for it', provisioned('Available', 'Delete'), claim({ volumeName: 'b' }), 'delete'],
  ])('%s', (_what, object, known, expected) => {
    const plan = planVolume(object, known);
    expect(plan.type === 'phase' ? `phase ${plan.phase}` : plan.type).toBe(expected);
  });
});
