import { describe, expect, it } from 'vitest';
import { goRegexp, goRegexpProblem } from '../../../../apiserver/resources/validation/go-regexp.ts';

describe('regular expressions of Go', () => {
  it.each([
    ['*', 'missing argument to repetition operator: `*`'],
    ['a|*', 'missing argument to repetition operator: `*`'],
    ['(+a)', 'missing argument to repetition operator: `+`'],
    ['(abc', 'missing closing ): `(abc`'],
    ['abc)', 'unexpected ): `abc)`'],
    ['x[a-z', 'missing closing ]: `[a-z`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['[[:foo:]]', 'invalid character class range: `[:foo:]`'],
    ['\\p{Foo}', 'invalid character class range: `\\p{Foo}`'],
    ['abc\\', 'trailing backslash at end of expression: ``'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a*+', 'invalid nested repetition operator: `*+`'],
    ['x{2}{3}', 'invalid nested repetition operator: `{2}{3}`'],
    ['a{2,1}', 'invalid repeat count: `{2,1}`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['\\x', 'invalid escape sequence: `\\x`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(?!a)', 'invalid or unsupported Perl syntax: `(?!`'],
    ['(?<=a)b', 'invalid named capture: `(?<=a)b`'],
    ['(?P<a b>c)', 'invalid named capture: `(?P<a b>`'],
  ])('refuses %s', (expression, problem) => {
    expect(goRegexpProblem(expression)).toBe(`error parsing regexp: ${problem}`);
    expect(goRegexp(expression)).toBeUndefined();
  });

  it.each([
    ['^[a-z]+$', ['abc'], ['', 'aB']],
    ['(?i)^abc$', ['ABC', 'abc'], ['ab']],
    ['\\Aa+?\\z', ['aa'], ['aa\n', 'ba']],
    ['^(?P<year>\\d{4})-(?P<month>\\d\\d)$', ['2026-01'], ['26-01']],
    ['^[[:alpha:]_][[:^space:]]*$', ['_x!'], ['1', 'a b']],
    ['^\\pL\\p{Greek}\\PL$', ['aα1'], ['1α1', 'aa1']],
    ['^[^\\W-]+$', ['abc_1'], ['a-b', 'a b']],
    ['^[]a]+$', [']a'], ['b']],
    ['^[a\\-z]+$', ['a-z'], ['b']],
    ['^\\Qa.b*\\E$', ['a.b*'], ['axb']],
    ['^a{,2}$', ['a{,2}'], ['aa']],
    ['^\\x41\\x{42}\\103\\n$', ['ABC\n'], ['ABC']],
    ['a{1000}?', [], ['a']],
    ['', [''], []],
  ])('reads %s', (expression, matched, unmatched) => {
    expect(goRegexpProblem(expression)).toBeUndefined();
    const pattern = goRegexp(expression);
    expect(matched.filter((text) => !pattern?.test(text))).toEqual([]);
    expect(unmatched.filter((text) => pattern?.test(text) !== false)).toEqual([]);
  });
});
