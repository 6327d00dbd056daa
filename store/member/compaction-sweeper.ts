/**
 * Removes from the backend what compaction has made unreachable: a little at a time, between other work. When it goes
 * shows nowhere, so every member sweeps at its own pace, and begins again after a restart.
 */
import type { Clock } from '../../base/clock.ts';
import type { Keyspace } from '../mvcc/keyspace.ts';

/** One step is short enough not to be felt (etcd: 1,000 records, 10 ms apart). */
const STEP_RECORDS = 1000;
const PAUSE_MS = 5;

export class CompactionSweeper {
  readonly #keyspace: Keyspace;
  readonly #clock: Clock;
  #sweptRevision = -1;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(keyspace: Keyspace, clock: Clock) {
    this.#keyspace = keyspace;
    this.#clock = clock;
  }

  /** Begins to sweep if there was a compaction since the last time. Cheap when there was none. */
  wake(): void {
    if (this.#running !== undefined || this.#stopped || this.#sweptRevision >= this.#keyspace.compactRevision) return;
    this.#running = this.#sweep().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when everything that is compacted now is gone. */
  async finished(): Promise<void> {
    this.wake();
    await this.#running;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sweep(): Promise<void> {
    while (!this.#stopped && this.#sweptRevision < this.#keyspace.compactRevision) {
      const revision = this.#keyspace.compactRevision;
      while (!this.#stopped && !this.#keyspace.compactStep(STEP_RECORDS)) await this.#clock.sleep(PAUSE_MS);
      this.#sweptRevision = revision;
    }
  }
}
