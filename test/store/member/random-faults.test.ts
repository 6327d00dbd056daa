/**
 * Three members in virtual time, with everything that can go wrong going wrong: crashes that tear what was not synced,
 * cuts in either direction, loss, delay, duplication and reordering of messages, changes of leader, logs cut short.
 * One seed is one run, always the same.
 */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { RunningMember, StoreEvent } from '../../../store/index.ts';
import { MemoryCluster } from './cluster-fixture.ts';
import { contradiction, type Operation } from './history.ts';

const KEYS = ['a', 'b', 'c'];
const STEP_MS = 20;
/** More, for a soak: `SEEDS=1000 npx vitest run test/store/member/random-faults`. */
const SEEDS = Number(process.env.SEEDS ?? 40);

class Run {
  readonly operations: Operation[] = [];
  readonly #clock = new VirtualClock();
  readonly #random: SeededRandom;
  readonly #cluster: MemoryCluster;
  #texts = 0;
  #order = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(`random-faults/${seed}`);
    const member = { defer: queueMicrotask, snapshotEntries: 20, catchUpEntries: 5, segmentBytes: 2048 };
    // A third of the runs on disks that take their time, up to several heartbeats.
    const disk = this.#random.fork('disk');
    const slow = seed % 3 === 0 ? 60 : seed % 3 === 1 ? 3 : 0;
    const diskLatency = () => (slow === 0 ? Promise.resolve() : this.#clock.sleep(disk.next() * slow));
    this.#cluster = new MemoryCluster({ size: 3, clock: this.#clock, seed, member, diskLatency });
  }

  async play(): Promise<void> {
    for (const at of [0, 1, 2]) await this.#open(at);
    await this.#clock.advance(1000);
    for (let step = 0; step < 150; step++) {
      await this.#disturb();
      const calls = this.#random.below(4);
      for (let call = 0; call < calls; call++) this.#call();
      await this.#clock.advance(STEP_MS);
    }
    await this.#calm();
  }

  /** The history as each member has it, in the end. */
  async histories(): Promise<StoreEvent[][]> {
    const histories: StoreEvent[][] = [];
    for (const member of this.#cluster.running) {
      const events: StoreEvent[] = [];
      const watch = member.store.watch({ key: '\0', rangeEnd: '\0', startRevision: 1 }, (response) => {
        if (response.type === 'events') events.push(...response.events);
      });
      await this.#clock.advance(100);
      watch.close();
      histories.push(events);
    }
    return histories;
  }

  async hashes(): Promise<Set<number>> {
    const hashes = await Promise.all(this.#cluster.running.map((member) => member.store.hashKv()));
    return new Set(hashes.map(({ hash }) => hash));
  }

  async stop(): Promise<void> {
    await this.#within(this.#cluster.stop());
  }

  async #disturb(): Promise<void> {
    const { network } = this.#cluster;
    const at = this.#random.below(3);
    const other = (at + 1 + this.#random.below(2)) % 3;
    const host = this.#cluster.host(at);
    switch (this.#random.below(40)) {
      case 0:
      case 1:
        if (host.running !== undefined) await this.#within(this.#cluster.kill(at));
        return;
      case 2:
      case 3:
      case 4:
        if (host.running === undefined) await this.#open(at);
        return;
      case 5:
        if (host.running !== undefined) network.isolate(host.running.id);
        return;
      case 6: {
        const target = this.#cluster.host(other).running;
        if (host.running !== undefined && target !== undefined) network.cut(host.running.id, target.id);
        return;
      }
      case 7:
      case 8:
      case 9:
        network.heal();
        return;
      case 10:
        network.setWeather({ delayMaxMs: 60, loss: 0.1, duplication: 0.2 });
        return;
      case 11:
        network.setWeather({});
        return;
      case 12: {
        const leader = this.#cluster.leader;
        const target = this.#cluster.host(other).running;
        if (leader !== undefined && target !== undefined) leader.core.transferLeader(target.id);
        return;
      }
      case 13:
      case 14:
      case 15:
      case 16:
        // As the backend on disk does by itself, now and then.
        await host.backend.commit();
        return;
      default:
    }
  }

  async #open(at: number): Promise<void> {
    await this.#within(this.#cluster.open(at));
  }

  /** Lets time pass until it is done. */
  async #within<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = (): void => {
      done = true;
    };
    work.then(ended, ended);
    while (!done) await this.#clock.advance(1);
    return work;
  }

  #call(): void {
    const { running } = this.#cluster;
    const member = running[this.#random.below(Math.max(1, running.length))];
    const key = KEYS[this.#random.below(KEYS.length)] ?? 'a';
    if (member === undefined) return;
    if (this.#random.below(3) === 0) void this.#get(member, key);
    else void this.#put(member, key, `t${++this.#texts}`);
  }

  async #put(member: RunningMember, key: string, text: string): Promise<void> {
    const startedAt = ++this.#order;
    let revision: number | undefined;
    try {
      revision = (await member.store.put({ key, value: Buffer.from(text) })).header.revision;
    } catch {
      // Not known whether it was done.
    }
    this.operations.push({ kind: 'put', key, text, startedAt, endedAt: ++this.#order, revision });
  }

  async #get(member: RunningMember, key: string): Promise<void> {
    const startedAt = ++this.#order;
    try {
      const { kvs, header } = await member.store.range({ key });
      const text = kvs[0] === undefined ? undefined : Buffer.from(kvs[0].value).toString();
      this.operations.push({ kind: 'get', key, text, startedAt, endedAt: ++this.#order, revision: header.revision });
    } catch {
      // A read that failed says nothing.
    }
  }

  /** Everything heals, and time passes until all agree. */
  async #calm(): Promise<void> {
    this.#cluster.network.setWeather({});
    this.#cluster.network.heal();
    for (const at of [0, 1, 2]) if (this.#cluster.host(at).running === undefined) await this.#open(at);
    await this.#clock.advance(10_000);
    for (const { core } of this.#cluster.running) {
      if (core.isStopped) throw new Error(`a member stopped: ${String((await core.stopped)?.error)}`);
    }
    const last = this.#cluster.leader;
    if (last === undefined) throw new Error('no leader, though nothing is wrong any more');
    const put = last.store.put({ key: 'a', value: Buffer.from('the end') });
    await this.#clock.advance(1000);
    await put;
  }
}

describe('three members under random faults', () => {
  it('C17: stay one store: linearizable, nothing acknowledged lost, nothing done twice, equal hashes', async () => {
    let acknowledged = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const run = new Run(seed);
      await run.play().catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      });
      const histories = await run.histories();
      const hashes = await run.hashes();
      await run.stop();
      expect(contradiction(run.operations, histories[0] ?? []), `seed ${seed}`).toBeUndefined();
      expect(hashes.size, `seed ${seed}`).toBe(1);
      expect(histories[1], `seed ${seed}`).toEqual(histories[0]);
      expect(histories[2], `seed ${seed}`).toEqual(histories[0]);
      acknowledged += run.operations.filter(({ revision }) => revision !== undefined).length;
    }
    expect(acknowledged).toBeGreaterThan(SEEDS * 50);
  }, 120_000);

  it('C17: the same seed plays the same run', async () => {
    const play = async (): Promise<readonly Operation[]> => {
      const run = new Run(7);
      await run.play();
      await run.stop();
      return run.operations;
    };
    expect(await play()).toEqual(await play());
  });
});
