import { describe, expect, it } from 'vitest';
import { persistentVolumeRow as row } from '../../../../apiserver/resources/core/persistent-volume.ts';
import { cellsOf, created, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

const base = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } };
const spec = { ...base, hostPath: { path: '/data' } };
const affinity = (key: string, values = ['a']): object => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values }] }] },
});

describe('persistent volumes', () => {
  it('begin pending, kept for ever, as file systems', () => {
    expect(created(row, { spec, status: { phase: 'Bound' } })).toMatchObject({
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { type: '' } },
      status: { phase: 'Pending', lastPhaseTransitionTime: '2026-01-31T12:00:00Z' },
    });
  });

  it.each([
    ['a good one', spec, []],
    [
      'nothing',
      {},
      [
        'spec.accessModes: Required value',
        'spec.capacity: Required value',
        'spec.capacity: Unsupported value: null: supported values: "storage"',
        'spec: Required value: must specify a volume type',
      ],
    ],
    [
      'other amounts',
      { ...spec, capacity: { storage: '0', cpu: '1' } },
      [
        'spec.capacity: Unsupported value: {"cpu":"1","storage":"0"}: supported values: "storage"',
        'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
      ],
    ],
    [
      'two sources',
      { ...spec, nfs: { server: 's', path: '/p' } },
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'a local disk of no node',
      { ...base, local: { path: '/d' } },
      ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    ],
    [
      'a driver without volume, and half a secret',
      { ...base, csi: { driver: 'a.com', nodePublishSecretRef: { name: 's' } } },
      ['spec.csi.volumeHandle: Required value', 'spec.csi.nodePublishSecretRef.namespace: Required value'],
    ],
    [
      'the root, to be recycled',
      { ...base, hostPath: { path: '//./' }, persistentVolumeReclaimPolicy: 'Recycle' },
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
    [
      'a class of attributes without a driver',
      { ...spec, volumeAttributesClassName: 'gold' },
      ['spec.csi: Required value: has to be specified when using volumeAttributesClassName'],
    ],
    [
      'an empty affinity',
      { ...spec, nodeAffinity: {} },
      ['spec.nodeAffinity.required: Required value: must specify required node constraints'],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(row, { spec: each })).toEqual(complaints);
  });

  it('keep their source', () => {
    const [complaint = '', ...rest] = updateRefused(row, { spec }, { spec: { ...base, hostPath: { path: '/other' } } });
    expect(rest).toEqual([]);
    expect(complaint).toMatch(
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@ ',
    );
    expect(complaint).toMatch('-  "Path": "/data",\n+  "Path": "/other",\n');
  });

  it('keep their affinity, but for new names of labels', () => {
    const old = { spec: { ...spec, nodeAffinity: affinity('beta.kubernetes.io/os') } };
    const change = (nodeAffinity: object) => updateRefused(row, old, { spec: { ...spec, nodeAffinity } });
    expect(change(affinity('kubernetes.io/os'))).toEqual([]);
    expect(change(affinity('kubernetes.io/arch'))).toEqual([
      'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"kubernetes.io/arch","Operator":"In","Values":["a"]}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
    ]);
    expect(updateRefused(row, { spec }, old)).toEqual([]);
  });

  it('remember when their phase changed', () => {
    const old = { spec, status: { phase: 'Pending', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' } };
    const timeOf = (status: object): unknown =>
      (updated(row, old, { status }, 'status').status as { lastPhaseTransitionTime?: string }).lastPhaseTransitionTime;
    expect(timeOf({ phase: 'Available' })).toBe('2026-01-31T12:00:00Z');
    expect(timeOf({ phase: 'Pending' })).toBe('2026-01-01T00:00:00Z');
    expect(timeOf({ phase: 'Available', lastPhaseTransitionTime: '2026-01-02T00:00:00Z' })).toBe(
      '2026-01-02T00:00:00Z',
    );
  });

  it('warn of what is going', () => {
    const going = { ...base, rbd: { monitors: ['m'], image: 'i' }, persistentVolumeReclaimPolicy: 'Recycle' };
    expect(warnedOf(row, { spec: { ...going, nodeAffinity: affinity('beta.kubernetes.io/os') } })).toEqual([
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ]);
  });

  it('show who has them', () => {
    const claimRef = { namespace: 'n', name: 'c' };
    const cells = cellsOf(row, { spec: { ...spec, claimRef, storageClassName: 'fast' }, status: { phase: 'Bound' } });
    expect(cells.slice(1, 9)).toEqual(['1Gi', 'RWO', 'Retain', 'Bound', 'n/c', 'fast', '<unset>', '']);
  });
});
