/**
 * What a server does between listening and being ready, step by step under upstream's names: `/readyz?verbose` says of each
 * whether it is done, and of one that failed that it did.
 */
import { messageOf } from '../../base/errors.ts';
import type { HealthCheck } from './health.ts';

export type RunHook = (name: string, work: () => Promise<void>) => Promise<void>;

export class PostStartHooks {
  /** What is wrong with each; undefined when it is done. */
  readonly #wrong = new Map<string, string | undefined>();

  constructor(names: readonly string[]) {
    for (const name of names) this.#wrong.set(name, 'not finished');
  }

  /** One that nobody announced is run as well, and told of from then on. */
  readonly run: RunHook = async (name, work) => {
    try {
      await work();
      this.#wrong.set(name, undefined);
    } catch (thrown) {
      this.#wrong.set(name, messageOf(thrown));
      throw thrown;
    }
  };

  get checks(): readonly HealthCheck[] {
    return [...this.#wrong.keys()].map((name) => ({
      name: `poststarthook/${name}`,
      check: () => this.#wrong.get(name),
    }));
  }
}
