/**
 * Raft's safety under chance, a seed a run. `RAFT_SEEDS_FACTOR=50 npx vitest run test/store/raft/random-network` runs
 * that many times more seeds. A failure names the scenario and its seed, which repeats it exactly.
 */
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../../base/assert.ts';
import { RandomNetwork } from './random-network.ts';
import type { Outcome, Scenario } from './random-scenario.ts';
import { SafetyViolation } from './safety-checker.ts';

const factor = Number(process.env.RAFT_SEEDS_FACTOR ?? 1);

const threeMembers: Omit<Scenario, 'seed'> = {
  steps: 3000,
  voters: 3,
  spares: 0,
  membershipChanges: false,
  options: {},
  lockstep: false,
};

function runSeeds(count: number, scenario: Omit<Scenario, 'seed'>): Outcome {
  const sum = { committed: 0, leaders: 0, reads: 0, crashes: 0, membershipChanges: 0 };
  for (let seed = 1; seed <= count * factor; seed++) {
    const outcome = runSeed({ ...scenario, seed });
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += outcome[key];
  }
  return sum;
}

function runSeed(scenario: Scenario): Outcome {
  try {
    return new RandomNetwork(scenario).run();
  } catch (error) {
    throw new Error(`seed ${scenario.seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** The first seed, of at most `count`, in which the checker sees a violation, or a member that it has lost data. */
function seedThatFails(count: number, scenario: Omit<Scenario, 'seed'>): number | undefined {
  for (let seed = 1; seed <= count; seed++) {
    try {
      new RandomNetwork({ ...scenario, seed }).run();
    } catch (error) {
      if (error instanceof SafetyViolation || error instanceof AssertionError) return seed;
      throw error;
    }
  }
  return undefined;
}

const scenarios: readonly { title: string; seeds: number; scenario: Partial<Scenario> }[] = [
  { title: 'three members', seeds: 150, scenario: {} },
  { title: 'five members', seeds: 60, scenario: { voters: 5 } },
  { title: 'one member', seeds: 30, scenario: { voters: 1 } },
  {
    title: 'without pre-vote and check-quorum',
    seeds: 80,
    scenario: { options: { preVote: false, checkQuorum: false } },
  },
  { title: 'pre-vote alone', seeds: 40, scenario: { options: { checkQuorum: false } } },
  { title: 'check-quorum alone', seeds: 40, scenario: { options: { preVote: false } } },
  { title: 'membership changes', seeds: 120, scenario: { spares: 2, membershipChanges: true } },
  { title: 'from one member to five', seeds: 40, scenario: { voters: 1, spares: 4, membershipChanges: true } },
  { title: 'reads by lease, even clocks', seeds: 80, scenario: { lockstep: true, options: { readOnly: 'lease' } } },
  {
    title: 'reads by lease with membership changes',
    seeds: 40,
    scenario: { lockstep: true, spares: 2, membershipChanges: true, options: { readOnly: 'lease' } },
  },
];

describe('under loss, repetition, reordering, partitions and crashes, the five safety properties hold', () => {
  test.each(scenarios)('R19 R20 $title', ({ seeds, scenario }) => {
    const outcome = runSeeds(seeds, { ...threeMembers, ...scenario });
    // The runs must have been worth something.
    expect(outcome.committed).toBeGreaterThan(20 * seeds);
    expect(outcome.leaders).toBeGreaterThan(seeds);
    expect(outcome.reads).toBeGreaterThan(5 * seeds);
    expect(outcome.crashes).toBeGreaterThan(seeds);
    if (scenario.membershipChanges) expect(outcome.membershipChanges).toBeGreaterThan(3 * seeds);
  });

  test('R24 the same seed gives the same run', () => {
    const scenario: Scenario = { ...threeMembers, spares: 2, membershipChanges: true, seed: 4711 };
    expect(new RandomNetwork(scenario).run()).toEqual(new RandomNetwork(scenario).run());
  });
});

describe('a loop that breaks the Ready contract is found out', () => {
  test.each(['sendBeforePersist', 'forgetVote', 'loseEntries'] as const)('R21 %s', (breach) => {
    expect(seedThatFails(400, { ...threeMembers, breach })).toBeDefined();
  });
});
