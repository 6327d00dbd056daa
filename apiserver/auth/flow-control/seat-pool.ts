/**
 * The seats of the server, shared among the priority levels by their specs. A seat is the right to have one request
 * worked on. Every level has a number of its own by its shares; of these it keeps some whatever happens, and lends the
 * rest while it does not need them (`lendablePercent`, `borrowingLimitPercent` of the API). Lent seats move by what was
 * asked for, every ten seconds (`seat-allocation.ts`).
 */
import type { V1PriorityLevelConfigurationSpec } from '../../../generated/kubernetes.d.ts';

const DEFAULT_SHARES = 30;

export interface SeatLimits {
  readonly nominal: number;
  /** Never lent. */
  readonly kept: number;
  /** Its own and what it may borrow. */
  readonly most: number;
}

/**
 * The seats of each level: nominal ones in proportion to the shares and at least one where there are any.
 * @param total the server's seats
 */
export function divideSeats(
  specs: ReadonlyMap<string, V1PriorityLevelConfigurationSpec>,
  total: number,
): Map<string, SeatLimits> {
  let sum = 0;
  for (const spec of specs.values()) sum += sharesOf(spec);
  const limits = new Map<string, SeatLimits>();
  for (const [name, spec] of specs) {
    const nominal = sum === 0 ? 0 : Math.ceil((total * sharesOf(spec)) / sum);
    const { lendablePercent = 0 } = commonOf(spec);
    const borrowing = spec.limited?.borrowingLimitPercent;
    limits.set(name, {
      nominal,
      kept: nominal - Math.round((nominal * lendablePercent) / 100),
      most: nominal + (borrowing === undefined ? total : Math.round((nominal * borrowing) / 100)),
    });
  }
  return limits;
}

function commonOf(spec: V1PriorityLevelConfigurationSpec): {
  readonly nominalConcurrencyShares?: number | undefined;
  readonly lendablePercent?: number | undefined;
} {
  return (spec.type === 'Exempt' ? spec.exempt : spec.limited) ?? {};
}

function sharesOf(spec: V1PriorityLevelConfigurationSpec): number {
  return commonOf(spec).nominalConcurrencyShares ?? (spec.type === 'Exempt' ? 0 : DEFAULT_SHARES);
}
