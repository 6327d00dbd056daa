/** What a store member suffers on purpose, inside its own process: its disk stalls, its ways to others are cut or slow. */
import type { Clock } from '../base/clock.ts';
import { HinderedTransport, type HinderedWay } from '../store/transport/hindered-transport.ts';
import type { Transport } from '../store/transport/transport.ts';
import { realDisk } from '../store/wal/real-disk.ts';
import { StallingDisk } from '../store/wal/stalling-disk.ts';

export interface Hindrances {
  readonly diskStalled: boolean;
  readonly ways: readonly HinderedWay[];
}

export const NO_HINDRANCES: Hindrances = { diskStalled: false, ways: [] };

export class MemberHindrances {
  readonly disk = new StallingDisk(realDisk);
  readonly #clock: Clock;
  #ways: readonly HinderedWay[] = [];
  #transport: HinderedTransport | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For the member's transport, when it is made. */
  hinder(inner: Transport): Transport {
    this.#transport = new HinderedTransport(inner, this.#clock, this.#ways);
    return this.#transport;
  }

  set({ diskStalled, ways }: Hindrances): void {
    this.#ways = ways;
    this.#transport?.hinder(ways);
    if (diskStalled) this.disk.stall();
    else this.disk.resume();
  }
}
