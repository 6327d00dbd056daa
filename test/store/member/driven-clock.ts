/**
 * A virtual clock that moves by itself, several times faster than the real one, and at full speed when a test lets time
 * pass: for clusters whose messages need time to travel.
 */
import { VirtualClock } from '../../../base/virtual-clock.ts';

const STEP_MS = 5;
const PAUSE_MS = 1;

export class DrivenClock extends VirtualClock {
  #targetMs = 0;
  #stopped = false;
  readonly #driver: Promise<void>;

  constructor() {
    super();
    this.#driver = this.#drive();
  }

  async passTime(durationMs: number): Promise<void> {
    const untilMs = this.monotonicMs() + durationMs;
    this.#targetMs = Math.max(this.#targetMs, untilMs);
    while (this.monotonicMs() < untilMs && !this.#stopped) await new Promise((resolve) => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#driver;
  }

  async #drive(): Promise<void> {
    while (!this.#stopped) {
      await this.advance(STEP_MS);
      if (this.monotonicMs() >= this.#targetMs) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
