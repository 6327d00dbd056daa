import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecording, writeRecording } from '../../dashboard/model/recording.ts';
import { reduceAll } from '../../dashboard/model/reduce.ts';
import { emptyState, type State } from '../../dashboard/model/state.ts';
import { Timeline } from '../../dashboard/model/timeline.ts';
import { inOrder, podRow, someMoments } from './moments.ts';

const essence = (state: State) => ({
  place: state.place,
  pods: [...state.pods].sort(),
  keys: [...state.keys].sort(),
  members: [...state.members],
  counts: [...state.podCounts],
});
const manyPuts = (count: number) =>
  inOrder(
    Array.from({ length: count }, (_, at) => ({
      type: 'page.object' as const,
      change: 'put' as const,
      row: podRow(`p${at % 50}`, { revision: at }),
      atMs: 0,
    })),
  );

describe('Timeline', () => {
  it('shows any moment as it was', () => {
    fc.assert(
      fc.property(someMoments(120), fc.nat(130), (moments, place) => {
        const timeline = new Timeline();
        for (let at = 0; at < moments.length; at += 7) timeline.append(moments.slice(at, at + 7));
        const before = moments.filter((moment) => moment.place <= place);
        expect(essence(timeline.stateAt(place))).toEqual(essence(reduceAll(emptyState, before)));
        expect(timeline.after(place)?.place).toBe(moments.find((moment) => moment.place > place)?.place);
        expect(timeline.before(place)?.place).toBe(moments.findLast((moment) => moment.place < place)?.place);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('finds states across chunks, and forgets the oldest when too many are held', () => {
    const moments = manyPuts(130_000);
    const timeline = new Timeline();
    timeline.append(moments.slice(0, 3_500));
    expect(timeline.stateAt(2_345).pods.get('default/p44')?.revision).toBe(2_344);
    timeline.append(moments.slice(3_500));
    expect(timeline.length).toBeLessThanOrEqual(120_000);
    expect(timeline.base.place).toBeGreaterThan(9_000);
    expect(timeline.stateAt(5).place).toBe(timeline.base.place);
    expect(timeline.stateAt(100_001).place).toBe(100_001);
  });

  it('fills gaps with what is still remembered, and every state after them follows anew', () => {
    const decided = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        type: 'controller.decision' as const,
        controller: 'c',
        key: `k${at}`,
        words: '',
        atMs: 0,
      }));
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        fc.nat(2400),
        fc.nat(3),
        (toldOf, at, lost) => {
          // Moments 1.. of the server have the places 1001..; what happened around them is told by the page's own moments.
          const [first, last, offset] = [1, toldOf.length, at + 1];
          const numbered = decided(toldOf.length).map((moment, index) => ({ ...moment, seq: index + 1 }));
          const before = manyPuts(at);
          const all = numbered.map(({ seq, ...moment }) => ({ ...moment, place: seq + offset }));
          const after = manyPuts(1500).map((moment) => ({ ...moment, place: moment.place + offset + last + 1 }));
          const count = toldOf.filter((was) => !was).length;
          const gap = {
            type: 'page.skipped' as const,
            atMs: 0,
            count,
            kinds: {},
            first,
            last,
            offset,
            place: offset + last + 1,
          };
          const timeline = new Timeline();
          timeline.append(before);
          timeline.append([...all.filter((_, index) => toldOf[index]), gap]);
          timeline.append(after);
          const [found] = timeline.gapsNear(gap.place);
          if (found === undefined) throw new Error('the gap is not found');
          const held = numbered.slice(lost);
          timeline.fill(found, held);
          expect(timeline.gapsNear(gap.place)).toEqual([]);
          const expected = [...before, ...all.filter((_, index) => toldOf[index] || index >= lost), ...after];
          const decisions = (state: State) => state.controllers.get('c')?.decisions;
          expect(essence(timeline.live)).toEqual(essence(reduceAll(emptyState, expected)));
          expect(decisions(timeline.live)).toEqual(decisions(reduceAll(emptyState, expected)));
          for (const { place } of all) {
            const sofar = expected.filter((each) => each.place <= place);
            expect(decisions(timeline.stateAt(place))).toEqual(decisions(reduceAll(emptyState, sofar)));
          }
        },
      ),
      { seed: 9, numRuns: 25 },
    );
  });

  it('finds the place of a time', () => {
    const timeline = new Timeline();
    timeline.append(manyPuts(2_500));
    expect(timeline.placeAtTime(12_345)).toBe(1_234);
    expect(timeline.placeAtTime(0)).toBe(0);
    expect(timeline.placeAtTime(1e12)).toBe(2_500);
  });

  it('finds no later state for a time when something of then was told late', () => {
    const timeline = new Timeline();
    timeline.append(manyPuts(10).map((moment) => (moment.place === 9 ? { ...moment, atMs: 21 } : moment)));
    expect(timeline.placeAtTime(50)).toBe(5);
    expect(timeline.stateAt(timeline.placeAtTime(25)).atMs).toBe(20);
  });
});

describe('a recording', () => {
  it('is opened elsewhere as it was saved', () => {
    fc.assert(
      fc.property(someMoments(80), someMoments(80), (first, second) => {
        const base = reduceAll(emptyState, first);
        const moments = second.map((moment) => ({ ...moment, place: moment.place + base.place }));
        const saved = {
          cluster: 'c',
          version: 'v',
          view: 'nodes',
          place: 3,
          base,
          moments,
          earlier: first,
          traces: new Map(),
        };
        const opened = readRecording(writeRecording(saved));
        const timeline = new Timeline(opened.base, opened.earlier);
        timeline.append(opened.moments);
        expect(essence(timeline.base)).toEqual(essence(base));
        expect(essence(timeline.live)).toEqual(essence(reduceAll(base, moments)));
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it.each([
    ['nonsense', 'not JSON'],
    ['{}', 'not a sampan-recording'],
    ['null', 'not a sampan-recording'],
    ['{"format":"sampan-recording","formatVersion":99}', 'format version 99, not 1'],
    ['{"format":"sampan-recording","formatVersion":1}', 'incomplete'],
  ])('refuses %s and says why', (text, why) => {
    expect(() => readRecording(text)).toThrow(why);
  });
});
