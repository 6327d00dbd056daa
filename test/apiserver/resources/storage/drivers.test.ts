import { describe, expect, it } from 'vitest';
import { csiDriverRow } from '../../../../apiserver/resources/storage/csi-driver.ts';
import { csiNodeRow } from '../../../../apiserver/resources/storage/csi-node.ts';
import { csiStorageCapacityRow } from '../../../../apiserver/resources/storage/csi-storage-capacity.ts';
import { volumeAttachmentRow } from '../../../../apiserver/resources/storage/volume-attachment.ts';
import { cellsOf, created, defaulted, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

describe('CSI drivers', () => {
  it('are attached, and hold volumes that last', () => {
    expect(defaulted(csiDriverRow).spec).toEqual({
      attachRequired: true,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      podInfoOnMount: false,
      requiresRepublish: false,
      seLinuxMount: false,
      storageCapacity: false,
      volumeLifecycleModes: ['Persistent'],
    });
  });

  it.each([
    [{}, []],
    [
      { fsGroupPolicy: 'Some', volumeLifecycleModes: ['Never'], nodeAllocatableUpdatePeriodSeconds: 9 },
      [
        'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
        'spec.volumeLifecycleModes: Unsupported value: "Never": supported values: "Persistent", "Ephemeral"',
        'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
      ],
    ],
    [
      { tokenRequests: [{ audience: 'a', expirationSeconds: 599 }, { audience: 'a' }] },
      [
        'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
        'spec.tokenRequests[1].audience: Duplicate value: "a"',
      ],
    ],
  ])('judge %o', (spec, complaints) => {
    expect(refused(csiDriverRow, { spec })).toEqual(complaints);
  });

  it('keep whether they are attached, and how long volumes last', () => {
    const next = { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } };
    expect(updateRefused(csiDriverRow, {}, next)).toEqual([
      'spec.attachedRequired: Invalid value: false: field is immutable',
      'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ]);
  });

  it('count changes', () => {
    expect(updated(csiDriverRow, {}, { spec: { podInfoOnMount: true } }).metadata.generation).toBe(1);
    expect(created(csiDriverRow, {}).metadata.generation).toBeUndefined();
  });

  it('show what they need', () => {
    const tokenRequests = [{ audience: 'a' }, { audience: 'b' }];
    expect(cellsOf(csiDriverRow, { spec: { tokenRequests } }).slice(1, 7)).toEqual([
      true,
      false,
      false,
      'a,b',
      false,
      'Persistent',
    ]);
    expect(cellsOf(csiDriverRow, {})[4]).toBe('<unset>');
  });
});

describe('CSI nodes', () => {
  const driver = { name: 'a.com', nodeID: 'n1', topologyKeys: ['zone'] };

  it.each([
    [[driver], []],
    [[{}], ['spec.drivers[0].name: Required value', 'spec.drivers[0].nodeID: Required value']],
    [[driver, driver], ['spec.drivers[1].name: Duplicate value: "a.com"']],
    [[{ ...driver, topologyKeys: ['zone', 'zone'] }], ['spec.drivers[0]: Duplicate value: "zone"']],
    [
      [{ ...driver, allocatable: { count: -1 } }],
      ['spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0'],
    ],
  ])('judge %o', (drivers, complaints) => {
    expect(refused(csiNodeRow, { spec: { drivers } })).toEqual(complaints);
  });

  it('keep what a driver calls them, not how much it holds', () => {
    const old = { spec: { drivers: [driver] } };
    const change = (more: object) => updateRefused(csiNodeRow, old, { spec: { drivers: [{ ...driver, ...more }] } });
    expect(change({ allocatable: { count: 3 } })).toEqual([]);
    expect(change({ nodeID: 'n2' })).toEqual([
      'spec.drivers: Invalid value: {"Name":"a.com","NodeID":"n2","TopologyKeys":["zone"],"Allocatable":null}: field is immutable',
    ]);
  });

  it('show how many drivers they run', () => {
    expect(cellsOf(csiNodeRow, { spec: { drivers: [driver] } })[1]).toBe(1);
  });
});

describe('storage capacities', () => {
  const nodeTopology = { matchLabels: { zone: 'a' } };

  it('name a class, and no less than nothing', () => {
    expect(refused(csiStorageCapacityRow, { storageClassName: 'fast', capacity: '1Gi', nodeTopology })).toEqual([]);
    expect(refused(csiStorageCapacityRow, { storageClassName: 'fast', capacity: '-1' })).toEqual([
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
    ]);
  });

  it('stay where they are', () => {
    const old = { storageClassName: 'fast' };
    expect(updateRefused(csiStorageCapacityRow, old, { storageClassName: 'slow', nodeTopology })).toEqual([
      'nodeTopology: Invalid value: {"matchLabels":{"zone":"a"}}: field is immutable',
      'storageClassName: Invalid value: "slow": field is immutable',
    ]);
  });

  it('warn of old labels', () => {
    const old = { matchLabels: { 'beta.kubernetes.io/os': 'linux' } };
    expect(warnedOf(csiStorageCapacityRow, { storageClassName: 'fast', nodeTopology: old })).toEqual([
      'nodeTopology.matchLabels.beta.kubernetes.io/os: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });
});

describe('volume attachments', () => {
  const spec = { attacher: 'a.com', nodeName: 'n1', source: { persistentVolumeName: 'pv' } };
  const inlineVolumeSpec = { accessModes: ['ReadWriteOnce'], csi: { driver: 'a.com', volumeHandle: 'v' } };

  it.each([
    ['a volume', spec, []],
    ['an inline volume', { ...spec, source: { inlineVolumeSpec } }, []],
    [
      'no volume',
      { ...spec, source: {} },
      ['spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
    [
      'two',
      { ...spec, source: { persistentVolumeName: 'pv', inlineVolumeSpec } },
      ['spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
    [
      'an inline volume that says too much',
      {
        ...spec,
        source: { inlineVolumeSpec: { ...inlineVolumeSpec, capacity: { storage: '1' }, storageClassName: 's' } },
      },
      [
        'spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes',
        'spec.source.inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context of inline volumes',
      ],
    ],
    ['no attacher', { ...spec, attacher: '' }, ['spec.attacher: Required value']],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(volumeAttachmentRow, { spec: each })).toEqual(complaints);
  });

  it('stay what they are', () => {
    expect(updateRefused(volumeAttachmentRow, { spec }, { spec: { ...spec, nodeName: 'n2' } })).toEqual([
      'spec: Invalid value: {"Attacher":"a.com","Source":{"PersistentVolumeName":"pv","InlineVolumeSpec":null},"NodeName":"n2"}: field is immutable',
    ]);
  });

  it('tell at their status alone whether they are attached', () => {
    expect(created(volumeAttachmentRow, { spec, status: { attached: true } }).status).toEqual({ attached: false });
    const next = { metadata: { labels: { a: 'b' } }, spec: {}, status: { attached: true } };
    const written = updated(volumeAttachmentRow, { spec }, next, 'status');
    expect(written).toMatchObject({ spec, status: { attached: true } });
    expect(written.metadata.labels).toBeUndefined();
    expect(cellsOf(volumeAttachmentRow, { spec, status: { attached: true } }).slice(1, 5)).toEqual([
      'a.com',
      'pv',
      'n1',
      true,
    ]);
  });

  it('bound what went wrong', () => {
    const attachError = { message: 'm'.repeat(1025), errorCode: -1 };
    expect(updateRefused(volumeAttachmentRow, { spec }, { status: { attachError } }, 'status')).toEqual([
      'status.attachError.message: Too long: may not be more than 262144 bytes',
      'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ]);
  });
});
