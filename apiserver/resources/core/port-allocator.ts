/**
 * Node ports: a bitmap in one record at the key where kube-apiserver keeps its own, changed by compare-and-swap, so that
 * API servers never give out a port twice. There are few ports and they change rarely: one record is cheaper to read
 * whole than a key a port, and the store's revision settles who was first.
 */

import { assert } from '../../../base/assert.ts';
import type { V1Service } from '../../../generated/kubernetes.d.ts';
import type { RegistryServices } from '../../machinery/resource-row.ts';

export const NODE_PORTS_KEY = '/registry/ranges/servicenodeports';
const SERVICES = { group: '', resource: 'services' };
const ATTEMPTS_MAX = 64;

/** Inclusive. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** kube-apiserver's, when nobody says otherwise. */
export const NODE_PORTS: PortRange = { from: 30000, to: 32767 };

export class PortAllocationError extends Error {
  override readonly name = 'PortAllocationError';
}

/** The ports in use. */
type Bitmap = Set<number>;

/** Takes the ports wanted, and any free one for each `undefined`. Answers them in order; all of them, or none. */
export async function allocatePorts(
  range: PortRange,
  wanted: readonly (number | undefined)[],
  services: RegistryServices,
  dryRun: boolean,
): Promise<number[]> {
  return change(range, services, dryRun, (used) => {
    const taken: number[] = [];
    for (const port of wanted) if (port !== undefined) takePort(port, range, used);
    for (const port of wanted) taken.push(port ?? takeNext(range, used, services));
    return taken;
  });
}

export async function releasePorts(
  range: PortRange,
  ports: readonly number[],
  services: RegistryServices,
): Promise<void> {
  if (ports.length === 0) return;
  await change(range, services, false, (used) => {
    for (const port of ports) used.delete(port);
  });
}

function takePort(port: number, range: PortRange, used: Bitmap): void {
  if (port < range.from || port > range.to) {
    throw new PortAllocationError(
      `provided port is not in the valid range. The range of valid ports is ${range.from}-${range.to}`,
    );
  }
  if (used.has(port)) throw new PortAllocationError('provided port is already allocated');
  used.add(port);
}

/** Of the upper part of the range first: the lower one is for ports chosen by hand. */
function takeNext(range: PortRange, used: Bitmap, services: RegistryServices): number {
  const size = range.to - range.from + 1;
  const share = Math.floor(size / 32);
  const reserved = size <= 16 ? 0 : Math.min(Math.max(16, share), 128);
  for (const [from, length] of [
    [range.from + reserved, size - reserved],
    [range.from, reserved],
  ] as const) {
    const start = length === 0 ? 0 : services.random.below(length);
    for (let i = 0; i < length; i++) {
      const port = from + ((start + i) % length);
      if (used.has(port)) continue;
      used.add(port);
      return port;
    }
  }
  throw new PortAllocationError('range is full');
}

async function change<T>(
  range: PortRange,
  services: RegistryServices,
  dryRun: boolean,
  mutate: (used: Bitmap) => T,
): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const record = await services.getRecord(NODE_PORTS_KEY);
    const used = record === undefined ? new Set<number>() : decode(record.value, range);
    const result = mutate(used);
    if (dryRun) return result;
    if (await services.swapRecord(NODE_PORTS_KEY, record?.modRevision ?? 0, encode(used, range))) return result;
  }
  throw new PortAllocationError('too many API servers allocate ports at once');
}

/** A core/v1 RangeAllocation: its data is a big-endian number whose bit `i` stands for the range's port `i`. */
function encode(used: Bitmap, range: PortRange): Uint8Array {
  const bytes = Buffer.alloc(Math.ceil((range.to - range.from + 1) / 8));
  for (const port of used) {
    const offset = port - range.from;
    const at = bytes.length - 1 - Math.floor(offset / 8);
    bytes[at] = (bytes[at] ?? 0) | (1 << (offset % 8));
  }
  const object = {
    kind: 'RangeAllocation',
    apiVersion: 'v1',
    metadata: {},
    range: `${range.from}-${range.to}`,
    data: bytes.toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(object)}\n`, 'utf8');
}

/** Ports of a range that was another one before are kept as far as they lie in this one. */
function decode(value: Uint8Array, range: PortRange): Bitmap {
  const object: { range?: string; data?: string } = JSON.parse(Buffer.from(value).toString('utf8'));
  const from = Number(object.range?.split('-')[0]);
  assert(Number.isInteger(from), `${NODE_PORTS_KEY} holds no port range`);
  const bytes = Buffer.from(object.data ?? '', 'base64');
  const used: Bitmap = new Set();
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      if (((bytes[bytes.length - 1 - at] ?? 0) & (1 << bit)) === 0) continue;
      const port = from + at * 8 + bit;
      if (port >= range.from && port <= range.to) used.add(port);
    }
  }
  return used;
}

/**
 * Makes the record say what the services hold. `suspects` are ports found leaked by the call before: only what was
 * leaked twice in a row is freed, so that a service that is just being written keeps its port.
 */
export async function repairNodePorts(
  range: PortRange,
  services: RegistryServices,
  suspects: ReadonlySet<number>,
): Promise<ReadonlySet<number>> {
  const leaked = new Set<number>();
  const held = new Set<number>();
  for (const object of await services.list(SERVICES, undefined)) {
    const { spec } = object as unknown as V1Service;
    for (const port of spec?.ports ?? []) if (port.nodePort) held.add(port.nodePort);
    if (spec?.healthCheckNodePort) held.add(spec.healthCheckNodePort);
  }
  await change(range, services, false, (used) => {
    leaked.clear();
    for (const port of used) if (!held.has(port)) leaked.add(port);
    for (const port of held) if (port >= range.from && port <= range.to) used.add(port);
    for (const port of leaked) if (suspects.has(port)) used.delete(port);
  });
  return leaked;
}
