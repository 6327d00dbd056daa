/**
 * How long a level asks those that it refuses to stay away. While it goes on refusing many, longer and longer, up to half
 * a minute; as that gets better, a second less each time (apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go).
 */
import type { Clock } from '../../../base/clock.ts';

const SECONDS_MAX = 32;

interface Second {
  readonly second: number;
  refused: number;
}

export class RetryAfter {
  readonly #clock: Clock;
  /** Seconds in which somebody was refused, the latest last. */
  #history: Second[] = [];
  #seconds = 1;
  #raisedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to say to the next who is refused. */
  get seconds(): number {
    return this.#seconds;
  }

  refused(): void {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    const latest = this.#history.at(-1);
    if (latest?.second === second) {
      latest.refused++;
      return;
    }
    this.#adjust(second);
    const oldest = second - Math.min(2 * this.#seconds, SECONDS_MAX);
    this.#history = this.#history.filter((each) => each.second >= oldest);
    this.#history.push({ second, refused: 1 });
  }

  /** By the seconds before this one that the present wait covers; raised only once in such a time. */
  #adjust(now: number): void {
    const recent = this.#history
      .filter(({ second }) => now - second <= this.#seconds)
      .reduce((sum, { refused }) => sum + refused, 0);
    if (now - this.#raisedAt >= this.#seconds && recent >= 3 * this.#seconds) {
      this.#seconds = Math.min(2 * this.#seconds, SECONDS_MAX);
      this.#raisedAt = now;
    } else if (recent < this.#seconds && this.#seconds > 1) this.#seconds--;
  }
}
