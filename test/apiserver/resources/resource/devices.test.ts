import { describe, expect, it } from 'vitest';
import { deviceClassRow } from '../../../../apiserver/resources/resource/device-class.ts';
import { resourceClaimRow, resourceClaimTemplateRow } from '../../../../apiserver/resources/resource/resource-claim.ts';
import { cellsOf, created, defaulted, refused, updated, updateRefused } from '../row-fixture.ts';

type Parts = Readonly<Record<string, unknown>>;

const EXACTLY = { deviceClassName: 'gpu.example.com' };
const REQUESTS = [{ name: 'gpu', exactly: EXACTLY }];
const UID = '11111111-2222-3333-4444-555555555555';

function claim(devices: Parts = { requests: REQUESTS }, status: Parts = {}): Parts {
  return { spec: { devices }, status };
}

function claimRefused(devices: Parts): string[] {
  return refused(resourceClaimRow, claim(devices)).map((line) => line.replace('spec.devices.', ''));
}

/** What is wrong with an exact request. */
function exactRefused(exactly: Parts): string[] {
  const errors = claimRefused({ requests: [{ name: 'a', exactly: { ...EXACTLY, ...exactly } }] });
  return errors.map((line) => line.replace('requests[0].exactly.', ''));
}

describe('device classes', () => {
  it.each<[string, Parts, string[]]>([
    [
      'valid',
      {
        selectors: [{ cel: { expression: 'true' } }],
        config: [{ opaque: { driver: 'd.example.com', parameters: { a: 1 } } }],
        extendedResourceName: 'example.com/gpu',
      },
      [],
    ],
    [
      'nothing inside',
      { selectors: [{}], config: [{}], extendedResourceName: 'cpu' },
      [
        'spec.selectors[0].cel: Required value',
        'spec.config[0].opaque: Required value',
        'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
      ],
    ],
    [
      'too much',
      {
        selectors: [{ cel: { expression: 'x'.repeat(10 * 1024 + 1) } }],
        config: [{ opaque: { driver: '', parameters: { a: 'x'.repeat(10 * 1024) } } }, { opaque: { driver: 'd' } }],
      },
      [
        'spec.selectors[0].cel.expression: Too long: may not be more than 10240 bytes',
        'spec.config[0].opaque.driver: Required value',
        'spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes',
        'spec.config[1].opaque.parameters: Required value',
      ],
    ],
    [
      'too many',
      { selectors: Array.from({ length: 33 }, () => ({})) },
      ['spec.selectors: Too many: 33: must have at most 32 items'],
    ],
  ])('are validated: %s', (_what, spec, errors) => {
    expect(refused(deviceClassRow, { spec })).toEqual(errors);
    expect(updateRefused(deviceClassRow, { spec }, { spec })).toEqual(errors);
  });

  it('are listed by name and age', () => {
    const metadata = { creationTimestamp: '2026-01-31T11:00:00Z' };
    expect(cellsOf(deviceClassRow, { metadata })).toEqual(['name', '60m']);
  });
});

describe('resource claims', () => {
  it('ask for one device by default', () => {
    const requests = [
      ...REQUESTS,
      { name: 'b', firstAvailable: [{ name: 'c', deviceClassName: 'd', allocationMode: 'All' }] },
    ];
    const devices = {
      requests: [
        { exactly: { allocationMode: 'ExactCount', count: 1 } },
        { firstAvailable: [{ allocationMode: 'All' }] },
      ],
    };
    expect(defaulted(resourceClaimRow, claim({ requests })).spec).toMatchObject({ devices });
    const template = defaulted(resourceClaimTemplateRow, { spec: claim({ requests }) });
    expect(template.spec).toMatchObject({ spec: { devices } });
  });

  it('begin without a status and keep it', () => {
    const status = { reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] };
    expect(created(resourceClaimRow, claim(undefined, status)).status).toEqual({});
    expect(updated(resourceClaimRow, claim(undefined, status), claim()).status).toEqual(status);
  });

  it.each<[string, Parts, string[]]>([
    ['nothing', {}, []],
    [
      'one kind of request each',
      {
        requests: [
          { name: 'a' },
          { name: 'b', exactly: EXACTLY, firstAvailable: [{ name: 'c', deviceClassName: 'd' }] },
        ],
      },
      [
        'requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
        'requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      ],
    ],
    [
      'names of their own',
      {
        requests: [
          ...REQUESTS,
          ...REQUESTS,
          { name: 'b', firstAvailable: ['c', 'c'].map((name) => ({ name, ...EXACTLY })) },
        ],
      },
      ['requests[2].firstAvailable[1]: Duplicate value: "c"', 'requests[1]: Duplicate value: "gpu"'],
    ],
    [
      'constraints',
      {
        requests: [{ name: 'a', firstAvailable: [{ name: 'b', ...EXACTLY }] }],
        constraints: [
          { requests: ['a', 'a/b', 'a/c', 'a/b/c', 'a'], matchAttribute: 'x.com/y' },
          { distinctAttribute: 'y' },
          {},
          { matchAttribute: '/a-b' },
        ],
      },
      [
        'constraints[0].requests[2]: Invalid value: "a/c": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
        'constraints[0].requests[3]: Invalid value: "a/b/c": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
        'constraints[0].requests[4]: Duplicate value: "a"',
        'constraints[1].distinctAttribute: Invalid value: "y": a fully qualified name must be a domain and a name separated by a slash',
        'constraints[2]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
        'constraints[3].matchAttribute: Invalid value: "": the domain must not be empty',
        expect.stringMatching(
          /^constraints\[3\]\.matchAttribute: Invalid value: "a-b": a valid C identifier must/,
        ) as string,
      ],
    ],
    [
      'configuration',
      { requests: REQUESTS, config: [{ requests: ['x'], opaque: { driver: 'd', parameters: {} } }] },
      [
        'config[0].requests[0]: Invalid value: "x": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
      ],
    ],
  ])('are validated: %s', (_what, devices, errors) => {
    expect(claimRefused(devices)).toEqual(errors);
    const template = refused(resourceClaimTemplateRow, { spec: claim(devices) });
    expect(template.map((line) => line.replace('spec.spec.devices.', ''))).toEqual(errors);
  });

  it.each<[string, Parts, string[]]>([
    ['no class', { deviceClassName: '' }, ['deviceClassName: Required value']],
    [
      'a count of all',
      { allocationMode: 'All', count: 2 },
      ["count: Invalid value: 2: must not be specified when allocationMode is 'All'"],
    ],
    ['less than nothing', { count: -1 }, ['count: Invalid value: -1: must be greater than zero']],
    [
      'another mode',
      { allocationMode: 'Some' },
      ['allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"'],
    ],
    [
      'tolerations',
      { tolerations: [{ operator: 'Exists', value: 'x' }, {}, { operator: 'Is', effect: 'Never' }] },
      [
        'tolerations[0].value: Invalid value: "x": must be empty for operator `Exists`',
        'tolerations[2].operator: Unsupported value: "Is": supported values: "Equal", "Exists"',
        'tolerations[2].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"',
      ],
    ],
  ])('have requests that are validated: %s', (_what, exactly, errors) => {
    expect(exactRefused(exactly)).toEqual(errors);
  });

  it('never claim anything else', () => {
    const [error, ...more] = updateRefused(resourceClaimRow, claim(), claim({ requests: [] }));
    expect(more).toEqual([]);
    expect(error).toBe(
      'spec: Invalid value: {"Devices":{"Requests":[],"Constraints":null,"Config":null}}: field is immutable',
    );
    const template = updateRefused(
      resourceClaimTemplateRow,
      { spec: claim() },
      { spec: { ...claim(), metadata: { labels: { a: 'b' } } } },
    );
    expect(template).toHaveLength(1);
    expect(template[0]).toMatch(
      /^spec: Invalid value: \{"labels":\{"a":"b"\},.*"Spec":\{"Devices":\{.*: field is immutable$/,
    );
  });

  it('are made from templates with labels and annotations alone', () => {
    const spec = { ...claim(), metadata: { name: 'x', labels: { a: 'b' } } };
    expect(refused(resourceClaimTemplateRow, { spec })).toEqual(['spec.metadata.name: Forbidden: cannot be set']);
  });

  it.each<[string, Parts, Parts, string]>([
    ['new', {}, {}, 'pending'],
    ['allocated', {}, { allocation: {} }, 'allocated'],
    ['in use', {}, { allocation: {}, reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] }, 'allocated,reserved'],
    ['going', { deletionTimestamp: '2026-01-31T11:00:00Z' }, { allocation: {} }, 'deleted,allocated'],
    ['gone', { deletionTimestamp: '2026-01-31T11:00:00Z' }, {}, 'deleted'],
  ])('show their state: %s', (_what, metadata, status, state) => {
    expect(cellsOf(resourceClaimRow, { ...claim(undefined, status), metadata })[1]).toBe(state);
  });
});

describe('the status of resource claims', () => {
  const device = { driver: 'd.com', pool: 'p', device: 'gpu-1' };
  const result = { request: 'gpu', ...device };
  const allocation = { devices: { results: [result] } };
  const consumer = { resource: 'pods', name: 'p', uid: 'u' };
  const must = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

  it.each<[string, Parts, Parts, string[]]>([
    ['allocated and in use', {}, { allocation, reservedFor: [consumer], devices: [{ ...device, data: { a: 1 } }] }, []],
    [
      'in use before it is allocated',
      {},
      { reservedFor: [consumer, consumer, {}] },
      [
        ...['resource', 'name', 'uid'].map((field) => `status.reservedFor[2].${field}: Required value`),
        'status.reservedFor[1]: Duplicate value: "u"',
        'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
      ],
    ],
    [
      'allocated otherwise',
      { allocation },
      { allocation: {} },
      [
        'status.allocation: Invalid value: {"Devices":{"Results":null,"Config":null},"NodeSelector":null,"AllocationTimestamp":null}: field is immutable',
      ],
    ],
    [
      'a bad allocation',
      {},
      {
        allocation: {
          devices: {
            results: [{ ...result, request: 'x', pool: '', shareID: 'x', bindingConditions: ['a'] }],
            config: [{ source: '' }, { source: 'FromAll', opaque: { driver: 'd', parameters: {} } }],
          },
          nodeSelector: {},
        },
      },
      [
        `status.allocation.devices.results[0].request: Invalid value: "x": ${must}`,
        'status.allocation.devices.results[0].pool: Required value',
        'status.allocation.devices.results[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
        'status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
        'status.allocation.devices.config[0].source: Required value',
        'status.allocation.devices.config[0].opaque: Required value',
        'status.allocation.devices.config[1].source: Unsupported value: "FromAll": supported values: "FromClaim", "FromClass"',
        'status.allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
    [
      'devices of others',
      {},
      {
        allocation,
        devices: [
          { ...device, networkData: { ips: ['10.0.0.1/24', '10.0.0.01/24', '::ffff:1.2.3.4/120', 'x'] } },
          { ...device },
          { ...device, shareID: UID.toUpperCase().replaceAll('1', 'A') },
        ],
      },
      [
        'status.devices[0].networkData.ips[1]: Invalid value: "10.0.0.01/24": must be in canonical form ("10.0.0.1/24")',
        'status.devices[0].networkData.ips[2]: Invalid value: "::ffff:1.2.3.4/120": must be in canonical form ("1.2.3.4/24")',
        'status.devices[0].networkData.ips[3]: Invalid value: "x": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
        'status.devices[2].shareID: Invalid value: "AAAAAAAA-2222-3333-4444-555555555555": uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
        'status.devices[2]: Invalid value: {"Driver":"d.com","Pool":"p","Device":"gpu-1","ShareID":"AAAAAAAA-2222-3333-4444-555555555555"}: must be an allocated device in the claim',
        'status.devices[1]: Duplicate value: {"Driver":"d.com","Pool":"p","Device":"gpu-1","ShareID":""}',
      ],
    ],
  ])('is validated: %s', (_what, old, status, errors) => {
    expect(updateRefused(resourceClaimRow, claim(undefined, old), claim(undefined, status), 'status')).toEqual(errors);
  });

  it('takes no new consumers once the claim is going', () => {
    const metadata = { deletionTimestamp: '2026-01-31T11:00:00Z' };
    const of = (reservedFor: object[]) => ({ ...claim(undefined, { allocation, reservedFor }), metadata });
    expect(
      updateRefused(resourceClaimRow, of([consumer]), of([consumer, { ...consumer, uid: 'v' }]), 'status'),
    ).toEqual([
      'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
    ]);
    expect(updateRefused(resourceClaimRow, of([consumer]), of([]), 'status')).toEqual([]);
  });

  it('forgets devices that are given back, and leaves the rest of the claim alone', () => {
    const old = claim(undefined, { allocation, devices: [device] });
    const next = { ...claim({ requests: [] }, { devices: [device] }), metadata: { labels: { a: 'b' } } };
    const after = updated(resourceClaimRow, old, next, 'status');
    expect(after.status).toEqual({});
    expect(after.spec).toMatchObject({ devices: { requests: [{ name: 'gpu' }] } });
    expect(after.metadata.labels).toBeUndefined();
  });
});
