/**
 * The seats of the server, shared among the priority levels by their specs. A seat is the right to have one request
 * worked on. Every level has a number of its own by its shares; of these it keeps some whatever happens, and lends the
 * rest while it does not need them (`lendablePercent`, `borrowingLimitPercent` of the API).
 *
 * Upstream moves borrowed seats every ten seconds by what was asked for. Here they move with every request: a level may
 * take a seat while that leaves every other level what it keeps.
 */
import type { V1PriorityLevelConfigurationSpec } from '../../../generated/kubernetes.d.ts';

const DEFAULT_SHARES = 30;

/** What the pool knows of a level. */
export interface SeatHolder {
  /** Seats in use. */
  readonly inUse: number;
}

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
      most: borrowing === undefined ? total : nominal + Math.round((nominal * borrowing) / 100),
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

export class SeatPool {
  readonly total: number;
  readonly #limits = new Map<SeatHolder, SeatLimits>();
  /** What is in use, and what is kept for levels that do not use it. */
  #spokenFor = 0;

  constructor(total: number) {
    this.total = total;
  }

  /** Levels that are not among these have no seats any more. */
  setLimits(limits: Iterable<readonly [SeatHolder, SeatLimits]>): void {
    this.#limits.clear();
    this.#spokenFor = 0;
    for (const [holder, limit] of limits) {
      this.#limits.set(holder, limit);
      this.#spokenFor += Math.max(holder.inUse, limit.kept);
    }
  }

  limitsOf(holder: SeatHolder): SeatLimits | undefined {
    return this.#limits.get(holder);
  }

  /** Whether this level may begin another request now. */
  hasSeat(holder: SeatHolder): boolean {
    const limits = this.#limits.get(holder);
    if (limits === undefined) return false;
    if (holder.inUse < limits.kept) return true;
    return holder.inUse < limits.most && this.#spokenFor < this.total;
  }

  /** To be called before `inUse` grows by one. */
  taken(holder: SeatHolder): void {
    if (holder.inUse >= (this.#limits.get(holder)?.kept ?? 0)) this.#spokenFor++;
  }

  /** To be called after `inUse` has shrunk by one. */
  returned(holder: SeatHolder): void {
    if (holder.inUse >= (this.#limits.get(holder)?.kept ?? 0)) this.#spokenFor--;
  }
}
