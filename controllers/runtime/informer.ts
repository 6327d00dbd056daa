/**
 * An informer keeps a copy of one resource, fed by a list and then a watch, and tells handlers what changes.
 *
 * Invariants:
 * - Handlers hear of an object's changes in the order of its versions, and only after the copy has changed; a handler
 *   that joins late first hears `added` for everything that is there.
 * - After `synced` every handler has heard of all that the first list held.
 * - Nothing is lost: a watch goes on after the last version that was seen; when the server no longer has it (410), the
 *   resource is listed again and the differences are told, so that `deleted` is also heard for what went away unseen
 *   (with its last known state). Another object under the same name is told as `deleted` and `added`.
 * - All objects are frozen and have `apiVersion` and `kind`.
 *
 * Retries follow client-go's reflector: 800 ms doubling to 30 s, each lengthened by up to its double, starting over after
 * two quiet minutes.
 */
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { ApiError, type ApiObject, type Client, isNotFound, type ResourceRef } from './client.ts';
import { deepFreeze } from './freeze.ts';
import type { IndexDefinition } from './indexes.ts';
import { apiVersionOf, keyFrom, keyOf } from './metadata.ts';
import { ObjectStore } from './object-store.ts';

export interface InformerDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Shown, while handlers are told of a change, the change's revision. */
  readonly telling?: Telling;
}

/** The revision of the change that handlers hear of at this moment; undefined: none. */
export interface Telling {
  revision: number | undefined;
}

export interface InformerOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface InformerHandler<T> {
  /** `initial`: it was there when the handler joined, or in the first list. */
  added?(object: T, initial: boolean): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

const BACKOFF_MIN_MS = 800;
const BACKOFF_MAX_MS = 30_000;
const BACKOFF_RESET_MS = 120_000;
/** A watch lasts 5 to 10 minutes, so that watchers spread over servers again. */
const WATCH_SECONDS_MIN = 300;
/** A watch that ends sooner than this and told nothing is a failure. */
const SHORT_WATCH_MS = 1000;

export class Informer<T extends ApiObject> {
  readonly ref: ResourceRef;
  readonly #deps: InformerDeps;
  readonly #options: InformerOptions;
  readonly #store = new ObjectStore<T>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #synced = new Deferred<void>();
  readonly #settled = new Deferred<void>();
  readonly #stop = new AbortController();
  #hasSynced = false;
  #running: Promise<void> | undefined;
  /** The version to watch from; undefined: list first. */
  #version: string | undefined;
  #backoffMs = BACKOFF_MIN_MS;
  #lastFailureMs = 0;

  constructor(deps: InformerDeps, ref: ResourceRef, options: InformerOptions = {}) {
    this.ref = ref;
    this.#deps = deps;
    this.#options = options;
  }

  /** Starts the list and the watch. Starting twice does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves once the first list is in. Never rejects; a stopped informer that never synced leaves it open. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Resolves once the first list is in, or the server has said that it does not serve the resource. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  get size(): number {
    return this.#store.size;
  }

  get(name: string, namespace = ''): T | undefined {
    return this.#store.get(keyFrom(namespace, name));
  }

  getByKey(key: string): T | undefined {
    return this.#store.get(key);
  }

  /** All objects. Live: do not await while iterating. */
  all(): IterableIterator<T> {
    return this.#store.values();
  }

  addIndex(index: IndexDefinition<T>): void {
    this.#store.addIndex(index.name, index.valuesOf);
  }

  /** The objects under a value of an index that was added: a copy of the list. */
  by(index: IndexDefinition<T>, value: string): T[] {
    return this.#store.byIndex(index.name, value);
  }

  countBy(index: IndexDefinition<T>, value: string): number {
    return this.#store.countByIndex(index.name, value);
  }

  /** Tells `handler` of everything that is there and of every change from now on, until the returned function is called. */
  subscribe(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    if (handler.added !== undefined) for (const object of [...this.#store.values()]) handler.added(object, true);
    return () => this.#handlers.delete(handler);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        else await this.#watch(this.#version);
      } catch (thrown) {
        if (signal.aborted) return;
        if (isTooOld(thrown)) this.#version = undefined;
        if (isNotFound(thrown)) this.#settled.resolve();
        this.#deps.logger.debug(
          { resource: this.ref.resource, error: messageOf(thrown) },
          'list or watch failed, trying again',
        );
        await this.#deps.clock.sleep(this.#nextBackoffMs(), signal);
      }
    }
  }

  async #list(): Promise<void> {
    const list = await this.#deps.client.list<T>(this.ref, this.#options);
    if (this.#stop.signal.aborted) return;
    const gone = new Set(this.#store.keys());
    for (const item of list.items) {
      const object = this.#complete(item);
      gone.delete(keyOf(object));
      this.#put(object);
    }
    for (const key of gone) this.#remove(key);
    this.#version = list.resourceVersion;
    if (!this.#hasSynced) {
      this.#hasSynced = true;
      this.#synced.resolve();
      this.#settled.resolve();
    }
  }

  async #watch(version: string): Promise<void> {
    const startedMs = this.#deps.clock.monotonicMs();
    let told = false;
    const events = this.#deps.client.watch<T>(this.ref, {
      ...this.#options,
      resourceVersion: version,
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_SECONDS_MIN + this.#deps.random.below(WATCH_SECONDS_MIN),
      signal: this.#stop.signal,
    });
    for await (const { type, object } of events) {
      if (this.#stop.signal.aborted) return;
      told = true;
      if (type === 'DELETED') this.#remove(keyOf(object), this.#complete(object));
      else if (type !== 'BOOKMARK') this.#put(this.#complete(object));
      this.#version = object.metadata?.resourceVersion ?? this.#version;
    }
    if (!told && !this.#stop.signal.aborted && this.#deps.clock.monotonicMs() - startedMs < SHORT_WATCH_MS) {
      throw new Error('the watch ended at once and told nothing');
    }
  }

  #put(object: T): void {
    const key = keyOf(object);
    let old = this.#store.get(key);
    if (old !== undefined && old.metadata?.resourceVersion === object.metadata?.resourceVersion) return;
    if (old !== undefined && old.metadata?.uid !== object.metadata?.uid) {
      this.#remove(key);
      old = undefined;
    }
    this.#store.set(key, object);
    this.#tell(object, (handler) => {
      if (old === undefined) handler.added?.(object, !this.#hasSynced);
      else handler.updated?.(object, old);
    });
  }

  #remove(key: string, last?: T): void {
    const old = this.#store.delete(key);
    if (old === undefined) return;
    this.#tell(last ?? old, (handler) => handler.deleted?.(last ?? old));
  }

  #tell(object: T, tell: (handler: InformerHandler<T>) => void): void {
    const { telling } = this.#deps;
    if (telling !== undefined) telling.revision = Number(object.metadata?.resourceVersion);
    try {
      for (const handler of this.#handlers) tell(handler);
    } finally {
      if (telling !== undefined) telling.revision = undefined;
    }
  }

  /** Items of lists come without their apiVersion and kind. */
  #complete(object: T): T {
    if (object.kind !== undefined && object.apiVersion !== undefined) return deepFreeze(object);
    return deepFreeze({ apiVersion: apiVersionOf(this.ref), kind: this.ref.kind, ...object });
  }

  #nextBackoffMs(): number {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#lastFailureMs > BACKOFF_RESET_MS) this.#backoffMs = BACKOFF_MIN_MS;
    this.#lastFailureMs = nowMs;
    const delayMs = this.#backoffMs * (1 + this.#deps.random.next());
    this.#backoffMs = Math.min(BACKOFF_MAX_MS, this.#backoffMs * 2);
    return delayMs;
  }
}

/** The server no longer has the history after our version: only a new list helps. */
function isTooOld(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.code === 410 || thrown.reason === 'Expired' || thrown.reason === 'Gone');
}
