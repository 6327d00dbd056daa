import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { EventNames } from '../../../controllers/runtime/event-names.ts';

const NOW = 1_700_000_000_000;

describe('names of events', () => {
  it('are the object and the time in nanoseconds, in hexadecimal', () => {
    const [object, nanos] = new EventNames(new SeededRandom('names')).next('web', NOW).split('.');
    expect(object).toBe('web');
    expect(Number(BigInt(`0x${nanos}`) / 1_000_000n)).toBe(NOW);
  });

  it('of one millisecond are in the order in which they came', () => {
    for (let seed = 0; seed < 50; seed++) {
      const names = new EventNames(new SeededRandom(`names/${seed}`));
      const made = Array.from({ length: 20 }, (_, n) => names.next('web', NOW + Math.floor(n / 10)));
      expect([...made].sort()).toEqual(made);
      expect(new Set(made).size).toBe(made.length);
    }
  });

  it('go back with a clock that was set back', () => {
    const names = new EventNames(new SeededRandom('back'));
    names.next('web', NOW);
    const [, nanos] = names.next('web', NOW - 60_000).split('.');
    expect(Number(BigInt(`0x${nanos}`) / 1_000_000n)).toBe(NOW - 60_000);
  });

  it('of a long object keep its beginning', () => {
    const name = new EventNames(new SeededRandom('long')).next(`${'a'.repeat(235)}-.b`, NOW);
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^a+\.[0-9a-f]{16}$/);
  });
});
