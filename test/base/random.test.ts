import { describe, expect, it } from 'vitest';
import { formatUuid, nameSuffix, SeededRandom } from '../../base/random.ts';

describe('SeededRandom', () => {
  it('repeats itself from a seed, and differs between seeds', () => {
    const draw = (seed: string): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 20 }, () => random.below(1_000_000));
    };
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('forks do not depend on what was drawn before', () => {
    const fresh = new SeededRandom('s');
    const used = new SeededRandom('s');
    used.next();
    expect(used.fork('x').next()).toBe(fresh.fork('x').next());
    expect(fresh.fork('x').next()).not.toBe(fresh.fork('y').next());
  });

  it('is roughly uniform', () => {
    const random = new SeededRandom('uniform');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const drawn = random.below(10);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(1_000);
  });

  it('makes version 4 UUIDs and name suffixes in the alphabet of Kubernetes', () => {
    const random = new SeededRandom(1);
    expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(formatUuid(new Uint8Array(16))).toBe('00000000-0000-4000-8000-000000000000');
    expect(nameSuffix(random)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
});
