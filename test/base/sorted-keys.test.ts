import { describe, expect, it } from 'vitest';
import { withSortedKeys } from '../../base/sorted-keys.ts';

describe('sorted keys', () => {
  it('come in the order of their bytes', () => {
    expect(JSON.stringify(withSortedKeys({ b: 1, 'a.b': 2, B: 3, a: 4 }))).toBe('{"B":3,"a":4,"a.b":2,"b":1}');
  });

  it('leave what is sorted as it is', () => {
    for (const record of [{}, { a: 1 }, { a: 1, b: 2 }, { 10: 1, 9: 2, '-': 3 }]) {
      expect(withSortedKeys<number>(record)).toBe(record);
    }
  });
});
