/**
 * The API server's mirror of everything below `/registry/`: one watch on the store keeps, for every resource, its
 * present objects in the order of their keys and the last changes, from which watches are served.
 *
 * Invariants: `revision` never goes back, and every change up to it has been taken in; a resource's history is
 * contiguous from `since` on: whoever asks for what happened after a revision of at least `since` misses nothing.
 * History is bounded, by age and by number (`limits.watchCache*` for each resource); a watcher is a place in it, holds nothing itself,
 * and is cut off when history has moved past its place. What happened before this server began to follow the store is
 * read from the store when a watch asks for it, so that clients outlive a restart of the server without a new list.
 */
import { prefixEnd } from '../../base/bytes.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import type { KeyValue, Store, StoreEvent, Watch, WatchResponse } from '../../store/index.ts';
import { type CacheEvent, ResourceCache } from './resource-cache.ts';
import type { KubeObject } from './resource-row.ts';
import { readHistory } from './store-history.ts';
import { type StoredForm, StoredObject } from './stored-object.ts';

const ROOT = '/registry/';
const LOAD_PAGE_KEYS = 2000;
const PROGRESS_RETRY_MS = 100;
const RELOAD_DELAY_MS = 200;

export interface WatchCacheDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told about every change, with how many watchers wait for it. */
  readonly onChange?: (cache: ResourceCache, event: CacheEvent) => void;
}

function ignore(): void {}

/** A write of this server under way, so that the store's report of it, which may come before its answer, need not be parsed. */
export interface Handed {
  readonly form: StoredForm;
  readonly key: string;
  readonly value: Uint8Array;
  /** What `value` says; kept and frozen. */
  readonly object: KubeObject;
  /** Once the report or the answer has come, whichever was first. */
  stored: StoredObject | undefined;
}

export class WatchCache {
  readonly #deps: WatchCacheDeps;
  readonly #resources = new Map<string, ResourceCache>();
  /** What no resource claims (yet): a CRD may, later. */
  readonly #unclaimed = new Map<string, KeyValue>();
  /** By key; of two writes of one key under way, the later. */
  readonly #handed = new Map<string, Handed>();
  readonly #progressWaiters = new Set<() => void>();
  /** Reads of the store's history under way. */
  readonly #earlierReads = new Map<ResourceCache, Promise<void>>();
  #watch: Watch | undefined;
  #tidying: Timer | undefined;
  #revision = 0;
  #closed = false;
  #loaded = false;
  #generation = 0;
  #runningRead: Promise<void> = Promise.resolve();
  #queuedRead: Promise<number> | undefined;

  constructor(deps: WatchCacheDeps) {
    this.#deps = deps;
  }

  /** Every change up to this revision is in the cache. */
  get revision(): number {
    return this.#revision;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** The cache of the resource that is kept below `storagePrefix`; made, and filled with what is known, on first use. */
  resource(storagePrefix: string, form: StoredForm): ResourceCache {
    const known = this.#resources.get(storagePrefix);
    if (known !== undefined) return known;
    const cache = new ResourceCache(form, `${storagePrefix}/`, this.#deps.clock);
    this.#resources.set(storagePrefix, cache);
    const claimed: StoredObject[] = [];
    for (const [key, kv] of this.#unclaimed) {
      if (!key.startsWith(cache.prefix) || this.#resourceOf(key) !== cache) continue;
      this.#unclaimed.delete(key);
      claimed.push(StoredObject.of(form, key, kv.modRevision, kv.value));
    }
    cache.reset(claimed, this.#revision);
    return cache;
  }

  /** Forgets a resource that is no longer served. */
  drop(storagePrefix: string): void {
    const cache = this.#resources.get(storagePrefix);
    if (cache === undefined) return;
    this.#resources.delete(storagePrefix);
    cache.reset([], this.#revision);
  }

  /** Fills the cache and follows the store from then on. */
  async start(): Promise<void> {
    await this.#load();
    if (this.#closed) return;
    // Where nothing happens any more, nothing else would make room.
    this.#tidying = this.#deps.clock.every(limits.watchCacheFreshMs, () => {
      for (const cache of this.#resources.values()) cache.forgetOld();
    });
  }

  close(): void {
    this.#closed = true;
    this.#tidying?.cancel();
    this.#watch?.close();
    for (const cache of this.#resources.values()) cache.reset([], this.#revision);
  }

  /** A write is about to begin. `written` or `notWritten` must follow. */
  hand(form: StoredForm, key: string, value: Uint8Array, object: KubeObject): Handed {
    const handed: Handed = { form, key, value, object, stored: undefined };
    this.#handed.set(key, handed);
    return handed;
  }

  /** The store has answered; gives the object as it is stored, which is the one that the cache has or will have. */
  written(handed: Handed, revision: number): StoredObject {
    const { form, key, value, object } = handed;
    handed.stored ??= StoredObject.of(form, key, revision, value, object);
    if (this.#revision >= revision) this.notWritten(handed);
    // Somebody else's write of the very same bytes was reported meanwhile: that one has got the object.
    return handed.stored.revision === revision ? handed.stored : StoredObject.of(form, key, revision, value);
  }

  notWritten(handed: Handed): void {
    if (this.#handed.get(handed.key) === handed) this.#handed.delete(handed.key);
  }

  /**
   * Resolves with the store's revision at some moment after the call, once the cache has it: whoever reads the cache then
   * sees every write that was acknowledged before the call. Calls made together share one read of the store.
   */
  async fresh(): Promise<number> {
    this.#queuedRead ??= this.#enqueueRead();
    const revision = await this.#queuedRead;
    await this.waitFor(revision);
    return revision;
  }

  /** A read that begins when the running one has ended; until it begins, every caller may share it. */
  #enqueueRead(): Promise<number> {
    const read = this.#runningRead.then(() => {
      this.#queuedRead = undefined;
      return this.#readRevision();
    });
    this.#runningRead = read.then(ignore, ignore);
    return read;
  }

  async #readRevision(): Promise<number> {
    const answer = await this.#deps.store.range({ key: ROOT, countOnly: true });
    return answer.header.revision;
  }

  /** Resolves when the cache has reached `revision`; false when that took longer than `timeoutMs`. */
  async waitFor(revision: number, timeoutMs = 3000): Promise<boolean> {
    if (this.#revision >= revision) return true;
    const { clock } = this.#deps;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    // Its events may be on their way already: one turn of the event loop is cheaper than asking.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#revision < revision) {
      const leftMs = deadlineMs - clock.monotonicMs();
      if (leftMs <= 0 || this.#closed) return false;
      this.#watch?.requestProgress();
      await new Promise<void>((resolve) => {
        const timer = clock.after(Math.min(leftMs, PROGRESS_RETRY_MS), () => done());
        const done = (): void => {
          timer.cancel();
          this.#progressWaiters.delete(done);
          resolve();
        };
        this.#progressWaiters.add(done);
      });
    }
    return true;
  }

  /** The place in a resource's history right after `revision`; undefined when neither the cache nor the store reaches back to it. */
  async placeAfter(resource: ResourceCache, revision: number): Promise<number | undefined> {
    const place = resource.placeAfter(revision);
    if (place !== undefined) return place;
    if (resource.takeEarlierUnread()) {
      const until = resource.since;
      const read = readHistory(this.#deps, resource.prefix, until)
        .then(({ events, since }) => resource.prepend(events, since, until))
        .finally(() => this.#earlierReads.delete(resource));
      this.#earlierReads.set(resource, read);
    }
    await this.#earlierReads.get(resource);
    return resource.placeAfter(revision);
  }

  /** Reads everything at one revision, then watches from the next. */
  async #load(): Promise<void> {
    const { store } = this.#deps;
    const found = new Map<ResourceCache, StoredObject[]>();
    this.#unclaimed.clear();
    this.#handed.clear();
    let key = ROOT;
    let revision = 0;
    for (let more = true; more; ) {
      const page = await store.range({ key, rangeEnd: prefixEnd(ROOT), limit: LOAD_PAGE_KEYS, revision });
      if (revision === 0) revision = page.header.revision;
      for (const kv of page.kvs) this.#sort(kv, found);
      const last = page.kvs[page.kvs.length - 1];
      more = page.more && last !== undefined;
      if (last !== undefined) key = `${last.key}\0`;
    }
    if (this.#closed) return;
    for (const cache of this.#resources.values()) cache.reset(found.get(cache) ?? [], revision);
    this.#advance(revision);
    this.#loaded = true;
    const generation = ++this.#generation;
    this.#watch = store.watch(
      { key: ROOT, rangeEnd: prefixEnd(ROOT), startRevision: revision + 1, progressNotify: true },
      (response) => {
        if (generation === this.#generation) this.#take(response);
      },
    );
  }

  #sort(kv: KeyValue, found: Map<ResourceCache, StoredObject[]>): void {
    const cache = this.#resourceOf(kv.key);
    if (cache === undefined) {
      this.#unclaimed.set(kv.key, kv);
      return;
    }
    const objects = found.get(cache) ?? [];
    objects.push(StoredObject.of(cache.form, kv.key, kv.modRevision, kv.value));
    found.set(cache, objects);
  }

  #take(response: WatchResponse): void {
    switch (response.type) {
      case 'created':
        return;
      case 'progress':
        this.#advance(response.header.revision);
        return;
      case 'events': {
        const touched = new Set<ResourceCache>();
        let last = 0;
        for (const event of response.events) {
          last = event.kv.modRevision;
          const cache = this.#apply(event);
          if (cache !== undefined) touched.add(cache);
        }
        this.#advance(last);
        for (const cache of touched) cache.wake();
        return;
      }
      case 'canceled':
        this.#watch = undefined;
        if (this.#closed) return;
        this.#deps.logger.warn({ reason: response.reason }, 'the watch of the store ended; reading everything anew');
        this.#generation++;
        void this.#reload();
    }
  }

  async #reload(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#load();
        return;
      } catch (error) {
        this.#deps.logger.warn({ error: messageOf(error) }, 'cannot read the store; trying again');
        await this.#deps.clock.sleep(RELOAD_DELAY_MS);
      }
    }
  }

  #apply(event: StoreEvent): ResourceCache | undefined {
    const { key, modRevision, value } = event.kv;
    const cache = this.#resourceOf(key);
    if (cache === undefined) {
      if (event.type === 'put') this.#unclaimed.set(key, event.kv);
      else this.#unclaimed.delete(key);
      return undefined;
    }
    const object = event.type === 'put' ? this.#reported(cache.form, key, modRevision, value) : undefined;
    const change = cache.apply(key, modRevision, object);
    if (change !== undefined) this.#deps.onChange?.(cache, change);
    return cache;
  }

  /** What was put, and need not be parsed when it was this server that wrote it. */
  #reported(form: StoredForm, key: string, revision: number, value: Uint8Array): StoredObject {
    const handed = this.#handed.get(key);
    if (handed === undefined) return StoredObject.of(form, key, revision, value);
    if (handed.stored === undefined && Buffer.compare(handed.value, value) === 0) {
      handed.stored = StoredObject.of(form, key, revision, value, handed.object);
    }
    if (handed.stored === undefined || handed.stored.revision > revision)
      return StoredObject.of(form, key, revision, value);
    this.#handed.delete(key);
    return handed.stored.revision === revision ? handed.stored : StoredObject.of(form, key, revision, value);
  }

  #advance(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    const waiters = [...this.#progressWaiters];
    this.#progressWaiters.clear();
    for (const wake of waiters) wake();
  }

  /**
   * The resource whose prefix a key has: `/registry/pods/default/web` is a pod, `/registry/services/specs/default/a` a
   * service, `/registry/example.com/widgets/default/a` of a CRD: the prefix is two or three segments long.
   */
  #resourceOf(key: string): ResourceCache | undefined {
    const second = key.indexOf('/', ROOT.length);
    if (second < 0) return undefined;
    const short = this.#resources.get(key.slice(0, second));
    if (short !== undefined) return short;
    const third = key.indexOf('/', second + 1);
    return third < 0 ? undefined : this.#resources.get(key.slice(0, third));
  }
}
