/**
 * The embedded store beside a real etcd, in one run, on the same disk: every write is on it (fdatasync) before it is
 * answered. Ours is called as the API server calls it, in the process; etcd as it can only be called, over gRPC, by our
 * client. Both are measured by turns, in short slices, so that whatever else the machine does falls on both; the middle
 * slice counts. Without an `etcd` its columns are left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../base/logger.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import { createEmbeddedStore, createRemoteStore, type RunningMember, type Store } from '../store/index.ts';
import { freePort } from './server-process.ts';
import { callWorkloads, measureRate, measureWatch, type Slice } from './store-workloads.ts';
import { percentile, printTable } from './table.ts';

/** By turns. */
const SLICES = 7;
const SMALL = Buffer.alloc(16, 'v');
/** `MANY_KEYS=…` makes the last rows shorter. */
const MANY_KEYS = Number(process.env.MANY_KEYS ?? 1_000_000);
const PUTS_PER_TXN = 100;

interface Figure {
  readonly text: string;
  readonly number: number;
}

/** What each store showed, by the row's label. */
type Rows = Map<string, Figure[]>;

export async function benchStore(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-bench-store-'));
  const hasEtcd = spawnSync('etcd', ['--version']).status === 0;
  if (!hasEtcd) console.log('etcd is not installed: ours alone (Debian: etcd-server)');
  const rows: Rows = new Map();
  const ours = new OwnServer(path.join(folder, 'ours'));
  const servers: readonly Server[] = hasEtcd
    ? [ours, new EtcdServer(path.join(folder, 'etcd'), await freePort(), await freePort())]
    : [ours];
  try {
    for (const server of servers) await server.start();
    await measureCalls(
      servers.map(({ store }) => store),
      rows,
    );
    for (const server of servers) await measureMany(server, rows);
  } finally {
    for (const server of servers) await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  const head = ['', 'embedded', ...(hasEtcd ? ['etcd', 'ours / etcd'] : [])];
  const table = [...rows].map(([label, [own, other]]) => {
    const ratio = own && other ? [other.text, (own.number / other.number).toFixed(2)] : [];
    return [label, own?.text ?? '', ...ratio];
  });
  printTable('store: one durable member, 256-byte values, writes synced before the answer', head, table);
}

interface Server {
  readonly store: Store;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Starts what was stopped, until it has answered. */
  reopen(): Promise<Reopened>;
}

interface Reopened {
  readonly restartMs: number;
  readonly residentBytes: number;
}

class OwnServer implements Server {
  readonly #dataDir: string;
  #member: RunningMember | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get store(): Store {
    if (this.#member === undefined) throw new Error('the member does not run');
    return this.#member.store;
  }

  async start(): Promise<void> {
    this.#member = await createEmbeddedStore({
      dataDir: this.#dataDir,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
  }

  async stop(): Promise<void> {
    await this.#member?.close();
    this.#member = undefined;
  }

  async reopen(): Promise<Reopened> {
    const beganAtMs = performance.now();
    const child = spawn(process.execPath, [process.argv[1] ?? '', 'reopen-store', this.#dataDir]);
    let restartMs = 0;
    let output = '';
    child.stdout.on('data', (chunk) => {
      restartMs ||= performance.now() - beganAtMs;
      output += chunk;
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`the store did not open again: status ${code}`);
    return { restartMs, residentBytes: Number(output) };
  }
}

class EtcdServer implements Server {
  readonly #clientUrl: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  #store: Store | undefined;

  constructor(dataDir: string, clientPort: number, peerPort: number) {
    this.#clientUrl = `http://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    this.#flags = [
      `--data-dir=${dataDir}`,
      `--listen-client-urls=${this.#clientUrl}`,
      `--advertise-client-urls=${this.#clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--log-level=error',
    ];
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('etcd does not run');
    return this.#store;
  }

  async start(): Promise<void> {
    this.#child = spawn('etcd', this.#flags, { stdio: 'ignore' });
    const endpoints = [this.#clientUrl];
    this.#store = createRemoteStore({ endpoints, clock: systemClock, random: systemRandom, logger: silentLogger });
    await untilServes(this.#store);
  }

  async stop(): Promise<void> {
    await this.#store?.close();
    const child = this.#child;
    this.#child = undefined;
    this.#store = undefined;
    if (child === undefined) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }

  async reopen(): Promise<Reopened> {
    const beganAtMs = performance.now();
    await this.start();
    await countMany(this.store);
    const restartMs = performance.now() - beganAtMs;
    const status = fs.readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
    return { restartMs, residentBytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024 };
  }
}

async function measureCalls(stores: readonly Store[], rows: Rows): Promise<void> {
  for (const { label, callers, prepare, call } of callWorkloads) {
    for (const store of stores) await prepare?.(store);
    const slices = stores.map((): Slice[] => []);
    // The first round warms up.
    for (let round = 0; round <= SLICES; round++) {
      for (const [at, store] of stores.entries()) {
        const slice = await measureRate(store, callers, call);
        if (round > 0) slices[at]?.push(slice);
      }
    }
    rows.set(
      label,
      slices.map((all) => rateFigure(all)),
    );
  }
  for (const watchers of [1, 100]) {
    const latencies = stores.map((): number[] => []);
    for (let round = 0; round <= SLICES; round++) {
      for (const [at, store] of stores.entries()) {
        const some = await measureWatch(store, watchers);
        if (round > 0) latencies[at]?.push(...some);
      }
    }
    rows.set(
      `put to event, ${watchers} watchers, p50 ms`,
      latencies.map((all) => {
        const [half, most] = [percentile(all, 0.5), percentile(all, 0.99)];
        return { text: `${half.toFixed(2)} (p99 ${most.toFixed(2)})`, number: half };
      }),
    );
  }
}

function rateFigure(slices: readonly Slice[]): Figure {
  const perSecond = percentile(
    slices.map((slice) => slice.perSecond),
    0.5,
  );
  const latencies = slices.flatMap((slice) => slice.latencies);
  const [half, most] = [percentile(latencies, 0.5).toFixed(2), percentile(latencies, 0.99).toFixed(2)];
  return { text: `${Math.round(perSecond)} (p50 ${half}, p99 ${most} ms)`, number: perSecond };
}

/** What very many keys weigh after a restart, and how long that takes, each in a process of its own. */
async function measureMany(server: Server, rows: Rows): Promise<void> {
  await fill(server.store);
  await server.stop();
  const { restartMs, residentBytes } = await server.reopen();
  const keys = MANY_KEYS.toLocaleString('en');
  const megabytes = residentBytes / 1024 / 1024;
  const add = (label: string, figure: Figure): void => void rows.set(label, [...(rows.get(label) ?? []), figure]);
  add(`resident memory with ${keys} small keys, MB`, { text: megabytes.toFixed(0), number: megabytes });
  add(`restart with ${keys} small keys, s`, { text: (restartMs / 1000).toFixed(2), number: restartMs });
}

/** Started as a process of its own: opens our store, counts, and says what that took. */
export async function reopenStore(dataDir: string): Promise<void> {
  const server = new OwnServer(dataDir);
  await server.start();
  await countMany(server.store);
  process.stdout.write(String(process.memoryUsage().rss));
  await server.stop();
}

async function countMany(store: Store): Promise<void> {
  const { count } = await store.range({ key: 'many/', rangeEnd: 'many0', countOnly: true });
  if (count !== MANY_KEYS) throw new Error(`${count} of ${MANY_KEYS} keys after the restart`);
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
