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

  it('finds the place of a time', () => {
    const timeline = new Timeline();
    timeline.append(manyPuts(2_500));
    expect(timeline.placeAtTime(12_345)).toBe(1_234);
    expect(timeline.placeAtTime(0)).toBe(0);
    expect(timeline.placeAtTime(1e12)).toBe(2_500);
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
