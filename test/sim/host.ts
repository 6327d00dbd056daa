/**
 * A machine with a member on it: what of it survives a crash (disk and backend, as far as they were durable), the lives
 * of its member one after the other, and how the member is cut off from everything the moment it dies.
 *
 * Invariant: a dead life does nothing any more: its clock calls nobody, its messages are dropped, its files fail.
 */
import { silentLogger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { VirtualClock } from '../../base/virtual-clock.ts';
import { buckets } from '../../store/backend/backend.ts';
import { MemoryBackend } from '../../store/backend/memory-backend.ts';
import { openMember } from '../../store/member/open-member.ts';
import type { MemberOptions } from '../../store/member/options.ts';
import type { RunningMember } from '../../store/member/running-member.ts';
import type { Message } from '../../store/raft/types.ts';
import type { MemoryNetwork } from '../../store/transport/memory-network.ts';
import type { Transport, TransportHandlers } from '../../store/transport/transport.ts';
import type { Disk, DiskFile } from '../../store/wal/disk.ts';
import { diskError, MemoryDisk } from '../../store/wal/memory-disk.ts';
import { LifeClock, type MachineTime } from './life-clock.ts';
import type { RaftJudge } from './raft-judge.ts';

/** How often the backend commits by itself, as the one on disk does. */
const BACKEND_COMMIT_MS = 500;

export interface HostDeps {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly random: Random;
  readonly judge: RaftJudge;
  /** `electionMs` is what the judge knows, too. */
  readonly member: Pick<
    MemberOptions,
    'initialCluster' | 'electionMs' | 'heartbeatMs' | 'snapshotEntries' | 'catchUpEntries' | 'segmentBytes'
  >;
}

export interface Life {
  readonly number: number;
  readonly clock: LifeClock;
  /** undefined while it opens. */
  member: RunningMember | undefined;
}

export class Host {
  readonly name: string;
  readonly peerUrl: string;
  readonly machine: MachineTime;
  /** How the member joins, for a host that was not there at the beginning. */
  joining: Pick<MemberOptions, 'join' | 'initialCluster'> | undefined;
  disk: MemoryDisk;
  backend = new MemoryBackend({ crashable: true });
  life: Life | undefined;
  lives = 0;
  /** Why the last start failed. */
  openFailure: unknown;
  /** Its disk failed, at some time: members that stop because of that are right to. */
  diskFailed = false;
  /** A sync takes up to so long. */
  syncMaxMs = 1;
  /** Its member left the cluster for good. */
  retired = false;
  readonly #deps: HostDeps;
  readonly #random: Random;

  constructor(name: string, deps: HostDeps) {
    this.name = name;
    this.peerUrl = `http://${name}:2380`;
    this.#deps = deps;
    this.#random = deps.random.fork(`host/${name}`);
    this.machine = { rate: 0.99 + this.#random.next() * 0.02, wallOffsetMs: this.#random.below(2000), paused: false };
    this.disk = new MemoryDisk({ latency: () => this.#syncTime() });
  }

  /** The member, when it runs. */
  get member(): RunningMember | undefined {
    const member = this.life?.member;
    return member?.core.isStopped ? undefined : member;
  }

  /** True while a life opens or runs. */
  get isBusy(): boolean {
    return this.life !== undefined;
  }

  /** Starts a life. Rejects as `openMember` does. */
  async open(): Promise<RunningMember> {
    const { clock, member: options, judge } = this.#deps;
    const life: Life = { number: ++this.lives, clock: new LifeClock(clock, this.machine), member: undefined };
    this.life = life;
    try {
      const member = await openMember({
        dataDir: `/${this.name}`,
        name: this.name,
        clusterToken: 'sim',
        clientUrls: [`http://${this.name}:2379`],
        ...options,
        ...this.joining,
        clock: life.clock,
        random: this.#random.fork(`life/${life.number}`),
        logger: silentLogger,
        recorder: judge,
        disk: diskOf(this.disk, life.clock),
        backend: this.backend,
        transport: ({ id }) => new LifeTransport(this.#deps.network.transport(id), life.clock, judge),
        // As queueMicrotask, without what Node adds to that.
        defer: (callback) => void Promise.resolve().then(callback),
      });
      if (life.clock.isDead) throw new Error('it died while it opened');
      life.member = member;
      const backend = this.backend;
      const commits = life.clock.every(BACKEND_COMMIT_MS, () => void backend.commit());
      void member.stopped.then(() => commits.cancel());
      judge.lives(member);
      return member;
    } catch (error) {
      if (this.life === life) this.life = undefined;
      throw error;
    }
  }

  /** The power fails, or the process is killed: what was not durable is gone, or any part of it is. */
  crash(torn: boolean): void {
    const { life } = this;
    this.life = undefined;
    if (life === undefined) return;
    life.clock.die();
    this.machine.paused = false;
    if (life.member !== undefined) this.#deps.judge.dies(life.member);
    this.disk.crash(torn ? this.#random.fork(`crash/${life.number}`) : undefined);
    this.backend.crash();
    // The dead life still holds the old object.
    this.backend = copyOf(this.backend);
    void life.member?.close().catch(() => {});
  }

  pause(): void {
    if (this.life !== undefined) this.machine.paused = true;
  }

  resume(): void {
    if (!this.machine.paused) return;
    this.machine.paused = false;
    this.life?.clock.awake();
  }

  #syncTime(): Promise<void> {
    const delayMs = this.#random.next() * this.syncMaxMs;
    return new Promise((resolve) => this.#deps.clock.after(delayMs, resolve));
  }
}

/** The network as one life sees it: nothing in or out once it is dead, nothing in while it is paused. */
class LifeTransport implements Transport {
  readonly #inner: Transport;
  readonly #clock: LifeClock;
  readonly #judge: RaftJudge;

  constructor(inner: Transport, clock: LifeClock, judge: RaftJudge) {
    this.#inner = inner;
    this.#clock = clock;
    this.#judge = judge;
    clock.onDeath(() => void inner.close());
  }

  start(handlers: TransportHandlers): Promise<void> {
    const clock = this.#clock;
    const awake = (): Promise<void> => new Promise((resolve) => clock.whenAwake(resolve));
    return this.#inner.start({
      onMessage: (message) =>
        clock.whenAwake(() => {
          this.#judge.received(message, clock.monotonicMs());
          handlers.onMessage(message);
        }),
      onSnapshot: async (message, chunks) => {
        await awake();
        return handlers.onSnapshot(message, chunks);
      },
      onCall: async (from, request) => {
        await awake();
        return handlers.onCall(from, request);
      },
      onUnreachable: (id) => clock.whenAwake(() => handlers.onUnreachable(id)),
      onReachable: (id) => clock.whenAwake(() => handlers.onReachable(id)),
      isRemoved: (id) => handlers.isRemoved(id),
      onRemoved: () => clock.whenAwake(() => handlers.onRemoved()),
      describe: () => handlers.describe(),
    });
  }

  send(messages: readonly Message[]): void {
    if (this.#clock.isDead) return;
    for (const message of messages) this.#judge.sent(message);
    this.#inner.send(messages);
  }

  async sendSnapshot(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#clock.isDead) throw new Error('dead');
    await this.#inner.sendSnapshot(message, chunks);
  }

  async call(to: bigint, request: Uint8Array): Promise<Uint8Array> {
    if (this.#clock.isDead) throw new Error('dead');
    return this.#inner.call(to, request);
  }

  setPeer(id: bigint, urls: readonly string[]): void {
    this.#inner.setPeer(id, urls);
  }

  removePeer(id: bigint): void {
    this.#inner.removePeer(id);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** The disk as one life sees it: nothing works once it is dead; it learns of a sync only while it is not paused. */
function diskOf(disk: Disk, clock: LifeClock): Disk {
  const alive = (): void => {
    if (clock.isDead) throw diskError('EIO', 'the process is dead');
  };
  const fileOf = (file: DiskFile): DiskFile => ({
    path: file.path,
    size: () => file.size(),
    write: (position, bytes) => {
      alive();
      file.write(position, bytes);
    },
    read: (position, length) => file.read(position, length),
    fillZeros: async (position, length) => {
      alive();
      await file.fillZeros(position, length);
    },
    truncate: async (size) => {
      alive();
      await file.truncate(size);
    },
    sync: async () => {
      await file.sync();
      await new Promise<void>((resolve) => clock.whenAwake(resolve));
    },
    close: () => file.close(),
  });
  return {
    open: async (path, mode) => {
      alive();
      return fileOf(await disk.open(path, mode));
    },
    makeDirectory: async (path) => {
      alive();
      await disk.makeDirectory(path);
    },
    list: (path) => disk.list(path),
    exists: (path) => disk.exists(path),
    rename: async (from, to) => {
      alive();
      await disk.rename(from, to);
    },
    remove: async (path) => {
      alive();
      await disk.remove(path);
    },
    syncDirectory: async (path) => {
      alive();
      await disk.syncDirectory(path);
    },
    lock: async (directory) => {
      alive();
      return disk.lock(directory);
    },
  };
}

function copyOf(backend: MemoryBackend): MemoryBackend {
  const copy = new MemoryBackend({ crashable: true });
  for (const bucket of buckets) {
    for (const { key, value } of backend.range(bucket)) copy.put(bucket, key, value);
  }
  void copy.commit();
  return copy;
}
