/** How a command lives: until SIGTERM, SIGINT or its parent's end; then it is closed in order, once, within a bound. */
import { MessageChannel } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';

/** After this long of closing the process ends anyway. */
const CLOSE_MS = 8_000;

/**
 * Resolves with the exit code after a signal and `close`, for which it may take `moreMs` longer than the bound. A second signal ends the process at once. With an IPC channel
 * (a child of `sampan up`), the parent's end counts as a signal: no orphan stays behind.
 */
export function untilSignal(clock: Clock, close: () => Promise<void>, moreMs = 0): Promise<number> {
  const keepAlive = new MessageChannel();
  return new Promise<number>((resolve) => {
    let closing = false;
    const end = (): void => {
      if (closing) process.exit(130);
      closing = true;
      const timer = clock.after(CLOSE_MS + moreMs, () => process.exit(1));
      close().then(
        () => {
          timer.cancel();
          resolve(0);
        },
        (thrown) => {
          process.stderr.write(
            `sampan: not closed cleanly: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`,
          );
          resolve(1);
        },
      );
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    if (process.send !== undefined) process.on('disconnect', end);
    // An open port keeps the process alive when nothing else does.
    keepAlive.port1.on('message', () => {});
  }).finally(() => keepAlive.port1.close());
}
