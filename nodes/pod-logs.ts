/** What `kubectl logs` reads: a container's lines, cut and dressed as asked, followed if asked. */
import type { ContainerLog, LogLine } from './container-runtime.ts';

export interface LogOptions {
  readonly follow?: boolean;
  /** Only so many lines from the end. */
  readonly tailLines?: number;
  /** Only lines since then, wall milliseconds. */
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/** The log as UTF-8 chunks, each of whole lines but for the last when `limitBytes` cuts it. */
export async function* readLog(log: ContainerLog, options: LogOptions): AsyncIterable<Uint8Array> {
  let leftBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const sinceMs = options.sinceMs ?? Number.NEGATIVE_INFINITY;
  const matching = log.lines.filter((line) => line.atMs >= sinceMs).length;
  const skipped = Math.max(0, matching - (options.tailLines ?? matching));
  // Lines are counted from the very first one, so that dropping old ones does not shift the place.
  let at = log.dropped + log.lines.length - matching + skipped;
  for (;;) {
    const fresh = log.lines.slice(Math.max(0, at - log.dropped));
    at = log.dropped + log.lines.length;
    if (fresh.length > 0) {
      const bytes = Buffer.from(fresh.map((line) => render(line, options.timestamps === true)).join(''), 'utf8');
      yield bytes.subarray(0, Math.min(bytes.length, leftBytes));
      leftBytes -= bytes.length;
      if (leftBytes <= 0) return;
    }
    if (options.follow !== true || log.closed || options.signal.aborted) return;
    if (at === log.dropped + log.lines.length) await log.changed(options.signal);
  }
}

function render(line: LogLine, timestamps: boolean): string {
  return timestamps ? `${new Date(line.atMs).toISOString().replace('Z', '000000Z')} ${line.text}\n` : `${line.text}\n`;
}
