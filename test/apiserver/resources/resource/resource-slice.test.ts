import { describe, expect, it } from 'vitest';
import { resourceSliceRow as row } from '../../../../apiserver/resources/resource/resource-slice.ts';
import { cellsOf, created, objectOf, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

type Parts = Readonly<Record<string, unknown>>;

const POOL = { name: 'node-1', generation: 1, resourceSliceCount: 1 };

function slice(more: Parts = {}): Parts {
  return { spec: { driver: 'd.example.com', nodeName: 'node-1', pool: POOL, ...more } };
}

/** What is wrong with a device. */
function deviceRefused(device: Parts, more: Parts = {}): string[] {
  const errors = refused(row, slice({ devices: [{ name: 'a', ...device }], ...more }));
  return errors.map((line) => line.replace(/^spec\.devices\[0\]\.?/, ''));
}

describe('resource slices', () => {
  it.each<[string, Parts, string[]]>([
    ['valid', {}, []],
    [
      'nothing',
      { driver: undefined, pool: undefined, nodeName: undefined },
      [
        'spec.driver: Required value',
        'spec.pool.name: Required value',
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
      ],
    ],
    [
      'everywhere',
      { allNodes: true, perDeviceNodeSelection: false, nodeSelector: { nodeSelectorTerms: [{}, {}] } },
      [
        'spec.nodeSelector.nodeSelectorTerms: Invalid value: [{"MatchExpressions":null,"MatchFields":null},{"MatchExpressions":null,"MatchFields":null}]: must have exactly one node selector term',
        'spec.perDeviceNodeSelection: Invalid value: false: must be either unset or set to true',
        'spec: Invalid value: "{`nodeName`, `nodeSelector`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [
      'an empty name',
      { nodeName: '' },
      [
        'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
        'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
      ],
    ],
    [
      'counters',
      {
        devices: [{ name: 'a' }],
        sharedCounters: [
          { name: '', counters: {} },
          { name: 'a', counters: { x: { value: '1' }, Y: { value: '1' } } },
        ],
      },
      [
        'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
        'spec.sharedCounters[0].name: Required value',
        'spec.sharedCounters[0].counters: Required value',
        expect.stringMatching(
          /^spec\.sharedCounters\[1\]\.counters: Invalid value: "Y": a lowercase RFC 1123 label/,
        ) as string,
      ],
    ],
    [
      'too many devices',
      { devices: Array.from({ length: 65 }, (_, i) => ({ name: `d${i}`, taints: [{ key: 'k', effect: 'None' }] })) },
      ['spec.devices: Too many: 65: must have at most 64 items'],
    ],
    ['as many devices without taints', { devices: Array.from({ length: 128 }, (_, i) => ({ name: `d${i}` })) }, []],
    ['devices of one name', { devices: [{ name: 'a' }, { name: 'a' }] }, ['spec.devices[1]: Duplicate value: "a"']],
  ])('are validated: %s', (_what, spec, errors) => {
    expect(refused(row, slice(spec))).toEqual(errors);
  });

  it.each<[string, Parts, string[]]>([
    [
      'attributes',
      {
        attributes: {
          a: { string: 'x' },
          b: {},
          c: { int: 1, bool: false },
          'x.com/d': { version: '1.0' },
          e: { string: 'x'.repeat(65) },
          f: { version: '1.2.3-rc.1+b5' },
        },
      },
      [
        'attributes[b]: Invalid value: "": exactly one value must be specified',
        'attributes[c]: Invalid value: {"IntValue":1,"BoolValue":false,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
        'attributes[e].string: Too long: may not be more than 64 bytes',
        'attributes[x.com/d].version: Invalid value: "1.0": must be a string compatible with semver.org spec 2.0.0',
      ],
    ],
    [
      'too many attributes',
      { attributes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, { int: i }])) },
      [': Invalid value: 33: the total number of attributes and capacities must not exceed 32'],
    ],
    [
      'a long name',
      { attributes: { ['x'.repeat(100)]: {} } },
      [
        'attributes: Too long: may not be more than 32 bytes',
        `attributes[${'x'.repeat(47)}...${'x'.repeat(46)}]: Invalid value: "": exactly one value must be specified`,
      ],
    ],
    [
      'a policy for who has it alone',
      { capacity: { memory: { value: '1Gi', requestPolicy: { default: '1' } } } },
      ['capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true'],
    ],
    [
      'taints',
      {
        taints: [
          { key: '', effect: 'None' },
          { key: 'k', value: '!' },
          { key: 'k', effect: 'Never' },
        ],
      },
      [
        'taints[0].key: Invalid value: "": name part must be non-empty',
        expect.stringMatching(/^taints\[0\]\.key: Invalid value: "": name part must consist of/) as string,
        expect.stringMatching(/^taints\[1\]\.value: Invalid value: "!": a valid label must be/) as string,
        'taints[1].effect: Required value',
        'taints[2].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"',
      ],
    ],
    [
      'consumption',
      { consumesCounters: [{ counterSet: 's', counters: { c: { value: '1' } } }, { counterSet: 's' }] },
      ['consumesCounters[1].counters: Required value', 'consumesCounters[1]: Duplicate value: "s"'],
    ],
    [
      'a place of its own',
      { nodeName: 'n' },
      [
        ': Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    ],
    [
      'conditions of binding',
      { bindingConditions: ['a', 'a', 'b'], bindingFailureConditions: ['b'] },
      [
        'bindingConditions[1]: Duplicate value: "a"',
        'bindingFailureConditions[0]: Invalid value: "b": bindingFailureConditions must not overlap with bindingConditions',
      ],
    ],
  ])('have devices that are validated: %s', (_what, device, errors) => {
    expect(deviceRefused(device)).toEqual(errors);
  });

  it('may leave it to each device where it is', () => {
    const more = { nodeName: undefined, perDeviceNodeSelection: true };
    const only =
      'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    expect(deviceRefused({ nodeName: 'n' }, more)).toEqual([]);
    expect(deviceRefused({ allNodes: false }, more)).toEqual([
      'allNodes: Invalid value: false: must be either unset or set to true',
      `: Required value: ${only}`,
    ]);
    expect(deviceRefused({ allNodes: true, nodeName: 'n' }, more)).toEqual([
      `: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${only}`,
    ]);
  });

  it.each<[string, Parts, string[]]>([
    ['none', {}, []],
    [
      'both',
      { default: '1', validValues: ['1'], validRange: { min: '1' } },
      [
        ': Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ],
    ],
    ['values', { default: '2', validValues: ['1', '2'] }, []],
    [
      'bad values',
      { default: '3', validValues: ['2', '1', '20', '20'] },
      [
        'validValues[1]: Invalid value: "1": values must be sorted in ascending order',
        'validValues[2]: Invalid value: "20": option is larger than capacity value: 10',
        'validValues[3]: Invalid value: "20": option is larger than capacity value: 10',
        'validValues[3]: Duplicate value: "20"',
        'validValues: Invalid value: "3": default value is not valid according to the requestPolicy',
      ],
    ],
    [
      'a range without a default',
      { validRange: { min: '1' } },
      ['default: Required value: required when validRange is defined'],
    ],
    ['a range', { default: '4', validRange: { min: '2', max: '8', step: '2' } }, []],
    [
      'a bad range',
      { default: '1', validRange: { min: '12', max: '11', step: '2' } },
      [
        'validRange.min: Invalid value: "12": min is larger than capacity value: 10',
        'validRange.min: Invalid value: "1": default is less than min: 12',
        'validRange.max: Invalid value: "12": min is larger than max: 11',
        'validRange.max: Invalid value: "11": max is larger than capacity value: 10',
        'validRange.step: Invalid value: "2": one step 14 is larger than capacity value: 10',
        'validRange.step: Invalid value: "1": value is not a multiple of a given step (2) from (12)',
        'validRange.step: Invalid value: "11": value is not a multiple of a given step (2) from (12)',
      ],
    ],
  ])('may say how much of a capacity is asked for: %s', (_what, requestPolicy, errors) => {
    const capacity = { memory: { value: '10', requestPolicy } };
    const path = /^capacity\[memory\]\.requestPolicy\.?/;
    const found = deviceRefused({ allowMultipleAllocations: true, capacity });
    expect(found.map((line) => line.replace(path, ''))).toEqual(errors);
  });

  it('stay with their driver, pool and node', () => {
    const next = slice({ driver: 'e.example.com', nodeName: 'node-2', pool: { ...POOL, name: 'node-2' } });
    expect(updateRefused(row, slice(), next)).toEqual([
      'spec.pool.name: Invalid value: "node-2": field is immutable',
      'spec.driver: Invalid value: "e.example.com": field is immutable',
      'spec.nodeName: Invalid value: "node-2": field is immutable',
    ]);
  });

  it('know since when a device is tainted', () => {
    const taints = [
      { key: 'k', effect: 'None' },
      { key: 'l', effect: 'None', timeAdded: '2026-01-01T00:00:00Z' },
    ];
    const tainted = slice({ devices: [{ name: 'a', taints }] });
    const times = [{ timeAdded: '2026-01-31T12:00:00Z' }, { timeAdded: '2026-01-01T00:00:00Z' }];
    expect(created(row, tainted).spec).toMatchObject({ devices: [{ taints: times }] });
    expect(updated(row, slice(), tainted).spec).toMatchObject({ devices: [{ taints: times }] });
  });

  it('are listed with their node, driver and pool, and found by them', () => {
    expect(cellsOf(row, slice()).slice(0, 4)).toEqual(['name', 'node-1', 'd.example.com', 'node-1']);
    expect(cellsOf(row, slice({ nodeName: undefined }))[1]).toBe('');
    const labels = Object.entries(row.fieldLabels ?? {}).map(([label, value]) => [
      label,
      value(objectOf(row, slice())),
    ]);
    expect(labels).toEqual([
      ['spec.nodeName', 'node-1'],
      ['spec.driver', 'd.example.com'],
    ]);
  });

  it('warn about drivers in capitals', () => {
    expect(warnedOf(row, slice({ driver: 'D.example.com' }))).toEqual([
      'spec.driver: driver names should be lowercase; "D.example.com" contains uppercase characters',
    ]);
  });
});
