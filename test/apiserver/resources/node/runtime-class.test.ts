import { describe, expect, it } from 'vitest';
import { runtimeClassRow } from '../../../../apiserver/resources/node/runtime-class.ts';
import { cellsOf, refused, updateRefused, warnedOf } from '../row-fixture.ts';

describe('runtime classes', () => {
  it.each([
    ['a handler', { handler: 'kata' }, []],
    ['no handler', {}, ['handler: Required value']],
    [
      'a toleration twice',
      {
        handler: 'kata',
        scheduling: {
          tolerations: [
            { key: 'a', operator: 'Exists' },
            { key: 'a', operator: 'Exists' },
          ],
        },
      },
      [
        'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}',
      ],
    ],
    [
      'an overhead of nothing known',
      { handler: 'kata', overhead: { podFixed: { apples: '1' } } },
      [
        'overhead.limits[apples]: Invalid value: "apples": must be a standard resource type or fully qualified',
        'overhead.limits[apples]: Invalid value: "apples": must be a standard resource for containers',
      ],
    ],
  ])('judge %s', (_, parts, complaints) => {
    expect(refused(runtimeClassRow, parts)).toEqual(complaints);
  });

  it('keep their handler', () => {
    expect(updateRefused(runtimeClassRow, { handler: 'a' }, { handler: 'b' })).toEqual([
      'handler: Invalid value: "b": field is immutable',
    ]);
  });

  it('warn of old labels', () => {
    const scheduling = { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } };
    expect(warnedOf(runtimeClassRow, { handler: 'a', scheduling })).toEqual([
      'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });

  it('show their handler', () => {
    expect(cellsOf(runtimeClassRow, { handler: 'kata' })[1]).toBe('kata');
  });
});
