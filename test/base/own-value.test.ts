import { expect, it } from 'vitest';
import { ownValue } from '../../base/own-value.ts';

it('sees what a record holds, and nothing that it inherits', () => {
  expect(ownValue({ a: 1 }, 'a')).toBe(1);
  expect(ownValue<unknown>({ a: 1 }, 'constructor')).toBeUndefined();
  expect(ownValue(undefined, 'a')).toBeUndefined();
});
