/** What a TokenReview says of tokens of service accounts, right and wrong, and of those that secrets hold. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ISSUER } from '../../../apiserver/auth/identity-sources.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { ADMIN_TOKEN, type Caller, type SecuredServer, startSecured } from './secured-server.ts';

const admin: Caller = { token: ADMIN_TOKEN };
const HOME = '/api/v1/namespaces/default';
const SECRETS = `${HOME}/secrets`;
const TRACKING = '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking';

let server: SecuredServer;
let uid: string;
let key: KeyObject;

beforeEach(async () => {
  server = await startSecured();
  for (const name of ['default', 'kube-system']) {
    await server.call(admin, 'POST', '/api/v1/namespaces', { metadata: { name } });
  }
  const { body } = await server.call(admin, 'POST', `${HOME}/serviceaccounts`, { metadata: { name: 'bot' } });
  uid = body.metadata.uid ?? '';
  key = createPrivateKey(server.pki.serviceAccount.privateKeyPem);
});
afterEach(() => server.close());

function sign(claims: object, header: object = {}, by = key): Promise<string> {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const kid = createHash('sha256').update(der).digest('base64url');
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(by);
}

const nowSeconds = (): number => Math.floor(server.clock.nowMs() / 1000);

function claims(more: object = {}, kubernetes: object = {}): Record<string, unknown> {
  const now = nowSeconds();
  return {
    iss: DEFAULT_ISSUER,
    sub: 'system:serviceaccount:default:bot',
    aud: [DEFAULT_ISSUER],
    exp: now + 3600,
    iat: now,
    nbf: now,
    'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'bot', uid }, ...kubernetes },
    ...more,
  };
}

const PREFIX = 'kubernetes.io/serviceaccount/';

function legacyClaims(more: object = {}): Record<string, unknown> {
  return {
    iss: 'kubernetes/serviceaccount',
    sub: 'system:serviceaccount:default:bot',
    [`${PREFIX}namespace`]: 'default',
    [`${PREFIX}secret.name`]: 't',
    [`${PREFIX}service-account.name`]: 'bot',
    [`${PREFIX}service-account.uid`]: uid,
    ...more,
  };
}

/** Who it is; or the error. */
async function review(token: string): Promise<string> {
  const { body } = await server.call(admin, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  });
  const status = body.status as { error?: string; user?: { username?: string } };
  return status.error ?? status.user?.username ?? 'nobody';
}

const wrong = (why: string): string => `[invalid bearer token, ${why}]`;
const FORGED = wrong('go-jose/go-jose: error in cryptographic primitive');
const BOT = 'system:serviceaccount:default:bot';

it('G8 an audit event says which token was given out', async () => {
  const url = `${HOME}/serviceaccounts/bot/token`;
  const { body } = await server.call(admin, 'POST', url, { spec: {} });
  const { token } = body.status as { token: string };
  const { jti } = decodeJwt(token);
  const annotations = server.records.filter(({ requestUri }) => requestUri === url).at(-1)?.annotations;
  expect(annotations).toMatchObject({ 'authentication.kubernetes.io/issued-credential-id': `JTI=${jti}` });
});

describe('a token of a service account', () => {
  /** Each answer is kube-apiserver 1.36's. */
  const cases: readonly [string, () => string | Promise<string>, string][] = [
    ['that is right', () => sign(claims()), BOT],
    ['that names no key', () => sign(claims(), { kid: undefined }), BOT],
    ['that names an unknown key', () => sign(claims(), { kid: 'x' }), wrong('invalid signature, no keys found')],
    ['of another key', () => sign(claims(), {}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), FORGED],
    ['without a signature', () => new UnsecuredJWT(claims()).encode(), FORGED],
    ['a little late', () => sign(claims({ exp: nowSeconds() - 30 })), BOT],
    ['too late', () => sign(claims({ exp: nowSeconds() - 61 })), wrong('service account token has expired')],
    ['too early', () => sign(claims({ nbf: nowSeconds() + 61 })), wrong('service account token is not valid yet')],
    [
      'of the future',
      () => sign(claims({ iat: nowSeconds() + 61 })),
      wrong('service account token is issued in the future'),
    ],
    [
      'for others',
      () => sign(claims({ aud: ['vault'] })),
      wrong(`token audiences ["vault"] is invalid for the target audiences ["${DEFAULT_ISSUER}"]`),
    ],
    ['for nobody by name', () => sign(claims({ aud: undefined })), BOT],
    ['of another issuer', () => sign(claims({ iss: 'https://else' })), 'invalid bearer token'],
    [
      'of an account that is not there',
      () => sign(claims({}, { serviceaccount: { name: 'gone', uid: 'u' } })),
      wrong('serviceaccounts "gone" not found'),
    ],
    [
      'of an account of that name before',
      () => sign(claims({}, { serviceaccount: { name: 'bot', uid: 'u' } })),
      wrong('service account UID (UID) does not match claim (u)'),
    ],
    [
      'bound to a pod that is not there',
      () => sign(claims({}, { pod: { name: 'p', uid: 'u' } })),
      wrong('service account token has been invalidated'),
    ],
    [
      'bound to a node that is not there',
      () => sign(claims({}, { node: { name: 'n', uid: 'u' } })),
      wrong('service account token has been invalidated'),
    ],
    [
      'bound to a secret of that name before',
      async () => {
        await server.call(admin, 'POST', SECRETS, { metadata: { name: 's' } });
        return sign(claims({}, { secret: { name: 's', uid: 'u' } }));
      },
      wrong('secret UID (UID) does not match service account secret ref claim (u)'),
    ],
    ['that is none', () => 'a.b.c', 'invalid bearer token'],
  ];
  it.each(cases)('I3 %s', async (_title, make, expected) => {
    expect((await review(await make())).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'UID')).toBe(expected);
  });
});

describe('a token in a secret', () => {
  async function keep(token: string, labels: Record<string, string> = {}): Promise<void> {
    await server.call(admin, 'POST', SECRETS, {
      metadata: { name: 't', labels, annotations: { 'kubernetes.io/service-account.name': 'bot' } },
      type: 'kubernetes.io/service-account-token',
      data: { token: Buffer.from(token).toString('base64') },
    });
  }

  const secret = async (): Promise<KubeObject> => (await server.call(admin, 'GET', `${SECRETS}/t`)).body;

  it('I6 is its account, however long, and its use is noted on the secret by the day', async () => {
    const token = await sign(legacyClaims());
    expect(await review(token)).toBe(wrong('Token has been invalidated'));
    await keep(token);
    await server.clock.advance(2 * 3_600_000);
    expect(await review(token)).toBe(BOT);
    await expect
      .poll(async () => (await secret()).metadata.labels, { timeout: 10_000 })
      .toEqual({
        'kubernetes.io/legacy-token-last-used': '2026-01-01',
      });
    const managers = (await secret()).metadata.managedFields as { manager: string }[];
    expect(managers.map(({ manager }) => manager)).toContain('kube-apiserver');
  });

  it('I6 signed as the server signs them for the controller', async () => {
    const token = await server.security.signSecretToken({ namespace: 'default', name: 'bot', uid }, 't');
    await keep(token);
    expect(await review(token)).toBe(BOT);
  });

  it.each<[string, object, string]>([
    ['without a subject', { sub: undefined }, 'sub claim is missing'],
    ['without a namespace', { [`${PREFIX}namespace`]: undefined }, 'namespace claim is missing'],
    ['without a secret', { [`${PREFIX}secret.name`]: undefined }, 'secretName claim is missing'],
    ['without an account', { [`${PREFIX}service-account.name`]: undefined }, 'serviceAccountName claim is missing'],
    ['without a uid', { [`${PREFIX}service-account.uid`]: undefined }, 'serviceAccountUID claim is missing'],
    ['of somebody else', { sub: 'system:serviceaccount:default:x' }, 'sub claim is invalid'],
    ['of a secret that is not there', { [`${PREFIX}secret.name`]: 'x' }, 'Token has been invalidated'],
    ['that is not the one in the secret', { more: 1 }, "Token does not match server's copy"],
  ])('I6 %s does not count', async (_title, more, why) => {
    await keep(await sign(legacyClaims()));
    expect(await review(await sign(legacyClaims(more)))).toBe(wrong(why));
  });

  it('I6 does not outlive its secret or its account', async () => {
    const token = await sign(legacyClaims());
    await keep(token);
    expect(await review(token)).toBe(BOT);
    await server.call(admin, 'DELETE', `${HOME}/serviceaccounts/bot`);
    await server.clock.advance(10_001);
    expect(await review(token)).toBe(wrong('serviceaccounts "bot" not found'));
    await server.call(admin, 'DELETE', `${SECRETS}/t`);
    expect(await review(token)).toBe(wrong('Token has been invalidated'));
  });

  it('I6 that is marked invalid is refused, and says how to go on', async () => {
    const token = await sign(legacyClaims());
    await keep(token, { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' });
    expect(await review(token)).toContain(
      'the token in secret default/t for service account default/bot has been marked invalid. Use tokens from',
    );
  });

  it('I6 that was made for its account warns whoever uses it', async () => {
    const token = await sign(legacyClaims());
    await keep(token);
    const warnings = async (): Promise<string> => {
      const { headers } = await server.fixture.server.handle({
        method: 'GET',
        url: '/version',
        headers: { authorization: `Bearer ${token}` },
        body: undefined,
        credentials: { type: 'network', remoteAddress: '127.0.0.1' },
        signal: new AbortController().signal,
      });
      return headers?.warning ?? '';
    };
    expect(await warnings()).toBe('');
    const { body } = await server.call(admin, 'GET', `${HOME}/serviceaccounts/bot`);
    await server.call(admin, 'PUT', `${HOME}/serviceaccounts/bot`, { ...body, secrets: [{ name: 't' }] });
    await server.clock.advance(10_001);
    const made = /^299 - "Use tokens from the TokenRequest API or manually created secret-based tokens instead/;
    expect(await warnings()).toMatch(made);
    // What is remembered of a token warns, too.
    expect(await warnings()).toMatch(made);
  });
});

describe('since when use is noted', () => {
  const since = async (): Promise<unknown> => (await server.call(admin, 'GET', TRACKING)).body.data;

  it('I6 stands in a ConfigMap that is put right at once, and comes back half an hour after it was made', async () => {
    expect(await since()).toEqual({ since: '2026-01-01' });
    const { body } = await server.call(admin, 'GET', TRACKING);
    await server.call(admin, 'PUT', TRACKING, { ...body, data: { since: 'long ago', more: 'kept' } });
    await expect.poll(since, { timeout: 10_000 }).toEqual({ since: '2026-01-01', more: 'kept' });
    await server.call(admin, 'DELETE', TRACKING);
    await server.clock.advance(29 * 60_000);
    expect(await since()).toBeUndefined();
    await server.clock.advance(60_000);
    await expect.poll(since, { timeout: 10_000 }).toEqual({ since: '2026-01-01' });
  });
});
