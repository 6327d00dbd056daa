/**
 * Real members under upkeep: values of all sizes are written and deleted while the store is compacted, defragmented,
 * saved to a snapshot, and killed. Every key has one writer, so that what it must hold in the end is known.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { type Random, SeededRandom } from '../../../base/random.ts';
import { MemberClients, type TortureOptions } from './clients.ts';

const WRITERS = 4;
const KEYS_OF_A_WRITER = 40;
/** From what fits many times into a page of the backend to what needs many pages. */
const VALUE_BYTES = [0, 20, 1500, 3000, 5000, 60_000, 700_000] as const;
const CALL_TIMEOUT_MS = 8000;
const KEPT_REVISIONS = 100;

export interface UpkeepReport {
  /** What was not as it must be, in words. */
  readonly violations: readonly string[];
  readonly kills: number;
  readonly compactions: number;
  readonly defragmentations: number;
  readonly snapshots: number;
  readonly acknowledgedWrites: number;
  readonly revisions: number;
  readonly hashes: readonly number[];
  readonly elapsedMs: number;
}

export function upkeep(options: TortureOptions): Promise<UpkeepReport> {
  return new Upkeep(options).run();
}

/** What a key may hold: what was acknowledged last, or anything tried since. */
type Possible = ReadonlySet<string>;

const ABSENT = 'absent';

class Upkeep {
  readonly #options: TortureOptions;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #clients: MemberClients;
  readonly #possible = new Map<string, Possible>();
  readonly #counts = { kills: 0, compactions: 0, defragmentations: 0, snapshots: 0, acknowledgedWrites: 0 };
  #stopped = false;

  constructor(options: TortureOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#random = new SeededRandom(`upkeep/${options.seed}`);
    this.#clients = new MemberClients(options);
  }

  async run(): Promise<UpkeepReport> {
    const beganAtMs = this.#clock.monotonicMs();
    return this.#clients.during(async () => {
      const writers = Array.from({ length: WRITERS }, (_, at) => this.#writer(at, this.#random.fork(`writer/${at}`)));
      try {
        for (let cycle = 0; cycle < this.#options.cycles; cycle++) await this.#cycle(cycle);
      } finally {
        this.#stopped = true;
      }
      await Promise.all(writers);
      await this.#clients.untilAllServe();
      return this.#judge(this.#clock.monotonicMs() - beganAtMs);
    });
  }

  /** Upkeep somewhere, and, every other time, a kill in the midst of it. */
  async #cycle(cycle: number): Promise<void> {
    const { members, stores } = this.#clients;
    const at = this.#random.below(stores.length);
    const work = [this.#compact(at), this.#defragment(at), this.#snapshot(this.#random.below(stores.length))];
    if (cycle % 2 === 1) {
      await this.#clock.sleep(this.#random.below(150));
      const host = members.hosts[this.#random.below(2) === 0 ? at : this.#random.below(stores.length)];
      if (host !== undefined) {
        this.#counts.kills++;
        await members.kill(host);
        members.start(host);
      }
    }
    await Promise.all(work);
    await this.#clients.untilAllServe();
    await this.#clock.sleep(this.#random.below(500));
  }

  async #compact(at: number): Promise<void> {
    const store = this.#clients.stores[at];
    const done = await store
      ?.range({ key: 'x' }, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) })
      .then(({ header }) => store.compact(Math.max(1, header.revision - KEPT_REVISIONS)))
      .then(
        () => true,
        () => false,
      );
    if (done) this.#counts.compactions++;
  }

  async #defragment(at: number): Promise<void> {
    if ((await this.#ask(at, 'maintenance/defragment')) !== undefined) this.#counts.defragmentations++;
  }

  async #snapshot(at: number): Promise<void> {
    const chunks = await this.#ask(at, 'maintenance/snapshot');
    if (chunks !== undefined && chunks.length > 0) this.#counts.snapshots++;
  }

  /** By the JSON gateway. Undefined where the member ended meanwhile. */
  async #ask(at: number, method: string): Promise<string | undefined> {
    try {
      const answer = await fetch(`${this.#clients.members.urls[at]}/v3/${method}`, { method: 'POST', body: '{}' });
      const text = await answer.text();
      return answer.ok ? text : undefined;
    } catch {
      return undefined;
    }
  }

  async #writer(writer: number, random: Random): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const store = this.#clients.stores[random.below(this.#clients.stores.length)];
      const key = `upkeep/${writer}/${random.below(KEYS_OF_A_WRITER)}`;
      const before = this.#possible.get(key) ?? new Set([ABSENT]);
      const options = { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
      const bytes = VALUE_BYTES[random.below(VALUE_BYTES.length)] ?? 0;
      const value = bytesOf(`${writer}/${turn}`, bytes);
      const wanted = random.below(3) === 0 ? ABSENT : digestOf(value);
      this.#possible.set(key, new Set([...before, wanted]));
      const done = await (wanted === ABSENT
        ? store?.deleteRange({ key }, options)
        : store?.put({ key, value }, options)
      )
        ?.then(() => true)
        .catch(() => false);
      if (done) {
        this.#counts.acknowledgedWrites++;
        this.#possible.set(key, new Set([wanted]));
      } else await this.#untilSettled(key);
      await this.#clock.sleep(random.below(10));
    }
  }

  /** After a request whose outcome is not known: it may still be applied, until another one of the same key is. */
  async #untilSettled(key: string): Promise<void> {
    while (!this.#stopped) {
      for (const store of this.#clients.stores) {
        const marker = bytesOf(`${key}/settled`, 20);
        const options = { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
        const possible = this.#possible.get(key) ?? new Set();
        this.#possible.set(key, new Set([...possible, digestOf(marker)]));
        const done = await store.put({ key, value: marker }, options).then(
          () => true,
          () => false,
        );
        if (done) return;
      }
      await this.#clock.sleep(100);
    }
  }

  async #judge(elapsedMs: number): Promise<UpkeepReport> {
    const violations: string[] = [];
    const hashes: number[] = [];
    let revisions = 0;
    for (const [at, store] of this.#clients.stores.entries()) {
      const name = this.#clients.members.hosts[at]?.name;
      const { kvs, header } = await store.range({ key: 'upkeep/', rangeEnd: 'upkeep0' });
      revisions = header.revision;
      const held = new Map(kvs.map(({ key, value }) => [String(key), digestOf(value)]));
      for (const [key, possible] of this.#possible) {
        const found = held.get(key) ?? ABSENT;
        if (!possible.has(found)) violations.push(`${name}: ${key} holds ${found}, not ${[...possible].join(' or ')}`);
      }
      hashes.push((await store.hashKv(revisions)).hash);
    }
    if (new Set(hashes).size > 1) violations.push(`the members' hashes differ: ${hashes.join(', ')}`);
    return { violations, ...this.#counts, revisions, hashes, elapsedMs };
  }
}

/** Bytes that nothing compresses and no other write has. */
function bytesOf(seed: string, bytes: number): Buffer {
  const value = Buffer.alloc(bytes);
  let block = createHash('sha256').update(seed).digest();
  for (let at = 0; at < bytes; at += block.length) {
    block.copy(value, at);
    block = createHash('sha256').update(block).digest();
  }
  return value;
}

function digestOf(value: Uint8Array): string {
  return `${value.length} bytes ${createHash('sha256').update(value).digest('hex').slice(0, 12)}`;
}
