/**
 * How long a failing item waits before it is tried again: client-go's default is the longer of an exponential delay for
 * the item and a bucket for all (k8s.io/client-go/util/workqueue/default_rate_limiters.go).
 */
import type { Clock } from '../../base/clock.ts';

export interface RateLimit<K> {
  /** Counts one more failure and says how many milliseconds to wait. */
  nextDelayMs(item: K): number;
  /** The item succeeded, or will not be tried again. */
  forget(item: K): void;
  /** Failures counted since the last forget. */
  failures(item: K): number;
}

/** base * 2^failures for each item, at most `maxDelayMs`. */
export class ExponentialBackoff<K> implements RateLimit<K> {
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #failures = new Map<K, number>();

  constructor(baseDelayMs = 5, maxDelayMs = 1_000_000) {
    this.#baseDelayMs = baseDelayMs;
    this.#maxDelayMs = maxDelayMs;
  }

  nextDelayMs(item: K): number {
    const failures = this.#failures.get(item) ?? 0;
    this.#failures.set(item, failures + 1);
    return Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** failures);
  }

  forget(item: K): void {
    this.#failures.delete(item);
  }

  failures(item: K): number {
    return this.#failures.get(item) ?? 0;
  }
}

/** A bucket of `burst` tokens, refilled at `perSecond`. Tokens are reserved ahead: a later caller waits longer. */
export class TokenBucket {
  readonly #clock: Clock;
  #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #updatedMs: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#updatedMs = clock.monotonicMs();
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Changes the refill rate from now on; 0 stops it. */
  setRate(perSecond: number): void {
    this.#refill();
    this.#perSecond = perSecond;
  }

  /** Takes a token if there is one. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a token, now or in the future, and says how many milliseconds until it is there. */
  reserveMs(): number {
    this.#refill();
    this.#tokens -= 1;
    if (this.#tokens >= 0) return 0;
    return this.#perSecond <= 0 ? Number.POSITIVE_INFINITY : (-this.#tokens / this.#perSecond) * 1000;
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#updatedMs) / 1000) * this.#perSecond);
    this.#updatedMs = nowMs;
  }
}

/** client-go's DefaultTypedControllerRateLimiter: 5 ms to 1,000 s an item, and 10 a second (bursts of 100) over all. */
export class DefaultRateLimit<K> implements RateLimit<K> {
  readonly #backoff = new ExponentialBackoff<K>();
  readonly #bucket: TokenBucket;

  constructor(clock: Clock) {
    this.#bucket = new TokenBucket(clock, 10, 100);
  }

  nextDelayMs(item: K): number {
    return Math.max(this.#backoff.nextDelayMs(item), this.#bucket.reserveMs());
  }

  forget(item: K): void {
    this.#backoff.forget(item);
  }

  failures(item: K): number {
    return this.#backoff.failures(item);
  }
}
