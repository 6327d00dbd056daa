import { describe, expect, it } from 'vitest';
import { endpointSliceRow } from '../../../../apiserver/resources/discovery/endpoint-slice.ts';
import { cellsOf, created, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

const NOT_AN_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function slice(addresses: readonly string[], more: object = {}, addressType = 'IPv4'): object {
  return { addressType, endpoints: [{ addresses, ...more }] };
}

describe('endpoint slices', () => {
  it('name their ports and protocols, and drop the topology of the beta version', () => {
    const endpoints = [{ addresses: ['10.0.0.1'], deprecatedTopology: { zone: 'a' } }];
    expect(created(endpointSliceRow, { addressType: 'IPv4', endpoints, ports: [{ port: 80 }] })).toMatchObject({
      metadata: { generation: 1 },
      endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }],
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
    });
  });

  it.each([
    ['a good one', slice(['10.0.0.1']), []],
    ['no type', { endpoints: [] }, ['addressType: Required value']],
    [
      'a wrong type',
      { addressType: 'IPX', endpoints: [] },
      ['addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    ['no addresses', slice([]), ['endpoints[0].addresses: Required value: must contain at least 1 address']],
    ['no IP', slice(['x']), [`endpoints[0].addresses[0]: Invalid value: "x": ${NOT_AN_IP}`]],
    [
      'IPv6 for IPv4',
      slice(['fd00::1']),
      ['endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address'],
    ],
    [
      'IPv6 in no canonical form',
      slice(['FD00::1'], {}, 'IPv6'),
      ['endpoints[0].addresses[0]: Invalid value: "FD00::1": must be in canonical form ("fd00::1")'],
    ],
    [
      'the loopback address',
      slice(['127.0.0.1']),
      [
        'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'a domain of one segment',
      slice(['a'], {}, 'FQDN'),
      [
        'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots',
      ],
    ],
    ['a domain', slice(['a.example.'], {}, 'FQDN'), []],
    [
      'hints twice',
      slice(['10.0.0.1'], { hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }),
      ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"'],
    ],
    [
      'too many hints',
      slice(['10.0.0.1'], { hints: { forNodes: Array.from({ length: 9 }, (_, i) => ({ name: `n${i}` })) } }),
      ['endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items'],
    ],
    [
      'ports of one name, and a wrong protocol',
      { ...slice(['10.0.0.1']), ports: [{ port: 1 }, { port: 2, protocol: 'ICMP' }] },
      [
        'ports[1].name: Duplicate value: ""',
        'ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
  ])('judge %s', (_, parts, complaints) => {
    expect(refused(endpointSliceRow, parts)).toEqual(complaints);
  });

  it('keep their type, and may keep endpoints that were wrong before', () => {
    const old = slice(['x']);
    expect(updateRefused(endpointSliceRow, old, { ...old, metadata: { labels: { a: 'b' } } })).toEqual([]);
    expect(updateRefused(endpointSliceRow, slice(['10.0.0.1']), slice(['fd00::1'], {}, 'IPv6'))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });

  it.each([
    ['labels', { metadata: { labels: { a: 'b' } }, ...slice(['10.0.0.1']) }, 8],
    ['endpoints', slice(['10.0.0.2']), 8],
    ['annotations', { metadata: { annotations: { a: 'b' } }, ...slice(['10.0.0.1']) }, undefined],
  ])('count changes of %s', (_, next, generation) => {
    const old = { metadata: { generation: 7 }, ...slice(['10.0.0.1']) };
    expect(updated(endpointSliceRow, old, next).metadata.generation).toBe(generation);
  });

  it('warn of names and of odd addresses, unless a controller of the system wrote them', () => {
    expect(warnedOf(endpointSliceRow, slice(['a.b'], {}, 'FQDN'))).toEqual([
      'spec.addressType: FQDN endpoints are deprecated',
    ]);
    expect(warnedOf(endpointSliceRow, slice(['FD00::1'], {}, 'IPv6'))).toHaveLength(1);
    const labels = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
    expect(warnedOf(endpointSliceRow, { metadata: { labels }, ...slice(['FD00::1'], {}, 'IPv6') })).toEqual([]);
  });

  it('show the first few', () => {
    const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];
    const ports = [{ port: 80 }, { name: 'any' }];
    expect(cellsOf(endpointSliceRow, { ...slice(addresses), ports }).slice(1, 4)).toEqual([
      'IPv4',
      '80,any',
      '10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...',
    ]);
    expect(cellsOf(endpointSliceRow, { addressType: 'IPv6' }).slice(1, 4)).toEqual(['IPv6', '<unset>', '<unset>']);
  });
});
