/**
 * The etcd API under load, ours and a real etcd's in one run: the same calls from the same client, each server alone on
 * one core and the client on the other (with `taskset`, where there is one). One durable member each.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClientConnection } from '../store/etcd/grpc/client-connection.ts';
import type { Method } from '../store/etcd/grpc/method.ts';
import {
  emptyPutRequest,
  emptyRangeRequest,
  emptyWatchCreateRequest,
  kvService,
  watchService,
} from '../store/etcd/proto/gen/etcdserverpb.ts';
import { freePort } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const SECONDS = 2;
const WARM_UP_SECONDS = 1;
const VALUE = Buffer.alloc(256, 'v');
const KEYS = 1000;
const WATCHERS = 100;
/** Linux counts processor time in hundredths of a second. */
const MS_PER_TICK = 10;
const SERVER_CORE = '0';
const CLIENT_CORE = '1';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const pinned = os.cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0;

interface Subject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function benchEtcdApi(): Promise<void> {
  if (pinned) spawnSync('taskset', ['-a', '-p', '-c', CLIENT_CORE, String(process.pid)]);
  const hasEtcd = spawnSync('etcd', ['--version']).status === 0;
  if (!hasEtcd) console.log('etcd is not installed: ours alone (Debian: etcd-server)');
  const starts = [() => startOurs(), ...(hasEtcd ? [() => startEtcd()] : [])];
  const columns: Map<string, string>[] = [];
  const names: string[] = [];
  for (const start of starts) {
    const subject = await start();
    try {
      names.push(subject.name);
      columns.push(await measure(subject));
    } finally {
      await subject.stop();
    }
  }
  const labels = [...(columns[0]?.keys() ?? [])];
  const where = pinned ? 'server and client on a core each' : 'not pinned: there is no taskset';
  printTable(
    `etcd-api: one durable member, 256-byte values, ${where}`,
    ['', ...names, 'ours / etcd'],
    labels.map((label) => {
      const values = columns.map((column) => column.get(label) ?? '');
      const [ours, theirs] = values.map((value) => Number(value.split(' ')[0]?.replaceAll(',', '')));
      return [label, ...values, ours && theirs ? (ours / theirs).toFixed(2) : ''];
    }),
  );
}

async function measure(subject: Subject): Promise<Map<string, string>> {
  const results = new Map<string, string>();
  const key = (n: number): string => `/registry/pods/default/pod-${String(n % KEYS).padStart(6, '0')}`;
  const put = (n: number) => ({ ...emptyPutRequest, key: key(n), value: VALUE });
  const get = (n: number) => ({ ...emptyRangeRequest, key: key(n) });
  // What kube-apiserver sends for an update: compare the revision, else read. Half of it fails and reads.
  const txn = (n: number) => ({
    compare: [
      {
        key: key(n),
        rangeEnd: '',
        result: 'equal' as const,
        target: 'mod' as const,
        targetUnion: { case: 'modRevision' as const, value: 0 },
      },
    ],
    success: [{ request: { case: 'requestPut' as const, value: put(n) } }],
    failure: [
      n % 2 === 0
        ? { request: { case: 'requestRange' as const, value: get(n) } }
        : { request: { case: 'requestPut' as const, value: put(n) } },
    ],
  });
  await load(subject, 64, WARM_UP_SECONDS, kvService.put, put);
  for (const clients of [1, 64, 256]) {
    results.set(`put, ${clients} clients`, await load(subject, clients, SECONDS, kvService.put, put));
  }
  for (const clients of [1, 64, 256]) {
    results.set(`get, ${clients} clients`, await load(subject, clients, SECONDS, kvService.range, get));
  }
  for (const clients of [1, 64, 256]) {
    results.set(`txn, ${clients} clients`, await load(subject, clients, SECONDS, kvService.txn, txn));
  }
  results.set('put to event, 1 watcher', await watchLatency(subject));
  results.set(`events, ${WATCHERS} watchers`, await fanOut(subject));
  return results;
}

/**
 * `calls/s (p50 ms, p99 ms, processor time of the server a call)`: the last counts also where others use the machine. At
 * most 16 clients share a connection.
 */
async function load<Request, Response>(
  { port, pid }: Subject,
  clients: number,
  seconds: number,
  method: Method<Request, Response>,
  request: (n: number) => Request,
): Promise<string> {
  const connections = await Promise.all(Array.from({ length: Math.ceil(clients / 16) }, () => connect(port)));
  const latencies: number[] = [];
  let n = 0;
  const processorMsBefore = processorMs(pid);
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  const client = async (at: number): Promise<void> => {
    const connection = connections[at % connections.length];
    if (connection === undefined) return;
    for (let now = performance.now(); now < endAt; ) {
      await call(connection, method, request(n++));
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, at) => client(at)));
  const rate = latencies.length / ((performance.now() - startedAt) / 1000);
  for (const connection of connections) connection.destroy('done');
  const ms = (share: number): string => percentile(latencies, share).toFixed(2);
  const microseconds = Math.round(((processorMs(pid) - processorMsBefore) * 1000) / latencies.length);
  return `${Math.round(rate).toLocaleString('en')} (${ms(0.5)}, ${ms(0.99)}, ${microseconds} µs)`;
}

/** User and system time of a process and its threads so far; 0 where the system does not tell. */
function processorMs(pid: number): number {
  try {
    const [, fields = ''] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return ((user ?? 0) + (system ?? 0)) * MS_PER_TICK;
  } catch {
    return 0;
  }
}

function call<Request, Response>(
  connection: ClientConnection,
  method: Method<Request, Response>,
  request: Request,
): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.call(
      method,
      request,
      { metadata: [] },
      {
        onResponse: () => {},
        onEnd: (error) => (error === undefined ? resolve() : reject(error)),
      },
    );
  });
}

/** Milliseconds from sending a put until its event, `p50 (p99)`; the first number is events a second. */
async function watchLatency({ port }: Subject): Promise<string> {
  const connection = await connect(port);
  const key = '/watched/one';
  let seen: () => void = () => {};
  await watch(connection, key, () => seen());
  const latencies: number[] = [];
  const endAt = performance.now() + SECONDS * 1000;
  while (performance.now() < endAt) {
    const sentAt = performance.now();
    const arrived = new Promise<void>((resolve) => {
      seen = resolve;
    });
    await Promise.all([call(connection, kvService.put, { ...emptyPutRequest, key, value: VALUE }), arrived]);
    latencies.push(performance.now() - sentAt);
  }
  connection.destroy('done');
  const rate = Math.round(latencies.length / SECONDS).toLocaleString('en');
  return `${rate} (${percentile(latencies, 0.5).toFixed(2)}, ${percentile(latencies, 0.99).toFixed(2)})`;
}

/** Events a second that reach all watchers together, while 16 clients put as fast as they can. */
async function fanOut({ port }: Subject): Promise<string> {
  const writer = await connect(port);
  const connections = await Promise.all(Array.from({ length: 10 }, () => connect(port)));
  const key = '/watched/many';
  let events = 0;
  for (let at = 0; at < WATCHERS; at++) {
    const connection = connections[at % connections.length];
    if (connection !== undefined) {
      await watch(connection, key, (count) => {
        events += count;
      });
    }
  }
  let puts = 0;
  const startedAt = performance.now();
  const endAt = startedAt + SECONDS * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endAt) {
      await call(writer, kvService.put, { ...emptyPutRequest, key, value: VALUE });
      puts++;
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  while (events < puts * WATCHERS) await new Promise((resolve) => setTimeout(resolve, 5));
  const rate = events / ((performance.now() - startedAt) / 1000);
  for (const connection of [writer, ...connections]) connection.destroy('done');
  return Math.round(rate).toLocaleString('en');
}

/** Resolves when the watch exists. */
function watch(connection: ClientConnection, key: string, onEvents: (count: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = connection.open(
      watchService.watch,
      { metadata: [] },
      {
        onResponse: ({ created, events }) => {
          if (created) resolve();
          if (events.length > 0) onEvents(events.length);
        },
        onEnd: (error) => reject(error ?? new Error('the watch ended')),
      },
    );
    stream.send({ requestUnion: { case: 'createRequest', value: { ...emptyWatchCreateRequest, key } } });
  });
}

function connect(port: number): Promise<ClientConnection> {
  return new Promise((resolve, reject) => {
    const connection: ClientConnection = new ClientConnection(
      { host: '127.0.0.1', port },
      { onReady: () => resolve(connection), onUnusable: (reason) => reject(new Error(reason)), onSignOfLife: () => {} },
    );
  });
}

function startOurs(): Promise<Subject> {
  return start('sampan', [process.execPath, path.join(root, 'dist', 'sampan.js'), 'etcd', '--log-level=error']);
}

function startEtcd(): Promise<Subject> {
  return start('etcd', ['etcd', '--log-level=error', '--logger=zap']);
}

async function start(name: string, command: readonly string[]): Promise<Subject> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-bench-'));
  const [port, peerPort] = [await freePort(), await freePort()];
  const [program = '', ...args] = [
    ...(pinned ? ['taskset', '-c', SERVER_CORE] : []),
    ...command,
    `--data-dir=${path.join(dataDir, 'data')}`,
    `--listen-client-urls=http://127.0.0.1:${port}`,
    `--advertise-client-urls=http://127.0.0.1:${port}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await healthy(port, child);
  const stop = async (): Promise<void> => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
  return { name, port, pid: child.pid ?? 0, stop };
}

async function healthy(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode} before it was ready`);
    const ok = await fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
