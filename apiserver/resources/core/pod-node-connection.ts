/**
 * What of a pod only its node can serve: logs, exec, attach, port-forward, proxy. Nodes register how they serve logs
 * (`PodLogs`); everything that no node serves is answered as for a node that cannot be reached.
 */
import type { V1Node, V1Pod } from '../../../generated/kubernetes.d.ts';
import { type Parameter, queryParameter } from '../../machinery/openapi-parameters.ts';
import type { RegistryServices, SpecialRequest, SubresourceRow, Verb } from '../../machinery/resource-row.ts';
import { badRequest, notFound, StatusError } from '../../machinery/status.ts';
import type { Filled } from '../row.ts';

export type Pod = Filled<V1Pod>;

const PODS = { group: '', resource: 'pods' };
const NODES = { group: '', resource: 'nodes' };
const KUBELET_PORT = 10250;
const ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];

export async function getPod(request: SpecialRequest, services: RegistryServices): Promise<Pod> {
  const pod = await services.get(PODS, request.namespace, request.name);
  if (pod === undefined) throw notFound(PODS, request.name);
  return pod as unknown as Pod;
}

/** The container that is meant: the one named, which must exist, or the only one. */
export function chooseContainer(pod: Pod, wanted: string): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec;
  const names = [...initContainers, ...containers, ...ephemeralContainers].map((container) => container.name);
  if (wanted !== '') {
    if (names.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  }
  const [only, ...others] = containers;
  if (only === undefined) throw badRequest(`a container name must be specified for pod ${pod.metadata.name}`);
  if (others.length === 0) return only.name;
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
  );
}

/** Where the node's kubelet listens: `10.0.0.1:10250`. */
export async function kubeletAddress(nodeName: string, services: RegistryServices): Promise<string> {
  const node = (await services.get(NODES, undefined, nodeName)) as Filled<V1Node> | undefined;
  // Upstream's complaint names the resource of the request, whatever was looked for.
  if (node === undefined) throw notFound(PODS, nodeName);
  const addresses = node.status.addresses ?? [];
  for (const type of ADDRESS_TYPES) {
    const found = addresses.find((address) => address.type === type);
    if (found !== undefined) {
      return `${found.address}:${node.status.daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT}`;
    }
  }
  const known = addresses.map((address) => `{${address.type} ${address.address}}`).join(' ');
  throw plainError(`no preferred addresses found; known addresses: [${known}]`);
}

/** An error that carries no reason, as those that come from below the API machinery. */
export function plainError(message: string): StatusError {
  return new StatusError({ code: 500, reason: '', message });
}

const streams = [
  queryParameter('stderr', 'boolean', 'Send what the process writes to standard error.'),
  queryParameter('stdin', 'boolean', 'Pass input to the process.'),
  queryParameter('stdout', 'boolean', 'Send what the process writes to standard output.'),
  queryParameter('tty', 'boolean', 'Give the process a terminal.'),
];
const container = queryParameter('container', 'string', 'The container; may be left out where there is only one.');

export const attachParameters = [container, ...streams];
export const execParameters = [
  queryParameter('command', 'string', 'The program and its arguments, one a parameter; no shell reads them.'),
  ...attachParameters,
];
export const portForwardParameters = [queryParameter('ports', 'integer', 'The ports to forward, for WebSockets.')];

/** What is asked of the other end of a proxy. */
export const proxied = {
  parameters: [queryParameter('path', 'string', 'The path, and the query, to ask of the other end.')],
  tail: true,
};

/** exec, attach and port-forward: checked as far as the node matters not, then refused like an unreachable node. */
export function unreachableStream(
  model: string,
  ofContainer: boolean,
  parameters: readonly Parameter[],
): SubresourceRow {
  return {
    type: 'special',
    verbs: ['create', 'get'],
    group: '',
    version: 'v1',
    kind: model,
    model: '',
    connect: { parameters, tail: false },
    async handle(request, services) {
      const pod = await getPod(request, services);
      if (ofContainer) chooseContainer(pod, request.query.get('container') ?? '');
      if (pod.spec.nodeName === undefined) {
        throw badRequest(`pod ${request.name} does not have a host assigned`);
      }
      const address = await kubeletAddress(pod.spec.nodeName, services);
      throw plainError(`error dialing backend: dial tcp ${address}: connect: connection refused`);
    },
  };
}

const PROXY_VERBS: readonly Verb[] = ['create', 'delete', 'get', 'patch', 'update'];

/** `pods/proxy`: HTTP to the pod itself, `[scheme:]name[:port]`. */
export const podProxy: SubresourceRow = {
  type: 'special',
  verbs: PROXY_VERBS,
  group: '',
  version: 'v1',
  kind: 'PodProxyOptions',
  model: '',
  connect: proxied,
  async handle(request, services) {
    const target = splitProxyName(request.name, 'pod');
    const pod = await getPod({ ...request, name: target.name }, services);
    const ip = pod.status.podIPs?.[0]?.ip;
    if (ip === undefined) throw badRequest('address not allowed');
    const ports = (pod.spec.containers ?? []).flatMap((container) => container.ports ?? []);
    const port = target.port || String(ports[0]?.containerPort ?? 80);
    throw unreachable(`${ip}:${port}`);
  },
};

/** `http:web:8080`, `web:8080`, `web`. */
export function splitProxyName(id: string, what: string): { scheme: string; name: string; port: string } {
  const parts = id.split(':');
  const [first = '', second = '', third = ''] = parts;
  const scheme = parts.length === 3 ? first : '';
  const name = parts.length === 3 ? second : first;
  const port = parts.length === 3 ? third : second;
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) {
    throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`);
  }
  return { scheme, name, port };
}

export function unreachable(address: string): StatusError {
  return new StatusError({
    code: 503,
    reason: 'ServiceUnavailable',
    message: `error trying to reach service: dial tcp ${address}: connect: connection refused`,
  });
}
