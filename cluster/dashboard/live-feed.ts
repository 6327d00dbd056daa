/**
 * Gathers what the pages are told: objects from the API (as the page's own user), keys from the store, moments from the
 * recorder, members as they answer. It runs only while somebody looks, so that the page costs nothing while nobody does.
 *
 * A page that joins is told everything there is and then, 20 times a second, what changed; one text serves all pages.
 *
 * Invariants: what a page costs is bounded, however much happens: of each kind of moment, of objects and of keys a beat tells
 * so many (`ToldShare`). Moments above that are counted, said and can be read from the ring; objects and keys wait their
 * turn, and how many wait is said. Places grow from message to message, and the moment with the number N of one beat has
 * the place N + that beat's offset.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Moment as NumberedMoment } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import type { RingRecorder } from '../../base/ring-recorder.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import type { MemberSample, Moment, PageMoment, WatchRow } from '../../dashboard/model/moment.ts';
import type { ToPage } from '../../dashboard/model/wire.ts';
import type { Store } from '../../store/index.ts';
import { ChangedObjects } from './changed-objects.ts';
import { ChangedKeys, readKeys } from './key-changes.ts';
import { ToldFacts } from './told-facts.ts';

const BATCH_MS = 50;
const SAMPLE_MS = 500;
/** Moments from before a page joined that it is told of. */
const BACKLOG = 4000;
/** What happens all the time would push everything else out of that. */
const BEATS: ReadonlySet<string> = new Set([
  'raft.message',
  'raft.state',
  'raft.append',
  'raft.durable',
  'raft.commit',
  'raft.apply',
]);
/** The feed goes on for so long after the last page has left: a reload finds it warm. */
const LINGER_MS = 5000;
/** Objects and moments in one message, and in one turn of the event loop, while a page is told what is there. */
const START_CHUNK = 500;
/** Moments that are read from the ring at once. */
export const READ_MAX = 5000;

export interface LiveFeedDeps {
  readonly clusterName: string;
  /** The API as the page's user. */
  readonly client: Client;
  readonly store: Store;
  /** Where the moments are; undefined: none are kept, and the page sees objects alone. */
  readonly ring: RingRecorder | undefined;
  /** Brings those of other processes into the ring. */
  readonly pullMoments: () => Promise<void>;
  readonly members: () => Promise<readonly MemberSample[]>;
  readonly watches: () => readonly WatchRow[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Takes messages, each the JSON of a `ToPage`. */
export type Listener = (text: Uint8Array) => void;

interface Running {
  readonly objects: ChangedObjects;
  readonly keys: ChangedKeys;
  readonly facts: ToldFacts;
  readonly ready: Promise<void>;
  readonly timers: readonly Timer[];
  readonly unwatch: () => void;
}

export class LiveFeed {
  readonly #deps: LiveFeedDeps;
  readonly #listeners = new Set<Listener>();
  #running: Running | undefined;
  #lingering: Timer | undefined;
  #members: readonly MemberSample[] = [];
  #watches: readonly WatchRow[] = [];
  /** Members, watches: to be told with the next beat. */
  #news: PageMoment[] = [];
  #behind = 0;
  #sampling = false;
  #beating = false;
  /** The number of the last moment of the ring that was looked at. */
  #read = 0;
  /** Of the last moment that was told. */
  #place: number;

  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
    // Wall time, so that places go on growing for a page that stays open over a restart of this process.
    this.#place = deps.clock.nowMs() * 1000;
  }

  /** Tells the listener everything there is, then what happens, until the returned function is called. */
  async join(listener: Listener): Promise<() => void> {
    this.#lingering?.cancel();
    this.#running ??= this.#start();
    const running = this.#running;
    await running.ready;
    await this.#sample();
    await this.#deps.pullMoments();
    this.#tellBeat(running);
    // From here on it hears of every change; what it is told of what is there is never older than that.
    this.#listeners.add(listener);
    this.#tellPast(listener);
    await this.#tellObjects(running, listener);
    await this.#tellKeys(running, listener);
    listener(encoded({ type: 'settled' }));
    return () => this.#leave(listener);
  }

  async stop(): Promise<void> {
    this.#lingering?.cancel();
    this.#listeners.clear();
    await this.#end();
  }

  /** What the ring still holds of the moments with the numbers `first` to `last`, at most `READ_MAX`. */
  moments(first: number, last: number): readonly NumberedMoment[] {
    return this.#deps.ring?.moments(first - 1, Math.min(READ_MAX, last - first + 1)) ?? [];
  }

  /** What the ring holds, the newest first, each made when it is asked for. */
  *newestFirst(): IterableIterator<NumberedMoment> {
    const { ring } = this.#deps;
    if (ring === undefined) return;
    for (let seq = ring.last; seq >= ring.first; seq--) {
      const fact = ring.factAt(seq);
      if (fact !== undefined) yield { ...fact, seq, atMs: ring.timeAtMs(seq) };
    }
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#lingering?.cancel();
    this.#lingering = this.#deps.clock.after(LINGER_MS, () => {
      if (this.#listeners.size === 0) void this.#end();
    });
  }

  #start(): Running {
    const { clock, ring } = this.#deps;
    const objects = new ChangedObjects(this.#deps);
    this.#read = ring?.last ?? 0;
    return {
      objects,
      keys: new ChangedKeys(),
      facts: new ToldFacts(),
      ready: objects.start(),
      timers: [clock.every(BATCH_MS, () => void this.#beat()), clock.every(SAMPLE_MS, () => void this.#sample())],
      unwatch: ring?.watch() ?? (() => {}),
    };
  }

  async #end(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.unwatch();
    for (const timer of running.timers) timer.cancel();
    await running.objects.stop();
    this.#news = [];
    this.#members = [];
    this.#watches = [];
  }

  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    try {
      await this.#deps.pullMoments();
      if (this.#running !== undefined) this.#tellBeat(this.#running);
    } finally {
      this.#beating = false;
    }
  }

  /** Tells everybody what happened since the last time. */
  #tellBeat(running: Running): void {
    const nowMs = this.#deps.clock.nowMs();
    const moments = [...this.#hear(running, nowMs)];
    const { objects, keys } = running;
    for (const moment of [...keys.take(nowMs), ...objects.take(nowMs), ...this.#news.splice(0)]) {
      moments.push(this.#placed(moment));
    }
    const behind = objects.waiting + keys.waiting;
    if (behind !== this.#behind) {
      this.#behind = behind;
      const moment = { type: 'page.behind', objects: objects.waiting, keys: keys.waiting, atMs: nowMs } as const;
      moments.push(this.#placed(moment));
    }
    if (moments.length === 0 || this.#listeners.size === 0) return;
    const text = encoded({ type: 'batch', moments });
    for (const listener of this.#listeners) listener(text);
  }

  /** Looks at what the ring has got since the last time. */
  #hear({ facts, keys }: Running, nowMs: number): readonly Moment[] {
    const { ring } = this.#deps;
    if (ring === undefined) return [];
    const first = Math.max(this.#read + 1, ring.first);
    const { last } = ring;
    facts.lose(first - this.#read - 1);
    const offset = this.#place - this.#read;
    for (let seq = first; seq <= last; seq++) {
      const fact = ring.factAt(seq);
      if (fact === undefined) continue;
      const atMs = ring.timeAtMs(seq);
      facts.add(fact, atMs, seq + offset);
      if (fact.type === 'store.change') keys.add(fact, atMs);
    }
    this.#read = last;
    this.#place = last + offset;
    const { moments, leftOut: kinds } = facts.take();
    if (kinds === undefined) return moments;
    const count = Object.values(kinds).reduce((sum, each) => sum + each, 0);
    return [...moments, this.#placed({ type: 'page.skipped', atMs: nowMs, count, kinds, first, last, offset })];
  }

  #placed(moment: PageMoment): Moment {
    return { ...moment, place: ++this.#place };
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      const { clock, members, watches } = this.#deps;
      const sampled = await members();
      if (JSON.stringify(sampled) !== JSON.stringify(this.#members)) {
        this.#members = sampled;
        this.#news.push({ type: 'page.members', members: sampled, atMs: clock.nowMs() });
      }
      const open = watches();
      if (open.length !== this.#watches.length || open.some(({ id }, at) => id !== this.#watches[at]?.id)) {
        this.#watches = open;
        this.#news.push({ type: 'page.watches', watches: open, atMs: clock.nowMs() });
      }
    } catch (thrown) {
      this.#deps.logger.debug({ error: messageOf(thrown) }, 'the page was told no sample of the members');
    } finally {
      this.#sampling = false;
    }
  }

  /** What went before, the members, the watches. */
  #tellPast(listener: Listener): void {
    const { clusterName: cluster, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const past = this.#past();
    const moments: Moment[] = [this.#placed({ type: 'page.start', cluster, atMs: past[0]?.atMs ?? nowMs })];
    for (const moment of past) moments.push({ ...moment, place: ++this.#place });
    moments.push(this.#placed({ type: 'page.members', members: this.#members, atMs: nowMs }));
    moments.push(this.#placed({ type: 'page.watches', watches: this.#watches, atMs: nowMs }));
    listener(encoded({ type: 'batch', moments }));
  }

  #past(): readonly Moment[] {
    const { ring } = this.#deps;
    const past: Moment[] = [];
    if (ring === undefined) return past;
    for (let seq = this.#read; seq >= ring.first && past.length < BACKLOG; seq--) {
      const fact = ring.factAt(seq);
      if (fact !== undefined && !BEATS.has(fact.type)) past.push({ ...fact, atMs: ring.timeAtMs(seq), place: 0 });
    }
    return past.reverse();
  }

  async #tellObjects({ objects }: Running, listener: Listener): Promise<void> {
    const { clock } = this.#deps;
    for (const part of objects.present(clock.nowMs(), START_CHUNK)) {
      listener(encoded({ type: 'batch', moments: part.map((moment) => this.#placed(moment)) }));
      await clock.sleep(0);
    }
  }

  /** When they changed last is not known. */
  async #tellKeys({ keys }: Running, listener: Listener): Promise<void> {
    const { store, logger } = this.#deps;
    try {
      for await (const page of readKeys(store)) {
        // What changed since it was read is known better already.
        const news = page.filter(({ key, revision }) => keys.recentRevision(key) <= revision);
        const moments = news.map((change) => this.#placed({ type: 'page.key', atMs: 0, ...change }));
        listener(encoded({ type: 'batch', moments }));
      }
    } catch (thrown) {
      logger.debug({ error: messageOf(thrown) }, 'the page was told no keys');
    }
  }
}

function encoded(message: ToPage): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}
