import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalQuantity, parseQuantity, Quantity, quantityComplaint } from '../../base/quantity.ts';

describe('quantities', () => {
  it.each([
    ['0', '0'],
    ['0.1', '100m'],
    ['.5', '500m'],
    ['1', '1'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['2000', '2k'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Mi', '512Ki'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['64Mi', '64Mi'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1E3', '1E3'],
    ['1e1', '10'],
    ['100000n', '100u'],
    ['0.1n', '1n'],
    ['1.500', '1.500'],
    ['0.0', '0'],
    ['-5', '-5'],
    ['-100m', '-100m'],
    ['5G', '5G'],
    ['1000G', '1T'],
    ['1.2345M', '1234500'],
    [2, '2'],
    [0.25, '250m'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each([
    ['', /must match the regular expression/],
    ['1 Gi', /must match/],
    ['lots', /suffix|must match/],
    ['1KiB', /must match/],
    ['1iK', /suffix/],
    ['1.2.3', /must match/],
    ['1Gi5x', /must match/],
    ['1K', /suffix/],
  ])('%s is not one', (text, why) => {
    expect(parseQuantity(text)).toBeUndefined();
    expect(quantityComplaint(text)).toMatch(why);
  });

  it('adds, subtracts and compares exactly, in the first one’s format', () => {
    const quantity = (text: string): Quantity => parseQuantity(text) ?? Quantity.ofInteger(-1);
    expect(quantity('100m').plus(quantity('0.9')).toString()).toBe('1');
    expect(quantity('1Gi').plus(quantity('512Mi')).toString()).toBe('1536Mi');
    expect(quantity('1Gi').minus(quantity('1G')).toString()).toBe('73741824');
    expect(quantity('1').compare(quantity('1000m'))).toBe(0);
    expect(quantity('1001m').value).toBe(2);
    expect(quantity('1001m').milliValue).toBe(1001);
    expect(Quantity.ofMilli(2500).toString()).toBe('2500m');
    expect(Quantity.ofInteger(2 ** 30, 'binary').toString()).toBe('1Gi');
  });

  it('is canonical once it has been canonicalized, and keeps its value', () => {
    const suffixes = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'e0', 'e3', 'E-2', 'e7'];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.option(fc.integer({ min: 0, max: 99_999 }), { nil: undefined }),
        fc.constantFrom(...suffixes),
        fc.boolean(),
        (whole, fraction, suffix, negative) => {
          const text = `${negative ? '-' : ''}${whole}${fraction === undefined ? '' : `.${fraction}`}${suffix}`;
          const first = parseQuantity(text);
          const second = parseQuantity(first?.toString() ?? '');
          expect(second?.nano).toBe(first?.nano);
          expect(canonicalQuantity(second?.toString() ?? '')).toBe(second?.toString());
        },
      ),
      { seed: 42, numRuns: 500 },
    );
  });
});
