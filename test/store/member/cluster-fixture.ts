/** Clusters of members in this process, on simulated disks and a simulated network, that can be killed and restarted. */
import type { Clock } from '../../../base/clock.ts';
import { type Logger, silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { openMember } from '../../../store/member/open-member.ts';
import type { MemberOptions } from '../../../store/member/options.ts';
import type { RunningMember } from '../../../store/member/running-member.ts';
import { MemoryNetwork } from '../../../store/transport/memory-network.ts';
import { MemoryDisk } from '../../../store/wal/memory-disk.ts';

export interface ClusterOptions {
  readonly size: number;
  readonly clock: Clock;
  readonly seed?: number;
  readonly logger?: Logger;
  readonly member?: Partial<MemberOptions>;
  /** What each sync of a disk waits for. */
  readonly diskLatency?: () => Promise<void>;
}

/** What survives a member's death. */
interface Host {
  readonly name: string;
  readonly peerUrl: string;
  disk: MemoryDisk;
  backend: MemoryBackend;
  running: RunningMember | undefined;
  lives: number;
}

export class MemoryCluster {
  readonly network: MemoryNetwork;
  readonly hosts: Host[];
  readonly #options: ClusterOptions;
  readonly #random: SeededRandom;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed ?? 1);
    this.network = new MemoryNetwork({ clock: options.clock, random: this.#random.fork('network') });
    this.hosts = Array.from({ length: options.size }, (_, at) => newHost(`m${at + 1}`, options.diskLatency));
  }

  get running(): RunningMember[] {
    return this.hosts.flatMap((host) => host.running ?? []);
  }

  get leader(): RunningMember | undefined {
    return this.running.find((member) => member.isLeader);
  }

  async start(): Promise<void> {
    await Promise.all(this.hosts.map((_, at) => this.open(at)));
  }

  /** Starts a host's member, again where it was killed. */
  async open(at: number, extra: Partial<MemberOptions> = {}): Promise<RunningMember> {
    const host = this.host(at);
    const running = await openMember({
      dataDir: `/${host.name}`,
      name: host.name,
      clusterToken: 'test',
      initialCluster: this.hosts.slice(0, this.#options.size).map(({ name, peerUrl }) => ({ name, peerUrl })),
      clientUrls: [`http://${host.name}:2379`],
      electionMs: 200,
      heartbeatMs: 20,
      segmentBytes: 1 << 16,
      clock: this.#options.clock,
      random: this.#random.fork(`${host.name}/${++host.lives}`),
      logger: this.#options.logger ?? silentLogger,
      disk: host.disk,
      backend: host.backend,
      transport: ({ id }) => this.network.transport(id),
      ...this.#options.member,
      ...extra,
    });
    host.running = running;
    return running;
  }

  /** Power loss: what is not durable is gone. */
  async kill(at: number): Promise<void> {
    const host = this.host(at);
    const { running } = host;
    host.running = undefined;
    if (running === undefined) return;
    // The old life goes on for some turns, but nobody hears of it, and it cannot write any more.
    this.network.kill(running.id);
    host.disk.crash(this.#random.fork(`crash/${host.name}/${host.lives}`));
    host.backend.crash();
    host.backend = copyOf(host.backend);
    await running.close().catch(() => {});
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((member) => member.close()));
  }

  addHost(name: string): number {
    this.hosts.push(newHost(name, this.#options.diskLatency));
    return this.hosts.length - 1;
  }

  host(at: number): Host {
    const host = this.hosts[at];
    if (host === undefined) throw new Error(`there is no host ${at}`);
    return host;
  }

  member(at: number): RunningMember {
    const { running } = this.host(at);
    if (running === undefined) throw new Error(`host ${at} does not run`);
    return running;
  }

  indexOf(member: RunningMember): number {
    return this.hosts.findIndex((host) => host.running === member);
  }
}

function newHost(name: string, latency: (() => Promise<void>) | undefined): Host {
  const backend = new MemoryBackend({ crashable: true });
  const disk = new MemoryDisk(latency && { latency });
  return { name, peerUrl: `http://${name}:2380`, disk, backend, running: undefined, lives: 0 };
}

/** The same content in another object: the old one is still held by the life that ends. */
function copyOf(backend: MemoryBackend): MemoryBackend {
  const copy = new MemoryBackend({ crashable: true });
  for (const bucket of ['meta', 'revisions', 'leases', 'members', 'alarms', 'auth'] as const) {
    for (const { key, value } of backend.range(bucket)) copy.put(bucket, key, value);
  }
  copy.commit().catch(() => {});
  return copy;
}

/** Waits, by turns of the event loop and short sleeps, until the condition holds. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 40_000,
): Promise<void> {
  const deadline = process.hrtime.bigint() + BigInt(timeoutMs) * 1_000_000n;
  while (!(await condition())) {
    if (process.hrtime.bigint() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
