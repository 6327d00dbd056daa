/**
 * How a pod says what its simulated containers do. Each annotation holds for every container of the pod, or for one when
 * its name is appended: `sampan.dev/run-for: 30s`, `sampan.dev/exit-code.sidecar: "1"`.
 *
 * | annotation | value | meaning |
 * |---|---|---|
 * | `sampan.dev/pull-latency` | duration | how long the image takes to pull, each time it is not on the node |
 * | `sampan.dev/pull-error` | text | pulling fails with this message |
 * | `sampan.dev/start-latency` | duration | from pulled to running |
 * | `sampan.dev/run-for` | duration | it ends by itself after this long |
 * | `sampan.dev/exit-code` | 0 to 255 | and with this code |
 * | `sampan.dev/stop-latency` | duration | from SIGTERM to the end; more than the grace period: it is killed |
 * | `sampan.dev/startup`, `readiness`, `liveness` | `ok` or `fail` | what the probe finds |
 * | `sampan.dev/ready-after` | duration | readiness and startup probes fail until it ran this long |
 */
import { parseDuration } from '../../base/duration.ts';
import type { V1Pod } from '../../generated/kubernetes.d.ts';

const PREFIX = 'sampan.dev/';

export function annotationOf(pod: V1Pod, name: string, container: string): string | undefined {
  const annotations = pod.metadata?.annotations;
  return annotations?.[`${PREFIX}${name}.${container}`] ?? annotations?.[`${PREFIX}${name}`];
}

/** Milliseconds, or undefined when the annotation is absent or not a duration. */
export function durationAnnotation(pod: V1Pod, name: string, container: string): number | undefined {
  const text = annotationOf(pod, name, container);
  const ms = text === undefined ? undefined : parseDuration(text);
  return ms === undefined || ms < 0 ? undefined : ms;
}

export function integerAnnotation(pod: V1Pod, name: string, container: string): number | undefined {
  const text = annotationOf(pod, name, container);
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}
