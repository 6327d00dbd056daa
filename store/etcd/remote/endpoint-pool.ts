/**
 * The endpoints of a cluster together: which one a call goes to. The leader's where it is known, since others would only
 * pass the call on; else any that is connected.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { Deferred } from '../../../base/deferred.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import type { Target } from '../grpc/client-connection.ts';
import { Endpoint, type EndpointTimes } from './endpoint.ts';

export interface EndpointPoolDeps {
  readonly targets: readonly Target[];
  readonly times: EndpointTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** How often the connected members are asked who leads, while nothing else gives reason to. */
const LEADER_CHECK_MS = 5000;

export class EndpointPool {
  readonly #endpoints: readonly Endpoint[];
  readonly #clock: Clock;
  readonly #leaderCheck: Timer;
  #changed = new Deferred<void>();
  readonly #first: number;
  #closed = false;

  constructor({ targets, times, clock, random, logger }: EndpointPoolDeps) {
    this.#clock = clock;
    const onChange = (): void => this.#onChange();
    this.#endpoints = targets.map((target) => new Endpoint({ target, times, clock, random, logger, onChange }));
    this.#first = random.below(targets.length);
    for (const endpoint of this.#endpoints) endpoint.connect();
    this.#leaderCheck = clock.every(LEADER_CHECK_MS, () => this.askWhoLeads());
  }

  /** Learns anew who leads: after an error that says that it has changed. */
  askWhoLeads(): void {
    if (this.#endpoints.length > 1) for (const endpoint of this.#endpoints) endpoint.askStatus();
  }

  /** A connected endpoint, another than `avoid` if there is one. */
  pick(avoid?: Endpoint): Endpoint | undefined {
    const ready = this.#endpoints.filter((endpoint) => endpoint.ready);
    const others = ready.filter((endpoint) => endpoint !== avoid);
    const candidates = others.length > 0 ? others : ready;
    return candidates.find((endpoint) => endpoint.leads) ?? candidates[this.#first % candidates.length];
  }

  /**
   * The same, waiting for one to be connected. Undefined when `deadlineMs` has passed, or the pool was closed.
   */
  async pickOrWait(deadlineMs: number, avoid?: Endpoint): Promise<Endpoint | undefined> {
    for (;;) {
      const endpoint = this.pick(avoid);
      if (endpoint !== undefined) return endpoint;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0 || this.#closed) return undefined;
      await this.waitForChange(leftMs);
    }
  }

  /** Resolves when an endpoint's state has changed, or after `timeoutMs`. */
  async waitForChange(timeoutMs: number): Promise<void> {
    const changed = this.#changed.promise;
    const waited = new Deferred<void>();
    const timer = this.#clock.after(timeoutMs, () => waited.resolve());
    await Promise.race([changed, waited.promise]);
    timer.cancel();
  }

  /** Why nothing is connected, in words. */
  describeFailures(): string {
    return this.#endpoints.map((endpoint) => `${endpoint.name}: ${endpoint.lastError}`).join('; ');
  }

  close(): void {
    this.#closed = true;
    this.#leaderCheck.cancel();
    for (const endpoint of this.#endpoints) endpoint.close();
    this.#onChange();
  }

  #onChange(): void {
    const changed = this.#changed;
    this.#changed = new Deferred();
    changed.resolve();
  }
}
