/** What one run of the random network is made of: the cluster, and how often what happens to it. All from one seed. */
import type { SeededRandom } from '../../../base/random.ts';
import type { MemberOptions } from './test-member.ts';

export interface Scenario {
  readonly seed: number;
  readonly steps: number;
  readonly voters: number;
  /** Members that exist but are not in the first configuration. */
  readonly spares: number;
  readonly membershipChanges: boolean;
  readonly options: Partial<MemberOptions>;
  /** Tick all members together, as reads by lease require of clocks. */
  readonly lockstep: boolean;
  /** Deliberate breaches of the loop's contract, to see that the checker notices. */
  readonly breach?: 'sendBeforePersist' | 'forgetVote' | 'loseEntries';
}

export interface Outcome {
  readonly committed: number;
  readonly leaders: number;
  readonly reads: number;
  readonly crashes: number;
  readonly membershipChanges: number;
}

export type Action =
  | 'deliver'
  | 'arriveLate'
  | 'work'
  | 'tick'
  | 'propose'
  | 'read'
  | 'transfer'
  | 'partition'
  | 'heal'
  | 'crash'
  | 'restart'
  | 'snapshot'
  | 'hint'
  | 'change';

/** How often each action happens. Each seed has its own mixture of faults, some of them none at all. */
export function drawWeights(random: SeededRandom, scenario: Scenario): [Action, number][] {
  const some = (most: number): number => (random.below(3) === 0 ? 0 : 1 + random.below(most));
  return [
    ['deliver', 400],
    ['arriveLate', 1 + random.below(10)],
    ['work', 400],
    ['tick', 30 + random.below(150)],
    ['propose', 20 + random.below(60)],
    ['read', 10 + random.below(60)],
    ['transfer', some(10)],
    ['partition', some(10)],
    ['heal', 1 + random.below(8)],
    ['crash', scenario.breach === undefined ? some(10) : 30],
    ['restart', 10 + random.below(40)],
    ['snapshot', some(10)],
    ['hint', some(4)],
    ['change', scenario.membershipChanges ? 1 + random.below(20) : 0],
  ];
}

/** What the network does to messages. */
export interface Weather {
  /** Of a hundred messages, how many are lost, how many repeated, how many arrive when the world has changed. */
  readonly lost: number;
  readonly repeated: number;
  readonly delayed: number;
  /** How many messages one may be overtaken by. */
  readonly reordered: number;
  /** How many stages of a Ready, and how many messages, at most pass at a time. */
  readonly pace: number;
}

export const fairWeather: Weather = { lost: 0, repeated: 0, delayed: 0, reordered: 1, pace: 8 };

export function drawWeather(random: SeededRandom): Weather {
  const some = (most: number): number => (random.below(3) === 0 ? 0 : random.below(most));
  return {
    lost: some(15),
    repeated: some(15),
    delayed: some(10),
    reordered: 1 + some(40),
    pace: 1 + random.below(8),
  };
}
