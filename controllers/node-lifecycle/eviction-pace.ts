/**
 * Nodes that wait to be tainted, zone by zone, each zone at its own rate (k8s.io/kubernetes/pkg/controller/nodelifecycle/
 * scheduler: RateLimitedTimedQueue). The first goes at once, the next ones as the rate allows; a failed one is tried again.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { TokenBucket } from '../runtime/rate-limits.ts';

interface Zone {
  readonly waiting: Set<string>;
  readonly bucket: TokenBucket;
  rate: number;
}

const PERIOD_MS = 100;

export class EvictionPace {
  readonly #clock: Clock;
  readonly #initialRate: number;
  readonly #evict: (nodeName: string) => Promise<void>;
  readonly #zones = new Map<string, Zone>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, initialRate: number, evict: (nodeName: string) => Promise<void>) {
    this.#clock = clock;
    this.#initialRate = initialRate;
    this.#evict = evict;
  }

  add(zone: string, nodeName: string): void {
    this.#zone(zone).waiting.add(nodeName);
    this.#arm();
  }

  remove(zone: string, nodeName: string): void {
    this.#zones.get(zone)?.waiting.delete(nodeName);
  }

  /** Nodes a second; 0 stops the zone. */
  setRate(zone: string, rate: number): void {
    const found = this.#zone(zone);
    found.rate = rate;
    found.bucket.setRate(rate);
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #zone(name: string): Zone {
    let zone = this.#zones.get(name);
    if (zone === undefined) {
      const rate = this.#initialRate;
      zone = { waiting: new Set(), bucket: new TokenBucket(this.#clock, rate, 1), rate };
      this.#zones.set(name, zone);
    }
    return zone;
  }

  /** A pass is due soon, if anybody waits in a zone that moves. */
  #arm(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    if (![...this.#zones.values()].some(({ waiting, rate }) => rate > 0 && waiting.size > 0)) return;
    this.#timer = this.#clock.after(PERIOD_MS, () => {
      this.#timer = undefined;
      for (const zone of this.#zones.values()) this.#advance(zone);
      this.#arm();
    });
  }

  #advance(zone: Zone): void {
    if (zone.rate <= 0) return;
    for (const nodeName of [...zone.waiting]) {
      if (!zone.bucket.tryTake()) return;
      zone.waiting.delete(nodeName);
      this.#evict(nodeName).catch(() => {
        zone.waiting.add(nodeName);
        this.#arm();
      });
    }
  }
}
