import { type Clock, repeated, type Timer } from './clock.ts';

interface Pending {
  readonly dueMs: number;
  /** Ties are broken by the order of scheduling, so that a run is repeatable. */
  readonly sequence: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/**
 * A clock that stands still until told to move. `advance` runs every timer that falls due, in order of due time,
 * and lets promises settle between timers, so that asynchronous code sees time pass as it would in reality.
 */
export class VirtualClock implements Clock {
  #wallMs: number;
  #elapsedMs = 0;
  #sequence = 0;
  /** A binary heap by (dueMs, sequence). */
  readonly #heap: Pending[] = [];

  /** @param startMs the wall time at the start; defaults to 2026-01-01T00:00:00Z */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#wallMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Moves the wall clock (not the monotonic one), as an operator or NTP would. */
  jumpWall(deltaMs: number): void {
    this.#wallMs += deltaMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const pending: Pending = {
      dueMs: this.#elapsedMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      callback,
      cancelled: false,
    };
    this.#push(pending);
    return {
      cancel: () => {
        pending.cancelled = true;
      },
    };
  }

  every(periodMs: number, callback: () => void): Timer {
    return repeated(this, periodMs, callback);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.after(delayMs, done);
      signal?.addEventListener('abort', done);
    });
  }

  /** Milliseconds until the next timer is due, or undefined when none is pending. */
  nextDueInMs(): number | undefined {
    this.#dropCancelled();
    const next = this.#heap[0];
    return next === undefined ? undefined : Math.max(0, next.dueMs - this.#elapsedMs);
  }

  /** Runs the next due timer, moving time to it. Returns false when none is pending. Does not wait for promises. */
  runNext(): boolean {
    this.#dropCancelled();
    const next = this.#pop();
    if (next === undefined) return false;
    this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
    next.callback();
    return true;
  }

  /** Moves time forward by `durationMs`, running what falls due and letting promises settle in between. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#elapsedMs + durationMs;
    await settle();
    for (;;) {
      const inMs = this.nextDueInMs();
      if (inMs === undefined || this.#elapsedMs + inMs > endMs) break;
      this.runNext();
      await settle();
    }
    this.#elapsedMs = endMs;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.cancelled) this.#pop();
  }

  #before(a: Pending, b: Pending): boolean {
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
  }

  #push(pending: Pending): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(pending);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !this.#before(pending, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = pending;
  }

  #pop(): Pending | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && this.#before(right, child)) {
        child = right;
        childAt++;
      }
      if (!this.#before(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return top;
  }
}

/** Lets every promise that can settle without time passing settle: one turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
