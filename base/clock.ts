/**
 * Time, as every part of Sampan sees it. Nothing reads the machine's clock but `base/system.ts`; everything else is
 * given a `Clock`, so that a whole cluster can run in virtual time (see `virtual-clock.ts`).
 */

/** A pending call; `cancel` is idempotent and does nothing once the call was made. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall time in whole milliseconds since the Unix epoch. It may jump. Use it for timestamps only. */
  nowMs(): number;
  /** Milliseconds (fractional) on a clock that never goes back. Use it for durations, deadlines and lease terms. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs` (0 or less: in a later turn). Pending timers never keep the process alive alone. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls `callback` every `periodMs` until cancelled; a slow callback delays the next call, calls never pile up. */
  every(periodMs: number, callback: () => void): Timer;
  /** Resolves after `delayMs`, or at once when `signal` is aborted: it never rejects, look at the signal. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** `every`, for a clock that can call `after` a time: armed anew after each call. */
export function repeated(clock: Pick<Clock, 'after'>, periodMs: number, callback: () => void): Timer {
  let cancelled = false;
  let timer: Timer;
  const arm = (): void => {
    timer = clock.after(periodMs, () => {
      callback();
      if (!cancelled) arm();
    });
  };
  arm();
  return {
    cancel: () => {
      cancelled = true;
      timer.cancel();
    },
  };
}

/** The text of the last second that was asked for: an object gets several times, and many objects come within a second. */
let lastSecond = Number.NaN;
let lastText = '';

/** `2026-01-31T12:00:00Z`: how Kubernetes writes a time (metav1.Time), in whole seconds. */
export function timestamp(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** `2026-01-31T12:00:00.123456Z`: how Kubernetes writes a metav1.MicroTime. */
export function microTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}
