/** `ip("10.0.0.1")` and `cidr("10.0.0.0/8")` in CEL (k8s.io/apiserver/pkg/cel/library/ip.go and cidr.go). */
import type { Environment } from '@marcbachmann/cel-js';
import {
  type Cidr,
  cidrContains,
  formatCidr,
  hasLeadingZeros,
  IpAddress,
  isIpv4InIpv6,
  networkOf,
  parseCidr,
  parseIp,
} from '../../../base/ip.ts';

const IP = 'net.IP';
const CIDR = 'net.CIDR';
/** What `ip.isCanonical` is called on. */
const NAMESPACE = 'kubernetes.IPFunctions';

class IpFunctions {}

class CidrValue {
  readonly cidr: Cidr;

  constructor(cidr: Cidr) {
    this.cidr = cidr;
  }
}

export function registerAddresses(environment: Environment): void {
  registerIps(environment);
  registerCidrs(environment);
}

function registerIps(environment: Environment): void {
  environment
    .registerType(IP, IpAddress)
    .registerType(NAMESPACE, IpFunctions)
    .registerConstant('ip', NAMESPACE, new IpFunctions())
    .registerFunction(`ip(string): ${IP}`, ipOf)
    .registerFunction('isIP(string): bool', (text: string) => succeeds(() => ipOf(text)))
    .registerFunction(
      `${NAMESPACE}.isCanonical(string): bool`,
      (_self: unknown, text: string) => ipOf(text).toString() === text,
    )
    .registerFunction(`string(${IP}): string`, (ip: IpAddress) => ip.toString())
    .registerFunction(`${IP}.family(): int`, (ip: IpAddress) => BigInt(ip.family))
    .registerFunction(`${IP}.isUnspecified(): bool`, (ip: IpAddress) => ip.isUnspecified)
    .registerFunction(`${IP}.isLoopback(): bool`, (ip: IpAddress) => ip.isLoopback)
    .registerFunction(`${IP}.isLinkLocalMulticast(): bool`, (ip: IpAddress) => ip.isLinkLocalMulticast)
    .registerFunction(`${IP}.isLinkLocalUnicast(): bool`, (ip: IpAddress) => ip.isLinkLocalUnicast)
    .registerFunction(`${IP}.isGlobalUnicast(): bool`, isGlobalUnicast)
    .registerOperator(`${IP} == ${IP}`, (a: IpAddress, b: IpAddress) => a.family === b.family && a.value === b.value);
}

function registerCidrs(environment: Environment): void {
  const containsCidr = ({ cidr }: CidrValue, { cidr: other }: CidrValue): boolean =>
    cidr.prefixLength <= other.prefixLength && cidrContains(cidr, other.address);
  environment
    .registerType(CIDR, CidrValue)
    .registerFunction(`cidr(string): ${CIDR}`, cidrOf)
    .registerFunction('isCIDR(string): bool', (text: string) => succeeds(() => cidrOf(text)))
    .registerFunction(`string(${CIDR}): string`, ({ cidr }: CidrValue) => formatCidr(cidr))
    .registerFunction(`${CIDR}.containsIP(string): bool`, ({ cidr }: CidrValue, ip: string) =>
      cidrContains(cidr, ipOf(ip)),
    )
    .registerFunction(`${CIDR}.containsIP(${IP}): bool`, ({ cidr }: CidrValue, ip: IpAddress) => cidrContains(cidr, ip))
    .registerFunction(`${CIDR}.containsCIDR(string): bool`, (cidr: CidrValue, text: string) =>
      containsCidr(cidr, cidrOf(text)),
    )
    .registerFunction(`${CIDR}.containsCIDR(${CIDR}): bool`, containsCidr)
    .registerFunction(`${CIDR}.ip(): ${IP}`, ({ cidr }: CidrValue) => cidr.address)
    .registerFunction(`${CIDR}.prefixLength(): int`, ({ cidr }: CidrValue) => BigInt(cidr.prefixLength))
    .registerFunction(
      `${CIDR}.masked(): ${CIDR}`,
      ({ cidr }: CidrValue) => new CidrValue({ ...cidr, address: networkOf(cidr) }),
    )
    .registerOperator(`${CIDR} == ${CIDR}`, (a: CidrValue, b: CidrValue) => formatCidr(a.cidr) === formatCidr(b.cidr));
}

function ipOf(text: string): IpAddress {
  if (text.includes('%') && parseIp(text.slice(0, text.indexOf('%'))) !== undefined) {
    throw new Error(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  }
  const ip = parseIp(text);
  if (ip === undefined || hasLeadingZeros(text)) {
    const why = `ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
    throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ${why}`);
  }
  if (isIpv4InIpv6(text)) throw new Error(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return ip;
}

function cidrOf(text: string): CidrValue {
  const failure = 'network address parse error during conversion from string';
  const slash = text.lastIndexOf('/');
  const cidr = parseCidr(text);
  if (cidr === undefined || hasLeadingZeros(text) || /\/0\d/.test(text.slice(slash))) {
    throw new Error(
      `${failure}: ${failure}: netip.ParsePrefix(${JSON.stringify(text)}): ${slash < 0 ? "no '/'" : 'bad prefix'}`,
    );
  }
  if (isIpv4InIpv6(text.slice(0, slash))) {
    throw new Error(`${failure}: IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  }
  return new CidrValue(cidr);
}

function isGlobalUnicast(ip: IpAddress): boolean {
  const broadcast = ip.family === 4 && ip.value === 0xffffffffn;
  return !ip.isUnspecified && !broadcast && !ip.isLoopback && !ip.isMulticast && !ip.isLinkLocalUnicast;
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
