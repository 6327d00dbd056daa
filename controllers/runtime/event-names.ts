/** Names of events: the object's name and the time in nanoseconds, in hexadecimal, as client-go makes them. */
import type { Random } from '../../base/random.ts';

const SUBDOMAIN_MAX = 253;

/** Between two names at most, beyond what the clock tells: two recorders should not meet. */
const STEP_NANOS = 1000;

/** What one recorder names: of two events of one object the later has the later name, and so comes later in a list. */
export class EventNames {
  readonly #random: Random;
  #lastNanos = 0n;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Our clocks count milliseconds; the nanoseconds below are drawn. A name that would be too long keeps the end of the
   * object's name out, as upstream replaces it.
   */
  next(objectName: string, nowMs: number): string {
    const drawn = BigInt(nowMs) * 1_000_000n + BigInt(this.#random.below(1_000_000));
    const later = this.#lastNanos + 1n + BigInt(this.#random.below(STEP_NANOS));
    // Within a millisecond they follow one another; a clock that was set back by more begins anew.
    const follows = drawn <= this.#lastNanos && this.#lastNanos - drawn < 2_000_000n;
    this.#lastNanos = follows ? later : drawn;
    const nanos = this.#lastNanos.toString(16);
    const room = SUBDOMAIN_MAX - nanos.length - 1;
    return `${objectName.slice(0, room).replace(/[-.]+$/, '')}.${nanos}`;
  }
}
