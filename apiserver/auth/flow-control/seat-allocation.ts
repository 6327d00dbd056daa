/**
 * Seats among levels by what they asked for lately (KEP-1040; flowcontrol's updateBorrowing and conc_alloc.go). Each
 * level gets the same fraction of its target, as far as its bounds allow, so that all of them together get everything.
 * Pure.
 *
 * Worked example, 12 seats: targets 2 and 4, each at least 2 and at most 100. Twice of each target makes 12: 4 and 8. Were
 * the second bounded by 6, it would get these, and the first the other 6, which is three times its target.
 */

/** Keeps a level that asked for nothing from being divided by. */
const TARGET_MIN = 0.001;

export interface Claim {
  readonly target: number;
  /** No more than the target. */
  readonly lower: number;
  readonly upper: number;
}

export interface Allocation {
  /** In the order of the claims, not rounded. */
  readonly seats: readonly number[];
  /** Of its target, what a level gets that no bound holds. */
  readonly fraction: number;
}

/** Undefined when the bounds leave no solution. */
export function allocateSeats(total: number, claims: readonly Claim[]): Allocation | undefined {
  const target = (claim: Claim): number => Math.max(claim.target, TARGET_MIN);
  const seatsAt = (fraction: number): number[] =>
    claims.map((claim) => Math.max(claim.lower, Math.min(claim.upper, fraction * target(claim))));
  const sumAt = (fraction: number): number => seatsAt(fraction).reduce((sum, seats) => sum + seats, 0);
  // Between two of these the sum is linear.
  const corners = claims
    .flatMap((claim) => [claim.lower / target(claim), claim.upper / target(claim)])
    .sort((a, b) => a - b);
  let below = corners[0] ?? 0;
  let sumBelow = sumAt(below);
  if (sumBelow > total) return undefined;
  if (sumBelow === total) return { seats: seatsAt(below), fraction: below };
  for (const corner of corners) {
    const sum = sumAt(corner);
    if (sum >= total) {
      const fraction = below + ((corner - below) * (total - sumBelow)) / (sum - sumBelow);
      return { seats: seatsAt(fraction), fraction };
    }
    below = corner;
    sumBelow = sum;
  }
  return undefined;
}

/** What is known of a level when seats are moved. */
export interface Asking {
  readonly exempt: boolean;
  readonly nominal: number;
  /** Never lent. */
  readonly kept: number;
  /** Its own and what it may borrow. */
  readonly most: number;
  readonly highWatermark: number;
  readonly smoothed: number;
}

export interface MovedSeats<T> {
  readonly current: ReadonlyMap<T, number>;
  readonly targets: ReadonlyMap<T, number>;
  readonly fraction: number;
}

/**
 * The seats of every level until the next adjustment; undefined when all are to stay as they are. What exempt levels had
 * in use at most is theirs; whatever happens, the others have what they keep, and before anybody borrows, what they had
 * in use of their own.
 */
export function moveSeats<T>(levels: ReadonlyMap<T, Asking>): MovedSeats<T> | undefined {
  const current = new Map<T, number>();
  const targets = new Map<T, number>();
  const limited: { readonly level: T; readonly kept: number; readonly claim: Claim }[] = [];
  let total = 0;
  let exempt = 0;
  for (const [level, { nominal, kept, most, highWatermark, smoothed, ...asking }] of levels) {
    total += nominal;
    if (asking.exempt) {
      const seats = Math.max(kept, highWatermark);
      exempt += seats;
      current.set(level, seats);
      targets.set(level, seats);
      continue;
    }
    const lower = Math.max(kept, Math.min(nominal, highWatermark));
    const claim = { lower, upper: most, target: Math.max(lower, smoothed) };
    targets.set(level, claim.target);
    limited.push({ level, kept, claim });
  }
  const left = total - exempt;
  const keptSum = limited.reduce((sum, { kept }) => sum + kept, 0);
  const lowerSum = limited.reduce((sum, { claim }) => sum + claim.lower, 0);
  if (left <= lowerSum) {
    const share = left <= keptSum ? 0 : (left - keptSum) / (lowerSum - keptSum);
    for (const { level, kept, claim } of limited) current.set(level, kept + Math.round((claim.lower - kept) * share));
    return { current, targets, fraction: 0 };
  }
  const allocation = allocateSeats(
    total,
    limited.map(({ claim }) => claim),
  );
  if (allocation === undefined) return undefined;
  for (const [at, { level }] of limited.entries()) current.set(level, Math.round(allocation.seats[at] ?? 0));
  return { current, targets, fraction: allocation.fraction };
}
