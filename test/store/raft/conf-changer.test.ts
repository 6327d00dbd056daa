/** Configurations and what may follow them: by example, by refusal, and by property from a fixed seed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfChangeError, nextConfState } from '../../../store/raft/conf-changer.ts';
import { jointVote } from '../../../store/raft/quorum.ts';
import type { ConfChange, ConfChangeSingle, ConfState, MemberId } from '../../../store/raft/types.ts';

const context = new Uint8Array(0);

function state(voters: number[], rest: Partial<Record<'outgoing' | 'learners' | 'next', number[]>> = {}): ConfState {
  const big = (ids: number[] = []): MemberId[] => ids.map(BigInt);
  return {
    voters: big(voters),
    votersOutgoing: big(rest.outgoing),
    learners: big(rest.learners),
    learnersNext: big(rest.next),
    autoLeave: false,
  };
}

function change(transition: ConfChange['transition'], ...singles: [ConfChangeSingle['type'], number][]): ConfChange {
  return { changes: singles.map(([type, id]) => ({ type, id: BigInt(id) })), transition, context };
}

const leave = change('auto');

describe('a simple change', () => {
  test.each<[string, ConfState, ConfChange, ConfState]>([
    ['adds a voter', state([1, 2]), change('auto', ['addVoter', 3]), state([1, 2, 3])],
    ['adds a learner', state([1, 2]), change('auto', ['addLearner', 3]), state([1, 2], { learners: [3] })],
    ['promotes a learner', state([1], { learners: [2] }), change('auto', ['addVoter', 2]), state([1, 2])],
    ['demotes a voter', state([1, 2]), change('auto', ['addLearner', 2]), state([1], { learners: [2] })],
    ['removes a voter', state([1, 2]), change('auto', ['remove', 1]), state([2])],
    ['removes a learner', state([1], { learners: [2] }), change('auto', ['remove', 2]), state([1])],
    ['adds who is there already', state([1, 2]), change('auto', ['addVoter', 2]), state([1, 2])],
    ['removes who is not there', state([1, 2]), change('auto', ['remove', 7]), state([1, 2])],
    ['counts for nothing with id 0', state([1, 2]), change('auto', ['remove', 0]), state([1, 2])],
    ['founds a cluster', state([]), change('auto', ['addVoter', 1]), state([1])],
  ])('R10 %s', (_, before, wanted, after) => {
    expect(nextConfState(before, wanted)).toEqual(after);
  });
});

describe('a joint change', () => {
  test('R11 keeps the old voters, and demotes who votes in both only on leaving', () => {
    const joint = nextConfState(state([1, 2, 3]), change('jointExplicit', ['addVoter', 4], ['addLearner', 3]));
    expect(joint).toEqual(state([1, 2, 4], { outgoing: [1, 2, 3], next: [3] }));
    expect(nextConfState(joint, leave)).toEqual(state([1, 2, 4], { learners: [3] }));
  });

  test('R11 of several changes, or asked for, leaves by itself unless that is refused', () => {
    const several = nextConfState(state([1, 2]), change('auto', ['addVoter', 3], ['addVoter', 4]));
    expect(several).toEqual({ ...state([1, 2, 3, 4], { outgoing: [1, 2] }), autoLeave: true });
    expect(nextConfState(state([1, 2]), change('jointImplicit', ['addVoter', 3])).autoLeave).toBe(true);
    expect(nextConfState(state([1, 2]), change('jointExplicit', ['addVoter', 3])).autoLeave).toBe(false);
  });
});

describe('what is refused', () => {
  const joint = state([1, 2], { outgoing: [1] });
  test.each<[string, ConfState, ConfChange]>([
    ['removing the last voter', state([1]), change('auto', ['remove', 1])],
    ['demoting the last voter', state([1]), change('auto', ['addLearner', 1])],
    ['a first member that is a learner', state([]), change('auto', ['addLearner', 1])],
    ['a change while joint', joint, change('auto', ['addVoter', 3])],
    ['a joint change while joint', joint, change('jointImplicit', ['addVoter', 3])],
    ['leaving what is not joint', state([1]), leave],
    ['a joint configuration of nobody', state([]), change('jointImplicit', ['addVoter', 1])],
  ])('R10 %s', (_, before, wanted) => {
    expect(() => nextConfState(before, wanted)).toThrow(ConfChangeError);
  });
});

const anyChange = fc.record({
  changes: fc.array(
    fc.record({
      type: fc.constantFrom<ConfChangeSingle['type'][]>('addVoter', 'addLearner', 'remove'),
      id: fc.bigInt(0n, 6n),
    }),
    { maxLength: 4 },
  ),
  transition: fc.constantFrom<ConfChange['transition'][]>('auto', 'jointImplicit', 'jointExplicit'),
  context: fc.constant(context),
});

describe('whatever is asked, in whatever order', () => {
  const seeded = { seed: 43, numRuns: 500 };

  function* configurations(changes: readonly ConfChange[]): Generator<[ConfState, ConfState]> {
    let current = state([1, 2, 3]);
    for (const wanted of changes) {
      let next: ConfState;
      try {
        next = nextConfState(current, wanted);
      } catch (error) {
        if (error instanceof ConfChangeError) continue;
        throw error;
      }
      yield [current, next];
      current = next;
    }
  }

  test('R11 the invariants hold', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
        for (const [, next] of configurations(changes)) {
          const { voters, votersOutgoing, learners, learnersNext, autoLeave } = next;
          expect(voters.length).toBeGreaterThan(0);
          for (const id of learners) expect([...voters, ...votersOutgoing]).not.toContain(id);
          for (const id of learnersNext) {
            expect(votersOutgoing).toContain(id);
            expect(voters).not.toContain(id);
          }
          if (votersOutgoing.length === 0) {
            expect(learnersNext).toEqual([]);
            expect(autoLeave).toBe(false);
          }
          for (const list of [voters, votersOutgoing, learners, learnersNext]) {
            expect(new Set(list).size).toBe(list.length);
            expect([...list].sort((a, b) => Number(a - b))).toEqual(list);
          }
        }
      }),
      seeded,
    );
  });

  test('R11 one configuration and the next cannot elect two different leaders', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 12 }), fc.nat(127), (changes, camp) => {
        const isInCamp = (id: MemberId): boolean => ((camp >> Number(id)) & 1) === 1;
        for (const [before, next] of configurations(changes)) {
          const one = jointVote(before, isInCamp);
          const other = jointVote(next, (id) => !isInCamp(id));
          expect(one === 'won' && other === 'won').toBe(false);
        }
      }),
      seeded,
    );
  });
});
