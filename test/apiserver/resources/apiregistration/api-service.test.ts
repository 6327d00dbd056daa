import { describe, expect, it } from 'vitest';
import { apiServiceRow } from '../../../../apiserver/resources/apiregistration/api-service.ts';
import { cellsOf, created, refused, updated, updateRefused } from '../row-fixture.ts';

const metadata = { name: 'v1.a.b' };
const spec = { group: 'a.b', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 };

describe('API services', () => {
  it('are available at once when this server is the one that serves them', () => {
    expect(created(apiServiceRow, { metadata, spec }).status).toEqual({
      conditions: [
        {
          type: 'Available',
          status: 'True',
          lastTransitionTime: '2026-01-31T12:00:00Z',
          reason: 'Local',
          message: 'Local APIServices are always available',
        },
      ],
    });
    const remote = { ...spec, service: { name: 's', namespace: 'n' } };
    expect(created(apiServiceRow, { metadata, spec: remote })).toMatchObject({
      spec: { service: { port: 443 } },
      status: {},
    });
  });

  it.each([
    ['a good one', metadata, spec, []],
    [
      'names',
      { name: 'v1.a' },
      spec,
      ['metadata.name: Invalid value: "v1.a": must be `spec.version+"."+spec.group`: "v1.a.b"'],
    ],
    [
      'groups without a name',
      { name: 'v2.' },
      { ...spec, group: '', version: 'v2' },
      ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube'],
    ],
    [
      'priorities',
      metadata,
      { ...spec, groupPriorityMinimum: 20_001, versionPriority: 0 },
      [
        'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'trust where none is needed',
      metadata,
      { ...spec, caBundle: 'AAE=', insecureSkipTLSVerify: true },
      [
        'spec.caBundle: Invalid value: "2 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
    [
      'services',
      metadata,
      { ...spec, service: { port: 70_000 }, caBundle: 'AAE=', insecureSkipTLSVerify: true },
      [
        'spec.service.namespace: Required value',
        'spec.service.name: Required value',
        'spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
        'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
      ],
    ],
  ])('judge %s', (_, meta, specification, complaints) => {
    expect(refused(apiServiceRow, { metadata: meta, spec: specification })).toEqual(complaints);
  });

  it('keep spec and status apart', () => {
    const old = { metadata, spec, status: { conditions: [{ type: 'Available', status: 'False' }] } };
    const next = { metadata, spec: { ...spec, versionPriority: 20 }, status: {} };
    expect(updated(apiServiceRow, old, next)).toMatchObject({ spec: { versionPriority: 20 }, status: old.status });
  });

  it('are in one of three states', () => {
    const status = { conditions: [{ type: 'Available', status: 'Perhaps' }] };
    expect(updateRefused(apiServiceRow, { metadata, spec }, { metadata, spec, status }, 'status')).toEqual([
      'status.conditions[0].status: Unsupported value: "Perhaps": supported values: "True", "False", "Unknown"',
    ]);
  });

  it('show who serves', () => {
    const status = { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] };
    const service = { name: 's', namespace: 'n' };
    const created = { ...metadata, creationTimestamp: '2026-01-31T11:55:00Z' };
    expect(cellsOf(apiServiceRow, { metadata: created, spec: { ...spec, service }, status })).toEqual([
      ...['v1.a.b', 'n/s', 'False (MissingEndpoints)', '5m'],
    ]);
    expect(cellsOf(apiServiceRow, { metadata: created, spec, status: {} })).toEqual([
      ...['v1.a.b', 'Local', 'Unknown', '5m'],
    ]);
  });
});
