/** When a fault strikes. Pure: from the object and the time. */
import { parseDuration } from '../../base/duration.ts';
import type { Fault } from './fault.ts';

/** Times of objects are whole seconds: one that was made less than this ago was made now. */
const FRESH_MS = 2000;

/**
 * When a fault that this process has not known before strikes next; undefined: it has struck as often as it should. A
 * first strike that is late comes at once; later ones that nobody could carry out in time (no server ran) are left out.
 */
export function firstStrikeAtMs(fault: Fault, nowMs: number): number | undefined {
  const { spec, status, metadata } = fault;
  const planned = timeMs(status?.nextStrikeAt);
  if ((status?.strikes ?? 0) > 0) {
    const intervalMs = durationMs(spec.repeat?.interval) ?? 0;
    return laterStrikeAtMs(fault, planned === undefined ? nowMs : planned - intervalMs, nowMs);
  }
  if (planned !== undefined) return Math.max(nowMs, planned);
  const delayMs = durationMs(spec.startDelay) ?? 0;
  const createdMs = timeMs(metadata?.creationTimestamp) ?? nowMs;
  const fromMs = nowMs - createdMs < FRESH_MS ? nowMs : createdMs;
  return Math.max(nowMs, fromMs + delayMs);
}

/** When the strike after the one that was to begin at `beforeMs` begins: whole intervals later, and not in the past. */
export function laterStrikeAtMs(fault: Fault, beforeMs: number, nowMs: number): number | undefined {
  const intervalMs = durationMs(fault.spec.repeat?.interval);
  if (intervalMs === undefined || (fault.status?.strikes ?? 0) >= strikesMax(fault)) return undefined;
  return beforeMs + Math.max(1, Math.ceil((nowMs - beforeMs) / intervalMs)) * intervalMs;
}

/** When the strike that began at `beganMs` ends by itself; undefined: when the object is deleted. */
export function strikeEndMs({ spec }: Fault, beganMs: number): number | undefined {
  const lastsMs = durationMs(spec.duration);
  return lastsMs === undefined ? undefined : beganMs + lastsMs;
}

export function strikesMax({ spec: { repeat } }: Fault): number {
  if (repeat === undefined) return 1;
  return repeat.count ?? Number.POSITIVE_INFINITY;
}

function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

function timeMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
