/** Completion indexes: their text form, and what is done with them. */
import { describe, expect, it } from 'vitest';
import { IndexSet } from '../../../controllers/job/index-set.ts';

describe('IndexSet', () => {
  it.each([
    [[], ''],
    [[3], '3'],
    [[1, 0], '0,1'],
    [[2, 0, 1], '0-2'],
    [[7, 1, 2, 3, 4, 9, 10], '1-4,7,9,10'],
    [[5, 5, 6], '5,6'],
  ])('of %j reads %s', (indexes, text) => {
    expect(IndexSet.of(indexes).toString()).toBe(text);
    expect(IndexSet.parse(text, 100).toString()).toBe(text);
    expect(IndexSet.of(indexes).size).toBe(new Set(indexes).size);
  });

  it.each([
    ['0-3,x,5-', 10, '0-3'],
    ['4-20', 10, '4-9'],
    ['12', 10, ''],
    ['3-1', 10, ''],
    [undefined, 10, ''],
  ])('reads %s of %i as %s', (text, completions, expected) => {
    expect(IndexSet.parse(text, completions).toString()).toBe(expected);
  });

  it('finds what is missing, joins and compares', () => {
    const set = IndexSet.parse('1,2,5-7', 10);
    expect(set.missing(4, 10)).toEqual([0, 3, 4, 8]);
    expect(set.missing(100, 10)).toEqual([0, 3, 4, 8, 9]);
    expect(IndexSet.empty.missing(2, 10)).toEqual([0, 1]);
    expect(IndexSet.parse('0-9', 10).missing(3, 10)).toEqual([]);
    expect(set.union(IndexSet.parse('3,4,9', 10)).toString()).toBe('1-7,9');
    expect(set.overlap(IndexSet.parse('2-6', 10))).toBe(3);
    expect(set.has(6)).toBe(true);
    expect(set.has(8)).toBe(false);
  });
});
