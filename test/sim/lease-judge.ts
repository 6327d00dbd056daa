/** No lease ends before its time: neither because its leader changed, nor because somebody's clock was wrong. */
import type { LeaseRecord } from './clients.ts';
import type { HistoryJudge } from './history-judge.ts';
import type { Violations } from './violation.ts';

/** Members' clocks are up to 1 % fast. */
const FASTEST_CLOCK = 1.011;

/** The key that clients hang on a lease. */
export function leasedKey(lease: bigint): string {
  return `lease/${lease}`;
}

/** The revision in which a lease's keys went, though no client had asked for that; undefined where there is none. */
export function expiryOf(lease: LeaseRecord, history: HistoryJudge): number | undefined {
  if (lease.revoked) return undefined;
  const key = leasedKey(lease.id);
  for (const { type, kv } of history.events()) if (type === 'delete' && kv.key === key) return kv.modRevision;
  return undefined;
}

export function judgeLeases(leases: Iterable<LeaseRecord>, history: HistoryJudge, violations: Violations): void {
  for (const lease of leases) {
    const revision = expiryOf(lease, history);
    if (revision === undefined) continue;
    const endedAtMs = history.seenAtMs(revision);
    const renewals = lease.renewals.filter((renewal) => renewal.endedAtMs < endedAtMs);
    const sinceMs = Math.max(lease.askedAtMs, ...renewals.map(({ beganAtMs }) => beganAtMs));
    if (endedAtMs - sinceMs < lease.ttlMs / FASTEST_CLOCK) {
      violations.add(
        'lease',
        `lease ${lease.id} of ${lease.ttlMs} ms ended ${(endedAtMs - sinceMs).toFixed(0)} ms after it was renewed`,
      );
    }
  }
}
