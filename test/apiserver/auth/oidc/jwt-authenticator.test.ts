import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../apiserver/auth/config-file.ts';
import { readAuthenticationConfig } from '../../../../apiserver/auth/oidc/authentication-config.ts';
import { SIGNING_ALGORITHMS } from '../../../../apiserver/auth/oidc/jwt-authenticator.ts';
import { JwtIssuers } from '../../../../apiserver/auth/oidc/jwt-issuers.ts';
import type { TokenIdentity } from '../../../../apiserver/auth/token-authenticators.ts';
import { AuthenticationFailure } from '../../../../apiserver/machinery/steps.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { type HttpsPeer, startPeer } from '../https-peer.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const now = NOW_MS / 1000;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let provider: HttpsPeer;
let published: { kid: string; key: KeyObject }[];
const clock = new VirtualClock(NOW_MS);

beforeAll(async () => {
  provider = await startPeer(() => ({ code: 404 }));
});
afterAll(() => provider.close());

beforeEach(async () => {
  published = [
    { kid: 'ec', key: ec.publicKey },
    { kid: 'rsa', key: rsa.publicKey },
  ];
  await publish();
});

async function publish(): Promise<void> {
  const keys = await Promise.all(
    published.map(async ({ kid, key }) => ({ ...(await exportJWK(key)), kid, use: 'sig' })),
  );
  provider.answer = ({ path }) => {
    if (path === '/.well-known/openid-configuration')
      return { json: { issuer: provider.url, jwks_uri: `${provider.url}/keys` } };
    return path === '/keys' ? { json: { keys } } : { code: 404 };
  };
}

/** `mappings`: YAML of what is below `jwt[0]`, beside the issuer. */
async function issuers(rest: string, audiences = '[boats]'): Promise<JwtIssuers> {
  const indented = provider.authority.trim().replaceAll('\n', '\n      ');
  const text = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: ${provider.url}
    audiences: ${audiences}
    ${audiences.includes(',') ? 'audienceMatchPolicy: MatchAny' : ''}
    certificateAuthority: |
      ${indented}
${rest
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}`;
  const node = await parseConfig(text, 'authn.yaml', 'AuthenticationConfiguration', ['apiserver.config.k8s.io/v1']);
  return new JwtIssuers(readAuthenticationConfig(node, []).issuers, SIGNING_ALGORITHMS, {
    clock,
    logger: silentLogger,
  });
}

function sign(
  claims: Record<string, unknown>,
  { key = ec.privateKey, alg = 'ES256', kid = 'ec' }: { key?: KeyObject; alg?: string; kid?: string } = {},
): Promise<string> {
  return new SignJWT({ iss: provider.url, aud: 'boats', exp: now + 600, iat: now, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(key);
}

const SIMPLE = 'claimMappings:\n  username: {claim: sub, prefix: "oidc:"}\n  groups: {claim: groups, prefix: "g:"}';

async function reasonOf(config: JwtIssuers, token: string): Promise<string | undefined> {
  const answer = await config.authenticate(token);
  return answer instanceof AuthenticationFailure ? answer.reason : undefined;
}

async function userOf(config: JwtIssuers, claims: Record<string, unknown>): Promise<TokenIdentity['user']> {
  const answer = await config.authenticate(await sign(claims));
  if (answer === undefined || answer instanceof AuthenticationFailure) throw new Error(answer?.reason ?? 'unknown');
  return answer.user;
}

describe('tokens of an OpenID provider', () => {
  it('make a user of their claims', async () => {
    const config = await issuers(SIMPLE);
    expect(await userOf(config, { sub: 'ann', groups: ['crew', 'cooks'], jti: 'j1' })).toEqual({
      name: 'oidc:ann',
      uid: '',
      groups: ['g:crew', 'g:cooks'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'] },
    });
    expect((await userOf(config, { sub: 'ann', groups: 'one' })).groups).toEqual(['g:one']);
    expect((await userOf(config, { sub: 'ann' })).groups).toEqual([]);
  });

  it('count with every kind of key, and with a key that was published later', async () => {
    const config = await issuers(SIMPLE);
    const byRsa = await sign({ sub: 'a' }, { key: rsa.privateKey, alg: 'PS384', kid: 'rsa' });
    expect(await reasonOf(config, byRsa)).toBeUndefined();
    const later = await sign({ sub: 'a' }, { key: stranger.privateKey, kid: 'later' });
    expect(await reasonOf(config, later)).toMatch(/failed to verify signature/);
    published.push({ kid: 'later', key: stranger.publicKey });
    await publish();
    expect(await reasonOf(config, later)).toBeUndefined();
  });

  it('of another issuer are somebody else’s business', async () => {
    const config = await issuers(SIMPLE);
    expect(await config.authenticate(await sign({ sub: 'a', iss: 'https://elsewhere' }))).toBeUndefined();
    expect(await config.authenticate('no-token')).toBeUndefined();
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['expired', () => sign({ sub: 'a', exp: now }), /token is expired/],
    ['without an end', () => sign({ sub: 'a', exp: undefined }), /token is expired/],
    ['not yet valid', () => sign({ sub: 'a', nbf: now + 61 }), /before the nbf/],
    ['for somebody else', () => sign({ sub: 'a', aud: ['ships'] }), /expected audience in \[boats\]/],
    ['without an audience', () => sign({ sub: 'a', aud: undefined }), /expected audience/],
    ['signed by a stranger', () => sign({ sub: 'a' }, { key: stranger.privateKey }), /failed to verify signature/],
    [
      'unsigned',
      async () => new UnsecuredJWT({ iss: provider.url, aud: 'boats', exp: now + 600, sub: 'a' }).encode(),
      /algorithm/,
    ],
    [
      'signed with the public key as a shared secret',
      async () => {
        const secret = Buffer.from(ec.publicKey.export({ type: 'spki', format: 'pem' }).toString());
        return new SignJWT({ iss: provider.url, aud: 'boats', exp: now + 600, sub: 'a' })
          .setProtectedHeader({ alg: 'HS256', kid: 'ec' })
          .sign(secret);
      },
      /algorithm/,
    ],
    [
      'changed after it was signed',
      async () => {
        const [header, , signature] = (await sign({ sub: 'a' })).split('.');
        const claims = { iss: provider.url, aud: 'boats', exp: now + 600, sub: 'root' };
        return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
      },
      /failed to verify signature/,
    ],
    ['whose user is no text', () => sign({ sub: 7 }), /parse username/],
    ['whose groups are no texts', () => sign({ sub: 'a', groups: [1] }), /parse groups claim/],
  ])('that are %s do not count', async (_what, make, reason) => {
    const token = await make();
    const said = await reasonOf(await issuers(SIMPLE), token);
    expect(said).toMatch(reason);
    expect(said).not.toContain(token.split('.')[2] || token);
  });

  it('a verified email only, where the email is the name', async () => {
    const config = await issuers('claimMappings:\n  username: {claim: email, prefix: ""}');
    expect((await userOf(config, { email: 'a@b.c' })).name).toBe('a@b.c');
    expect((await userOf(config, { email: 'a@b.c', email_verified: true })).name).toBe('a@b.c');
    expect(await reasonOf(config, await sign({ email: 'a@b.c', email_verified: false }))).toMatch(/email not verified/);
  });
});

describe('expressions', () => {
  const RULES = `claimMappings:
  username: {expression: 'claims.user + ":" + claims.org.name'}
  groups: {expression: 'claims.roles.split(",")'}
  uid: {claim: sub}
  extra:
  - {key: example.com/tier, valueExpression: 'claims.?tier.orValue("none")'}
  - {key: example.com/empty, valueExpression: '""'}
claimValidationRules:
- {claim: hd, requiredValue: example.com}
- {expression: 'claims.exp - claims.iat <= 3600', message: lives too long}
userValidationRules:
- {expression: "!user.username.startsWith('system:')", message: reserved}
- {expression: 'user.groups.all(g, g.matches("^[a-z]+$"))'}`;
  const good = { sub: 'u-1', user: 'ann', org: { name: 'acme' }, roles: 'crew,cooks', hd: 'example.com', tier: 'gold' };

  it('say what a user is', async () => {
    expect(await userOf(await issuers(RULES), good)).toEqual({
      name: 'ann:acme',
      uid: 'u-1',
      groups: ['crew', 'cooks'],
      extra: { 'example.com/tier': ['gold'] },
    });
    const { tier: _, ...without } = good;
    expect((await userOf(await issuers(RULES), without)).extra).toEqual({ 'example.com/tier': ['none'] });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a missing required claim', { hd: undefined }, /required claim hd not present/],
    ['a required claim of another value', { hd: 'elsewhere' }, /required claim hd value does not match/],
    ['a claim rule that is false', { exp: now + 7200 }, /validation failed: lives too long/],
    ['a user rule that is false', { user: 'system', org: { name: 'x' } }, /validation failed: reserved/],
    ['a user rule without a message', { roles: 'Crew' }, /validation expression 'user.groups.all/],
    ['a name that cannot be made', { org: {} }, /error evaluating username claim expression/],
    ['an inherited key', { org: undefined, constructor: { name: 'x' } }, /error evaluating username/],
  ])('refuse %s', async (_what, change, reason) => {
    expect(await reasonOf(await issuers(RULES), await sign({ ...good, ...change }))).toMatch(reason);
  });

  it('patterns take linear time, whatever the text', async () => {
    const config = await issuers(
      `${SIMPLE}\nclaimValidationRules:\n- {expression: 'claims.note.matches("^(a+)+$")', message: no}`,
    );
    expect(await reasonOf(config, await sign({ sub: 'a', note: `${'a'.repeat(5000)}!` }))).toMatch(/failed: no/);
  });
});

describe('several audiences', () => {
  it('any of them will do', async () => {
    const config = await issuers(SIMPLE, '[boats, ships]');
    expect(await reasonOf(config, await sign({ sub: 'a', aud: ['ships'] }))).toBeUndefined();
    expect(await reasonOf(config, await sign({ sub: 'a', aud: ['rafts'] }))).toMatch(/expected audience/);
  });
});

describe('groups kept elsewhere', () => {
  const names = { _claim_names: { groups: 'src' } };

  it('are fetched from where the token says, and verified', async () => {
    const groups = await sign({ groups: ['far'] });
    const usual = provider.answer;
    provider.answer = (request) => (request.path === '/groups' ? { text: groups } : usual(request));
    const config = await issuers(SIMPLE);
    const sources = { _claim_sources: { src: { endpoint: `${provider.url}/groups`, access_token: 'abc' } } };
    expect((await userOf(config, { sub: 'a', ...names, ...sources })).groups).toEqual(['g:far']);
    expect(provider.requests.find(({ path }) => path === '/groups')?.authorization).toBe('Bearer abc');
    const forged = await sign({ groups: ['far'] }, { key: stranger.privateKey });
    provider.answer = (request) => (request.path === '/groups' ? { text: forged } : usual(request));
    expect(await reasonOf(config, await sign({ sub: 'a', ...names, ...sources }))).toMatch(/failed to verify/);
  });

  it('a token that names a source it does not have is refused', async () => {
    const token = await sign({ sub: 'a', ...names, _claim_sources: {} });
    expect(await reasonOf(await issuers(SIMPLE), token)).toMatch(/_claim_names/);
  });
});

describe('a provider', () => {
  it('that cannot be reached is asked again, and its tokens do not count until then', async () => {
    const usual = provider.answer;
    provider.answer = () => ({ code: 503 });
    const config = await issuers(SIMPLE);
    config.start();
    expect(await reasonOf(config, await sign({ sub: 'a' }))).toMatch(/answered 503/);
    provider.answer = usual;
    expect(await reasonOf(config, await sign({ sub: 'a' }))).toBeUndefined();
    config.stop();
  });

  it('that says it is another is not believed', async () => {
    provider.answer = () => ({ json: { issuer: 'https://elsewhere', jwks_uri: `${provider.url}/keys` } });
    expect(await reasonOf(await issuers(SIMPLE), await sign({ sub: 'a' }))).toMatch(/of another issuer/);
  });

  it('whose certificate nobody we trust signed is not believed', async () => {
    const other = await startPeer(provider.answer);
    const config = await issuers(SIMPLE);
    await other.close();
    const node = await parseConfig(
      `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: '${provider.url}', audiences: [boats]}\n  ${SIMPLE.replaceAll('\n', '\n  ')}`,
      'authn.yaml',
      'AuthenticationConfiguration',
      ['apiserver.config.k8s.io/v1'],
    );
    const untrusting = new JwtIssuers(readAuthenticationConfig(node, []).issuers, SIGNING_ALGORITHMS, {
      clock,
      logger: silentLogger,
    });
    expect(await reasonOf(untrusting, await sign({ sub: 'a' }))).toMatch(/certificate/);
    expect(await reasonOf(config, await sign({ sub: 'a' }))).toBeUndefined();
  });

  it('takes over from another once its keys are known', async () => {
    const config = await issuers(SIMPLE);
    const next = await issuers('claimMappings:\n  username: {claim: sub, prefix: "new:"}');
    expect((await userOf(config, { sub: 'a' })).name).toBe('oidc:a');
    const node = await parseConfig(
      `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: []`,
      'authn.yaml',
      'AuthenticationConfiguration',
      ['apiserver.config.k8s.io/v1'],
    );
    expect(await config.replace(readAuthenticationConfig(node, []).issuers)).toBeUndefined();
    expect(await config.authenticate(await sign({ sub: 'a' }))).toBeUndefined();
    next.stop();
  });
});
