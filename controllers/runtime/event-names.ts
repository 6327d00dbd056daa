/** Names of events: the object's name and the time in nanoseconds, in hexadecimal, as client-go makes them. */
import type { Random } from '../../base/random.ts';

const SUBDOMAIN_MAX = 253;

/**
 * Our clocks count milliseconds; the nanoseconds below are drawn, so that two events of one millisecond differ. A name
 * that would be too long keeps the end of the object's name out, as upstream replaces it.
 */
export function eventName(objectName: string, nowMs: number, random: Random): string {
  const nanos = (BigInt(nowMs) * 1_000_000n + BigInt(random.below(1_000_000))).toString(16);
  const room = SUBDOMAIN_MAX - nanos.length - 1;
  return `${objectName.slice(0, room).replace(/[-.]+$/, '')}.${nanos}`;
}
