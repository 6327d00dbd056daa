/** Three real members and a client for each, which both kinds of torture start, wait for and end alike. */
import type { Clock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import { systemRandom } from '../../../base/system.ts';
import { createRemoteStore, type Store } from '../../../store/index.ts';
import { MemberProcesses } from './member-processes.ts';

const SETTLE_MAX_MS = 60_000;

export interface TortureOptions {
  /** The built `sampan`. */
  readonly script: string;
  /** Two for each member. */
  readonly ports: readonly number[];
  readonly cycles: number;
  readonly seed: number;
  readonly clock: Clock;
}

export class MemberClients {
  readonly members: MemberProcesses;
  /** One for each member: a request that fails is not done again elsewhere, so that what is not known stays so. */
  readonly stores: readonly Store[];
  readonly #clock: Clock;

  constructor({ script, ports, clock }: TortureOptions) {
    this.#clock = clock;
    this.members = new MemberProcesses(script, ports);
    const parts = { clock, random: systemRandom, logger: silentLogger };
    this.stores = this.members.urls.map((endpoint) => createRemoteStore({ endpoints: [endpoint], ...parts }));
  }

  /** Does the work while the members run, and ends them whatever comes of it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      for (const host of this.members.hosts) this.members.start(host);
      await this.untilAllServe();
      return await work();
    } finally {
      await Promise.all(this.stores.map((store) => store.close()));
      await this.members.dispose();
    }
  }

  async untilAllServe(): Promise<void> {
    for (const at of this.stores.keys()) await this.untilServes(at);
  }

  async untilServes(at: number): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + SETTLE_MAX_MS;
    for (;;) {
      const signal = AbortSignal.timeout(2000);
      const serves = await this.stores[at]?.range({ key: 'x' }, { signal }).then(
        () => true,
        () => false,
      );
      if (serves) return;
      if (this.#clock.monotonicMs() > deadlineMs) throw new Error(`${this.members.hosts[at]?.name} does not serve`);
      await this.#clock.sleep(50);
    }
  }
}
