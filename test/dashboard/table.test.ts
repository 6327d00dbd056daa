import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Edit, Table } from '../../dashboard/model/table.ts';

const key = fc.oneof(fc.integer({ min: 0, max: 40 }).map(String), fc.string({ maxLength: 4 }));
const step = fc.record({ key, value: fc.option(fc.nat(9), { nil: undefined }), inPlace: fc.boolean() });

describe('Table', () => {
  it('is a map, whatever is set and deleted, in place or not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new Map<string, number>();
        const edit = new Edit();
        let table = Table.empty<number>();
        for (const { key, value, inPlace } of steps) {
          const by = inPlace ? edit : undefined;
          if (value === undefined) {
            map.delete(key);
            table = table.delete(key, by);
          } else {
            map.set(key, value);
            table = table.set(key, value, by);
          }
        }
        expect(table.size).toBe(map.size);
        expect(new Map(table)).toEqual(map);
        for (const [each, value] of map) expect(table.get(each)).toBe(value);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('leaves every earlier table as it was, also under another edit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.array(step, { maxLength: 80 }), (first, second) => {
        const apply = (start: Table<number>, steps: typeof first, edit: Edit): Table<number> =>
          steps.reduce(
            (table, each) =>
              each.value === undefined ? table.delete(each.key, edit) : table.set(each.key, each.value, edit),
            start,
          );
        const before = apply(Table.empty<number>(), first, new Edit());
        const held = new Map(before);
        apply(before, second, new Edit());
        expect(new Map(before)).toEqual(held);
        expect(before.size).toBe(held.size);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('tells keys of one hash apart', () => {
    const table = Table.from([
      ['Aa', 1],
      ['BB', 2],
      ['', 3],
    ]);
    expect(table.set('Aa', 4).get('Aa')).toBe(4);
    expect(table.delete('Aa').get('BB')).toBe(2);
    expect(table.get('C#')).toBeUndefined();
  });
});
