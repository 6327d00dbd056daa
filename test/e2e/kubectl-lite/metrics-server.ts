/** An API that serves nothing but what nodes and pods use, for `top`: a simulated cluster has no such API of its own. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const resourceList = (groupVersion: string, resources: readonly Resource[]): object => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: resources.map((resource) => ({ ...resource, singularName: '', verbs: ['get', 'list'] })),
});

const METRICS_VERSION = { groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' };

const measured = { timestamp: '2026-01-01T00:00:00Z', window: '10s' };

const nodes = ['node-1', 'node-2', 'node-3'].map((name) => ({
  metadata: { name },
  status: { capacity: { cpu: '4', memory: '8Gi' }, allocatable: { cpu: '3500m', memory: '7Gi' } },
}));

const nodeMetrics = [
  {
    metadata: { name: 'node-1', labels: { disk: 'fast' } },
    ...measured,
    usage: { cpu: '123456789n', memory: '1234567Ki' },
  },
  { metadata: { name: 'node-2' }, ...measured, usage: { cpu: '2', memory: '1Gi' } },
];

const podMetrics = [
  {
    metadata: { name: 'one', namespace: 'a', labels: { app: 'x' } },
    ...measured,
    containers: [
      { name: 'second', usage: { cpu: '1500u', memory: '3Mi' } },
      { name: 'first', usage: { cpu: '250m', memory: '2000000' } },
    ],
  },
  {
    metadata: { name: 'two', namespace: 'a' },
    ...measured,
    containers: [{ name: 'main', usage: { cpu: '1', memory: '1Gi' } }],
  },
  {
    metadata: { name: 'other', namespace: 'b', labels: { app: 'x' } },
    ...measured,
    containers: [{ name: 'main', usage: { cpu: '10m', memory: '100Mi' } }],
  },
];

type Metrics = { readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object } };

const METRICS_PATH = /^\/apis\/metrics\.k8s\.io\/v1beta1\/(?:namespaces\/(\w+)\/)?(pods|nodes)(?:\/([\w-]+))?$/;

function answerOf(url: URL): object | undefined {
  switch (url.pathname) {
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'] };
    case '/apis':
      return {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: [{ name: 'metrics.k8s.io', versions: [METRICS_VERSION], preferredVersion: METRICS_VERSION }],
      };
    case '/api/v1':
      return resourceList('v1', [
        { name: 'pods', kind: 'Pod', namespaced: true },
        { name: 'nodes', kind: 'Node', namespaced: false },
      ]);
    case '/apis/metrics.k8s.io/v1beta1':
      return resourceList(METRICS_VERSION.groupVersion, [
        { name: 'pods', kind: 'PodMetrics', namespaced: true },
        { name: 'nodes', kind: 'NodeMetrics', namespaced: false },
      ]);
    case '/api/v1/nodes':
      return { kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: nodes };
  }
  const node = nodes.find(({ metadata }) => url.pathname === `/api/v1/nodes/${metadata.name}`);
  if (node !== undefined) return { kind: 'Node', apiVersion: 'v1', ...node };
  const [, namespace, type, name] = METRICS_PATH.exec(url.pathname) ?? [];
  if (type === undefined) return undefined;
  const all: readonly Metrics[] = type === 'pods' ? podMetrics : nodeMetrics;
  const kind = type === 'pods' ? 'PodMetrics' : 'NodeMetrics';
  const apiVersion = METRICS_VERSION.groupVersion;
  const here = all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  if (name !== undefined) {
    const found = here.find(({ metadata }) => metadata.name === name);
    return found === undefined ? undefined : { kind, apiVersion, ...found };
  }
  const labels = (url.searchParams.get('labelSelector') ?? '').split(',').filter((each) => each !== '');
  const items = here.filter(({ metadata }) =>
    labels.every((label) => Object.entries(metadata.labels ?? {}).some((pair) => pair.join('=') === label)),
  );
  return { kind: `${kind}List`, apiVersion, metadata: {}, items };
}

export interface MetricsServer {
  readonly address: string;
  close(): void;
}

export async function startMetricsServer(): Promise<MetricsServer> {
  const server = http.createServer((request, response) => {
    const answer = answerOf(new URL(request.url ?? '/', 'http://localhost'));
    const missing = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
      code: 404,
    };
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? missing));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close().closeAllConnections(),
  };
}
