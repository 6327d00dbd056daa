/**
 * How much of one kind pages are told: so many at once, and so many more with every beat. A burst passes whole; what goes on
 * and on is cut to a rate that costs the cluster next to nothing.
 */

/** Beats come 20 times a second. */
export interface Rate {
  /** At once, after some quiet. */
  readonly burst: number;
  readonly perBeat: number;
}

export class ToldShare {
  readonly #rate: Rate;
  #left: number;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#left = rate.burst;
  }

  /** How many may be told now. */
  get left(): number {
    return this.#left;
  }

  /** False when none may be told now. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left--;
    return true;
  }

  beat(): void {
    this.#left = Math.min(this.#rate.burst, this.#left + this.#rate.perBeat);
  }
}
