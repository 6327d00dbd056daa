/**
 * One request that waits for a seat.
 *
 * A class and no literal with an accessor: V8 gives each of those a shape of its own, which lives among the old objects
 * and so keeps the request, with all that hangs on it, until the next full collection.
 */
import type { Timer } from '../../../base/clock.ts';
import type { FairQueue, FairQueues, Waiting } from './fair-queues.ts';
import type { Refusal } from './flow-metrics.ts';
import type { FlowRecord } from './flow-record.ts';

/** How its waiting ends. */
export interface Ending {
  readonly timer: Timer;
  begun(queues: FairQueues<Waiter>, queue: FairQueue<Waiter>): void;
  refused(reason: Refusal): void;
}

export class Waiter implements Waiting {
  readonly flow: string;
  readonly mutating: boolean;
  readonly record: FlowRecord;
  /** Where it waits. */
  queue: FairQueue<Waiter> | undefined;
  readonly #request: { readonly gone: boolean };
  #ending: Ending | undefined;

  constructor(
    { flow, mutating }: Pick<Waiting, 'flow' | 'mutating'>,
    record: FlowRecord,
    request: { readonly gone: boolean },
  ) {
    this.flow = flow;
    this.mutating = mutating;
    this.record = record;
    this.#request = request;
  }

  get gone(): boolean {
    return this.#request.gone;
  }

  /** To be called once, when it has its place in a queue. */
  wait(ending: Ending): void {
    this.#ending = ending;
  }

  /** It has got a seat. */
  begin(queues: FairQueues<Waiter>, queue: FairQueue<Waiter>): void {
    this.#ended().begun(queues, queue);
  }

  refuse(reason: Refusal): void {
    this.#ended().refused(reason);
  }

  #ended(): Ending {
    const ending = this.#ending;
    if (ending === undefined) throw new Error('a request that waits begins or is refused once');
    this.#ending = undefined;
    ending.timer.cancel();
    return ending;
  }
}
