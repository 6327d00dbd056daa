/**
 * The embedded store beside a real etcd, in one run, on the same disk: every write is on it (fdatasync) before it is
 * answered. Ours is called as the API server calls it, in the process; etcd as it can only be called, over gRPC, by our
 * client. Without an `etcd` its columns are left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../base/logger.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import { createEmbeddedStore, createRemoteStore, type RunningMember, type Store } from '../store/index.ts';
import { freePort } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const SECONDS = 2;
const VALUE = Buffer.alloc(256, 'v');
const SMALL = Buffer.alloc(16, 'v');
const RANGE_KEYS = 1000;
const WATCH_PUTS = 300;
/** `MANY_KEYS=…` makes the last rows shorter. */
const MANY_KEYS = Number(process.env.MANY_KEYS ?? 1_000_000);
const PUTS_PER_TXN = 100;

interface Figure {
  readonly text: string;
  readonly number: number;
}

type Figures = Map<string, Figure>;

export async function benchStore(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-bench-store-'));
  try {
    const ours = await measureOurs(path.join(folder, 'ours'));
    const hasEtcd = spawnSync('etcd', ['--version']).status === 0;
    if (!hasEtcd) console.log('etcd is not installed: ours alone (Debian: etcd-server)');
    const theirs = hasEtcd ? await measureEtcd(path.join(folder, 'etcd')) : undefined;
    const rows = [...ours].map(([label, figure]) => {
      const other = theirs?.get(label);
      const ratio = other === undefined ? [] : [other.text, (figure.number / other.number).toFixed(2)];
      return [label, figure.text, ...ratio];
    });
    const head = ['', 'embedded', ...(hasEtcd ? ['etcd', 'ours / etcd'] : [])];
    printTable('store: one durable member, 256-byte values, writes synced before the answer', head, rows);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOurs(dataDir: string): Promise<Figures> {
  const open = (): Promise<RunningMember> =>
    createEmbeddedStore({ dataDir, clock: systemClock, random: systemRandom, logger: silentLogger });
  const figures: Figures = new Map();
  let member = await open();
  await measureCalls(member.store, figures);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  await fill(member.store);
  await member.close();
  const beganAtMs = performance.now();
  member = await open();
  const { count } = await member.store.range({ key: 'many/', rangeEnd: 'many0', countOnly: true });
  const restartMs = performance.now() - beganAtMs;
  if (count !== MANY_KEYS) throw new Error(`${count} of ${MANY_KEYS} keys after the restart`);
  addMany(figures, process.memoryUsage().rss - before, restartMs);
  await member.close();
  return figures;
}

async function measureEtcd(dataDir: string): Promise<Figures> {
  const figures: Figures = new Map();
  const clientUrl = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const flags = [
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--log-level=error',
  ];
  const start = (): ChildProcess => spawn('etcd', flags, { stdio: 'ignore' });
  const stop = async (child: ChildProcess): Promise<void> => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  };
  const connect = (): Store =>
    createRemoteStore({ endpoints: [clientUrl], clock: systemClock, random: systemRandom, logger: silentLogger });
  let child = start();
  try {
    let store = connect();
    await untilServes(store);
    await measureCalls(store, figures);
    const before = residentBytes(child);
    await fill(store);
    await store.close();
    await stop(child);
    const beganAtMs = performance.now();
    child = start();
    store = connect();
    await untilServes(store);
    await store.range({ key: 'many/', rangeEnd: 'many0', countOnly: true });
    const restartMs = performance.now() - beganAtMs;
    addMany(figures, residentBytes(child) - before, restartMs);
    await store.close();
  } finally {
    await stop(child);
  }
  return figures;
}

async function untilServes(store: Store): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const serves = await store.range({ key: 'x' }).then(
      () => true,
      () => false,
    );
    if (serves) return;
    if (performance.now() > deadlineMs) throw new Error('etcd does not serve');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function measureCalls(store: Store, figures: Figures): Promise<void> {
  for (const callers of [1, 64, 256]) {
    const put = (n: number): Promise<unknown> => store.put({ key: `put/${n % 10_000}`, value: VALUE });
    await rate(figures, `put, ${callers} callers, a second`, callers, put);
  }
  const get = (n: number): Promise<unknown> => store.range({ key: `put/${n % 1000}` });
  await rate(figures, 'linearizable get, 64 callers, a second', 64, get);
  const txn = (n: number): Promise<unknown> => {
    const key = `txn/${n % 1000}`;
    return store.txn({
      compare: [{ key, target: 'version', result: 'greater', version: 0 }],
      success: [{ type: 'put', request: { key, value: VALUE } }],
      failure: [{ type: 'put', request: { key, value: VALUE } }],
    });
  };
  await rate(figures, 'txn (compare, put), 64 callers, a second', 64, txn);
  await Promise.all(
    Array.from({ length: RANGE_KEYS }, (_, at) =>
      store.put({ key: `range/${String(at).padStart(5, '0')}`, value: VALUE }),
    ),
  );
  const range = (): Promise<unknown> => store.range({ key: 'range/', rangeEnd: 'range0' });
  await rate(figures, `range of ${RANGE_KEYS} keys, 4 callers, a second`, 4, range);
  for (const watchers of [1, 100]) await watchLatency(store, figures, watchers);
}

async function rate(
  figures: Figures,
  label: string,
  callers: number,
  call: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  let done = 0;
  const latencies: number[] = [];
  const run = async (untilMs: number): Promise<void> => {
    while (performance.now() < untilMs) {
      const beganAtMs = performance.now();
      await call(next++);
      latencies.push(performance.now() - beganAtMs);
      done++;
    }
  };
  const everybody = (seconds: number): Promise<unknown> => {
    const untilMs = performance.now() + seconds * 1000;
    return Promise.all(Array.from({ length: callers }, () => run(untilMs)));
  };
  await everybody(SECONDS / 4);
  done = 0;
  latencies.length = 0;
  const beganAtMs = performance.now();
  await everybody(SECONDS);
  const perSecond = done / ((performance.now() - beganAtMs) / 1000);
  const [half, most] = [percentile(latencies, 0.5).toFixed(2), percentile(latencies, 0.99).toFixed(2)];
  figures.set(label, { text: `${Math.round(perSecond)} (p50 ${half}, p99 ${most} ms)`, number: perSecond });
}

/** From the call of a put until a watcher has its event. */
async function watchLatency(store: Store, figures: Figures, watchers: number): Promise<void> {
  const latencies: number[] = [];
  let beganAtMs = 0;
  let seen = 0;
  let created = 0;
  let all = (): void => {};
  const watches = Array.from({ length: watchers }, () =>
    store.watch({ key: 'watched' }, (response) => {
      if (response.type === 'created' && ++created === watchers) all();
      if (response.type !== 'events') return;
      latencies.push(performance.now() - beganAtMs);
      if (++seen % watchers === 0) all();
    }),
  );
  await new Promise<void>((resolve) => {
    all = resolve;
  });
  for (let at = 0; at < WATCH_PUTS; at++) {
    const told = new Promise<void>((resolve) => {
      all = resolve;
    });
    beganAtMs = performance.now();
    await Promise.all([store.put({ key: 'watched', value: VALUE }), told]);
  }
  for (const watch of watches) watch.close();
  const [half, most] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  const text = `${half.toFixed(2)} (p99 ${most.toFixed(2)})`;
  figures.set(`put to event, ${watchers} watchers, p50 ms`, { text, number: half });
}

/** Many small keys, in transactions of many puts, some at a time. */
async function fill(store: Store): Promise<void> {
  let next = 0;
  const filler = async (): Promise<void> => {
    while (next < MANY_KEYS) {
      const first = next;
      next += PUTS_PER_TXN;
      const success = Array.from({ length: Math.min(PUTS_PER_TXN, MANY_KEYS - first) }, (_, at) => ({
        type: 'put' as const,
        request: { key: `many/${String(first + at).padStart(8, '0')}`, value: SMALL },
      }));
      await store.txn({ compare: [], success, failure: [] });
    }
  };
  await Promise.all(Array.from({ length: 16 }, filler));
}

function addMany(figures: Figures, bytes: number, restartMs: number): void {
  const keys = MANY_KEYS.toLocaleString('en');
  const megabytes = bytes / 1024 / 1024;
  figures.set(`resident memory for ${keys} small keys, MB`, { text: megabytes.toFixed(0), number: megabytes });
  figures.set(`restart with ${keys} small keys, s`, { text: (restartMs / 1000).toFixed(2), number: restartMs });
}

function residentBytes({ pid }: ChildProcess): number {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
