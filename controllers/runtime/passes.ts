/** The work of a controller that looks at everything now and then, in place of being told what changed. */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';

export interface PassesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** From the end of a pass to the next. */
  readonly periodMs: number;
  /** Said in the log of a pass that failed; the next comes as if it had not. */
  readonly failed: string;
}

export class Passes {
  readonly #options: PassesOptions;
  readonly #pass: (signal: AbortSignal) => Promise<void>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  /** @param pass looks at everything once; the signal tells it to end early */
  constructor(options: PassesOptions, pass: (signal: AbortSignal) => Promise<void>) {
    this.#options = options;
    this.#pass = pass;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger, periodMs, failed } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#pass(signal);
      } catch (thrown) {
        if (!signal.aborted) logger.warn({ error: messageOf(thrown) }, failed);
      }
      await clock.sleep(periodMs, signal);
    }
  }
}
