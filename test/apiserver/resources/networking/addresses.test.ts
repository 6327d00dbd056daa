import { describe, expect, it } from 'vitest';
import { nameComplaints } from '../../../../apiserver/machinery/name-formats.ts';
import { ipAddressRow } from '../../../../apiserver/resources/networking/ip-address.ts';
import { serviceCidrRow } from '../../../../apiserver/resources/networking/service-cidr.ts';
import { cellsOf, created, defaulted, NOW_MS, refused, updated, updateRefused } from '../row-fixture.ts';

const parentRef = { resource: 'services', namespace: 'default', name: 'web' };

describe('IP addresses', () => {
  it.each([
    ['10.0.0.1', []],
    ['fd00::1', []],
    ['010.0.0.1', ['must not have leading 0s']],
    ['FD00::1', ['must be in canonical form ("fd00::1")']],
    ['web', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ])('are called what they are: %s', (name, complaints) => {
    expect(nameComplaints(ipAddressRow.nameRule, name, false)).toEqual(complaints);
  });

  it.each([
    [{ parentRef }, []],
    [{}, ['spec.parentRef: Required value']],
    [{ parentRef: {} }, ['spec.parentRef.resource: Required value', 'spec.parentRef.name: Required value']],
    [{ parentRef: { ...parentRef, name: 'a/b' } }, [`spec.parentRef.name: Invalid value: "a/b": may not contain '/'`]],
  ])('have a parent: %o', (spec, complaints) => {
    expect(refused(ipAddressRow, { spec })).toEqual(complaints);
  });

  it('keep their parent', () => {
    const next = { spec: { parentRef: { ...parentRef, name: 'other' } } };
    expect(updateRefused(ipAddressRow, { spec: { parentRef } }, next)).toEqual([
      'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"default","Name":"other"}: field is immutable',
    ]);
  });

  it('show their parent', () => {
    const spec = { parentRef: { ...parentRef, group: 'g.com' } };
    expect(ipAddressRow.table.cells(defaulted(ipAddressRow, { spec }), NOW_MS)).toEqual([
      'name',
      'services.g.com/default/web',
      '<unknown>',
    ]);
  });
});

describe('service CIDRs', () => {
  const spec = (...cidrs: string[]): object => ({ spec: { cidrs } });

  it.each([
    [['10.0.0.0/24'], []],
    [['10.0.0.0/24', 'fd00::/64'], []],
    [[], ['spec.cidrs: Required value: at least one CIDR required']],
    [['a', 'b', 'c'], ['spec.cidrs: Invalid value: {"CIDRs":["a","b","c"]}: may only hold up to 2 values']],
    [
      ['10.0.0.0/24', '10.1.0.0/24'],
      [
        'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
    [['10.0.0.1/24'], ['spec.cidrs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length']],
  ])('judge %o', (cidrs, complaints) => {
    expect(refused(serviceCidrRow, spec(...cidrs))).toEqual(complaints);
  });

  it.each([
    ['a second family', spec('10.0.0.0/24'), spec('10.0.0.0/24', 'fd00::/64'), []],
    [
      'another range',
      spec('10.0.0.0/24'),
      spec('10.1.0.0/24'),
      ['spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable'],
    ],
    [
      'one fewer',
      spec('10.0.0.0/24', 'fd00::/64'),
      spec('10.0.0.0/24'),
      ['spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable'],
    ],
  ])('judge a change to %s', (_, old, next, complaints) => {
    expect(updateRefused(serviceCidrRow, old, next)).toEqual(complaints);
  });

  it('keep status and metadata apart', () => {
    const status = {
      conditions: [{ type: 'Ready', status: 'True', reason: 'r', message: '', lastTransitionTime: 't' }],
    };
    expect(created(serviceCidrRow, { ...spec('10.0.0.0/24'), status }).status).toEqual({});
    const old = { metadata: { labels: { a: 'b' } }, ...spec('10.0.0.0/24') };
    const written = updated(serviceCidrRow, old, { metadata: { labels: { c: 'd' } }, status }, 'status');
    expect(written).toMatchObject({ metadata: { labels: { a: 'b' } }, ...spec('10.0.0.0/24'), status });
  });

  it('show their ranges', () => {
    expect(cellsOf(serviceCidrRow, spec('10.0.0.0/24', 'fd00::/64'))[1]).toBe('10.0.0.0/24,fd00::/64');
  });
});
