/**
 * The API server alone, over TLS, on one durable member: every write is on disk before it is answered. What one request
 * costs the server in processor time is the steadier figure on a machine that does other work, too.
 */
import { HttpConnection, httpRequest, type LoadOptions, type LoadResult, load, send } from './http-load.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';
import { Watchers } from './watch-load.ts';

const SECONDS = 4;
const CONNECTIONS = [1, 16, 64];
/** As many as the list that kube-apiserver was measured with, 74 MB. `LIST_PODS=…` makes it shorter. */
const LIST_PODS = Number(process.env.LIST_PODS ?? 21_700);
const LISTS = 10;
const WATCHERS = 1000;
const ONE_WATCHER_WRITES = 500;
const MANY_WATCHERS_WRITES = 30;
const BURST_WRITES = 100;
const PATCHED_PODS = 200;

const DEFAULT_PODS = '/api/v1/namespaces/default/pods';
const LISTED_PODS = '/api/v1/namespaces/listed/pods';
const WATCHED = '/api/v1/namespaces/default/configmaps';

type Row = readonly (string | number)[];

export async function benchApi(): Promise<void> {
  const server = await startServer('apiserver', []);
  const rows: Row[] = [];
  try {
    await prepare(server);
    await measureRequests(server, rows);
    await measureLists(server, rows);
    await measureWatches(server, rows, 1);
    await measureWatches(server, rows, WATCHERS);
  } finally {
    await server.stop();
  }
  printTable(
    'api: over TLS, one durable member',
    ['', 'connections', 'a second', 'p50 ms', 'p99 ms', 'server µs each', '', 'target'],
    rows,
  );
}

/** Alone, the API server has no controller that makes the default service accounts, which pods need. */
async function prepare(server: ServerProcess): Promise<void> {
  await send(server, 'POST', '/api/v1/namespaces', { metadata: { name: 'listed' } });
  for (const namespace of ['default', 'listed']) {
    await send(server, 'POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  }
  for (let n = 0; n < PATCHED_PODS; n++) await send(server, 'POST', DEFAULT_PODS, smallPod(`kept-${n}`));
  await send(server, 'POST', WATCHED, { metadata: { name: 'watched' }, data: { text: 'x'.repeat(1000) } });
}

async function measureRequests(server: ServerProcess, rows: Row[]): Promise<void> {
  const { token } = server;
  let run = 0;
  const kinds: { name: string; expect: number; target: string; request: (n: number) => string }[] = [
    {
      name: 'create a pod',
      expect: 201,
      target: '2,800 a second',
      request: (n) => httpRequest(token, 'POST', DEFAULT_PODS, smallPod(`p-${run}-${n}`)),
    },
    {
      name: 'get a pod',
      expect: 200,
      target: '10,000 a second',
      request: () => httpRequest(token, 'GET', `${DEFAULT_PODS}/kept-0`),
    },
    {
      name: 'patch a pod',
      expect: 200,
      target: '',
      request: (n) => {
        const patch = { metadata: { annotations: { run: `${run}-${n}` } } };
        const path = `${DEFAULT_PODS}/kept-${n % PATCHED_PODS}`;
        return httpRequest(token, 'PATCH', path, patch, 'application/merge-patch+json');
      },
    },
  ];
  for (const { name, expect, target, request } of kinds) {
    await measured(server, { connections: 8, seconds: 1, expect, request });
    for (const connections of CONNECTIONS) {
      run++;
      const result = await measured(server, { connections, seconds: SECONDS, expect, request });
      rows.push([name, connections, ...figures(result), '', connections === 16 ? target : '']);
    }
  }
}

async function measureLists(server: ServerProcess, rows: Row[]): Promise<void> {
  const { token } = server;
  const before = server.residentBytes();
  await measured(server, {
    connections: 16,
    seconds: Number.POSITIVE_INFINITY,
    requestsMax: LIST_PODS,
    expect: 201,
    request: (n) => httpRequest(token, 'POST', LISTED_PODS, bigPod(`pod-${n}`)),
  });
  const grownMegabytes = (server.residentBytes() - before) / 1024 / 1024;
  const lists = (seconds: number, requestsMax: number, query = ''): Promise<Measured> =>
    measured(server, {
      connections: 1,
      seconds,
      requestsMax,
      expect: 200,
      request: () => httpRequest(token, 'GET', `${LISTED_PODS}${query}`),
    });
  const result = await lists(Number.POSITIVE_INFINITY, LISTS);
  const megabytes = result.bodyBytes / result.requests / 1e6;
  const rate = `${Math.round((megabytes * result.requests) / result.seconds)} MB/s`;
  const what = `list ${LIST_PODS.toLocaleString('en')} pods, ${megabytes.toFixed(0)} MB`;
  rows.push([what, 1, ...figures(result), rate, '500 ms']);
  const page = await lists(2, Number.POSITIVE_INFINITY, '?limit=500');
  rows.push(['list the first 500 of them', 1, ...figures(page), '', '']);
  const size = `${((grownMegabytes / LIST_PODS) * 10_000).toFixed(0)} MB`;
  rows.push(['memory for 10,000 of them', '', '', '', '', '', size, '']);
}

async function measureWatches(server: ServerProcess, rows: Row[], count: number): Promise<void> {
  const { port, token } = server;
  const watchers = new Watchers();
  const writers = await Promise.all(Array.from({ length: 16 }, () => HttpConnection.open({ port, tls: true })));
  let written = 0;
  const write = async (writer: HttpConnection | undefined): Promise<void> => {
    const map = { metadata: { name: 'watched' }, data: { text: 'x'.repeat(1000), written: `${count}-${written++}` } };
    const answer = await writer?.call(httpRequest(token, 'PUT', `${WATCHED}/watched`, map));
    if (answer?.status !== 200) throw new Error(`a write was answered with ${answer?.status}`);
  };
  try {
    await watchers.open(
      server,
      `${WATCHED}?watch=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=false`,
      count,
    );
    for (let at = 0; at < 10; at++) await watchers.timed(1, () => write(writers[0]));
    const latencies: number[] = [];
    const writes = count === 1 ? ONE_WATCHER_WRITES : MANY_WATCHERS_WRITES;
    for (let at = 0; at < writes; at++) latencies.push(...(await watchers.timed(1, () => write(writers[0]))));
    const what = `write to event, ${count.toLocaleString('en')} watcher${count === 1 ? '' : 's'}`;
    rows.push([what, count, '', ...milliseconds(latencies), '', '', count === 1 ? 'p50 2 ms' : '']);
    const processorMs = server.processorMs();
    const startedAt = performance.now();
    const perWriter = Math.ceil(BURST_WRITES / writers.length);
    const events = perWriter * writers.length * count;
    await watchers.timed(perWriter * writers.length, async () => {
      const burst = async (writer: HttpConnection): Promise<void> => {
        for (let at = 0; at < perWriter; at++) await write(writer);
      };
      await Promise.all(writers.map(burst));
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const each = ((server.processorMs() - processorMs) * 1000) / events;
    rows.push([
      `events, ${count.toLocaleString('en')} watchers`,
      count,
      whole(events / seconds),
      '',
      '',
      whole(each),
      '',
      '',
    ]);
  } finally {
    watchers.close();
    for (const writer of writers) writer.close();
  }
}

interface Measured extends LoadResult {
  /** Processor time of the server for one request, of all its threads. */
  readonly microsecondsEach: number;
}

async function measured(
  server: ServerProcess,
  options: Pick<LoadOptions, 'connections' | 'seconds' | 'expect' | 'request' | 'requestsMax'>,
): Promise<Measured> {
  const processorMs = server.processorMs();
  const result = await load({ ...options, port: server.port, tls: true });
  if (result.unexpected.size > 0) throw new Error(`${[...result.unexpected.keys()].join(', ')} was answered`);
  return { ...result, microsecondsEach: ((server.processorMs() - processorMs) * 1000) / result.requests };
}

function figures({ requests, seconds, latencies, microsecondsEach }: Measured): string[] {
  return [whole(requests / seconds), ...milliseconds(latencies), whole(microsecondsEach)];
}

function milliseconds(latencies: readonly number[]): [string, string] {
  return [percentile(latencies, 0.5).toFixed(2), percentile(latencies, 0.99).toFixed(2)];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function smallPod(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench', tier: 'web' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
        },
      ],
    },
  };
}

/** About 3.4 kB when it is stored, as a pod of a Deployment that runs. */
function bigPod(name: string): object {
  const variable = (_: unknown, at: number) => ({ name: `SETTING_${at}`, value: `value-${at}-${'v'.repeat(16)}` });
  const probe = { httpGet: { path: '/healthz', port: 80, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench', tier: 'web' }, annotations: { note: 'n'.repeat(200) } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          ports: [{ containerPort: 80 }],
          env: Array.from({ length: 2 }, variable),
          livenessProbe: probe,
          readinessProbe: probe,
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '1', memory: '64Mi' } },
        },
      ],
    },
  };
}
