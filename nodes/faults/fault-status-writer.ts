/**
 * Writes the status of faults: the newest one of each, again and again until the server has it or the object is gone. A
 * fault may take away the very store that its status goes to.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { type Client, isConflict, isNotFound } from '../../controllers/runtime/client.ts';
import { faults } from '../../controllers/runtime/resources.ts';
import type { Fault, FaultStatus } from './fault.ts';

export interface FaultStatusWriterDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RETRY_MS = 500;
/** A merge patch takes away what is null: fields that the new status does not have. */
const EMPTY = {
  targets: null,
  strikes: null,
  injectedAt: null,
  healedAt: null,
  nextStrikeAt: null,
  message: null,
  conditions: null,
};

interface Pending {
  readonly name: string;
  status: FaultStatus;
  writing: boolean;
  timer: Timer | undefined;
}

export class FaultStatusWriter {
  readonly #deps: FaultStatusWriterDeps;
  /** By the fault's uid. */
  readonly #pending = new Map<string, Pending>();
  #stopped = false;

  constructor(deps: FaultStatusWriterDeps) {
    this.#deps = deps;
  }

  write(fault: Fault, status: FaultStatus): void {
    const uid = fault.metadata?.uid ?? '';
    const pending = this.#pending.get(uid);
    if (pending !== undefined) {
      pending.status = status;
      return;
    }
    const fresh = { name: fault.metadata?.name ?? '', status, writing: false, timer: undefined };
    this.#pending.set(uid, fresh);
    void this.#write(uid, fresh);
  }

  forget(uid: string): void {
    this.#pending.get(uid)?.timer?.cancel();
    this.#pending.delete(uid);
  }

  stop(): void {
    this.#stopped = true;
    for (const uid of [...this.#pending.keys()]) this.forget(uid);
  }

  async #write(uid: string, pending: Pending): Promise<void> {
    const { client, clock, logger } = this.#deps;
    const { name, status } = pending;
    try {
      // The uid keeps it from another object of the same name.
      const patch = { metadata: { uid }, status: { ...EMPTY, ...status } };
      await client.patch(faults, name, undefined, 'merge', patch, { subresource: 'status' });
      if (this.#pending.get(uid) !== pending) return;
      if (pending.status === status) this.#pending.delete(uid);
      else await this.#write(uid, pending);
    } catch (thrown) {
      if (this.#stopped || this.#pending.get(uid) !== pending) return;
      if (isNotFound(thrown) || isConflict(thrown)) {
        this.#pending.delete(uid);
        return;
      }
      logger.warn({ fault: name, error: messageOf(thrown) }, 'the status of a fault was not written; trying again');
      pending.timer = clock.after(RETRY_MS, () => void this.#write(uid, pending));
    }
  }
}
