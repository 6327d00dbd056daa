import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../base/duration.ts';

describe('durations in Go form', () => {
  it.each([
    ['0', 0],
    ['40s', 40_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['250ms', 250],
    ['-1m', -60_000],
    ['1µs', 0.001],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', '5', 's', '1d', '1h 30m', '1hm', '--1s', '1e3s'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0s'],
    [1500, '1.5s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
    [250, '250ms'],
    [-40_000, '-40s'],
  ])('%d ms prints as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
