/**
 * The last moments of a process, numbered and in order; the oldest are dropped. Stating a fact costs two clock readings
 * and two stores into arrays; numbers and times are put on when somebody reads.
 *
 * Invariants: `first` to `last` is what is held, without gaps; a reader is a number, so however slow it is it costs
 * nothing, and it learns from `first` what it missed.
 */
import type { Clock } from './clock.ts';
import type { Fact, Moment, Recorder } from './moments.ts';

/** Two clocks that differ by more than this have been set. */
const CLOCK_STEP_MS = 2;

export class RingRecorder implements Recorder {
  readonly active = true;
  readonly #clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  readonly #capacity: number;
  readonly #facts: Fact[] = [];
  readonly #times: Float64Array;
  #last = 0;
  /** The wall time at which the monotonic clock was 0, as closely as whole milliseconds have told so far. */
  #originMs = Number.NEGATIVE_INFINITY;
  #watchers = 0;
  readonly #listeners = new Set<(moment: Moment) => void>();

  constructor(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>, capacity = 10_000) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
  }

  /** The number of the oldest moment that is held; `last + 1` when none is. */
  get first(): number {
    return this.#last - this.#facts.length + 1;
  }

  /** The number of the newest moment; 0 when there never was one. */
  get last(): number {
    return this.#last;
  }

  get watched(): boolean {
    return this.#watchers > 0;
  }

  record(fact: Fact): void {
    this.#add(fact, this.#nowMs());
  }

  /** Takes in what another process stated. */
  take(moments: readonly Moment[]): void {
    for (const { seq: _theirs, atMs, ...fact } of moments) this.#add(fact as Fact, atMs);
  }

  /** What is held after the number `after`, oldest first, at most `limit`. */
  moments(after = 0, limit = Number.POSITIVE_INFINITY): Moment[] {
    const from = Math.max(after + 1, this.first);
    const end = Math.min(this.#last, from + limit - 1);
    const found: Moment[] = [];
    for (let seq = from; seq <= end; seq++) found.push(this.#moment(seq));
    return found;
  }

  /** The fact with the number `seq`, as it was stated: who reads many makes nothing anew. Undefined when it is not held. */
  factAt(seq: number): Fact | undefined {
    return seq < this.first || seq > this.#last ? undefined : this.#facts[(seq - 1) % this.#capacity];
  }

  /** When the fact with the number `seq` was stated. @param seq of one that is held */
  timeAtMs(seq: number): number {
    return this.#times[(seq - 1) % this.#capacity] ?? Number.NaN;
  }

  /** Calls `listener` for every moment from now on, until the returned function is called. */
  listen(listener: (moment: Moment) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Somebody looks, until the returned function is called (calling it again does nothing). */
  watch(): () => void {
    this.#watchers++;
    let open = true;
    return () => {
      if (open) this.#watchers--;
      open = false;
    };
  }

  #add(fact: Fact, atMs: number): void {
    const seq = ++this.#last;
    const place = (seq - 1) % this.#capacity;
    this.#facts[place] = fact;
    this.#times[place] = atMs;
    if (this.#listeners.size > 0) {
      const moment = this.#moment(seq);
      for (const listener of this.#listeners) listener(moment);
    }
  }

  #moment(seq: number): Moment {
    const place = (seq - 1) % this.#capacity;
    return { seq, atMs: this.#times[place], ...this.#facts[place] } as Moment;
  }

  /** Wall time with its fraction: the monotonic clock, on the most exact origin that the wall clock has shown. */
  #nowMs(): number {
    const monotonicMs = this.#clock.monotonicMs();
    const originMs = this.#clock.nowMs() - monotonicMs;
    if (originMs > this.#originMs || this.#originMs - originMs > CLOCK_STEP_MS) this.#originMs = originMs;
    return this.#originMs + monotonicMs;
  }
}
