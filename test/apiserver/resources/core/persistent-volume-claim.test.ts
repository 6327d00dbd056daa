import { describe, expect, it } from 'vitest';
import { persistentVolumeClaimRow as row } from '../../../../apiserver/resources/core/persistent-volume-claim.ts';
import { cellsOf, created, refused, updateRefused, warnedOf } from '../row-fixture.ts';

const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const sized = (storage: string): object => ({ ...spec, resources: { requests: { storage } } });
const bound = { phase: 'Bound', capacity: { storage: '1Gi' } };

describe('persistent volume claims', () => {
  it('begin pending, as file systems, with both fields of a data source', () => {
    const dataSource = { apiGroup: null, kind: 'PersistentVolumeClaim', name: 'other' };
    const claim = created(row, { spec: { ...spec, dataSource }, status: { phase: 'Bound' } });
    expect(claim).toMatchObject({
      spec: { volumeMode: 'Filesystem', dataSource, dataSourceRef: dataSource },
      status: { phase: 'Pending' },
    });
  });

  it('forget data sources of other kinds in the older field, and of other namespaces', () => {
    const thing = { apiGroup: 'g.com', kind: 'Thing', name: 't' };
    expect(created(row, { spec: { ...spec, dataSource: thing } }).spec).not.toHaveProperty('dataSource');
    expect(created(row, { spec: { ...spec, dataSourceRef: thing } }).spec).toMatchObject({ dataSource: thing });
    const elsewhere = { ...thing, namespace: 'n' };
    expect(created(row, { spec: { ...spec, dataSourceRef: elsewhere } }).spec).not.toHaveProperty('dataSourceRef');
  });

  it.each([
    ['a good one', spec, []],
    [
      'nothing',
      {},
      [
        'spec.accessModes: Required value: at least 1 access mode is required',
        'spec.resources[storage]: Required value',
      ],
    ],
    ['no size', sized('0'), ['spec.resources[storage]: Invalid value: "0": must be greater than zero']],
    [
      'one pod and more',
      { ...spec, accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    [
      'a wrong mode',
      { ...spec, volumeMode: 'Tape' },
      ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(row, { spec: each })).toEqual(complaints);
  });

  it.each([
    ['the volume that is bound', { spec }, { spec: { ...spec, volumeName: 'pv' } }, []],
    ['a class where there was none', { spec }, { spec: { ...spec, storageClassName: 'fast' } }, []],
    ['a larger size when bound', { spec, status: bound }, { spec: sized('2Gi') }, []],
    [
      'a smaller size',
      { spec, status: bound },
      { spec: sized('1Mi') },
      ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
    ],
    [
      'the annotation of the class',
      { spec },
      { metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } }, spec },
      ['metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "a": field is immutable'],
    ],
  ])('judge a change of %s', (_, old, next, complaints) => {
    expect(updateRefused(row, old, next)).toEqual(complaints);
  });

  it('show what they may not change as a difference', () => {
    const next = { spec: { ...spec, accessModes: ['ReadOnlyMany'] } };
    const [complaint = '', ...rest] = updateRefused(row, { spec }, next);
    expect(rest).toEqual([]);
    expect(complaint.split('\n').slice(0, 8)).toEqual([
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      '@@ -1,6 +1,6 @@',
      ' {',
      '  "AccessModes": [',
      '-  "ReadWriteOnce"',
      '+  "ReadOnlyMany"',
      '  ],',
      '  "Selector": null,',
    ]);
  });

  it('may move their class from the annotation to the field', () => {
    const metadata = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } };
    expect(updateRefused(row, { metadata, spec }, { spec: { ...spec, storageClassName: 'a' } })).toEqual([]);
  });

  it('keep a name of attributes while they have some', () => {
    const old = {
      spec: { ...spec, volumeAttributesClassName: 'gold' },
      status: { ...bound, currentVolumeAttributesClassName: 'gold' },
    };
    expect(updateRefused(row, old, { spec })).toEqual([
      'spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil',
    ]);
  });

  it('judge the amounts in the status', () => {
    const status = { capacity: { storage: '-1' }, allocatedResources: { cpu: '1' } };
    expect(updateRefused(row, { spec }, { status }, 'status')).toEqual([
      'status.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ]);
  });

  it('warn of parts of bytes', () => {
    expect(warnedOf(row, { spec: sized('1500m') })).toEqual([
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ]);
  });

  it('show what they have once they are bound', () => {
    const status = { ...bound, accessModes: ['ReadOnlyMany', 'ReadWriteOnce'] };
    const named = { ...spec, volumeName: 'pv', storageClassName: 'fast' };
    expect(cellsOf(row, { spec: named, status }).slice(1, 7)).toEqual([
      'Bound',
      'pv',
      '1Gi',
      'RWO,ROX',
      'fast',
      '<unset>',
    ]);
    expect(cellsOf(row, { spec }).slice(1, 7)).toEqual(['Pending', '', '', '', '', '<unset>']);
  });
});
