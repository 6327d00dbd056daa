/** The Endpoints object of a service, for clients that do not read slices (k8s.io/kubernetes/pkg/controller/endpoint). Pure. */
import { timestamp } from '../../base/clock.ts';
import type {
  V1EndpointAddress,
  V1EndpointSubset,
  V1Endpoints,
  V1Pod,
  V1Service,
} from '../../generated/kubernetes.d.ts';
import { annotationsOf, labelsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
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
import { LAST_CHANGE } from './trigger-times.ts';

const ADDRESSES_MAX = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const HEADLESS = 'service.kubernetes.io/headless';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';

/** The object as it should be; undefined when it is. */
export function planEndpoints(
  service: V1Service,
  pods: readonly V1Pod[],
  current: V1Endpoints | undefined,
  triggerMs: () => number | undefined,
): V1Endpoints | undefined {
  const { subsets, truncated } = truncate(subsetsOf(service, pods));
  const labels = labelsFor(service);
  const before = annotationsOf(current ?? {});
  const same =
    current !== undefined &&
    semanticEqual(current.subsets, subsets) &&
    semanticEqual(labelsOf(current), labels) &&
    (before[OVER_CAPACITY] !== undefined) === truncated;
  if (same) return undefined;
  const atMs = triggerMs();
  const { [LAST_CHANGE]: _trigger, [OVER_CAPACITY]: _capacity, ...others } = before;
  const annotations = {
    ...others,
    ...(atMs === undefined ? {} : { [LAST_CHANGE]: timestamp(atMs) }),
    ...(truncated ? { [OVER_CAPACITY]: 'truncated' } : {}),
  };
  const name = nameOf(service);
  const metadata = { ...(current?.metadata ?? { name, namespace: namespaceOf(service) }), labels, annotations };
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, ...(subsets.length === 0 ? {} : { subsets }) };
}

function labelsFor(service: V1Service): Record<string, string> {
  const { [HEADLESS]: _headless, ...own } = labelsOf(service);
  return { ...own, ...(isHeadless(service) ? { [HEADLESS]: '' } : {}), [MANAGED_BY]: 'endpoint-controller' };
}

/** Addresses with the same ports together; ports and addresses in order, so that the same pods give the same text. */
function subsetsOf(service: V1Service, pods: readonly V1Pod[]): V1EndpointSubset[] {
  const publishNotReady = service.spec?.publishNotReadyAddresses === true;
  const groups = new Map<
    string,
    { ports: readonly ResolvedPort[]; ready: V1EndpointAddress[]; others: V1EndpointAddress[] }
  >();
  for (const pod of pods) {
    if (!hasEndpoint(pod, publishNotReady)) continue;
    const ports = resolvePorts(service, pod);
    if (ports.length === 0 && !isHeadless(service)) continue;
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, ready: [], others: [] };
    groups.set(key, group);
    (publishNotReady || isPodReady(pod) ? group.ready : group.others).push(addressOf(service, pod));
  }
  const subsets: V1EndpointSubset[] = [];
  for (const [, { ports, ready, others }] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...ports].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.port - b.port));
    subsets.push({
      ...(ready.length === 0 ? {} : { addresses: ready.sort(byAddress) }),
      ...(others.length === 0 ? {} : { notReadyAddresses: others.sort(byAddress) }),
      ...(sorted.length === 0 ? {} : { ports: sorted.map(portOf) }),
    });
  }
  return subsets;
}

function portOf({ name, port, protocol, appProtocol }: ResolvedPort) {
  return {
    ...(name === '' ? {} : { name }),
    port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

function addressOf(service: V1Service, pod: V1Pod): V1EndpointAddress {
  const hostname = hostnameFor(service, pod);
  const { nodeName } = pod.spec ?? {};
  return {
    ip: pod.status?.podIP ?? '',
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
  };
}

function byAddress(a: V1EndpointAddress, b: V1EndpointAddress): number {
  const ofUid = (address: V1EndpointAddress): string => `${address.ip}/${address.targetRef?.uid ?? ''}`;
  return ofUid(a) < ofUid(b) ? -1 : 1;
}

/** At most 1,000 addresses, ready ones first, each subset its share. */
function truncate(subsets: readonly V1EndpointSubset[]): {
  readonly subsets: V1EndpointSubset[];
  readonly truncated: boolean;
} {
  let room = ADDRESSES_MAX;
  const total = subsets.reduce(
    (sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length,
    0,
  );
  if (total <= ADDRESSES_MAX) return { subsets: [...subsets], truncated: false };
  const cut: V1EndpointSubset[] = subsets.map((subset) => {
    const addresses = (subset.addresses ?? []).slice(0, room);
    room -= addresses.length;
    return { ...subset, addresses };
  });
  const both = cut.map((subset) => {
    const notReadyAddresses = (subset.notReadyAddresses ?? []).slice(0, room);
    room -= notReadyAddresses.length;
    const { addresses = [], notReadyAddresses: _all, ...rest } = subset;
    return {
      ...rest,
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    };
  });
  return {
    subsets: both.filter(
      ({ addresses, notReadyAddresses }) => addresses !== undefined || notReadyAddresses !== undefined,
    ),
    truncated: true,
  };
}
