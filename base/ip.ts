/**
 * IP addresses and CIDR ranges of both families, read strictly or as sloppily as Go once did (leading zeros), and
 * written canonically (RFC 5952).
 */

export type IpFamily = 4 | 6;

export class IpAddress {
  readonly family: IpFamily;
  readonly value: bigint;

  constructor(family: IpFamily, value: bigint) {
    this.family = family;
    this.value = value;
  }

  get isUnspecified(): boolean {
    return this.value === 0n;
  }

  get isLoopback(): boolean {
    return this.family === 4 ? this.value >> 24n === 127n : this.value === 1n;
  }

  get isLinkLocalUnicast(): boolean {
    return this.family === 4 ? this.value >> 16n === 0xa9fen : this.value >> 118n === 0x3fan;
  }

  get isLinkLocalMulticast(): boolean {
    return this.family === 4 ? this.value >> 8n === 0xe00000n : this.value >> 112n === 0xff02n;
  }

  get isMulticast(): boolean {
    return this.family === 4 ? this.value >> 28n === 0xen : this.value >> 120n === 0xffn;
  }

  toString(): string {
    return this.family === 4 ? formatIpv4(this.value) : formatIpv6(this.value);
  }
}

export interface Cidr {
  /** The address as it was written, bits beyond the prefix included. */
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** Reads an address; leading zeros in IPv4 are decimal, `::ffff:1.2.3.4` is IPv4. Undefined when it is none. */
export function parseIp(text: string): IpAddress | undefined {
  const parsed = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (parsed?.family === 6 && parsed.value >> 32n === 0xffffn) return new IpAddress(4, parsed.value & 0xffffffffn);
  return parsed;
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const length = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const raw = text.slice(0, slash);
  const address = raw.includes(':') ? parseIpv6(raw) : parseIpv4(raw);
  const prefixLength = Number(length);
  if (address === undefined || prefixLength > bitsOf(address.family)) return undefined;
  return { address, prefixLength };
}

export function bitsOf(family: IpFamily): number {
  return family === 4 ? 32 : 128;
}

/** The first address of a range. */
export function networkOf(cidr: Cidr): IpAddress {
  const rest = BigInt(bitsOf(cidr.address.family) - cidr.prefixLength);
  return new IpAddress(cidr.address.family, (cidr.address.value >> rest) << rest);
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.address.family !== address.family) return false;
  const rest = BigInt(bitsOf(address.family) - cidr.prefixLength);
  return cidr.address.value >> rest === address.value >> rest;
}

export function formatCidr(cidr: Cidr): string {
  return `${networkOf(cidr)}/${cidr.prefixLength}`;
}

/** True for IPv4 with leading zeros, which strict readers refuse. */
export function hasLeadingZeros(text: string): boolean {
  return /(^|[.:/])0\d/.test(text.includes('.') ? text.slice(text.lastIndexOf(':') + 1) : text.replace(/^.*\//, '/'));
}

/** True for an IPv4 address written as IPv6. */
export function isIpv4InIpv6(text: string): boolean {
  const bare = text.replace(/\/.*$/, '');
  return bare.includes(':') && (parseIpv6(bare)?.value ?? 0n) >> 32n === 0xffffn;
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d+$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(Number(part));
  }
  return new IpAddress(4, value);
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return new IpAddress(
    6,
    groups.reduce((value, group) => value * 65536n + BigInt(group), 0n),
  );
}

/** Colon-separated groups; the last two may be written as IPv4 where the address ends. */
function readGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (atEnd && index === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === undefined) return undefined;
      groups.push(Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - index * 16)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.start < 0) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}
