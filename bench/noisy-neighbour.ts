/**
 * What one user's flood does to another's latency: both are ordinary users of one API server with one durable member,
 * with the same rights and the same kind of requests.
 *
 * Measured is what the server does, not how this machine shares its processors out: the flood comes from a process of
 * its own with less priority, as if from another machine. It takes what the server and the one who measures leave,
 * which is enough to have the server busy all the time: the table says how much of one processor the server used.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
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
      let processorMs = 0;
      // What is compiled and grown by the first requests is not what is asked about.
      await measure(server, kind, 'calm-first', 'calm-token', 1, 1);
      // By turns, so that whatever else the machine does strikes both alike.
      for (let round = 0; round < ROUNDS; round++) {
        const calm = (when: string) => measure(server, kind, `calm-${when}-${round}`, 'calm-token', 1, SECONDS);
        alone.push(...(await calm('alone')).latencies);
        const noise = startFlood(server, kind, `noisy-${round}`);
        await noise.begun;
        const usedMs = server.processorMs();
        const measured = await calm('beside');
        processorMs += server.processorMs() - usedMs;
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
        `${Math.round(processorMs / (ROUNDS * SECONDS * 10))} %`,
      ]);
    }
  } finally {
    await server.stop();
  }
  printTable(
    `noisy-neighbour: one user alone, and beside another with ${FLOOD_CONNECTIONS} connections`,
    [
      'request',
      'alone p50',
      'alone p99 ms',
      'beside p50',
      'beside p99 ms',
      'p99 ratio',
      'flood/s',
      'refused',
      'server',
    ],
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

/** What the flooding process is told, as its argument. */
interface FloodOrder {
  readonly port: number;
  readonly kind: string;
  readonly user: string;
}

/** What it says when it ends, on its standard output. */
interface FloodReport {
  readonly requests: number;
  readonly seconds: number;
  readonly unexpected: number;
}

/** The argument of this program that makes it a flood. */
export const FLOOD = '--flood';

function startFlood({ port }: ServerProcess, { name }: Kind, user: string) {
  const order: FloodOrder = { port, kind: name, user };
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), FLOOD, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid !== undefined) os.setPriority(child.pid, os.constants.priority.PRIORITY_BELOW_NORMAL);
  const begun = new Promise((resolve) => setTimeout(resolve, CONNECTING_SECONDS * 1000));
  return { begun, ended: reportOf(child) };
}

function reportOf(child: ChildProcess): Promise<FloodReport> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said));
      else reject(new Error(`the flood ended with ${code}`));
    });
  });
}

/** The other process: floods from before the measurement until after it, and says what came of it. */
export async function flood(order: string): Promise<void> {
  const { port, kind, user }: FloodOrder = JSON.parse(order);
  const found = kinds.find(({ name }) => name === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  const seconds = SECONDS + CONNECTING_SECONDS + 0.5;
  const result = await measure({ port }, found, user, 'noisy-token', FLOOD_CONNECTIONS, seconds);
  const unexpected = [...result.unexpected.values()].reduce((sum, count) => sum + count, 0);
  const report: FloodReport = { requests: result.requests, seconds: result.seconds, unexpected };
  process.stdout.write(JSON.stringify(report));
}
