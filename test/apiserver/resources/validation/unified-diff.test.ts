import { describe, expect, it } from 'vitest';
import { jsonDiff, unifiedDiff } from '../../../../apiserver/resources/validation/unified-diff.ts';

const letters = [...'abcdefghijklmnopqrstuvwxyz'];

describe('the differences of two texts', () => {
  it('are none when they are the same', () => {
    expect(unifiedDiff('a\nb', 'a\nb')).toBe('');
  });

  it('have three lines around them', () => {
    const changed = letters.with(12, 'M');
    expect(unifiedDiff(letters.join('\n'), changed.join('\n'))).toBe(
      '@@ -10,7 +10,7 @@\n j\n k\n l\n-m\n+M\n n\n o\n p\n',
    );
  });

  it('are one piece when they are near, several when they are not', () => {
    const near = letters.with(5, 'F').with(11, 'L');
    expect(unifiedDiff(letters.join('\n'), near.join('\n')).match(/^@@.*$/gm)).toEqual(['@@ -3,13 +3,13 @@']);
    const far = letters.with(2, 'C').with(20, 'U');
    expect(unifiedDiff(letters.join('\n'), far.join('\n')).match(/^@@.*$/gm)).toEqual([
      '@@ -1,6 +1,6 @@',
      '@@ -18,7 +18,7 @@',
    ]);
  });

  it('tell of lines that came or went', () => {
    expect(unifiedDiff('a\nb\nc', 'a\nc')).toBe('@@ -1,3 +1,2 @@\n a\n-b\n c\n');
    expect(unifiedDiff('a\nc', 'a\nb\nc')).toBe('@@ -1,2 +1,3 @@\n a\n+b\n c\n');
    expect(unifiedDiff('a', 'b')).toBe('@@ -1 +1 @@\n-a\n+b\n');
  });

  it('prefer the longest run of equal lines', () => {
    expect(unifiedDiff('a\nx\ny\nz\nb', 'b\nx\ny\nz\na')).toBe('@@ -1,5 +1,5 @@\n-a\n+b\n x\n y\n z\n-b\n+a\n');
  });

  it('write values as Go does', () => {
    expect(jsonDiff({ A: '<a>', B: null }, { A: '<a>', B: 1 })).toBe(
      '@@ -1,4 +1,4 @@\n {\n  "A": "\\u003ca\\u003e",\n- "B": null\n+ "B": 1\n }\n',
    );
  });
});
