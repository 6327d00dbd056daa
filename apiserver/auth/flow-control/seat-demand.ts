/**
 * How many seats a level could use over time: those in use and those waited for. Every period of adjustment is summed up
 * in its highest value, its average and its deviation, weighted by time; the smoothed demand rises at once and falls
 * slowly, by 2.3 % of the difference in each period (as kube-apiserver's seatDemandStats).
 */
import type { Clock } from '../../../base/clock.ts';

const SMOOTHING = 0.977;

/** In seats. */
export interface DemandStatistics {
  readonly highWatermark: number;
  readonly average: number;
  readonly deviation: number;
  readonly smoothed: number;
}

export class SeatDemand {
  readonly #clock: Clock;
  #seats = 0;
  #sinceMs: number;
  /** The integrals over the period so far of 1, the seats and their square. */
  #milliseconds = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #most = 0;
  #statistics: DemandStatistics = { highWatermark: 0, average: 0, deviation: 0, smoothed: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Of the last whole period. */
  get statistics(): DemandStatistics {
    return this.#statistics;
  }

  /** From now on it is so many. */
  set(seats: number): void {
    if (seats === this.#seats) return;
    this.#integrate();
    this.#seats = seats;
    if (seats > this.#most) this.#most = seats;
  }

  /** Ends a period and begins the next. */
  endPeriod(): DemandStatistics {
    this.#integrate();
    const highWatermark = this.#most;
    if (this.#milliseconds > 0) {
      const average = this.#sum / this.#milliseconds;
      const deviation = Math.sqrt(Math.max(0, this.#sumOfSquares / this.#milliseconds - average * average));
      const envelope = average + deviation;
      const smoothed = Math.max(envelope, SMOOTHING * this.#statistics.smoothed + (1 - SMOOTHING) * envelope);
      this.#statistics = { highWatermark, average, deviation, smoothed };
    } else this.#statistics = { ...this.#statistics, highWatermark };
    this.#milliseconds = 0;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    this.#most = this.#seats;
    return this.#statistics;
  }

  #integrate(): void {
    const nowMs = this.#clock.monotonicMs();
    const tookMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#milliseconds += tookMs;
    this.#sum += tookMs * this.#seats;
    this.#sumOfSquares += tookMs * this.#seats * this.#seats;
  }
}
