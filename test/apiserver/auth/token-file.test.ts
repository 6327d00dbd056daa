import { describe, expect, it } from 'vitest';
import { parseTokenFile } from '../../../apiserver/auth/token-file.ts';

function parse(text: string, warnings: string[] = []): Record<string, unknown> {
  return Object.fromEntries(parseTokenFile(text, 'tokens.csv', (line, what) => warnings.push(`${line}: ${what}`)));
}

describe('token file', () => {
  it('reads token, user, uid and groups', () => {
    expect(parse('t1,alice,u1,"g1,g2"\nt2,bob,u2\r\n\n"t,3","c ""x""",u3,g\n')).toEqual({
      t1: { name: 'alice', uid: 'u1', groups: ['g1', 'g2'], extra: {} },
      t2: { name: 'bob', uid: 'u2', groups: [], extra: {} },
      't,3': { name: 'c "x"', uid: 'u3', groups: ['g'], extra: {} },
    });
  });

  it('skips empty tokens and lets the last of equal tokens count, with a warning that shows no token', () => {
    const warnings: string[] = [];
    const users = parse('secret,a,1\n,b,2\nsecret,c,3', warnings);
    expect(users).toEqual({ secret: { name: 'c', uid: '3', groups: [], extra: {} } });
    expect(warnings).toEqual(['2: empty token in the token file', '3: duplicate token in the token file']);
  });

  it.each([
    ['a,b', 'token file tokens.csv, line 1: at least 3 columns are needed (token, user name, user uid), found 2'],
    ['a,b,c\n\nx', 'token file tokens.csv, line 3: at least 3 columns are needed'],
    ['a,b"c,d', 'token file tokens.csv, line 1: a quote that does not fit'],
    ['a,b,c\na,b,"c', 'token file tokens.csv, line 2: a quote that does not fit'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
