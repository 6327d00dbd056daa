/** Answers remembered for a while each: bounded, the least recently asked for forgotten first. */
import type { Clock } from '../../../base/clock.ts';

export class AnswerCache<T> {
  readonly #clock: Clock;
  readonly #most: number;
  /** In the order of asking. */
  readonly #known = new Map<string, { readonly answer: T; readonly untilMs: number }>();

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  get(key: string): T | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    this.#known.delete(key);
    if (known.untilMs <= this.#clock.monotonicMs()) return undefined;
    this.#known.set(key, known);
    return known.answer;
  }

  set(key: string, answer: T, forMs: number): void {
    if (forMs <= 0) return;
    this.#known.delete(key);
    this.#known.set(key, { answer, untilMs: this.#clock.monotonicMs() + forMs });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#most) break;
      this.#known.delete(oldest);
    }
  }
}
