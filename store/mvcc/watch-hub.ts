/**
 * Who watches what, and who has seen how much. A change costs nothing while nobody watches, and otherwise grows with
 * the watchers of its key, not with all watchers.
 *
 * A watcher is in step, or behind. In step, it gets each revision's events as they happen, into a bounded buffer that
 * its listener empties. When the buffer is full it falls behind: it takes no more, and once the listener has emptied
 * the buffer the events since are read from history, in whole revisions, until it is in step again. All who are behind
 * are caught up together in one pass over history.
 *
 * etcd's guarantees (tests/robustness/validate), by the part that keeps them:
 *   Ordered, Unique   a watcher's next revision only ever grows, and nothing before it is delivered
 *   Atomic            buffers are filled and delivered by whole revisions
 *   Reliable, Resumable  what the buffer does not hold is read from history; compacted history cancels, never skips
 *   Bookmarkable      progress is told only in step, with nothing buffered
 *   PrevKV, IsCreate, Filter   see `watcher.ts`
 */
import type { ByteString } from '../../base/bytes.ts';
import { StoreError } from '../errors.ts';
import type { ResponseHeader, Revision, StoreEvent, Watch, WatchListener, WatchRequest } from '../store.ts';
import { type Change, Delivery, type PastValues } from './delivery.ts';
import { IntervalMap } from './interval-map.ts';
import { isSingleKey, rangeBound } from './range-query.ts';
import { Watcher } from './watcher.ts';

/** What the hub reads of the keyspace. */
export interface WatchHistory extends PastValues {
  currentRevision(): Revision;
  /** Every change from `revision` on, in order. */
  eventsFrom(revision: Revision): Iterable<StoreEvent>;
}

export interface WatchHubDeps {
  readonly header: () => ResponseHeader;
  readonly history: WatchHistory;
  /** A listener threw or rejected: its watch was closed. */
  readonly onListenerError?: (thrown: unknown) => void;
}

/** Events, and bytes of values, read from history in one piece of work; a revision is never split. */
const CATCH_UP_EVENTS = 1000;
const CATCH_UP_BYTES = 4 * 1024 * 1024;
const EMPTY_RANGE = 'mvcc: watcher range is empty';

export class WatchHub {
  readonly #deps: WatchHubDeps;
  readonly #byKey = new Map<ByteString, Set<Watcher>>();
  readonly #byRange = new IntervalMap<Watcher>();
  readonly #watchers = new Set<Watcher>();
  readonly #behind = new Set<Watcher>();
  /** Watchers with something to deliver, in the order in which it came. */
  #ready = new Set<Watcher>();
  #flushScheduled = false;
  #catchUpScheduled = false;

  constructor(deps: WatchHubDeps) {
    this.#deps = deps;
  }

  /** Watches that are open. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Watches that read from history now. */
  get behind(): number {
    return this.#behind.size;
  }

  /** The listener is never called before this returns. An impossible request gets one answer, `canceled`. */
  watch(request: WatchRequest, listener: WatchListener): Watch {
    const { history } = this.#deps;
    const current = history.currentRevision();
    const key = request.key === '' ? '\0' : request.key;
    const end = rangeBound(key, request.rangeEnd);
    const watcher = new Watcher({ request, key, end, listener, currentRevision: current, host: this.#host() });
    this.#watchers.add(watcher);
    if (end !== undefined && key >= end) {
      watcher.cancel({ reason: EMPTY_RANGE, unborn: true });
    } else if ((request.startRevision ?? 0) < 0) {
      watcher.cancel({ reason: new StoreError('compacted').message, unborn: true });
    } else {
      this.#index(watcher);
      if (watcher.nextRevision <= current) this.#setBehind(watcher);
    }
    this.#makeReady(watcher);
    return watcher;
  }

  /** Takes all changes of one revision. Called once a revision, in order, when the keyspace holds them. */
  notify(revision: Revision, changes: readonly Change[]): void {
    if (this.#watchers.size === 0) return;
    for (const change of changes) {
      const delivery = new Delivery(change, revision, this.#deps.history);
      const offer = (watcher: Watcher): void => {
        if (watcher.isBehind) return;
        const outcome = watcher.offer(delivery, revision);
        if (outcome === 'buffered') this.#makeReady(watcher);
        else if (outcome === 'overflow') this.#setBehind(watcher);
      };
      const exact = this.#byKey.get(change.kv.key);
      if (exact !== undefined) for (const watcher of exact) offer(watcher);
      this.#byRange.forEachContaining(change.kv.key, offer);
    }
  }

  /** To be called now and then (etcd: every 10 minutes): tells quiet watchers that asked for it how far they are. */
  tick(): void {
    for (const watcher of this.#watchers) watcher.tick();
  }

  /** The keyspace was replaced by a later state: whoever was in step has missed everything since `seenRevision`. */
  resumeAfterReload(seenRevision: Revision): void {
    for (const watcher of this.#watchers) {
      if (!watcher.isBehind) watcher.fallBehind(seenRevision + 1);
      this.#setBehind(watcher);
      this.#makeReady(watcher);
    }
  }

  /** Ends every watch with a last `canceled` answer. */
  cancelAll(reason: string): void {
    for (const watcher of [...this.#watchers]) {
      watcher.cancel({ reason });
      this.#makeReady(watcher);
    }
  }

  #host(): ConstructorParameters<typeof Watcher>[0]['host'] {
    return {
      header: (revision) => ({ ...this.#deps.header(), revision }),
      currentRevision: () => this.#deps.history.currentRevision(),
      ready: (watcher) => this.#makeReady(watcher),
      closed: (watcher) => this.#forget(watcher),
      failed: (thrown) => this.#deps.onListenerError?.(thrown),
    };
  }

  #index(watcher: Watcher): void {
    if (!isSingleKey(watcher.request.rangeEnd)) {
      this.#byRange.add(watcher.key, watcher.end, watcher);
      return;
    }
    const others = this.#byKey.get(watcher.key);
    if (others === undefined) this.#byKey.set(watcher.key, new Set([watcher]));
    else others.add(watcher);
  }

  #forget(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    this.#behind.delete(watcher);
    this.#ready.delete(watcher);
    if (!isSingleKey(watcher.request.rangeEnd)) {
      this.#byRange.delete(watcher.key, watcher.end, watcher);
      return;
    }
    const others = this.#byKey.get(watcher.key);
    others?.delete(watcher);
    if (others?.size === 0) this.#byKey.delete(watcher.key);
  }

  #setBehind(watcher: Watcher): void {
    watcher.isBehind = true;
    this.#behind.add(watcher);
  }

  #setInStep(watcher: Watcher): void {
    watcher.isBehind = false;
    this.#behind.delete(watcher);
  }

  #makeReady(watcher: Watcher): void {
    this.#ready.add(watcher);
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => this.#flush());
  }

  /** Listeners run here, never inside a transaction; several revisions of one turn make one answer. */
  #flush(): void {
    this.#flushScheduled = false;
    const ready = this.#ready;
    this.#ready = new Set();
    for (const watcher of ready) watcher.deliver();
    if (!this.#catchUpScheduled) this.#catchUp();
  }

  /** One pass over a piece of history for all who are behind and free; the next pass lets input and output run. */
  #catchUp(): void {
    this.#catchUpScheduled = false;
    const { history } = this.#deps;
    const current = history.currentRevision();
    const compacted = history.compactRevision();
    const reading = new Set<Watcher>();
    let from = Number.POSITIVE_INFINITY;
    for (const watcher of this.#behind) {
      if (!watcher.isFree) continue;
      if (watcher.nextRevision < compacted) {
        this.#setInStep(watcher);
        watcher.cancel({ reason: new StoreError('compacted').message, compactRevision: compacted });
        this.#makeReady(watcher);
      } else {
        reading.add(watcher);
        from = Math.min(from, watcher.nextRevision);
      }
    }
    if (reading.size === 0) return;
    const { events, through } = readHistory(history, from, current);
    this.#distribute(events, reading);
    for (const watcher of reading) {
      watcher.readThrough(through);
      if (watcher.nextRevision > current) this.#setInStep(watcher);
      this.#makeReady(watcher);
    }
    if (this.#behind.size > 0 && !this.#catchUpScheduled) {
      this.#catchUpScheduled = true;
      setImmediate(() => this.#catchUp());
    }
  }

  #distribute(events: readonly StoreEvent[], reading: ReadonlySet<Watcher>): void {
    for (const event of events) {
      const revision = event.kv.modRevision;
      const delivery = new Delivery(event, revision, this.#deps.history);
      const give = (watcher: Watcher): void => {
        if (reading.has(watcher)) watcher.accept(delivery, revision);
      };
      const exact = this.#byKey.get(event.kv.key);
      if (exact !== undefined) for (const watcher of exact) give(watcher);
      this.#byRange.forEachContaining(event.kv.key, give);
    }
  }
}

/** Events from `from` on, in whole revisions, and the revision through which they are complete. */
function readHistory(
  history: WatchHistory,
  from: Revision,
  current: Revision,
): { events: StoreEvent[]; through: Revision } {
  const events: StoreEvent[] = [];
  let bytes = 0;
  for (const event of history.eventsFrom(from)) {
    const last = events.at(-1);
    const isEnough = events.length >= CATCH_UP_EVENTS || bytes >= CATCH_UP_BYTES;
    if (last !== undefined && isEnough && event.kv.modRevision > last.kv.modRevision) {
      return { events, through: last.kv.modRevision };
    }
    events.push(event);
    bytes += event.kv.value.length;
  }
  return { events, through: current };
}
