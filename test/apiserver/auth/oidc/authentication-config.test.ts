import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../apiserver/auth/config-file.ts';
import {
  type AuthenticationConfig,
  readAuthenticationConfig,
} from '../../../../apiserver/auth/oidc/authentication-config.ts';

const VERSIONS = ['apiserver.config.k8s.io/v1'];

async function read(rest: string): Promise<AuthenticationConfig> {
  const text = `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n${rest}`;
  return readAuthenticationConfig(await parseConfig(text, 'authn.yaml', 'AuthenticationConfiguration', VERSIONS), [
    'https://ours',
  ]);
}

function jwt(issuer: string, rest = ''): string {
  const mappings = rest.includes('claimMappings')
    ? rest
    : `claimMappings: {username: {claim: sub, prefix: ''}}\n${rest}`;
  const indented = mappings.trimEnd().replaceAll('\n', '\n  ');
  return `jwt:\n- issuer: ${issuer}\n  ${indented}`;
}

const ISSUER = "{url: 'https://a', audiences: [x]}";
const mapped = (mappings: string): string => jwt(ISSUER, `claimMappings: ${mappings}`);

describe('an authentication configuration', () => {
  it('may hold nothing, or what it says of anonymous requests alone', async () => {
    expect(await read('')).toEqual({ issuers: [] });
    expect(await read('anonymous: {enabled: false}')).toEqual({ issuers: [], anonymous: false });
    expect(await read('anonymous: {enabled: true}')).toEqual({ issuers: [], anonymous: true });
    expect(await read('anonymous: {enabled: true, conditions: [{path: /livez}, {path: /readyz}]}')).toEqual({
      issuers: [],
      anonymous: ['/livez', '/readyz'],
    });
  });

  it.each<[string, string, RegExp]>([
    ['an unknown field', 'jwts: []', /jwts: unknown field/],
    [
      'a conditions list of what is off',
      'anonymous: {conditions: [{path: /x}]}',
      /anonymous\.conditions: enabled should be set to true/,
    ],
    ['no url', jwt('{audiences: [x]}'), /jwt\[0\]\.issuer\.url: Required value/],
    ['plain HTTP', jwt("{url: 'http://a', audiences: [x]}"), /issuer\.url: URL scheme must be https/],
    ['a password', jwt("{url: 'https://u:p@a', audiences: [x]}"), /must not contain a username or password/],
    ['a query', jwt("{url: 'https://a?b', audiences: [x]}"), /must not contain a query/],
    ['a fragment', jwt("{url: 'https://a#b', audiences: [x]}"), /must not contain a fragment/],
    [
      'our own issuer',
      jwt("{url: 'https://ours', audiences: [x]}"),
      /must not overlap with disallowed issuers: \[https:\/\/ours\]/,
    ],
    [
      'the issuer as discovery',
      jwt("{url: 'https://a', discoveryURL: 'https://a/', audiences: [x]}"),
      /discoveryURL must be different from URL/,
    ],
    ['no audience', jwt("{url: 'https://a'}"), /issuer\.audiences: Required value/],
    [
      'an audience twice',
      jwt("{url: 'https://a', audiences: [x, x], audienceMatchPolicy: MatchAny}"),
      /audiences\[1\]: Duplicate value/,
    ],
    [
      'several audiences without a policy',
      jwt("{url: 'https://a', audiences: [x, y]}"),
      /must be MatchAny for multiple audiences/,
    ],
    [
      'another policy',
      jwt("{url: 'https://a', audiences: [x], audienceMatchPolicy: MatchAll}"),
      /must be empty or MatchAny/,
    ],
    [
      'an authority that is none',
      jwt("{url: 'https://a', audiences: [x], certificateAuthority: abc}"),
      /certificateAuthority: holds no PEM/,
    ],
    [
      'an issuer twice',
      `${jwt(ISSUER)}\n${jwt(ISSUER).replace('jwt:\n', '')}`,
      /jwt\[1\]\.issuer\.url: Duplicate value/,
    ],
    [
      'no username',
      mapped('{groups: {claim: g, prefix: ""}}'),
      /username: Required value: claim or expression is required/,
    ],
    [
      'claim and expression',
      mapped("{username: {claim: sub, expression: 'claims.sub', prefix: ''}}"),
      /username: claim and expression can't both be set/,
    ],
    [
      'no prefix',
      mapped('{username: {claim: sub}}'),
      /username\.prefix: Required value: prefix is required when claim is set/,
    ],
    [
      'a prefix of an expression',
      mapped("{username: {expression: 'claims.sub', prefix: 'x'}}"),
      /username\.prefix: may not be specified when expression is set/,
    ],
    [
      'an expression that is none',
      mapped("{username: {expression: 'claims.'}}"),
      /username\.expression: compilation failed/,
    ],
    [
      'an unknown variable',
      mapped("{username: {expression: 'user.name'}}"),
      /username\.expression: compilation failed: Unknown variable: user/,
    ],
    [
      'an email that nobody verified',
      mapped("{username: {expression: 'claims.email'}}"),
      /claims\.email_verified must be used/,
    ],
    [
      'an extra key without a domain',
      mapped("{username: {claim: sub, prefix: ''}, extra: [{key: foo, valueExpression: 'claims.a'}]}"),
      /extra\[0\]\.key: must be a domain-prefixed path/,
    ],
    [
      'an extra key of Kubernetes',
      mapped("{username: {claim: sub, prefix: ''}, extra: [{key: a.k8s.io/foo, valueExpression: 'claims.a'}]}"),
      /reserved for Kubernetes use/,
    ],
    [
      'an extra key in capitals',
      mapped("{username: {claim: sub, prefix: ''}, extra: [{key: a.io/Foo, valueExpression: 'claims.a'}]}"),
      /must be lowercase/,
    ],
    [
      'an extra key twice',
      mapped(
        "{username: {claim: sub, prefix: ''}, extra: [{key: a.io/f, valueExpression: 'claims.a'}, {key: a.io/f, valueExpression: 'claims.b'}]}",
      ),
      /extra\[1\]\.key: Duplicate value/,
    ],
    [
      'an extra key without a value',
      mapped("{username: {claim: sub, prefix: ''}, extra: [{key: a.io/f}]}"),
      /valueExpression: Required value/,
    ],
    ['an empty rule', jwt(ISSUER, 'claimValidationRules: [{message: x}]'), /claimValidationRules\[0\]: Required value/],
    [
      'a rule of both kinds',
      jwt(ISSUER, "claimValidationRules: [{claim: a, expression: 'true'}]"),
      /can't both be set/,
    ],
    [
      'a claim with a message',
      jwt(ISSUER, 'claimValidationRules: [{claim: a, message: b}]'),
      /message: may not be specified when claim is set/,
    ],
    [
      'an expression with a value',
      jwt(ISSUER, "claimValidationRules: [{expression: 'true', requiredValue: b}]"),
      /requiredValue: may not be specified when expression is set/,
    ],
    [
      'a rule that is no question',
      jwt(ISSUER, "claimValidationRules: [{expression: 'claims.a'}]"),
      /expression: must evaluate to bool/,
    ],
    [
      'a rule twice',
      jwt(ISSUER, "claimValidationRules: [{expression: 'true'}, {expression: 'true'}]"),
      /claimValidationRules\[1\]\.expression: Duplicate value/,
    ],
    [
      'a user rule about claims',
      jwt(ISSUER, "userValidationRules: [{expression: 'claims.a == 1'}]"),
      /Unknown variable: claims/,
    ],
    [
      'a user rule about no field',
      jwt(ISSUER, 'userValidationRules: [{expression: \'user.nme == "a"\'}]'),
      /userValidationRules\[0\]\.expression: compilation failed/,
    ],
    [
      'an egress selector',
      jwt("{url: 'https://a', audiences: [x], egressSelectorType: cluster}"),
      /egressSelectorType/,
    ],
  ])('with %s is refused with file, field and reason', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow(/^authn\.yaml: /);
  });

  it('an email that was verified may be a name', async () => {
    for (const where of [
      'claimMappings:\n  username: {expression: \'claims.email_verified ? claims.email : ""\'}',
      "claimMappings:\n  username: {expression: 'claims.email'}\nclaimValidationRules: [{expression: 'claims.email_verified == true'}]",
      "claimMappings:\n  username: {expression: 'claims.?email.orValue(\"\")'}\n  extra: [{key: a.io/v, valueExpression: 'string(claims.email_verified)'}]",
    ]) {
      expect((await read(jwt(ISSUER, where))).issuers).toHaveLength(1);
    }
  });
});
