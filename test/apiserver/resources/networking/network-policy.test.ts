import { describe, expect, it } from 'vitest';
import { networkPolicyRow } from '../../../../apiserver/resources/networking/network-policy.ts';
import { cellsOf, defaulted, refused, updateRefused, warnedOf } from '../row-fixture.ts';

const from = (peer: object): object => ({ ingress: [{ from: [peer] }] });
const port = (each: object): object => ({ egress: [{ ports: [each] }] });
const block = (cidr: string, ...except: string[]): object => from({ ipBlock: { cidr, except } });

const BLOCK = 'spec.ingress[0].from[0].ipBlock';

describe('network policies', () => {
  it('are about ingress, and about egress when they say something of it', () => {
    expect(defaulted(networkPolicyRow, {}).spec).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
    expect(defaulted(networkPolicyRow, { spec: port({ port: 53 }) }).spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
    });
  });

  it.each([
    ['nothing', {}, []],
    ['an empty peer', from({}), ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      'a block and a selector',
      from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    ['two selectors', from({ podSelector: {}, namespaceSelector: {} }), []],
    ['a block without range', block(''), [`${BLOCK}.cidr: Required value`]],
    [
      'no range',
      block('10.0.0.0'),
      [`${BLOCK}.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`],
    ],
    [
      'bits beyond the prefix',
      block('10.0.0.1/8'),
      [`${BLOCK}.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length`],
    ],
    ['an exception', block('10.0.0.0/8', '10.1.0.0/16'), []],
    [
      'exceptions outside',
      block('10.0.0.0/8', '11.0.0.0/16', '10.0.0.0/8'),
      [
        `${BLOCK}.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of \`cidr\``,
        `${BLOCK}.except[1]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\``,
      ],
    ],
    [
      'a wrong protocol',
      port({ port: 1, protocol: 'ICMP' }),
      ['spec.egress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"'],
    ],
    [
      'a range that runs backwards',
      port({ port: 80, endPort: 79 }),
      ['spec.egress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`'],
    ],
    [
      'a range from a name',
      port({ port: 'http', endPort: 79 }),
      ['spec.egress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is non-numeric'],
    ],
    [
      'a range from nowhere',
      port({ endPort: 79 }),
      ['spec.egress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is not specified'],
    ],
    [
      'three types',
      { policyTypes: ['A', 'B', 'C'] },
      ['spec.policyTypes: Invalid value: ["A","B","C"]: may not specify more than two policyTypes'],
    ],
    [
      'an unknown type',
      { policyTypes: ['A'] },
      ['spec.policyTypes[0]: Unsupported value: "A": supported values: "Ingress", "Egress"'],
    ],
  ])('judge %s', (_, spec, complaints) => {
    expect(refused(networkPolicyRow, { spec })).toEqual(complaints);
  });

  it('may keep ranges that were stored', () => {
    const spec = block('10.0.0.1/8');
    expect(updateRefused(networkPolicyRow, { spec }, { spec })).toEqual([]);
  });

  it('warn of odd ranges', () => {
    expect(warnedOf(networkPolicyRow, { spec: block('FD00::/8') })).toEqual([
      `${BLOCK}.cidr: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")`,
    ]);
  });

  it('show whom they pick', () => {
    const podSelector = { matchLabels: { app: 'web' } };
    expect(cellsOf(networkPolicyRow, { spec: { podSelector } })[1]).toBe('app=web');
    expect(cellsOf(networkPolicyRow, {})[1]).toBe('<none>');
  });
});
