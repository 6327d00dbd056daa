/**
 * The queue between events and workers, with client-go's promises (k8s.io/client-go/util/workqueue):
 *
 * - an item that is added many times before it is taken is taken once;
 * - an item is never in two workers' hands: what is added while it is processed comes back when it is done;
 * - items come in the order of their first add;
 * - `addAfter` keeps the earliest of several due times; `addRateLimited` waits as the rate limit says.
 */
import { assert } from '../../base/assert.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { DefaultRateLimit, type RateLimit } from './rate-limits.ts';

export class WorkQueue<K> {
  readonly #clock: Clock;
  readonly #rateLimit: RateLimit<K>;
  /** Waiting to be taken, in order, from `#head` on. All are in `#dirty`. */
  #queue: K[] = [];
  #head = 0;
  readonly #dirty = new Set<K>();
  readonly #processing = new Set<K>();
  readonly #delayed = new Map<K, { readonly dueMs: number; readonly timer: Timer }>();
  readonly #takers: ((item: K | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock, rateLimit: RateLimit<K> = new DefaultRateLimit<K>(clock)) {
    this.#clock = clock;
    this.#rateLimit = rateLimit;
  }

  /** Items that wait to be taken, without delayed ones. */
  get length(): number {
    return this.#queue.length - this.#head;
  }

  /** Nothing waits and nothing is in a worker's hands; delayed items do not count. */
  get idle(): boolean {
    return this.length === 0 && this.#processing.size === 0;
  }

  add(item: K): void {
    if (this.#closed || this.#dirty.has(item)) return;
    this.#dirty.add(item);
    if (this.#processing.has(item)) return;
    this.#push(item);
  }

  /** Adds after `delayMs`; at once when that is 0 or less. */
  addAfter(item: K, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.add(item);
      return;
    }
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const pending = this.#delayed.get(item);
    if (pending !== undefined) {
      if (pending.dueMs <= dueMs) return;
      pending.timer.cancel();
    }
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(item);
      this.add(item);
    });
    this.#delayed.set(item, { dueMs, timer });
  }

  /** Adds again after a failure, as late as the rate limit says. */
  addRateLimited(item: K): void {
    this.addAfter(item, this.#rateLimit.nextDelayMs(item));
  }

  /** The item succeeded: its next failure waits the shortest time again. */
  forget(item: K): void {
    this.#rateLimit.forget(item);
  }

  failures(item: K): number {
    return this.#rateLimit.failures(item);
  }

  /** The next item, when there is one; undefined once the queue is closed. Whoever takes an item calls `done` with it. */
  take(): Promise<K | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    if (this.length > 0) return Promise.resolve(this.#shift());
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(item: K): void {
    assert(this.#processing.delete(item), 'done with an item that was not taken');
    if (this.#dirty.has(item) && !this.#closed) this.#push(item);
  }

  /** Drops what waits and wakes every taker. Items in hand may still be done. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#queue = [];
    this.#head = 0;
    this.#dirty.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #push(item: K): void {
    const taker = this.#takers.shift();
    this.#queue.push(item);
    if (taker !== undefined) taker(this.#shift());
  }

  #shift(): K {
    const item = this.#queue[this.#head] as K;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#processing.add(item);
    this.#dirty.delete(item);
    return item;
  }
}
