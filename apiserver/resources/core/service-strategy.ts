/** Services: defaults, and what follows from what when one is written (pkg/registry/core/service). */

import { deepEqual } from '../../../base/deep-equal.ts';
import { type IpFamily, parseIp } from '../../../base/ip.ts';
import type { V1Service, V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import { type Filled, keepField } from '../row.ts';

export type Service = Filled<V1Service>;

const AFFINITY_SECONDS = 10800;

/** The families of the cluster's ranges for service addresses, the preferred one first. */
export type ClusterFamilies = readonly IpFamily[];

export function setServiceDefaults({ spec, status }: Service): void {
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  }
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of status.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  }
}

export function prepareServiceForCreate(service: Service, families: ClusterFamilies): void {
  service.status = { loadBalancer: {} };
  const { spec } = service;
  if (spec.clusterIP !== undefined && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
  initFamilies(spec, families);
}

export function prepareServiceForUpdate(service: Service, old: Service, families: ClusterFamilies): void {
  keepField(service, old, 'status');
  dropTypeDependentFields(service, old);
  patchAllocatedValues(service.spec, old.spec);
  normalizeClusterIps(service.spec, old.spec);
  if (
    service.spec.ipFamilyPolicy === undefined &&
    old.spec.ipFamilyPolicy !== undefined &&
    needsClusterIp(service.spec)
  ) {
    service.spec.ipFamilyPolicy = old.spec.ipFamilyPolicy;
  }
  releaseSecondary(service.spec, old.spec);
  initFamilies(service.spec, families);
}

export function isExternallyAccessible(spec: V1ServiceSpec): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  );
}

export function needsHealthCheck(spec: V1ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

export function needsClusterIp(spec: V1ServiceSpec): boolean {
  return spec.type !== 'ExternalName';
}

export function isHeadless(spec: V1ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
}

/** Whether the service gets ports on every node. */
export function allocatesNodePorts(spec: V1ServiceSpec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

function familyName(family: IpFamily): string {
  return `IPv${family}`;
}

function otherFamily(family: string | undefined): string {
  return family === 'IPv6' ? 'IPv4' : 'IPv6';
}

/** Which families the service's addresses are of, when its owner leaves it to the cluster. */
function initFamilies(spec: V1ServiceSpec, families: ClusterFamilies): void {
  if (!needsClusterIp(spec)) return;
  const selectorless = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= selectorless ? 'RequireDualStack' : 'SingleStack';
  const chosen = [...(spec.ipFamilies ?? [])];
  for (const ip of (spec.clusterIPs ?? []).slice(chosen.length)) {
    const family = parseIp(ip)?.family;
    if (family !== undefined && families.includes(family)) chosen.push(familyName(family));
  }
  if (chosen.length === 0) chosen.push(familyName(families[0] ?? 4));
  const dual = spec.ipFamilyPolicy !== 'SingleStack';
  if (dual && chosen.length === 1 && (selectorless || families.length === 2)) chosen.push(otherFamily(chosen[0]));
  spec.ipFamilies = chosen;
}

/** Going back to a single family gives up the second address, when its owner did not say otherwise. */
function releaseSecondary(spec: V1ServiceSpec, old: V1ServiceSpec): void {
  if (spec.ipFamilyPolicy !== 'SingleStack') return;
  if (spec.clusterIPs !== undefined && deepEqual(spec.clusterIPs, old.clusterIPs)) {
    spec.clusterIPs = spec.clusterIPs.slice(0, 1);
  }
  if (spec.ipFamilies !== undefined && deepEqual(spec.ipFamilies, old.ipFamilies)) {
    spec.ipFamilies = spec.ipFamilies.slice(0, 1);
  }
}

/** Fields that only the old type has go with it, when they were not changed along with the type. */
function dropTypeDependentFields(service: Service, oldService: Service): void {
  const { spec } = service;
  const old = oldService.spec;
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (spec.clusterIP === old.clusterIP && deepEqual(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (deepEqual(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  const hadPorts = old.type === 'NodePort' || old.type === 'LoadBalancer';
  const hasPorts = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (hadPorts && !hasPorts && nodePortsOf(spec).every((port) => nodePortsOf(old).includes(port))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) dropIfSame(spec, old, 'healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (old.allocateLoadBalancerNodePorts !== undefined) dropIfSame(spec, old, 'allocateLoadBalancerNodePorts');
    dropIfSame(spec, old, 'loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) dropIfSame(spec, old, 'externalTrafficPolicy');
  if (spec.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} };
  if (spec.type === 'ExternalName' && old.type !== 'ExternalName') dropIfSame(spec, old, 'internalTrafficPolicy');
}

function dropIfSame(spec: V1ServiceSpec, old: V1ServiceSpec, field: keyof V1ServiceSpec): void {
  if (spec[field] === old[field]) delete spec[field];
}

export function nodePortsOf(spec: V1ServiceSpec): number[] {
  return (spec.ports ?? []).flatMap((port) => (port.nodePort === undefined ? [] : [port.nodePort]));
}

/** A client that writes a service without what was allocated for it keeps what it has. */
function patchAllocatedValues(spec: V1ServiceSpec, old: V1ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (spec.clusterIP === undefined && old.clusterIP !== undefined) spec.clusterIP = old.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && old.clusterIPs !== undefined) spec.clusterIPs = [...old.clusterIPs];
  }
  if (allocatesNodePorts(old) && allocatesNodePorts(spec)) {
    const used = new Set(nodePortsOf(spec).filter((port) => nodePortsOf(old).includes(port)));
    const byName = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort]));
    for (const port of spec.ports ?? []) {
      const before = byName.get(port.name ?? '');
      if (port.nodePort === undefined && before !== undefined && !used.has(before)) port.nodePort = before;
    }
  }
  if (needsHealthCheck(old) && needsHealthCheck(spec) && old.healthCheckNodePort !== undefined) {
    spec.healthCheckNodePort ??= old.healthCheckNodePort;
  }
}

/** `clusterIP` is the first of `clusterIPs`; a client that knows only the former changes both. */
function normalizeClusterIps(spec: V1ServiceSpec, old: V1ServiceSpec): void {
  if ((spec.clusterIPs ?? []).length === 0 && old.clusterIPs !== undefined && old.clusterIP === spec.clusterIP) {
    spec.clusterIPs = [...old.clusterIPs];
  }
  if (old.clusterIP === spec.clusterIP || !deepEqual(spec.clusterIPs, old.clusterIPs)) return;
  if (spec.clusterIP === undefined) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
}
