/**
 * How long to leave alone what keeps failing, by key: doubling from `initialMs` to `maxMs`, and forgotten after twice
 * `maxMs` without a failure (k8s.io/client-go/util/flowcontrol: Backoff).
 */
import type { Clock } from '../../base/clock.ts';
import { RecentMap } from './recent-map.ts';

interface Entry {
  readonly delayMs: number;
  readonly sinceMs: number;
}

export class FailureBackoff {
  readonly #clock: Clock;
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #entries: RecentMap<string, Entry>;

  constructor(clock: Clock, initialMs: number, maxMs: number, keysMax = 100_000) {
    this.#clock = clock;
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#entries = new RecentMap(keysMax);
  }

  /** Milliseconds that are still to wait; 0 when it may be tried. */
  remainingMs(key: string): number {
    const entry = this.#entries.get(key);
    if (entry === undefined) return 0;
    return Math.max(0, entry.sinceMs + entry.delayMs - this.#clock.monotonicMs());
  }

  /** One more failure: the next wait is twice as long. */
  failed(key: string): void {
    const nowMs = this.#clock.monotonicMs();
    const entry = this.#entries.get(key);
    const fresh = entry === undefined || nowMs - entry.sinceMs > 2 * this.#maxMs;
    const delayMs = fresh ? this.#initialMs : Math.min(this.#maxMs, entry.delayMs * 2);
    this.#entries.set(key, { delayMs, sinceMs: nowMs });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}
