/**
 * Has an etcd of somebody else forget old revisions, as kube-apiserver does (storage/etcd3/compact.go): of all API servers
 * on it, one at a time, by a key that counts how often it was done. Who finds that another was faster waits for the next
 * time; what is forgotten is always what was there one interval ago.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Revision, Store } from '../store/index.ts';

/** Upstream's, so that both kinds of server keep out of each other's way. */
const KEY = 'compact_rev_key';

export class StoreCompactor {
  readonly #store: Pick<Store, 'txn' | 'compact'>;
  readonly #logger: Logger;
  readonly #timer: Timer;
  /** How often it was done, as far as is known, and the revision of then. */
  #times = 0;
  #revision: Revision = 0;

  constructor(
    store: Pick<Store, 'txn' | 'compact'>,
    { clock, logger }: { clock: Clock; logger: Logger },
    everyMs: number,
  ) {
    this.#store = store;
    this.#logger = logger;
    this.#timer = clock.every(everyMs, () => void this.run());
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** Forgets what was before the last time, unless another did meanwhile. */
  async run(): Promise<void> {
    const value = new TextEncoder().encode(String(this.#revision));
    try {
      const answer = await this.#store.txn({
        compare: [{ key: KEY, target: 'version', result: 'equal', version: this.#times }],
        success: [{ type: 'put', request: { key: KEY, value } }],
        failure: [{ type: 'range', request: { key: KEY } }],
      });
      const before = this.#revision;
      this.#revision = answer.header.revision;
      const [found] = answer.responses;
      if (!answer.succeeded) {
        this.#times = found?.type === 'range' ? (found.result.kvs[0]?.version ?? 0) : 0;
        return;
      }
      this.#times++;
      if (before > 0) await this.#store.compact(before);
    } catch (thrown) {
      this.#logger.warn({ error: messageOf(thrown) }, 'old revisions of the store were not forgotten');
    }
  }
}
