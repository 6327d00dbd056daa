/** What `kubectl logs` reads: a container's lines, cut and dressed as asked, followed if asked. */
import type { V1PodStatus } from '../generated/kubernetes.d.ts';
import type { ContainerLog, LogLine } from './container-runtime.ts';

/** A log, if the runtime still has it, or the kubelet's sentence for why nothing can be read. */
export type FoundLog =
  | { readonly containerId: string; readonly log: ContainerLog | undefined }
  | { readonly refusal: string };

/** Which run of a container a request for logs means: the present one, else the last one; with `previous`, the one before. */
export function runToRead(
  podName: string,
  status: V1PodStatus,
  container: string,
  previous: boolean,
): { readonly containerId: string } | { readonly refusal: string } {
  const found = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);
  const which = `container "${container}" in pod "${podName}"`;
  if (found === undefined) return { refusal: `${which} is not available` };
  const last = found.lastState?.terminated;
  if (previous) {
    return last?.containerID
      ? { containerId: last.containerID }
      : { refusal: `previous terminated ${which} not found` };
  }
  const { running, terminated, waiting } = found.state ?? {};
  if (running) return { containerId: found.containerID ?? '' };
  if (terminated || last) {
    const containerId = terminated?.containerID || last?.containerID;
    return containerId ? { containerId } : { refusal: `${which} is terminated` };
  }
  if (!waiting) return { refusal: `${which} is waiting to start - no logs yet` };
  const why: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  };
  const reason = waiting.reason ?? '';
  return { refusal: `${which} is waiting to start: ${why[reason] ?? reason}` };
}

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
