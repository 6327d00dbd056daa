/**
 * What one user's flood does to another's latency: both are ordinary users of one API server with one durable member,
 * with the same rights and the same kind of requests. The flood comes from a thread of its own, so that the one who
 * measures is not delayed on its own side.
 */
import { Worker } from 'node:worker_threads';
import { httpRequest, load, send } from './http-load.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const FLOOD_CONNECTIONS = 200;
const SECONDS = 2;
const ROUNDS = 2;
/** Within which all connections of the flood are made. */
const CONNECTING_SECONDS = 2;

interface Kind {
  readonly name: string;
  readonly expect: number;
  /** Method, path and body of the n-th request of a user. */
  request(user: string, n: number): { readonly method: string; readonly path: string; readonly body?: object };
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const kinds: readonly Kind[] = [
  { name: 'get', expect: 200, request: () => ({ method: 'GET', path: `${CONFIG_MAPS}/kept-0` }) },
  { name: 'list 100', expect: 200, request: () => ({ method: 'GET', path: `${CONFIG_MAPS}?labelSelector=kept` }) },
  {
    name: 'create',
    expect: 201,
    request: (user, n) => ({
      method: 'POST',
      path: CONFIG_MAPS,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${user}-${n}` }, data: { n: String(n) } },
    }),
  },
];

export async function benchNoisyNeighbour(): Promise<void> {
  const server = await startServer('apiserver', [], ['calm-token,calm,1,"tenants"', 'noisy-token,noisy,2,"tenants"']);
  const rows: (string | number)[][] = [];
  try {
    await prepare(server);
    for (const kind of kinds) {
      const alone: number[] = [];
      const beside: number[] = [];
      let flood = 0;
      let refused = 0;
      // By turns, so that whatever else the machine does strikes both alike.
      for (let round = 0; round < ROUNDS; round++) {
        const calm = (when: string) => measure(server, kind, `calm-${when}-${round}`, 'calm-token', 1, SECONDS);
        alone.push(...(await calm('alone')).latencies);
        const noise = startFlood(server, kind, `noisy-${round}`);
        await noise.begun;
        const measured = await calm('beside');
        beside.push(...measured.latencies);
        const { requests, seconds, unexpected } = await noise.ended;
        flood += requests / seconds / ROUNDS;
        refused += unexpected;
        if (measured.unexpected.size > 0) throw new Error(`the calm user got ${[...measured.unexpected.keys()]}`);
      }
      const p99 = [alone, beside].map((latencies) => percentile(latencies, 0.99));
      const [aloneP99 = 0, besideP99 = 0] = p99;
      rows.push([
        kind.name,
        percentile(alone, 0.5).toFixed(2),
        aloneP99.toFixed(2),
        percentile(beside, 0.5).toFixed(2),
        besideP99.toFixed(2),
        (besideP99 / aloneP99).toFixed(1),
        Math.round(flood),
        refused,
      ]);
    }
  } finally {
    await server.stop();
  }
  printTable(
    `noisy-neighbour: one user alone, and beside another with ${FLOOD_CONNECTIONS} connections`,
    ['request', 'alone p50', 'alone p99 ms', 'beside p50', 'beside p99 ms', 'p99 ratio', 'flood/s', 'refused'],
    rows,
  );
}

function measure(
  { port }: Pick<ServerProcess, 'port'>,
  kind: Kind,
  user: string,
  token: string,
  connections: number,
  seconds: number,
) {
  const request = (n: number): string => {
    const { method, path, body } = kind.request(user, n);
    return httpRequest(token, method, path, body);
  };
  return load({ port, connections, seconds, expect: kind.expect, tls: true, request });
}

/** Both users may do everything; a hundred objects are there to be read. */
async function prepare(server: ServerProcess): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  await send(server, 'POST', `/apis/${apiGroup}/v1/clusterrolebindings`, {
    metadata: { name: 'tenants' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'Group', name: 'tenants' }],
  });
  for (let n = 0; n < 100; n++) {
    await send(server, 'POST', CONFIG_MAPS, {
      metadata: { name: `kept-${n}`, labels: { kept: 'yes' } },
      data: { key: 'x'.repeat(200) },
    });
  }
}

interface FloodOrder {
  readonly port: number;
  readonly kind: string;
  readonly user: string;
}

interface FloodReport {
  readonly requests: number;
  readonly seconds: number;
  readonly unexpected: number;
}

function startFlood({ port }: ServerProcess, { name }: Kind, user: string) {
  const order: FloodOrder = { port, kind: name, user };
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  const ended = new Promise<FloodReport>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const begun = new Promise((resolve) => setTimeout(resolve, CONNECTING_SECONDS * 1000));
  return { begun, ended };
}

/** The other thread: floods from before the measurement until after it. */
export async function flood({ port, kind, user }: FloodOrder): Promise<FloodReport> {
  const found = kinds.find(({ name }) => name === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  const result = await measure(
    { port },
    found,
    user,
    'noisy-token',
    FLOOD_CONNECTIONS,
    SECONDS + CONNECTING_SECONDS + 0.5,
  );
  const unexpected = [...result.unexpected.values()].reduce((sum, count) => sum + count, 0);
  return { requests: result.requests, seconds: result.seconds, unexpected };
}
