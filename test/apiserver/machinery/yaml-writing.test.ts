/** What kube-apiserver 1.36 wrote for a ConfigMap with these values. */
import { describe, expect, it } from 'vitest';
import { isNaturallyLess, yamlOf } from '../../../apiserver/machinery/yaml-writing.ts';

describe('YAML as it is written', () => {
  it.each([
    ['true', '"true"'],
    ['yes', '"yes"'],
    ['N', '"N"'],
    ['1.5', '"1.5"'],
    ['.', '.'],
    ['', '""'],
    ['~', '"~"'],
    ['a: b', "'a: b'"],
    ['a #b', "'a #b'"],
    ['- a', "'- a'"],
    ['--- a', "'--- a'"],
    [' a', "' a'"],
    ['*a', "'*a'"],
    ['{a}', "'{a}'"],
    ['a,b', 'a,b'],
    ['"a"', '\'"a"\''],
    ["'a'", "'''a'''"],
    ["it's", "it's"],
    ['2026-01-31', '"2026-01-31"'],
    ['2026-01-31T12:00:00Z', '"2026-01-31T12:00:00Z"'],
    ['0x1f', '"0x1f"'],
    ['1:20', '"1:20"'],
    ['12e3', '"12e3"'],
    ['1e', '1e'],
    ['NaN', 'NaN'],
    ['.inf', '".inf"'],
    ['<<', '<<'],
    ['a:', "'a:'"],
    ['a\tb', '"a\\tb"'],
    ['\u0007', '"\\a"'],
    ['a\\b', 'a\\b'],
    ['-.5', '"-.5"'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\n  b\n', '|\n  a\n    b'],
  ])('E6 %j is %s', (text, written) => {
    expect(yamlOf({ key: text })).toBe(`key: ${written}\n`);
  });

  it('E6 keys are in natural order, lists as deep as their key', () => {
    const written = yamlOf({ k10: 1, k2: [{ '.': {} }], '1.5': true, y: null, a: [] });
    expect(written).toBe('"1.5": true\na: []\nk2:\n- .: {}\nk10: 1\n"y": null\n');
    const names = ['f:labels', '.', 'f:k1', 'f:k01', 'f:ka', 'f:k', 'a-b', 'ab'];
    const sorted = [...names].sort((left, right) => (isNaturallyLess(left, right) ? -1 : 1));
    expect(sorted).toEqual(['.', 'a-b', 'ab', 'f:k', 'f:k1', 'f:k01', 'f:ka', 'f:labels']);
  });
});
