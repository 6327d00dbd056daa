/** Validation of services (pkg/apis/core/validation: validateService). */

import { type IpFamily, parseIp } from '../../../base/ip.ts';
import type { V1LoadBalancerStatus, V1ServicePort, V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import {
  addInvalid,
  checkLabel,
  checkOneOf,
  checkPortNumber,
  checkPortNumberOrName,
  checkQualifiedName,
  checkRequiredOneOf,
  checkSubdomain,
} from '../validation/formats.ts';
import { checkCidr, checkEndpointIp, checkIp, cidrWarnings, ipWarnings } from '../validation/ips.ts';
import { checkLabels } from '../validation/labels.ts';
import { validateAddresses, validateAddressesUpdate } from './service-address-validation.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheck, type Service } from './service-strategy.ts';

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const AFFINITY_SECONDS_MAX = 86400;
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";

export function validateService(
  service: Service,
  old: Service | undefined,
  families: readonly IpFamily[],
  errors: FieldErrors,
): void {
  if (validateAddresses(service.spec, old?.spec, families, errors)) validateRest(service, old, errors);
}

function validateRest(service: Service, old: Service | undefined, errors: FieldErrors): void {
  const { spec, metadata } = service;
  const mode = metadata.annotations?.[TOPOLOGY_MODE];
  const hints = metadata.annotations?.[TOPOLOGY_HINTS];
  if (mode !== undefined && hints !== undefined && mode !== hints) {
    const detail = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
    errors.invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, detail);
  }
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.required('spec.ports');
  validateType(spec, errors);
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    validatePort(port, ports.length > 1, names, `spec.ports[${index}]`, errors);
  }
  checkLabels(spec.selector, 'spec.selector', errors);
  validateAffinity(spec, errors);
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    const path = `spec.externalIPs[${index}]`;
    if (checkIp(ip, path, errors, old?.spec.externalIPs)) checkEndpointIp(ip, path, errors);
  }
  checkRequiredOneOf(spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], 'spec.type', errors);
  validatePortsTogether(spec, errors);
  validateSourceRanges(service, old, errors);
  validateLoadBalancer(spec, errors);
  validateExternalTraffic(spec, errors);
  validateTraffic(spec, errors);
}

export function validateServiceUpdate(
  service: Service,
  old: Service,
  families: readonly IpFamily[],
  errors: FieldErrors,
): void {
  if (!validateAddresses(service.spec, old.spec, families, errors)) return;
  validateAddressesUpdate(service.spec, old.spec, errors);
  if (service.spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer') {
    const { loadBalancerClass } = service.spec;
    if (loadBalancerClass !== old.spec.loadBalancerClass) {
      errors.invalid('spec.loadBalancerClass', loadBalancerClass ?? null, 'may not change once set');
    }
  }
  validateLoadBalancerClass(service.spec, errors);
  if (needsHealthCheck(old.spec) && needsHealthCheck(service.spec)) {
    if (service.spec.healthCheckNodePort !== old.spec.healthCheckNodePort) {
      errors.forbidden('spec.healthCheckNodePort', 'field is immutable');
    }
  }
  validateRest(service, old, errors);
}

function validateType(spec: V1ServiceSpec, errors: FieldErrors): void {
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    errors.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`);
  }
  if (spec.type !== 'ExternalName') return;
  const notForNames = 'may not be set for ExternalName services';
  for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
    if (spec[field] !== undefined) errors.forbidden(`spec.${field}`, notForNames);
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.required('spec.externalName');
  else checkSubdomain(name, 'spec.externalName', errors);
}

function validatePort(
  port: V1ServicePort,
  needsName: boolean,
  names: Set<string>,
  path: string,
  errors: FieldErrors,
): void {
  if (port.name !== undefined) {
    checkLabel(port.name, `${path}.name`, errors);
    if (names.has(port.name)) errors.duplicate(`${path}.name`, port.name);
    names.add(port.name);
  } else if (needsName) errors.required(`${path}.name`);
  checkPortNumber(port.port, `${path}.port`, errors);
  checkRequiredOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`, errors);
  checkPortNumberOrName(port.targetPort ?? 0, `${path}.targetPort`, errors);
  if (port.appProtocol !== undefined) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
}

function validateAffinity(spec: V1ServiceSpec, errors: FieldErrors): void {
  checkRequiredOneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', errors);
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const path = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  if (spec.sessionAffinity === 'ClientIP') {
    if (seconds === undefined) errors.required(path, 'when session affinity type is ClientIP');
    else if (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX) {
      errors.invalid(path, seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`);
    }
  } else if (spec.sessionAffinity === 'None' && spec.sessionAffinityConfig !== undefined) {
    errors.forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None');
  }
}

function validatePortsTogether(spec: V1ServiceSpec, errors: FieldErrors): void {
  const ports = spec.ports ?? [];
  for (const [index, { nodePort }] of ports.entries()) {
    if (spec.type === 'ClusterIP' && nodePort !== undefined) {
      errors.forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    }
  }
  const nodePorts = new Set<string>();
  for (const [index, { protocol, nodePort }] of ports.entries()) {
    if (nodePort === undefined) continue;
    const key = `${protocol} ${nodePort}`;
    if (nodePorts.has(key)) errors.duplicate(`spec.ports[${index}].nodePort`, nodePort);
    nodePorts.add(key);
  }
  const seen = new Set<string>();
  for (const [index, { protocol, port }] of ports.entries()) {
    const key = `${protocol} ${port}`;
    if (seen.has(key)) errors.duplicate(`spec.ports[${index}]`, goPort(protocol, port));
    seen.add(key);
  }
}

/** As Go's internal type encodes itself. */
function goPort(protocol: string | undefined, port: number): object {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}

function validateSourceRanges(service: Service, old: Service | undefined, errors: FieldErrors): void {
  const { spec, metadata } = service;
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges';
    if (spec.type !== 'LoadBalancer') errors.forbidden(path, ONLY_LOAD_BALANCER);
    const before = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    for (const [index, range] of ranges.entries()) checkCidr(range.trim(), `${path}[${index}]`, errors, before);
    return;
  }
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (annotation === undefined) return;
  const path = `metadata.annotations[${SOURCE_RANGES}]`;
  if (spec.type !== 'LoadBalancer') errors.forbidden(path, ONLY_LOAD_BALANCER);
  if (annotation.trim() === '' || old?.metadata.annotations?.[SOURCE_RANGES] === annotation) return;
  for (const range of annotation.trim().split(',')) checkCidr(range.trim(), path, errors);
}

function validateLoadBalancer(spec: V1ServiceSpec, errors: FieldErrors): void {
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer') {
    errors.forbidden('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER);
  }
  if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === undefined) {
    errors.required('allocateLoadBalancerNodePorts');
  }
  validateLoadBalancerClass(spec, errors);
}

function validateLoadBalancerClass(spec: V1ServiceSpec, errors: FieldErrors): void {
  const path = 'spec.loadBalancerClass';
  if (spec.loadBalancerClass === undefined) return;
  if (spec.type === 'LoadBalancer') checkQualifiedName(spec.loadBalancerClass, path, errors);
  else errors.forbidden(path, ONLY_LOAD_BALANCER);
}

function validateExternalTraffic(spec: V1ServiceSpec, errors: FieldErrors): void {
  const policy = spec.externalTrafficPolicy;
  const path = 'spec.externalTrafficPolicy';
  if (isExternallyAccessible(spec)) checkRequiredOneOf(policy, ['Cluster', 'Local'], path, errors);
  else if (policy !== undefined) errors.invalid(path, policy, 'may only be set for externally-accessible services');
  const port = spec.healthCheckNodePort;
  // Where one is needed and missing it is allocated, right before the service is written.
  if (port === undefined) return;
  if (needsHealthCheck(spec)) checkPortNumber(port, 'spec.healthCheckNodePort', errors);
  else {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.invalid('spec.healthCheckNodePort', port, detail);
  }
}

function validateTraffic(spec: V1ServiceSpec, errors: FieldErrors): void {
  const internal = 'spec.internalTrafficPolicy';
  if (spec.internalTrafficPolicy === undefined) {
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.type === 'ClusterIP')
      errors.required(internal);
  } else checkOneOf(spec.internalTrafficPolicy, ['Cluster', 'Local'], internal, errors);
  if (spec.trafficDistribution !== undefined) {
    const known = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
    checkOneOf(spec.trafficDistribution, known, 'spec.trafficDistribution', errors);
  }
}

/** The status of a load balancer: a service's, or an ingress's. */
export function validateLoadBalancerStatus(
  status: V1LoadBalancerStatus | undefined,
  old: V1LoadBalancerStatus | undefined,
  spec: V1ServiceSpec,
  errors: FieldErrors,
): void {
  const path = 'status.loadBalancer.ingress';
  const ingresses = status?.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingresses.length > 0) {
    errors.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
    return;
  }
  const before = (old?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  for (const [index, { ip, ipMode, hostname }] of ingresses.entries()) {
    const at = `${path}[${index}]`;
    if (ip !== undefined) checkIp(ip, `${at}.ip`, errors, before);
    if (ipMode === undefined) {
      if (ip !== undefined) errors.required(`${at}.ipMode`, 'must be specified when `ip` is set');
    } else if (ip === undefined) errors.forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set');
    else checkOneOf(ipMode, ['Proxy', 'VIP'], `${at}.ipMode`, errors);
    if (hostname === undefined) continue;
    addInvalid(errors, `${at}.hostname`, hostname, dns1123SubdomainComplaints(hostname));
    if (parseIp(hostname) !== undefined) {
      errors.invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address');
    }
  }
}

export function serviceWarnings({ spec, metadata }: Service): string[] {
  const texts: string[] = [];
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const externalIps = spec.externalIPs ?? [];
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    texts.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`);
  }
  if (spec.clusterIP !== undefined && spec.clusterIP !== 'None') {
    for (const [index, ip] of (spec.clusterIPs ?? []).entries())
      texts.push(...ipWarnings(`spec.clusterIPs[${index}]`, ip));
  }
  if (headless) {
    if (spec.loadBalancerIP !== undefined) texts.push('spec.loadBalancerIP is ignored for headless services');
    if (externalIps.length > 0) texts.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') texts.push('spec.SessionAffinity is ignored for headless services');
  }
  for (const [index, ip] of externalIps.entries()) texts.push(...ipWarnings(`spec.externalIPs[${index}]`, ip));
  if (externalIps.length > 0 && !headless && spec.type !== 'ExternalName') {
    texts.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (spec.loadBalancerIP !== undefined) texts.push(...ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP));
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    texts.push(...cidrWarnings(`spec.loadBalancerSourceRanges[${index}]`, range));
  }
  if (spec.type === 'ExternalName' && externalIps.length > 0) {
    texts.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== 'ExternalName' && spec.externalName !== undefined) {
    texts.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    texts.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return texts;
}
