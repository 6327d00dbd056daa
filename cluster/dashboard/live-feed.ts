/**
 * Gathers what the pages are told: objects from the API (as the page's own user), keys from the store, moments from the
 * recorder, members as they answer. It runs only while somebody looks, so that the page costs nothing while nobody does.
 *
 * A page that joins is told everything there is and then, 20 times a second, what changed; one text serves all pages.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { RingRecorder } from '../../base/ring-recorder.ts';
import type { ApiObject, Client, ResourceRef } from '../../controllers/runtime/client.ts';
import { Informer } from '../../controllers/runtime/informer.ts';
import * as resources from '../../controllers/runtime/resources.ts';
import type { MemberSample, Moment, PageMoment, WatchRow } from '../../dashboard/model/moment.ts';
import type { ObjectRow, RowResource } from '../../dashboard/model/rows.ts';
import type { ToPage } from '../../dashboard/model/wire.ts';
import type { Store } from '../../store/index.ts';
import { keyChangeOf, readKeys } from './key-changes.ts';
import { MomentBatch } from './moment-batch.ts';
import { rowOf } from './object-rows.ts';

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
const START_CHUNK = 2000;

const FOLLOWED: Readonly<Record<RowResource, ResourceRef>> = {
  namespaces: resources.namespaces,
  nodes: resources.nodes,
  deployments: resources.deployments,
  replicasets: resources.replicaSets,
  statefulsets: resources.statefulSets,
  daemonsets: resources.daemonSets,
  jobs: resources.jobs,
  pods: resources.pods,
  faults: resources.faults,
};

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
export type Listener = (text: string) => void;

interface Running {
  readonly informers: readonly Informer<ApiObject>[];
  readonly ready: Promise<unknown>;
  readonly timers: readonly Timer[];
  readonly unwatch: () => void;
}

export class LiveFeed {
  readonly #deps: LiveFeedDeps;
  readonly #listeners = new Set<Listener>();
  readonly #batch: MomentBatch;
  readonly #keyRevisions = new Map<string, number>();
  #running: Running | undefined;
  #lingering: Timer | undefined;
  #members: readonly MemberSample[] = [];
  #watches: readonly WatchRow[] = [];
  #sampling = false;
  #beating = false;
  /** The number of the last moment of the ring that was taken in. */
  #read = 0;

  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
    // Wall time, so that places go on growing for a page that stays open over a restart of this process.
    this.#batch = new MomentBatch(deps.clock.nowMs() * 100);
  }

  /** Tells the listener everything there is, then what happens, until the returned function is called. */
  async join(listener: Listener): Promise<() => void> {
    this.#lingering?.cancel();
    this.#running ??= this.#start();
    await this.#running.ready;
    await this.#sample();
    await this.#deps.pullMoments();
    this.#hear();
    this.#flush();
    // From here to the addition nothing is awaited that lets a change pass unseen by both parts.
    for (const part of this.#presentState()) listener(messageText(part));
    this.#listeners.add(listener);
    await this.#tellKeys(listener);
    listener(JSON.stringify({ type: 'settled' } satisfies ToPage));
    return () => this.#leave(listener);
  }

  async stop(): Promise<void> {
    this.#lingering?.cancel();
    this.#listeners.clear();
    await this.#end();
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
    const informers = Object.entries(FOLLOWED).map(([resource, ref]) => this.#follow(resource as RowResource, ref));
    for (const informer of informers) informer.start();
    this.#read = ring?.last ?? 0;
    return {
      informers,
      ready: Promise.all(informers.map((informer) => informer.settled)),
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
    await Promise.all(running.informers.map((informer) => informer.stop()));
    this.#batch.take(0);
    this.#keyRevisions.clear();
    this.#members = [];
    this.#watches = [];
  }

  #follow(resource: RowResource, ref: ResourceRef): Informer<ApiObject> {
    const informer = new Informer<ApiObject>(this.#deps, ref);
    const cut = rowOf[resource];
    const put = (object: ApiObject): void => this.#put(cut(object));
    informer.subscribe({
      added: (object, initial) => {
        if (!initial) put(object);
      },
      updated: put,
      deleted: (object) => {
        const { key } = cut(object);
        const atMs = this.#deps.clock.nowMs();
        this.#batch.addPage({ type: 'page.object', change: 'delete', resource, key, atMs }, `${resource} ${key}`);
      },
    });
    return informer;
  }

  #put(row: ObjectRow): void {
    const atMs = this.#deps.clock.nowMs();
    this.#batch.addPage({ type: 'page.object', change: 'put', row, atMs }, `${row.resource} ${row.key}`);
  }

  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    try {
      await this.#deps.pullMoments();
      if (this.#running === undefined) return;
      this.#hear();
      this.#flush();
    } finally {
      this.#beating = false;
    }
  }

  /** Takes in what the ring has got since the last time. */
  #hear(): void {
    const { ring } = this.#deps;
    if (ring === undefined) return;
    this.#batch.skip(Math.max(0, ring.first - 1 - this.#read));
    const moments = ring.moments(this.#read);
    this.#read = ring.last;
    for (const moment of moments) {
      this.#batch.addSystem(moment);
      const change = keyChangeOf(moment);
      if (change === undefined || (this.#keyRevisions.get(change.key) ?? 0) >= change.revision) continue;
      this.#keyRevisions.set(change.key, change.revision);
      this.#batch.addPage({ type: 'page.key', atMs: moment.atMs, ...change }, change.key);
    }
  }

  #flush(): void {
    if (this.#batch.empty) return;
    const moments = this.#batch.take(this.#deps.clock.nowMs());
    if (this.#listeners.size === 0) return;
    const text = messageText(moments);
    for (const listener of this.#listeners) listener(text);
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      const { clock, members, watches } = this.#deps;
      const sampled = await members();
      if (JSON.stringify(sampled) !== JSON.stringify(this.#members)) {
        this.#members = sampled;
        this.#batch.addPage({ type: 'page.members', members: sampled, atMs: clock.nowMs() }, 'members');
      }
      const open = watches();
      if (open.length !== this.#watches.length || open.some(({ id }, at) => id !== this.#watches[at]?.id)) {
        this.#watches = open;
        this.#batch.addPage({ type: 'page.watches', watches: open, atMs: clock.nowMs() }, 'watches');
      }
    } catch (thrown) {
      this.#deps.logger.debug({ error: messageOf(thrown) }, 'the page was told no sample of the members');
    } finally {
      this.#sampling = false;
    }
  }

  /** Everything there is, in chunks: what went before, members and watches, then the objects. */
  *#presentState(): Iterable<readonly Moment[]> {
    const { clusterName, ring, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const past = (ring?.moments() ?? [])
      .filter(({ seq, type }) => seq <= this.#read && !BEATS.has(type))
      .slice(-BACKLOG);
    const batch = new MomentBatch(this.#batch.place);
    const add = (moment: PageMoment): void => batch.addPage(moment, String(batch.place));
    add({ type: 'page.start', cluster: clusterName, atMs: past[0]?.atMs ?? nowMs });
    const begun = batch.take(nowMs);
    let place = batch.place;
    yield [...begun, ...past.map((moment) => ({ ...moment, place: ++place }))];
    const rest = new MomentBatch(place);
    const tell = (moment: PageMoment): void => rest.addPage(moment, String(rest.place));
    tell({ type: 'page.members', members: this.#members, atMs: nowMs });
    tell({ type: 'page.watches', watches: this.#watches, atMs: nowMs });
    for (const informer of this.#running?.informers ?? []) {
      const cut = rowOf[informer.ref.resource as RowResource];
      for (const object of informer.all()) tell({ type: 'page.object', change: 'put', row: cut(object), atMs: nowMs });
    }
    const all = rest.take(nowMs);
    for (let at = 0; at < all.length; at += START_CHUNK) yield all.slice(at, at + START_CHUNK);
    this.#batch.continueAfter(rest.place);
  }

  async #tellKeys(listener: Listener): Promise<void> {
    const { store, clock, logger } = this.#deps;
    try {
      for await (const page of readKeys(store)) {
        const atMs = clock.nowMs();
        // What changed since it was read is known better already.
        const news = page.filter(({ key, revision }) => (this.#keyRevisions.get(key) ?? 0) <= revision);
        listener(
          messageText(news.map((change) => ({ type: 'page.key', atMs, ...change, place: this.#batch.nextPlace() }))),
        );
      }
    } catch (thrown) {
      logger.debug({ error: messageOf(thrown) }, 'the page was told no keys');
    }
  }
}

function messageText(moments: readonly Moment[]): string {
  return JSON.stringify({ type: 'batch', moments } satisfies ToPage);
}
