/**
 * What will happen in a run, decided before it begins: a list of requests and faults with their times, drawn from the
 * seed. A failure is made short by leaving actions out of the list and running again.
 *
 * Each seed draws its own weather: which kinds of faults there are at all, and how often ("swarm testing", Groce et al.
 * 2012): runs in which everything happens hide what shows only when little does.
 */
import type { Random } from '../../base/random.ts';

export const requestKinds = [
  'put',
  'get',
  'delete',
  'txn',
  'compact',
  'grant',
  'leasedPut',
  'keepAlive',
  'revoke',
  'watch',
  'unwatch',
  'progress',
] as const;

export const faultKinds = [
  'crash',
  'crashAll',
  'pause',
  'cut',
  'isolate',
  'storm',
  'slowDisk',
  'brokenDisk',
  'fullDisk',
  'damage',
  'wallJump',
  'transfer',
  'add',
  'remove',
  'stray',
  'unrest',
] as const;

/** The kinds there were when the first seeds were kept as tests. */
const FIRST_KINDS = faultKinds.indexOf('stray');

export type RequestKind = (typeof requestKinds)[number];
export type FaultKind = (typeof faultKinds)[number];

export interface Action {
  readonly atMs: number;
  readonly kind: RequestKind | FaultKind;
  /** Which member; taken modulo those that there are. */
  readonly host: number;
  /** A second member, a key, a slot: whatever the kind needs. */
  readonly target: number;
  /** How long a fault lasts. */
  readonly forMs: number;
  /** More choices, from 0 to 1. */
  readonly dice: readonly [number, number, number];
}

export interface Plan {
  readonly seed: number;
  readonly members: number;
  readonly actions: readonly Action[];
  /** When everything heals. */
  readonly calmAtMs: number;
}

const REQUEST_WEIGHTS: Readonly<Record<RequestKind, number>> = {
  put: 26,
  get: 22,
  delete: 5,
  txn: 14,
  compact: 4,
  grant: 3,
  leasedPut: 4,
  keepAlive: 5,
  revoke: 1,
  watch: 6,
  unwatch: 2,
  progress: 3,
};

export interface PlanOptions {
  readonly seed: number;
  /** Actions. */
  readonly steps: number;
  readonly members: number;
}

export function makePlan({ seed, steps, members }: PlanOptions, random: Random): Plan {
  // A few kinds of faults are on in each run, each more or less often. Each kind draws for itself: a new one leaves the
  // plans without it as they were.
  const first = faultKinds.slice(0, FIRST_KINDS).filter(() => random.below(3) === 0);
  const later = faultKinds.slice(FIRST_KINDS).filter((kind) => random.fork(kind).below(3) === 0);
  const faults = [...first, ...later];
  const faultShare = faults.length === 0 ? 0 : 0.04 + random.next() * 0.16;
  const gapMs = 10 + random.next() * 240;
  const actions: Action[] = [];
  let atMs = 300;
  for (let step = 0; step < steps; step++) {
    atMs += -Math.log(1 - random.next()) * gapMs;
    const isFault = random.next() < faultShare;
    const kind = isFault ? (faults[random.below(faults.length)] ?? 'crash') : weighted(random);
    const host = random.below(1000);
    const target = random.below(1000);
    const forMs = 50 + random.next() ** 2 * 4000;
    actions.push({ atMs, kind, host, target, forMs, dice: [random.next(), random.next(), random.next()] });
  }
  return { seed, members, actions, calmAtMs: atMs + 200 };
}

function weighted(random: Random): RequestKind {
  const total = requestKinds.reduce((sum, kind) => sum + REQUEST_WEIGHTS[kind], 0);
  let left = random.below(total);
  for (const kind of requestKinds) {
    left -= REQUEST_WEIGHTS[kind];
    if (left < 0) return kind;
  }
  return 'get';
}

/** One line that says what happens. */
export function actionWords({ atMs, kind, host, target, forMs }: Action): string {
  return `${atMs.toFixed(0).padStart(6)} ms  ${kind} host ${host} target ${target} for ${forMs.toFixed(0)} ms`;
}
