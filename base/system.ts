/**
 * The only file that touches the machine's clock and randomness. Everything else is given a `Clock` and a `Random`;
 * `test/tidy.test.ts` holds the line.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock, Timer } from './clock.ts';
import type { Random } from './random.ts';

/** The machine's clock. Its timers do not keep the process alive: a server's sockets do. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs: number, callback: () => void): Timer {
    const timer = setTimeout(callback, Math.max(0, Math.min(delayMs, 0x7fffffff)));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(periodMs: number, callback: () => void): Timer {
    const timer = setInterval(callback, Math.max(1, periodMs));
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, Math.min(delayMs, 0x7fffffff)));
      signal?.addEventListener('abort', done);
    });
  },
};

/** The operating system's cryptographic randomness. */
export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  below: (exclusiveMax) => randomInt(exclusiveMax),
  bytes: (length) => new Uint8Array(randomBytes(length)),
  uuid: () => randomUUID(),
  fork: () => systemRandom,
};
