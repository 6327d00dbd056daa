/**
 * Time in a simulation. One `VirtualClock` is the true time; every life of a member sees it through a `LifeClock`, which
 * runs a little fast or slow, stands wrong and jumps (the wall clock), stops calling while its process is paused, and
 * never calls again once it is dead.
 *
 * Invariant: after every timer all promises that can settle have settled, before the next timer runs: so a run depends
 * on its seed alone.
 */
import { type Clock, repeated, type Timer } from '../../base/clock.ts';
import type { VirtualClock } from '../../base/virtual-clock.ts';

/** How a member's machine keeps time; changed by faults while the member runs. */
export interface MachineTime {
  /** Seconds that its monotonic clock counts in a true second. */
  readonly rate: number;
  /** How wrong its wall clock is. */
  wallOffsetMs: number;
  paused: boolean;
}

export class LifeClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #machine: MachineTime;
  /** What fell due while paused, in order. */
  readonly #held: (() => void)[] = [];
  readonly #deathListeners: (() => void)[] = [];
  #dead = false;

  constructor(clock: VirtualClock, machine: MachineTime) {
    this.#clock = clock;
    this.#machine = machine;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#machine.wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() * this.#machine.rate;
  }

  after(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    this.#clock.after(delayMs / this.#machine.rate, () =>
      this.whenAwake(() => {
        if (!cancelled) callback();
      }),
    );
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  every(periodMs: number, callback: () => void): Timer {
    return repeated(this, periodMs, callback);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Runs it now, after the pause if there is one, or never when the process has died. */
  whenAwake(work: () => void): void {
    if (this.#dead) return;
    if (this.#machine.paused) this.#held.push(work);
    else work();
  }

  /** The pause is over: everything that waited happens at once, in order. */
  awake(): void {
    for (const work of this.#held.splice(0)) this.whenAwake(work);
  }

  die(): void {
    this.#dead = true;
    this.#held.length = 0;
    for (const listener of this.#deathListeners) listener();
  }

  onDeath(listener: () => void): void {
    this.#deathListeners.push(listener);
  }
}

/** Runs every timer up to `untilMs`, each with all its consequences. Calls `afterEach` when those have settled. */
export async function runUntil(clock: VirtualClock, untilMs: number, afterEach: () => void = () => {}): Promise<void> {
  await settled();
  for (;;) {
    const inMs = clock.nextDueInMs();
    if (inMs === undefined || clock.monotonicMs() + inMs > untilMs) break;
    clock.runNext();
    await settled();
    afterEach();
  }
  await clock.advance(untilMs - clock.monotonicMs());
}

/** Node runs what `nextTick` was given only when no microtask is left: much sooner than a turn of the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
