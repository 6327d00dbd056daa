import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IntervalMap } from '../../../store/mvcc/interval-map.ts';

describe('intervals', () => {
  test('W16 exactly the items whose interval contains a key are found, through any adds and deletes', () => {
    const key = fc.constantFrom('', 'a', 'ab', 'b', 'c', 'd', '\xff');
    const interval = fc.record({ start: key, end: fc.option(key, { nil: undefined }), item: fc.nat(5) });
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.constant(true), interval }) },
      { weight: 2, arbitrary: fc.record({ add: fc.constant(false), interval }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new IntervalMap<number>();
        const model = new Map<string, { start: string; end: string | undefined; item: number }>();
        for (const { add, interval } of steps) {
          const { start, end, item } = interval;
          const name = JSON.stringify([start, end ?? null, item]);
          if (add) {
            map.add(start, end, item);
            model.set(name, interval);
          } else {
            map.delete(start, end, item);
            model.delete(name);
          }
          for (const probe of ['', 'a', 'aa', 'ab', 'abc', 'c', '\xff', '\xff\xff']) {
            const found: number[] = [];
            map.forEachContaining(probe, (item) => found.push(item));
            const expected = [...model.values()]
              .filter(({ start, end }) => start <= probe && (end === undefined || probe < end))
              .map(({ item }) => item);
            expect(found.sort()).toEqual(expected.sort());
          }
        }
      }),
      { seed: 20260101, numRuns: 200 },
    );
  });
});
