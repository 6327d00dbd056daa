/**
 * How much is begun before the event loop goes on. What a request does without I/O it does in one go, and a socket that
 * became readable meanwhile has to wait: if everything that came at once were begun at once, whoever comes next would
 * wait for all of it, however fair the queues are. So requests are begun for a slice of time, and then everybody is
 * heard before more of them are.
 *
 * A turn lasts from the first request that is begun until the event loop has come round.
 */
import type { Clock } from '../../../base/clock.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #defer: (callback: () => void) => void;
  readonly #onTurn: () => void;
  #sinceMs: number | undefined;

  /** @param onTurn called when a new turn may begin, after one in which something was begun */
  constructor(clock: Clock, defer: (callback: () => void) => void, onTurn: () => void) {
    this.#clock = clock;
    this.#defer = defer;
    this.#onTurn = onTurn;
  }

  /** Whether another request may be begun in this turn, whose slice is that long; if so, it is. */
  mayBegin(sliceMs: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (this.#sinceMs !== undefined) return nowMs - this.#sinceMs < sliceMs;
    this.#sinceMs = nowMs;
    this.#defer(() => {
      this.#sinceMs = undefined;
      this.#onTurn();
    });
    return true;
  }
}
