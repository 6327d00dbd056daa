import { describe, expect, it } from 'vitest';
import { parseFieldSelector, parseLabelSelector, SelectorError } from '../../../apiserver/machinery/selector-text.ts';
import { selectorMatches } from '../../../base/label-selector.ts';

function complaint(text: string, parse: (text: string) => unknown = parseLabelSelector): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SelectorError) return error.message;
    throw error;
  }
  return '';
}

describe('label selectors', () => {
  const labels = { app: 'a', tier: 'x', n: '5', in: 'in' };
  it.each([
    ['', true],
    ['app=a', true],
    ['app==a', true],
    ['app!=a', false],
    ['app in (a,b),tier', true],
    ['app notin (a)', false],
    ['missing notin (a)', true],
    ['!tier', false],
    ['!missing', true],
    ['n>4', true],
    ['n<5', false],
    ['app=', false],
    ['in in (in)', true],
    ['app in (,a)', true],
    ['app in ()', false],
    [' app = a , tier = x ', true],
  ])('S1 %j picks: %s', (text, picks) => {
    expect(selectorMatches(parseLabelSelector(text), labels)).toBe(picks);
  });

  const malformed: [text: string, message: string][] = [
    ['app ~ a', "unable to parse requirement: found '~', expected: in, notin, =, ==, !=, gt, lt"],
    ['app=a,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['app=a b', "found 'b', expected: ',' or 'end of string'"],
    ['app in a', "unable to parse requirement: found 'a' expected: '('"],
    ['app in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'n>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      'a/b/c=d',
      `unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  ];

  it.each(malformed)('S2 %j is refused', (text, message) => {
    expect(complaint(text)).toBe(message);
  });
});

describe('field selectors', () => {
  it('S3 reads terms, operators and escapes', () => {
    expect(parseFieldSelector('metadata.name=a,status.phase!=Running')).toEqual([
      { field: 'metadata.name', equal: true, value: 'a' },
      { field: 'status.phase', equal: false, value: 'Running' },
    ]);
    expect(parseFieldSelector('a==b\\,c\\=d\\\\')).toEqual([{ field: 'a', equal: true, value: 'b,c=d\\' }]);
    expect(complaint('nonsense', parseFieldSelector)).toBe("invalid selector: 'nonsense'; can't understand 'nonsense'");
    expect(complaint('a=b\\x', parseFieldSelector)).toBe('invalid field selector: invalid escape sequence: \\x');
    expect(complaint('a=b=c', parseFieldSelector)).toBe('invalid field selector: unescaped character in value: 61');
  });
});
