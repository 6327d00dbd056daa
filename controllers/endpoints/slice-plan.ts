/**
 * The EndpointSlices of a service: which to create, change and delete so that they say who stands behind it, touching as few
 * as possible (k8s.io/endpointslice/reconciler.go). Pure.
 *
 * Slices of one set of ports hold at most 100 endpoints each. First existing slices are brought up to date; then new endpoints
 * fill slices that change anyway; then, if one slice that does not change has room for all that are left, it takes them; else
 * new slices are made. A service without endpoints keeps one empty slice.
 */
import type { V1Endpoint, V1EndpointSlice, V1Node, V1Pod, V1Service } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, labelsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { controllerReference, isControlledBy } from '../runtime/owner-references.ts';
import { services } from '../runtime/resources.ts';
import { isPodReady } from '../workload/pod-state.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import {
  hasEndpoint,
  hostnameFor,
  isHeadless,
  portsKey,
  type ResolvedPort,
  resolvePorts,
} from './service-endpoints.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const ENDPOINTS_MAX = 100;

export interface SlicePlan {
  readonly create: readonly V1EndpointSlice[];
  readonly update: readonly V1EndpointSlice[];
  readonly delete: readonly V1EndpointSlice[];
  /** Pods whose node is not known: to be looked at again. */
  readonly skipped: readonly V1Pod[];
}

export function planSlices(
  service: V1Service,
  pods: readonly V1Pod[],
  existing: readonly V1EndpointSlice[],
  nodeOf: (name: string) => V1Node | undefined,
): SlicePlan {
  const create: V1EndpointSlice[] = [];
  const update: V1EndpointSlice[] = [];
  const going: V1EndpointSlice[] = [];
  const skipped = new Set<V1Pod>();
  const families = addressTypes(service);
  for (const slice of existing) if (!families.includes(slice.addressType)) going.push(slice);
  for (const addressType of families) {
    const family = existing.filter((slice) => slice.addressType === addressType);
    const part = planFamily(service, pods, family, addressType, nodeOf, skipped);
    create.push(...part.create);
    update.push(...part.update);
    going.push(...part.delete);
  }
  return { create, update, delete: going, skipped: [...skipped] };
}

function addressTypes(service: V1Service): readonly string[] {
  return service.spec?.ipFamilies ?? ['IPv4'];
}

function planFamily(
  service: V1Service,
  pods: readonly V1Pod[],
  existing: readonly V1EndpointSlice[],
  addressType: string,
  nodeOf: (name: string) => V1Node | undefined,
  skipped: Set<V1Pod>,
): Pick<SlicePlan, 'create' | 'update' | 'delete'> {
  const owned = existing.filter((slice) => isControlledBy(slice, service));
  const groups = groupByPorts(service, pods, addressType, nodeOf, skipped);
  const byPorts = new Map<string, V1EndpointSlice[]>();
  for (const slice of owned) {
    const key = portsKey(portsOf(slice));
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  const create: V1EndpointSlice[] = [];
  const update: V1EndpointSlice[] = [];
  const going = existing.filter((slice) => !isControlledBy(slice, service));
  for (const [key, { ports, endpoints }] of groups) {
    const part = fill(service, addressType, ports, endpoints, byPorts.get(key) ?? []);
    create.push(...part.create);
    update.push(...part.update);
    going.push(...part.delete);
  }
  for (const [key, slices] of byPorts) if (!groups.has(key)) going.push(...slices);
  if (going.length === existing.length && create.length === 0 && update.length === 0) {
    const placeholder = newSlice(service, addressType, [], []);
    const [only] = going;
    if (going.length === 1 && only !== undefined && isSame(only, placeholder)) return { create, update, delete: [] };
    create.push(placeholder);
  }
  return reuse(service, create, update, going);
}

/** What is to be deleted becomes what is to be created: one write instead of two, and the name stays. */
function reuse(
  service: V1Service,
  create: readonly V1EndpointSlice[],
  update: readonly V1EndpointSlice[],
  going: readonly V1EndpointSlice[],
): Pick<SlicePlan, 'create' | 'update' | 'delete'> {
  const left = [...create];
  const updated = [...update];
  const deleted: V1EndpointSlice[] = [];
  for (const slice of going) {
    const next = isControlledBy(slice, service) ? left.pop() : undefined;
    if (next === undefined) deleted.push(slice);
    else
      updated.push({
        ...slice,
        ports: next.ports,
        endpoints: next.endpoints,
        metadata: { ...slice.metadata, labels: labelsOf(next) },
      });
  }
  return { create: left, update: updated, delete: deleted };
}

interface PortGroup {
  readonly ports: readonly ResolvedPort[];
  readonly endpoints: V1Endpoint[];
}

function groupByPorts(
  service: V1Service,
  pods: readonly V1Pod[],
  addressType: string,
  nodeOf: (name: string) => V1Node | undefined,
  skipped: Set<V1Pod>,
): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>();
  for (const pod of pods) {
    if (!hasEndpoint(pod, true)) continue;
    const node = nodeOf(pod.spec?.nodeName ?? '');
    if (node === undefined && service.spec?.publishNotReadyAddresses !== true) {
      skipped.add(pod);
      continue;
    }
    const endpoint = endpointOf(service, pod, node, addressType);
    if (endpoint === undefined) continue;
    const ports = resolvePorts(service, pod);
    const key = portsKey(ports);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ports, endpoints: [endpoint] });
    else group.endpoints.push(endpoint);
  }
  return groups;
}

function endpointOf(
  service: V1Service,
  pod: V1Pod,
  node: V1Node | undefined,
  addressType: string,
): V1Endpoint | undefined {
  const isFamily = (ip: string): boolean => ip.includes(':') === (addressType === 'IPv6');
  const addresses = (pod.status?.podIPs?.map(({ ip }) => ip) ?? [pod.status?.podIP ?? '']).filter(isFamily);
  if (addresses.length === 0) return undefined;
  const serving = isPodReady(pod);
  const terminating = isBeingDeleted(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameFor(service, pod);
  const zone = node === undefined ? undefined : labelsOf(node)['topology.kubernetes.io/zone'];
  const { nodeName } = pod.spec ?? {};
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
  };
}

function identity({ targetRef, addresses, hostname }: V1Endpoint): string {
  return JSON.stringify([targetRef?.uid, addresses, hostname]);
}

function fill(
  service: V1Service,
  addressType: string,
  ports: readonly ResolvedPort[],
  wanted: readonly V1Endpoint[],
  existing: readonly V1EndpointSlice[],
): Pick<SlicePlan, 'create' | 'update' | 'delete'> {
  const left = new Map(wanted.map((endpoint) => [identity(endpoint), endpoint]));
  const labels = sliceLabels(service);
  const unchanged: V1EndpointSlice[] = [];
  const update: V1EndpointSlice[] = [];
  const going: V1EndpointSlice[] = [];
  for (const slice of existing) {
    const before = slice.endpoints ?? [];
    const kept: V1Endpoint[] = [];
    for (const endpoint of before) {
      const key = identity(endpoint);
      const now = left.get(key);
      if (now === undefined) continue;
      left.delete(key);
      kept.push(now);
    }
    const sameLabels = semanticEqual(labelsOf(slice), labels);
    if (kept.length === 0 && before.length > 0) going.push(slice);
    else if (semanticEqual(kept, before) && sameLabels) unchanged.push(slice);
    else update.push({ ...slice, endpoints: kept, metadata: { ...slice.metadata, labels } });
  }
  const rest = [...left.values()];
  for (let at = 0; at < update.length && rest.length > 0; at++) {
    const slice = update[at];
    if (slice !== undefined) update[at] = take(slice, rest);
  }
  const open = unchanged
    .filter((slice) => (slice.endpoints ?? []).length + rest.length <= ENDPOINTS_MAX)
    .sort((a, b) => (b.endpoints ?? []).length - (a.endpoints ?? []).length)[0];
  if (rest.length > 0 && open !== undefined) update.push(take(open, rest));
  const create: V1EndpointSlice[] = [];
  while (rest.length > 0) create.push(newSlice(service, addressType, ports, rest.splice(0, ENDPOINTS_MAX)));
  return { create, update, delete: going };
}

/** The slice with as many of `rest`, taken off it, as it has room for. */
function take(slice: V1EndpointSlice, rest: V1Endpoint[]): V1EndpointSlice {
  const endpoints = slice.endpoints ?? [];
  return { ...slice, endpoints: [...endpoints, ...rest.splice(0, Math.max(0, ENDPOINTS_MAX - endpoints.length))] };
}

function newSlice(
  service: V1Service,
  addressType: string,
  ports: readonly ResolvedPort[],
  endpoints: V1Endpoint[],
): V1EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${nameOf(service)}-`,
      namespace: namespaceOf(service),
      labels: sliceLabels(service),
      ownerReferences: [controllerReference(services, service)],
    },
    addressType,
    endpoints,
    ports: ports.map(({ name, protocol, port, appProtocol }) => ({
      name,
      protocol,
      port,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })),
  };
}

function sliceLabels(service: V1Service): Record<string, string> {
  const { [SERVICE_NAME]: _name, [MANAGED_BY]: _by, [HEADLESS]: _headless, ...own } = labelsOf(service);
  return {
    ...own,
    [SERVICE_NAME]: nameOf(service),
    [MANAGED_BY]: MANAGER,
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
  };
}

function portsOf({ ports }: V1EndpointSlice): readonly ResolvedPort[] {
  return (ports ?? []).map(({ name = '', protocol = 'TCP', port = 0, appProtocol }) => ({
    name,
    protocol,
    port,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
}

function isSame(slice: V1EndpointSlice, wanted: V1EndpointSlice): boolean {
  return (
    semanticEqual(slice.endpoints, wanted.endpoints) &&
    semanticEqual(slice.ports, wanted.ports) &&
    semanticEqual(labelsOf(slice), labelsOf(wanted))
  );
}
