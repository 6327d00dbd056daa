/** Majorities against their definition: properties, from a fixed seed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jointIndex, jointVote, majorityIndex, majorityVote } from '../../../store/raft/quorum.ts';
import type { MemberId } from '../../../store/raft/types.ts';

const seeded = { seed: 20140520, numRuns: 500 };

const ids = fc.uniqueArray(fc.bigInt(1n, 9n), { maxLength: 7 });
const someIds = fc.uniqueArray(fc.bigInt(1n, 9n), { minLength: 1, maxLength: 7 });
const indexes = fc.array(fc.nat(12), { minLength: 10, maxLength: 10 });
const votes = fc.array(fc.constantFrom(true, false, undefined), { minLength: 10, maxLength: 10 });

/** The definition, without any arithmetic: the highest index for which more than half have at least that. */
function naiveMajorityIndex(voters: readonly MemberId[], indexOf: (id: MemberId) => number): number {
  let best = 0;
  for (let index = 0; index <= 12; index++) {
    const have = voters.filter((id) => indexOf(id) >= index).length;
    if (have * 2 > voters.length) best = index;
  }
  return best;
}

describe('commit index', () => {
  test('R6 is the highest that more than half have', () => {
    fc.assert(
      fc.property(someIds, indexes, (voters, values) => {
        const indexOf = (id: MemberId): number => values[Number(id)] ?? 0;
        expect(majorityIndex(voters, indexOf)).toBe(naiveMajorityIndex(voters, indexOf));
      }),
      seeded,
    );
  });

  test('R11 of a joint configuration is the lower of its two', () => {
    fc.assert(
      fc.property(someIds, ids, indexes, (voters, votersOutgoing, values) => {
        const indexOf = (id: MemberId): number => values[Number(id)] ?? 0;
        const outgoing = votersOutgoing.length === 0 ? 99 : naiveMajorityIndex(votersOutgoing, indexOf);
        const expected = Math.min(naiveMajorityIndex(voters, indexOf), outgoing);
        expect(jointIndex({ voters, votersOutgoing }, indexOf)).toBe(expected);
      }),
      seeded,
    );
  });

  test('R6 never goes back when a member acknowledges more', () => {
    fc.assert(
      fc.property(someIds, ids, indexes, fc.nat(9), (voters, votersOutgoing, values, at) => {
        const config = { voters, votersOutgoing };
        const before = jointIndex(config, (id) => values[Number(id)] ?? 0);
        const after = jointIndex(config, (id) => (values[Number(id)] ?? 0) + (Number(id) === at ? 1 : 0));
        expect(after).toBeGreaterThanOrEqual(before);
      }),
      seeded,
    );
  });

  test('R6 nobody at all agrees with everything', () => {
    expect(majorityIndex([], () => 0)).toBe(Number.POSITIVE_INFINITY);
    expect(majorityVote([], () => false)).toBe('won');
  });
});

describe('votes', () => {
  test('R1 agree with the commit index: won means that the grants alone would commit', () => {
    fc.assert(
      fc.property(someIds, ids, votes, (voters, votersOutgoing, values) => {
        const config = { voters, votersOutgoing };
        const voteOf = (id: MemberId): boolean | undefined => values[Number(id)];
        const granted = jointIndex(config, (id) => (voteOf(id) === true ? 1 : 0)) >= 1;
        const stillPossible = jointIndex(config, (id) => (voteOf(id) === false ? 0 : 1)) >= 1;
        expect(jointVote(config, voteOf)).toBe(granted ? 'won' : stillPossible ? 'pending' : 'lost');
      }),
      seeded,
    );
  });

  test('R1 two candidates cannot both win', () => {
    fc.assert(
      fc.property(someIds, ids, votes, (voters, votersOutgoing, values) => {
        const config = { voters, votersOutgoing };
        const one = jointVote(config, (id) => values[Number(id)] === true);
        const other = jointVote(config, (id) => values[Number(id)] !== true);
        expect([one, other].filter((result) => result === 'won').length).toBeLessThanOrEqual(1);
      }),
      seeded,
    );
  });
});
