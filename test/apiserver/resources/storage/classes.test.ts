import { describe, expect, it } from 'vitest';
import { storageClassRow } from '../../../../apiserver/resources/storage/storage-class.ts';
import { volumeAttributesClassRow } from '../../../../apiserver/resources/storage/volume-attributes-class.ts';
import { cellsOf, defaulted, refused, updateRefused, warnedOf } from '../row-fixture.ts';

const provisioner = 'example.com/disk';

function topologies(...terms: { key: string; values: string[] }[][]): object {
  return { provisioner, allowedTopologies: terms.map((matchLabelExpressions) => ({ matchLabelExpressions })) };
}

describe('storage classes', () => {
  it('delete at once what nobody wants, and bind at once', () => {
    expect(defaulted(storageClassRow, { provisioner })).toMatchObject({
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
    });
  });

  it.each([
    ['a good one', { provisioner }, []],
    ['no provisioner', {}, ['provisioner: Required value']],
    [
      'wrong words',
      { provisioner, reclaimPolicy: 'Recycle', volumeBindingMode: 'Later' },
      [
        'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
        'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
      ],
    ],
    [
      'a parameter without a name',
      { provisioner, parameters: { '': 'a' } },
      ['parameters: Invalid value: "": field can not be empty.'],
    ],
    [
      'too many parameters',
      { provisioner, parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`p${i}`, ''])) },
      ['parameters: Too long: may not be more than 512 bytes'],
    ],
    [
      'places twice',
      topologies([
        { key: 'zone', values: ['a', 'a'] },
        { key: 'zone', values: [] },
      ]),
      [
        'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
        'allowedTopologies[0].matchLabelExpressions[1].values: Required value',
        'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"',
      ],
    ],
    [
      'terms twice',
      topologies([{ key: 'zone', values: ['a', 'b'] }], [{ key: 'zone', values: ['b', 'a'] }]),
      ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
    ],
  ])('judge %s', (_, storageClass, complaints) => {
    expect(refused(storageClassRow, storageClass)).toEqual(complaints);
  });

  it('stay as they are', () => {
    const next = { provisioner: 'example.com/tape', parameters: { b: '1', a: '2' }, reclaimPolicy: 'Retain' };
    expect(updateRefused(storageClassRow, { provisioner }, next)).toEqual([
      'parameters: Invalid value: {"a":"2","b":"1"}: field is immutable',
      'provisioner: Invalid value: "example.com/tape": field is immutable',
      'reclaimPolicy: Invalid value: "Retain": field is immutable',
    ]);
  });

  it('warn of old labels', () => {
    const places = topologies([{ key: 'failure-domain.beta.kubernetes.io/zone', values: ['a'] }]);
    expect(warnedOf(storageClassRow, places)).toEqual([
      'allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    ]);
  });

  it('show which one is the default', () => {
    const metadata = { name: 's', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
    expect(cellsOf(storageClassRow, { metadata, provisioner }).slice(0, 5)).toEqual([
      's (default)',
      provisioner,
      'Delete',
      'Immediate',
      false,
    ]);
  });
});

describe('classes of volume attributes', () => {
  const good = { driverName: 'a.com', parameters: { iops: '1000' } };

  it('have a driver and parameters', () => {
    expect(refused(volumeAttributesClassRow, good)).toEqual([]);
    expect(refused(volumeAttributesClassRow, {})).toEqual([
      'driverName: Required value',
      'parameters: Required value: must contain at least one key/value pair',
    ]);
  });

  it('stay as they are', () => {
    const next = { driverName: 'b.com', parameters: { iops: '1' } };
    expect(updateRefused(volumeAttributesClassRow, good, next)).toEqual([
      'driverName: Forbidden: updates to driverName are forbidden.',
      'parameters: Forbidden: updates to parameters are forbidden.',
    ]);
    expect(updateRefused(volumeAttributesClassRow, good, good)).toEqual([]);
  });
});
