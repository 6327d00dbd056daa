/**
 * Store members as processes of their own, `sampan etcd` each: started, watched, started again when one dies (as a
 * kubelet would restart a static pod), stopped in order. Their addresses are kept beside their data, since they are part
 * of the cluster's membership.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Deferred } from '../base/deferred.ts';
import { formatDuration } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { KEEP_MOMENTS, type MemberNotice, type MemberReady, type MemberRequest } from './member-channel.ts';
import { type Hindrances, NO_HINDRANCES } from './member-hindrances.ts';

export interface MemberAddress {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
}

export interface MemberTls {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly peerCert: string;
  readonly peerKey: string;
}

export interface MemberProcessesOptions {
  /** `<data-dir>`: the members live in `members/<name>` below it. */
  readonly dataDir: string;
  readonly clusterName: string;
  readonly count: number;
  /** Member i listens on clientPort + 2i and clientPort + 2i + 1; 0: free ports. */
  readonly clientPort: number;
  /** How long old revisions are kept; 0: for ever. */
  readonly compactionMs: number;
  readonly tls: MemberTls;
  /** The command that this process runs as: Node and its script. */
  readonly command: readonly [string, string];
  readonly extraFlags?: readonly string[];
  /** The members remember moments, for whoever asks later. */
  readonly keepMoments?: boolean;
}

export type MemberState = 'starting' | 'running' | 'paused' | 'crashed' | 'stopped';

const RESTART_MIN_MS = 200;
const RESTART_MAX_MS = 10_000;

export class MemberProcess {
  readonly address: MemberAddress;
  readonly #start: () => ChildProcess;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ready = new Deferred<MemberReady>();
  #child: ChildProcess | undefined;
  #state: MemberState = 'starting';
  #restarts = 0;
  #startedAtMs = 0;
  #delayMs = RESTART_MIN_MS;
  #stopping = false;
  /** A fault keeps it down. */
  #heldDown = false;
  #paused = false;
  #hindrances: Hindrances = NO_HINDRANCES;
  #leads = false;
  #lastWords = '';
  #hasServed = false;
  readonly #listeners = new Set<(notice: MemberNotice) => void>();

  constructor(address: MemberAddress, start: () => ChildProcess, clock: Clock, logger: Logger) {
    this.address = address;
    this.#start = start;
    this.#clock = clock;
    this.#logger = logger;
    this.#ready.promise.catch(() => {});
    this.#spawn();
  }

  get state(): MemberState {
    return this.#paused && this.#isAlive ? 'paused' : this.#state;
  }

  /** As it said last: false while it does not run. */
  get leads(): boolean {
    return this.#leads && this.state === 'running';
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** When the present process began, wall milliseconds. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it serves for the first time; rejects with its last words if it ends before. */
  get ready(): Promise<MemberReady> {
    return this.#ready.promise;
  }

  /** False when it does not run, or stands still: nothing will come of it. */
  send(request: MemberRequest): boolean {
    return this.state === 'running' && this.#child?.connected === true && this.#child.send(request);
  }

  onNotice(listener: (notice: MemberNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Down: SIGKILL, and not started again until it shall be up. */
  setDown(down: boolean): void {
    if (this.#heldDown === down) return;
    this.#heldDown = down;
    if (down) this.#child?.kill('SIGKILL');
    else if (this.#state === 'crashed') this.#spawn();
  }

  /** SIGSTOP until it shall go on; a process that is started meanwhile stands still too. */
  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (this.#isAlive) this.#child?.kill(paused ? 'SIGSTOP' : 'SIGCONT');
  }

  /** What it suffers from now on, its later processes too. */
  setHindrances(hindrances: Hindrances): void {
    this.#hindrances = hindrances;
    if (this.#isAlive) this.#child?.send({ type: 'hindrances', hindrances } satisfies MemberRequest);
  }

  get #isAlive(): boolean {
    return this.#state === 'starting' || this.#state === 'running';
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    // Neither a stopped process nor a stalled disk can end in order.
    if (child.connected) child.send({ type: 'hindrances', hindrances: NO_HINDRANCES } satisfies MemberRequest);
    if (this.#paused) child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = this.#clock.after(5_000, () => child.kill('SIGKILL'));
    await exited;
    timer.cancel();
  }

  #spawn(): void {
    const child = this.#start();
    this.#child = child;
    this.#state = 'starting';
    this.#leads = false;
    this.#startedAtMs = this.#clock.nowMs();
    // It reads this before it opens its log.
    if (this.#hindrances !== NO_HINDRANCES) this.setHindrances(this.#hindrances);
    if (this.#paused) child.kill('SIGSTOP');
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
    });
    child.on('message', (message) => {
      const notice = message as MemberNotice;
      if (notice.type === 'ready') {
        this.#state = 'running';
        this.#hasServed = true;
        this.#ready.resolve(notice);
      } else if (notice.type === 'role') this.#leads = notice.leads;
      for (const listener of this.#listeners) listener(notice);
    });
    child.on('error', (error) => this.#ready.reject(error));
    child.on('exit', (code, signal) => this.#exited(child, code, signal));
  }

  #exited(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (child !== this.#child) return;
    const ranMs = this.#clock.nowMs() - this.#startedAtMs;
    if (!this.#hasServed && !this.#heldDown) {
      this.#state = 'stopped';
      const words = this.#lastWords.trim().split('\n').at(-1) ?? '';
      this.#ready.reject(
        new UsageError(
          words === ''
            ? `store member ${this.address.name} ended with ${signal ?? code} before it served`
            : words.replace(/^sampan etcd: /, `store member ${this.address.name}: `),
        ),
      );
      return;
    }
    this.#state = this.#stopping ? 'stopped' : 'crashed';
    if (this.#stopping) return;
    this.#logger.warn({ member: this.address.name, code, signal }, 'store member ended');
    if (this.#heldDown) return;
    this.#delayMs = ranMs > 60_000 ? RESTART_MIN_MS : Math.min(this.#delayMs * 2, RESTART_MAX_MS);
    this.#clock.after(this.#delayMs, () => {
      if (this.#stopping || this.#heldDown || this.#child !== child) return;
      this.#restarts++;
      this.#spawn();
    });
  }
}

export interface MemberProcesses {
  readonly members: readonly MemberProcess[];
  /** How many log entries the members replayed, all together. */
  readonly replayedEntries: number;
  stop(): Promise<void>;
}

/** Starts the members and waits until each serves. */
export async function startMemberProcesses(
  options: MemberProcessesOptions,
  clock: Clock,
  logger: Logger,
): Promise<MemberProcesses> {
  const addresses = await memberAddresses(options);
  const initialCluster = addresses.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const members = addresses.map(
    (address) => new MemberProcess(address, () => spawnMember(options, address, initialCluster), clock, logger),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
  };
  try {
    const ready = await Promise.all(members.map((member) => member.ready));
    return { members, replayedEntries: ready.reduce((sum, { replayedEntries }) => sum + replayedEntries, 0), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function spawnMember(options: MemberProcessesOptions, address: MemberAddress, initialCluster: string): ChildProcess {
  const { tls } = options;
  const flags = {
    name: address.name,
    'data-dir': path.join(options.dataDir, 'members', address.name),
    'listen-client-urls': address.clientUrl,
    'advertise-client-urls': address.clientUrl,
    'listen-peer-urls': address.peerUrl,
    'initial-advertise-peer-urls': address.peerUrl,
    'initial-cluster': initialCluster,
    'initial-cluster-state': 'new',
    'initial-cluster-token': options.clusterName,
    'cert-file': tls.serverCert,
    'key-file': tls.serverKey,
    'trusted-ca-file': tls.ca,
    'client-cert-auth': 'true',
    'peer-cert-file': tls.peerCert,
    'peer-key-file': tls.peerKey,
    'peer-trusted-ca-file': tls.ca,
    'peer-client-cert-auth': 'true',
    'auto-compaction-mode': 'periodic',
    'auto-compaction-retention': formatDuration(options.compactionMs),
    'log-level': 'warn',
  };
  const [node, script] = options.command;
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return spawn(node, [script, 'etcd', ...args, ...(options.extraFlags ?? [])], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...ownEnvironment(), ...(options.keepMoments === true && { [KEEP_MOMENTS]: '1' }) },
    // A Ctrl-C on the terminal reaches the whole group; the parent ends its members itself, in order.
    detached: true,
  });
}

/** Without `ETCD_*`: a variable for some other etcd must not speak for a member, which is told everything by flags. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_')));
}

/** The members' addresses: those of the first start, or new ones that are then kept. */
export async function memberAddresses(
  options: Pick<MemberProcessesOptions, 'dataDir' | 'count' | 'clientPort' | 'clusterName'>,
): Promise<readonly MemberAddress[]> {
  const file = path.join(options.dataDir, 'members', 'addresses.json');
  if (fs.existsSync(file)) {
    const kept = JSON.parse(fs.readFileSync(file, 'utf8')) as readonly MemberAddress[];
    if (kept.length !== options.count) {
      throw new UsageError(
        `${options.dataDir} holds a store of ${kept.length} members, but ${options.count} were asked for; start with --members ${kept.length}, or with another --data-dir`,
      );
    }
    await Promise.all(kept.flatMap(({ clientUrl, peerUrl }) => [mustBeFree(clientUrl), mustBeFree(peerUrl)]));
    return kept;
  }
  const ports =
    options.clientPort === 0
      ? await freePorts(2 * options.count)
      : Array.from({ length: 2 * options.count }, (_, at) => options.clientPort + at);
  const addresses = Array.from({ length: options.count }, (_, at) => ({
    name: `${options.clusterName}-${at + 1}`,
    clientUrl: `https://127.0.0.1:${ports[2 * at]}`,
    peerUrl: `https://127.0.0.1:${ports[2 * at + 1]}`,
  }));
  await Promise.all(addresses.flatMap(({ clientUrl, peerUrl }) => [mustBeFree(clientUrl), mustBeFree(peerUrl)]));
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, `${JSON.stringify(addresses, null, 2)}\n`);
  return addresses;
}

async function mustBeFree(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const error = await new Promise<Error | undefined>((resolve) => {
    const server = net.createServer();
    server.once('error', resolve);
    server.listen({ host: hostname, port: Number(port), exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
  if (error !== undefined)
    throw new UsageError(
      `port ${port} on ${hostname} is in use, and a store member needs it; stop what listens there, or choose others with --store-port`,
    );
}

/** Ports that are free now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
