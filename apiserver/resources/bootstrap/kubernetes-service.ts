/**
 * The service by which pods reach the API: `kubernetes` in the namespace `default`, on the first address of the range,
 * and where it leads: this server and its peers (pkg/controlplane/controller/kubernetesservice).
 */
import { deepEqual } from '../../../base/deep-equal.ts';
import { type Cidr, IpAddress, networkOf, parseIp } from '../../../base/ip.ts';
import type { V1EndpointSlice, V1Endpoints, V1Service, V1ServicePort } from '../../../generated/kubernetes.d.ts';
import type { KubeObject, RegistryServices } from '../../machinery/resource-row.ts';
import { allocateIp, IpAllocationError } from '../core/ip-allocator.ts';
import { createIfMissing } from './create-if-missing.ts';

const NAME = { namespace: 'default', name: 'kubernetes' };
const SERVICES = { group: '', resource: 'services' };
const ENDPOINTS = { group: '', resource: 'endpoints' };
const SLICES = { group: 'discovery.k8s.io', resource: 'endpointslices' };

export interface ApiEndpoint {
  /** The address at which pods reach this server. */
  readonly ip: string;
  readonly port: number;
  /** A port at which nodes reach the service; absent: none. */
  readonly nodePort?: number;
  /** False: others say where the service leads (`--endpoint-reconciler-type none`). */
  readonly reconcile?: boolean;
}

/** @param range the first one of the cluster IPs */
export async function ensureKubernetesService(
  range: Cidr,
  endpoint: ApiEndpoint,
  services: RegistryServices,
): Promise<void> {
  const network = networkOf(range);
  const clusterIp = String(new IpAddress(network.family, network.value + 1n));
  try {
    await allocateIp(range, clusterIp, NAME, services, false);
  } catch (error) {
    // Taken before: by this service, or a server before it that did not get further.
    if (!(error instanceof IpAllocationError)) throw error;
  }
  await createIfMissing(services, {
    resource: SERVICES,
    object: {
      metadata: { ...NAME, labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: {
        ports: [servicePort(endpoint)],
        clusterIP: clusterIp,
        clusterIPs: [clusterIp],
        type: endpoint.nodePort === undefined ? 'ClusterIP' : 'NodePort',
        sessionAffinity: 'None',
        ipFamilies: [network.family === 4 ? 'IPv4' : 'IPv6'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
      },
      status: { loadBalancer: {} },
    },
  });
  await keepPorts(endpoint, services);
  if (endpoint.reconcile !== false) await leadTo(endpoint, services);
}

function servicePort({ port, nodePort }: ApiEndpoint): V1ServicePort {
  return {
    name: 'https',
    protocol: 'TCP',
    port: 443,
    targetPort: port,
    ...(nodePort === undefined ? {} : { nodePort }),
  };
}

/** As upstream, a server that has a node port for the service, or had one, brings its ports and its type in order. */
async function keepPorts(endpoint: ApiEndpoint, services: RegistryServices): Promise<void> {
  await services.update(SERVICES, NAME.namespace, NAME.name, (object) => {
    const { spec } = object as KubeObject & V1Service;
    if (endpoint.nodePort === undefined && spec?.type !== 'NodePort') return undefined;
    const type = endpoint.nodePort === undefined ? 'ClusterIP' : 'NodePort';
    const policy = endpoint.nodePort === undefined ? {} : { externalTrafficPolicy: 'Cluster' };
    const { externalTrafficPolicy: _before, ...rest } = spec ?? {};
    return { ...object, spec: { ...rest, ...policy, type, ports: [servicePort(endpoint)] } };
  });
}

/** Adds this server to those that the service leads to. Peers at another port are of another cluster's past, and go. */
async function leadTo({ ip, port }: ApiEndpoint, services: RegistryServices): Promise<void> {
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const skipMirror = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  const endpoints = { ...NAME, labels: skipMirror };
  await createIfMissing(services, { resource: ENDPOINTS, object: { metadata: endpoints, subsets: [] } });
  const written = await services.update(ENDPOINTS, NAME.namespace, NAME.name, (object) => {
    const current = object as KubeObject & V1Endpoints;
    const [subset] = current.subsets ?? [];
    const peers = deepEqual(subset?.ports, ports) ? (subset?.addresses ?? []) : [];
    const ips = [...new Set([...peers.map((address) => address.ip), ip])].sort();
    return { ...object, subsets: [{ addresses: ips.map((each) => ({ ip: each })), ports }] };
  });
  const addresses = ((written as KubeObject & V1Endpoints).subsets?.[0]?.addresses ?? []).map((each) => each.ip);
  await writeSlice(addresses, ports, services);
}

async function writeSlice(
  addresses: readonly string[],
  ports: NonNullable<V1EndpointSlice['ports']>,
  services: RegistryServices,
): Promise<void> {
  const addressType = parseIp(addresses[0] ?? '')?.family === 6 ? 'IPv6' : 'IPv4';
  const slice = {
    addressType,
    endpoints: addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    ports,
  };
  const labels = { 'kubernetes.io/service-name': NAME.name };
  const created = { resource: SLICES, object: { metadata: { ...NAME, generation: 1, labels }, ...slice } };
  if (await createIfMissing(services, created)) return;
  await services.update(SLICES, NAME.namespace, NAME.name, (object) => {
    const changed = !deepEqual(object.endpoints, slice.endpoints) || !deepEqual(object.ports, ports);
    if (!changed) return undefined;
    return { ...object, ...slice, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } };
  });
}
