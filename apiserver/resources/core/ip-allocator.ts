/**
 * Cluster IPs. Each address in use is an `IPAddress` object named after it, as upstream has it since 1.33: creating an
 * object that exists fails, so no two API servers ever give out the same address, whatever they know of each other, and
 * anybody can see who holds which. Releasing deletes the object.
 *
 * A crash between allocating and writing the service would leak an address: `repairClusterIps` frees those whose service
 * does not hold them.
 */

import { bitsOf, type Cidr, cidrContains, formatCidr, IpAddress, networkOf, parseIp } from '../../../base/ip.ts';
import type { V1IPAddress, V1Service } from '../../../generated/kubernetes.d.ts';
import type { KubeObject, RegistryServices } from '../../machinery/resource-row.ts';
import { StatusError } from '../../machinery/status.ts';

const IP_ADDRESSES = { group: 'networking.k8s.io', resource: 'ipaddresses' };
const SERVICES = { group: '', resource: 'services' };
const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family';
const MANAGER_LABEL = 'ipaddress.kubernetes.io/managed-by';
const MANAGER = 'ipallocator.k8s.io';
const DRAWS_MAX = 32;

const NOBODY = { name: 'system:apiserver', uid: '', groups: ['system:masters'], extra: {} };

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** Why an address could not be had: its message is a field's. */
export class IpAllocationError extends Error {
  override readonly name = 'IpAllocationError';
  /** The range has no address left. */
  readonly full: boolean;

  constructor(message: string, full = false) {
    super(message);
    this.full = full;
  }
}

/** Takes one certain address. */
export async function allocateIp(
  range: Cidr,
  text: string,
  owner: ServiceName,
  services: RegistryServices,
  dryRun: boolean,
): Promise<string> {
  const ip = parseIp(text);
  if (ip === undefined || !cidrContains(range, ip)) {
    throw new IpAllocationError('the provided network does not match the current range');
  }
  const offset = ip.value - networkOf(range).value;
  if (offset === 0n || offset > lastOffset(range)) {
    throw new IpAllocationError(
      `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${formatCidr(range)}`,
    );
  }
  if (!(await take(ip, owner, services, dryRun))) throw new IpAllocationError('provided IP is already allocated');
  return String(ip);
}

/** Takes any free address, of the upper part of the range first: the lower one is for those chosen by hand. */
export async function allocateNextIp(
  range: Cidr,
  owner: ServiceName,
  services: RegistryServices,
  dryRun: boolean,
): Promise<string> {
  const last = lastOffset(range);
  const reserved = reservedOffsets(last);
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const offset = reserved + 1n + randomBelow(last - reserved, services);
    const ip = new IpAddress(range.address.family, networkOf(range).value + offset);
    if (await take(ip, owner, services, dryRun)) return String(ip);
  }
  return allocateByScan(range, last, reserved, owner, services, dryRun);
}

/** A crowded range is searched in order, knowing which addresses are taken. */
async function allocateByScan(
  range: Cidr,
  last: bigint,
  reserved: bigint,
  owner: ServiceName,
  services: RegistryServices,
  dryRun: boolean,
): Promise<string> {
  const taken = new Set((await services.list(IP_ADDRESSES, undefined)).map((object) => object.metadata.name));
  for (const [from, to] of [
    [reserved + 1n, last],
    [1n, reserved],
  ] as const) {
    for (let offset = from; offset <= to; offset++) {
      const ip = new IpAddress(range.address.family, networkOf(range).value + offset);
      if (!taken.has(String(ip)) && (await take(ip, owner, services, dryRun))) return String(ip);
    }
  }
  throw new IpAllocationError('range is full', true);
}

export async function releaseIp(text: string, services: RegistryServices): Promise<void> {
  const name = String(parseIp(text) ?? text);
  try {
    await services.delete(IP_ADDRESSES, undefined, name, {}, NOBODY);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 404) throw error;
  }
}

/** Offsets from the network's address: the first and, in IPv4, the last one are not given out. */
function lastOffset(range: Cidr): bigint {
  const size = 1n << BigInt(bitsOf(range.address.family) - range.prefixLength);
  const last = range.address.family === 4 ? size - 2n : size - 1n;
  return last < 1n ? 1n : last;
}

/** Between 16 and 256 addresses, a sixteenth of the range; none of a small one. */
function reservedOffsets(last: bigint): bigint {
  if (last < 16n) return 0n;
  const share = last / 16n;
  return share < 16n ? 16n : share > 256n ? 256n : share;
}

function randomBelow(max: bigint, services: RegistryServices): bigint {
  return max <= 0xffffffffn ? BigInt(services.random.below(Number(max))) : BigInt(services.random.below(2 ** 32));
}

async function take(ip: IpAddress, owner: ServiceName, services: RegistryServices, dryRun: boolean): Promise<boolean> {
  const name = String(ip);
  if (dryRun) return (await services.get(IP_ADDRESSES, undefined, name)) === undefined;
  try {
    await services.create(IP_ADDRESSES, ipAddressOf(ip, owner));
    return true;
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'AlreadyExists') return false;
    throw error;
  }
}

function ipAddressOf(ip: IpAddress, owner: ServiceName): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: String(ip),
      labels: { [FAMILY_LABEL]: `IPv${ip.family}`, [MANAGER_LABEL]: MANAGER },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace: owner.namespace, name: owner.name } },
  };
}

/** Frees addresses that no service holds and that are older than `graceMs`. Answers those freed. */
export async function repairClusterIps(services: RegistryServices, graceMs: number): Promise<string[]> {
  const addresses = await services.list(IP_ADDRESSES, undefined);
  const held = new Set<string>();
  for (const object of await services.list(SERVICES, undefined)) {
    const service = object as unknown as V1Service;
    for (const ip of service.spec?.clusterIPs ?? []) {
      held.add(`${object.metadata.namespace}/${object.metadata.name} ${parseIp(ip) ?? ip}`);
    }
  }
  const freed: string[] = [];
  for (const object of addresses) {
    const { parentRef } = (object as unknown as V1IPAddress).spec ?? {};
    const { name = '', labels, creationTimestamp } = object.metadata;
    const young = services.nowMs() - Date.parse(creationTimestamp ?? '') < graceMs;
    if (labels?.[MANAGER_LABEL] !== MANAGER || young || parentRef === undefined) continue;
    if (held.has(`${parentRef.namespace}/${parentRef.name} ${name}`)) continue;
    await releaseIp(name, services);
    freed.push(name);
  }
  return freed;
}
