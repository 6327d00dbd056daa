/**
 * Carries out `Fault` objects: waits for their time, strikes, heals when the duration is over or the object is deleted,
 * strikes again where it repeats, and says all of it in the status. What a type does is an injector's; there is one for
 * nodes (`node-faults.ts`) and the cluster adds one for store members.
 *
 * Defined:
 * - A selector counts at the moment of each strike; what matches later is not hit, what no longer matches stays hit.
 * - A target under several faults is what the worst of them makes of it, and whole when the last is gone.
 * - A fault that strikes while another heals wins: a target is always brought to what the faults on it say now.
 * - A fault that is active when this process ends strikes again after the start, for the time that is left.
 * - Deleting a fault before it strikes cancels it; deleting it while it strikes heals.
 * - A status that cannot be written now (the fault may have taken the store away) is written later.
 */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import { Informer } from '../../controllers/runtime/informer.ts';
import { faults } from '../../controllers/runtime/resources.ts';
import type { Fault, FaultType } from './fault.ts';
import type { FaultInjector } from './fault-injector.ts';
import { FaultStatusWriter } from './fault-status-writer.ts';
import { RunningFault } from './running-fault.ts';
import { TargetBook } from './target-book.ts';

export interface FaultRunnerDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly injectors: readonly FaultInjector[];
}

export class FaultRunner {
  readonly #informer: Informer<Fault>;
  readonly #statuses: FaultStatusWriter;
  /** By the fault's uid. */
  readonly #running = new Map<string, RunningFault>();

  constructor(deps: FaultRunnerDeps) {
    this.#statuses = new FaultStatusWriter(deps);
    const book = new TargetBook(deps.logger);
    this.#informer = new Informer<Fault>(deps, faults);
    this.#informer.subscribe({
      added: (fault) => {
        const phase = fault.status?.phase;
        if (phase === 'Healed' || phase === 'Failed') return;
        const running = new RunningFault(fault, { ...deps, book, statuses: this.#statuses });
        this.#running.set(uidOf(fault), running);
        running.begin();
      },
      deleted: (fault) => {
        this.#statuses.forget(uidOf(fault));
        void this.#running.get(uidOf(fault))?.cancel();
        this.#running.delete(uidOf(fault));
      },
    });
  }

  start(): void {
    this.#informer.start();
  }

  /** Leaves everything as it is: what is broken is struck again after the next start. */
  async stop(): Promise<void> {
    for (const running of this.#running.values()) running.leave();
    this.#running.clear();
    this.#statuses.stop();
    await this.#informer.stop();
  }
}

function uidOf(fault: Fault): string {
  return fault.metadata?.uid ?? '';
}

/** The names that active faults of the given types hold, read before anything is started: those nodes stay down. */
export async function activeAtStart(client: Client, types: readonly FaultType[]): Promise<ReadonlySet<string>> {
  const list = await client.list<Fault>(faults);
  const active = list.items.filter((fault) => fault.status?.phase === 'Active' && types.includes(fault.spec.type));
  return new Set(active.flatMap((fault) => fault.status?.targets ?? []));
}
