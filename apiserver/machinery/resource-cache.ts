/**
 * What the watch cache keeps of one resource: its present objects in the order of their keys, and the last changes. A place
 * in this history is a number that a watcher keeps; events have consecutive numbers.
 */
import BTreeModule from 'sorted-btree';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { StoreEvent } from '../../store/index.ts';
import { type StoredForm, StoredObject } from './stored-object.ts';

const BTree = BTreeModule.default ?? BTreeModule;
type ObjectTree = InstanceType<typeof BTreeModule.default<string, StoredObject>>;

/** One change of one object, as the cache took it in. */
export interface CacheEvent {
  readonly revision: number;
  /** When the cache took it in, by the monotonic clock. */
  readonly atMs: number;
  /** After the change; undefined for a deletion. */
  readonly object: StoredObject | undefined;
  /** Before the change; for a deletion, with the deletion's revision. */
  readonly previous: StoredObject | undefined;
  /** Encoded frames by view, shared by all watchers of that view (`watch-frames.ts`). */
  readonly frames: Map<string, unknown>;
}

/** Somebody in this process who wants to know every object of a resource, at once and from then on. */
export interface StoredListener {
  put(object: StoredObject): void;
  /** The object as it was last. */
  remove(object: StoredObject): void;
}

/** The objects of one resource, and what lately happened to them. */
export class ResourceCache {
  readonly form: StoredForm;
  /** `/registry/pods/` */
  readonly prefix: string;
  #objects: ObjectTree = new BTree<string, StoredObject>();
  #events: CacheEvent[] = [];
  /** The number of the event at `#events[0]`. */
  #firstEvent = 0;
  /** Every change after this revision is in `#events`. */
  #since = 0;
  /** Nothing older has been asked of the store, and nothing forgotten, since the cache began anew. */
  #earlierUnread = true;
  /** So many events make it look which of them may go. */
  #crowded = 2 * limits.watchCacheEventsMin;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  readonly #listeners = new Set<StoredListener>();

  constructor(form: StoredForm, prefix: string, clock: Clock) {
    this.form = form;
    this.prefix = prefix;
    this.#clock = clock;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** How many watchers wait for the next event. */
  get watchers(): number {
    return this.#waiting.size;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** A consistent view of all objects, which later changes do not touch. */
  snapshot(): ObjectTree {
    return this.#objects.clone();
  }

  /** The objects whose keys begin with `prefix`, in order. */
  list(prefix: string): StoredObject[] {
    return listTree(this.#objects, prefix);
  }

  get since(): number {
    return this.#since;
  }

  /** The number that the next event will have. */
  get end(): number {
    return this.#firstEvent + this.#events.length;
  }

  /** The place in history right after `revision`; undefined when history begins later. */
  placeAfter(revision: number): number | undefined {
    if (revision < this.#since) return undefined;
    return this.#firstEvent + firstIndex(this.#events, (event) => event.revision > revision);
  }

  /** The event with this number; `'gone'` when history has moved past it, undefined when it has not happened yet. */
  event(place: number): CacheEvent | 'gone' | undefined {
    return place < this.#firstEvent ? 'gone' : this.#events[place - this.#firstEvent];
  }

  /** Calls `wake` once, at the next event or when the cache starts anew. Returns how to take that back. */
  onNext(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Tells every object there is, and every change from now on, until the answer is called. */
  follow(listener: StoredListener): () => void {
    this.#listeners.add(listener);
    for (const object of this.#objects.values()) listener.put(object);
    return () => this.#listeners.delete(listener);
  }

  apply(key: string, revision: number, object: StoredObject | undefined): CacheEvent | undefined {
    const previous = this.#objects.get(key);
    if (object === undefined) {
      if (previous === undefined) return undefined;
      this.#objects.delete(key);
    } else this.#objects.set(key, object);
    const event: CacheEvent = {
      revision,
      atMs: this.#clock.monotonicMs(),
      object,
      previous: object === undefined ? previous?.deletedAt(revision) : previous,
      frames: new Map(),
    };
    this.#events.push(event);
    for (const listener of this.#listeners) {
      if (object !== undefined) listener.put(object);
      else if (event.previous !== undefined) listener.remove(event.previous);
    }
    if (this.#events.length >= this.#crowded) this.forgetOld();
    return event;
  }

  /** Whether the store may know more of the past: true once, until the cache begins anew. */
  takeEarlierUnread(): boolean {
    const unread = this.#earlierUnread;
    this.#earlierUnread = false;
    return unread;
  }

  /** Puts what happened after revision `since` before the history known so far, which begins at `until`. */
  prepend(changes: readonly StoreEvent[], since: number, until: number): void {
    // The cache began anew, or forgot, while the past was being read.
    if (this.#since !== until) return;
    const dropped = Math.max(0, changes.length - limits.watchCacheEventsMax);
    const atMs = this.#clock.monotonicMs();
    const kept = changes.slice(dropped).map((change) => this.#earlierEvent(change, atMs));
    this.#events = [...kept, ...this.#events];
    this.#firstEvent -= kept.length;
    this.#since = changes[dropped - 1]?.kv.modRevision ?? since;
  }

  #earlierEvent({ type, kv, prevKv }: StoreEvent, atMs: number): CacheEvent {
    const { form } = this;
    const { key, modRevision: revision, value } = kv;
    const before = prevKv && StoredObject.of(form, key, prevKv.modRevision, prevKv.value);
    return {
      revision,
      atMs,
      object: type === 'put' ? StoredObject.of(form, key, revision, value) : undefined,
      previous: type === 'put' ? before : before?.deletedAt(revision),
      frames: new Map(),
    };
  }

  /**
   * Drops what nobody will resume from: what is neither young nor among the last few, and what is too much. Between
   * two calls as many events again come as were left, so that dropping costs nothing on average.
   */
  forgetOld(): void {
    const { watchCacheEventsMin: min, watchCacheEventsMax: max, watchCacheFreshMs } = limits;
    const { length } = this.#events;
    const youngMs = this.#clock.monotonicMs() - watchCacheFreshMs;
    const young = length - firstIndex(this.#events, ({ atMs }) => atMs >= youngMs);
    const kept = Math.min(Math.max(young, min), max, length);
    this.#crowded = 2 * Math.max(kept, min);
    const dropped = length - kept;
    if (dropped === 0) return;
    this.#earlierUnread = false;
    this.#since = this.#events[dropped - 1]?.revision ?? this.#since;
    this.#events = this.#events.slice(dropped);
    this.#firstEvent += dropped;
  }

  /** Starts anew from a full read at `revision`: every watcher's place is gone. */
  reset(objects: readonly StoredObject[], revision: number): void {
    const before = this.#objects;
    this.#objects = new BTree<string, StoredObject>();
    for (const object of objects) this.#objects.set(object.key, object);
    for (const listener of this.#listeners) {
      for (const object of before.values()) if (!this.#objects.has(object.key)) listener.remove(object);
      for (const object of objects) listener.put(object);
    }
    // Leaves numbers free for what `prepend` may add: no place of before is a place again.
    this.#firstEvent = this.end + 1 + limits.watchCacheEventsMax;
    this.#events = [];
    this.#since = revision;
    this.#earlierUnread = true;
    this.wake();
  }

  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** The first index at which `holds` does; it holds from there on. The length, if nowhere. */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The objects of a tree whose keys begin with `prefix`, in order. */
export function listTree(tree: ObjectTree, prefix: string): StoredObject[] {
  const found: StoredObject[] = [];
  for (const [key, object] of tree.entries(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push(object);
  }
  return found;
}
