/** One priority level at work: how many of its requests are under way, and who waits. */

import type { Clock } from '../../../base/clock.ts';
import type { V1PriorityLevelConfigurationSpec } from '../../../generated/kubernetes.d.ts';
import { equalValues } from '../../machinery/copy-value.ts';
import { FairQueues } from './fair-queues.ts';
import type { FlowRecord, Outcomes } from './flow-record.ts';
import { RetryAfter } from './retry-after.ts';
import { SeatDemand } from './seat-demand.ts';
import type { SeatLimits } from './seat-pool.ts';
import type { Waiter } from './waiter.ts';

/** What the API server's defaulting fills in (apis/flowcontrol/v1/defaults.go). */
const DEFAULT_QUEUING = { queues: 64, handSize: 8, queueLengthLimit: 50 };

const NO_SEATS: SeatLimits = { nominal: 0, kept: 0, most: 0 };

export class PriorityLevel {
  readonly name: string;
  inUse = 0;
  limits = NO_SEATS;
  /** Seats that it may have in use now. */
  currentLimit = 0;
  /** Of its demand, what seats are moved by. */
  targetSeats = 0;
  readonly demand: SeatDemand;
  /** Under way. */
  readonly executing: FlowRecord[] = [];
  readonly outcomes: Outcomes = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 };
  readonly retryAfter: RetryAfter;
  #spec: V1PriorityLevelConfigurationSpec;
  #queues: FairQueues<Waiter> | undefined;

  constructor(name: string, spec: V1PriorityLevelConfigurationSpec, clock: Clock) {
    this.name = name;
    this.retryAfter = new RetryAfter(clock);
    this.demand = new SeatDemand(clock);
    this.#spec = spec;
    this.#queues = queuesOf(spec);
  }

  get spec(): V1PriorityLevelConfigurationSpec {
    return this.#spec;
  }

  get exempt(): boolean {
    return this.#spec.type === 'Exempt';
  }

  /** Undefined: nobody may wait here. */
  get queues(): FairQueues<Waiter> | undefined {
    return this.#queues;
  }

  get waiting(): number {
    return this.#queues?.waiting ?? 0;
  }

  /** Where nobody may wait, one request may always be under way, also without any seats. */
  get hasSeat(): boolean {
    return this.inUse < this.currentLimit || (this.inUse === 0 && this.#queues === undefined);
  }

  /** To be called whenever a request has come, begun, ended or given up. */
  noteDemand(): void {
    this.demand.set(this.executing.length + this.waiting);
  }

  get idle(): boolean {
    return this.inUse === 0 && this.waiting === 0;
  }

  /** Those who wait are dealt to the new queues, and refused where these have no room. */
  configure(spec: V1PriorityLevelConfigurationSpec): void {
    const old = this.#spec;
    this.#spec = spec;
    if (equalValues(old.limited?.limitResponse, spec.limited?.limitResponse) && old.type === spec.type) return;
    const waiters = this.#queues?.drain() ?? [];
    this.#queues = queuesOf(spec);
    for (const waiter of waiters) {
      waiter.queue = this.#queues?.add(waiter);
      if (waiter.queue === undefined) waiter.refuse('queue-full');
    }
  }
}

function queuesOf({ type, limited }: V1PriorityLevelConfigurationSpec): FairQueues<Waiter> | undefined {
  if (type === 'Exempt' || limited?.limitResponse?.type !== 'Queue') return undefined;
  const { queuing = {} } = limited.limitResponse;
  return new FairQueues({
    queues: queuing.queues ?? DEFAULT_QUEUING.queues,
    handSize: queuing.handSize ?? DEFAULT_QUEUING.handSize,
    queueLengthLimit: queuing.queueLengthLimit ?? DEFAULT_QUEUING.queueLengthLimit,
  });
}
