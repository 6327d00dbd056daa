/**
 * What a service is given when it is written: addresses in the cluster, ports on the nodes. The hook allocates before the
 * write and tells how to give back if it fails; what a service no longer needs is released after the write.
 */

import { deepEqual } from '../../../base/deep-equal.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Cidr } from '../../../base/ip.ts';
import type { V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import type { KubeObject, RegistryServices, WriteHook } from '../../machinery/resource-row.ts';
import { internalError, invalid, StatusError } from '../../machinery/status.ts';
import { allocateIp, allocateNextIp, IpAllocationError, releaseIp } from './ip-allocator.ts';
import { allocatePorts, PortAllocationError, type PortRange, releasePorts } from './port-allocator.ts';
import { allocatesNodePorts, needsClusterIp, needsHealthCheck, nodePortsOf, type Service } from './service-strategy.ts';

const ENDPOINTS = { group: '', resource: 'endpoints' };

export interface ServicePlumbing {
  /** One range, or one of each family; the first is preferred. */
  readonly clusterIpRanges: readonly Cidr[];
  readonly nodePortRange: PortRange;
}

export function serviceAllocation(plumbing: ServicePlumbing): WriteHook {
  return {
    name: 'service-allocation',
    async before(operation, object, old, services, dryRun) {
      if (operation === 'delete') return undefined;
      const service = object as unknown as Service;
      const before = old as unknown as Service | undefined;
      // A write of the status has the spec as it is stored.
      if (deepEqual(service.spec, before?.spec)) return undefined;
      const given: (() => Promise<void>)[] = [];
      const undo = async (): Promise<void> => {
        for (const giveBack of given.splice(0).reverse()) await giveBack();
      };
      try {
        await giveIps(service, before, plumbing, services, dryRun, given);
        await givePorts(service, before, plumbing.nodePortRange, services, dryRun, given);
      } catch (error) {
        await undo();
        throw error;
      }
      return undo;
    },
    async after(operation, object, old, services) {
      const before = (operation === 'delete' ? object : old) as unknown as Service | undefined;
      if (before === undefined) return;
      const kept = operation === 'delete' ? undefined : (object as unknown as Service).spec;
      await takeBack(before.spec, kept, plumbing.nodePortRange, services);
      if (operation === 'delete') await deleteEndpoints(object, services);
    },
  };
}

/** The addresses that a service holds (headless ones and names hold none). */
function ipsOf(spec: V1ServiceSpec | undefined): string[] {
  if (spec === undefined || !needsClusterIp(spec)) return [];
  return (spec.clusterIPs ?? []).filter((ip) => ip !== 'None' && ip !== '');
}

/** All ports of the nodes that a service holds. */
function portsOf(spec: V1ServiceSpec | undefined): number[] {
  if (spec === undefined) return [];
  const health = needsHealthCheck(spec) && spec.healthCheckNodePort ? [spec.healthCheckNodePort] : [];
  return [...new Set([...nodePortsOf(spec), ...health])];
}

async function giveIps(
  service: Service,
  old: Service | undefined,
  { clusterIpRanges }: ServicePlumbing,
  services: RegistryServices,
  dryRun: boolean,
  given: (() => Promise<void>)[],
): Promise<void> {
  const { spec } = service;
  if (!needsClusterIp(spec) || spec.clusterIPs?.[0] === 'None') return;
  const owner = { namespace: service.metadata.namespace ?? '', name: service.metadata.name ?? '' };
  const held = ipsOf(old?.spec);
  const ips = [...(spec.clusterIPs ?? [])];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const range = clusterIpRanges.find((each) => `IPv${each.address.family}` === family);
    const wanted = ips[index];
    if (range === undefined || (wanted !== undefined && held.includes(wanted))) continue;
    try {
      ips[index] =
        wanted === undefined
          ? await allocateNextIp(range, owner, services, dryRun)
          : await allocateIp(range, wanted, owner, services, dryRun);
    } catch (error) {
      throw ipRefusal(error, service, wanted);
    }
    const ip = ips[index];
    if (!dryRun) given.push(() => releaseIp(ip, services));
  }
  spec.clusterIPs = ips;
  if (ips[0] !== undefined) spec.clusterIP = ips[0];
}

function ipRefusal(error: unknown, service: Service, wanted: string | undefined): unknown {
  if (!(error instanceof IpAllocationError)) return error;
  const name = service.metadata.name ?? '';
  if (error.full) {
    return internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(name)}: ${error.message}`);
  }
  const errors = new FieldErrors();
  const ip = wanted === undefined ? '' : ` ${wanted}`;
  errors.invalid('spec.clusterIPs', service.spec.clusterIPs ?? [], `failed to allocate IP${ip}: ${error.message}`);
  return invalid('', 'Service', name, errors.list);
}

async function givePorts(
  service: Service,
  old: Service | undefined,
  range: PortRange,
  services: RegistryServices,
  dryRun: boolean,
  given: (() => Promise<void>)[],
): Promise<void> {
  const { spec } = service;
  const held = new Set(portsOf(old?.spec));
  const take = async (wanted: readonly (number | undefined)[]): Promise<number[]> => {
    const ports = await allocatePorts(range, wanted, services, dryRun);
    if (!dryRun && ports.length > 0) given.push(() => releasePorts(range, ports, services));
    return ports;
  };
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') await giveNodePorts(service, held, take);
  if (!needsHealthCheck(spec) || (spec.healthCheckNodePort && held.has(spec.healthCheckNodePort))) return;
  try {
    const [port] = await take([spec.healthCheckNodePort]);
    if (port !== undefined) spec.healthCheckNodePort = port;
  } catch (error) {
    if (!(error instanceof PortAllocationError)) throw error;
    const wanted = spec.healthCheckNodePort;
    throw internalError(
      wanted
        ? `failed to allocate requested HealthCheck NodePort ${wanted}: ${error.message}`
        : `failed to allocate a HealthCheck NodePort: ${error.message}`,
    );
  }
}

/** The same service port gets one node port for all its protocols. */
async function giveNodePorts(
  service: Service,
  held: ReadonlySet<number>,
  take: (wanted: readonly (number | undefined)[]) => Promise<number[]>,
): Promise<void> {
  const { spec } = service;
  const all = allocatesNodePorts(spec);
  const byPort = new Map<number, number>();
  const ports = spec.ports ?? [];
  for (const each of ports)
    if (each.nodePort !== undefined && !byPort.has(each.port)) byPort.set(each.port, each.nodePort);
  const mine = new Set(held);
  for (const [index, port] of ports.entries()) {
    const wanted = port.nodePort ?? (all ? byPort.get(port.port) : undefined);
    if (wanted === undefined && !all) continue;
    if (wanted === undefined || !mine.has(wanted)) {
      try {
        [port.nodePort] = await take([wanted]);
      } catch (error) {
        throw portRefusal(error, service, index, wanted);
      }
    } else port.nodePort = wanted;
    if (port.nodePort === undefined) continue;
    mine.add(port.nodePort);
    if (!byPort.has(port.port)) byPort.set(port.port, port.nodePort);
  }
}

function portRefusal(error: unknown, service: Service, index: number, wanted: number | undefined): unknown {
  if (!(error instanceof PortAllocationError)) return error;
  if (wanted === undefined) return internalError(`failed to allocate a nodePort: ${messageOf(error)}`);
  const errors = new FieldErrors();
  errors.invalid(`spec.ports[${index}].nodePort`, wanted, error.message);
  return invalid('', 'Service', service.metadata.name ?? '', errors.list);
}

async function takeBack(
  before: V1ServiceSpec,
  kept: V1ServiceSpec | undefined,
  range: PortRange,
  services: RegistryServices,
): Promise<void> {
  const stays = new Set(ipsOf(kept));
  for (const ip of ipsOf(before)) if (!stays.has(ip)) await releaseIp(ip, services);
  const ports = new Set(portsOf(kept));
  await releasePorts(
    range,
    portsOf(before).filter((port) => !ports.has(port)),
    services,
  );
}

async function deleteEndpoints(service: KubeObject, services: RegistryServices): Promise<void> {
  const { namespace, name = '' } = service.metadata;
  try {
    const user = { name: 'system:apiserver', uid: '', groups: ['system:masters'], extra: {} };
    await services.delete(ENDPOINTS, namespace, name, {}, user);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 404) throw error;
  }
}
