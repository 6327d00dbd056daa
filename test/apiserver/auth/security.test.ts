import { generateKeyPairSync } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ISSUER } from '../../../apiserver/auth/identity-sources.ts';
import { controllerUser, nodeUser, schedulerUser } from '../../../apiserver/auth/users.ts';
import { ADMIN_TOKEN, type Caller, type SecuredServer, startSecured, USER_TOKEN } from './secured-server.ts';

let server: SecuredServer;
const admin: Caller = { token: ADMIN_TOKEN };
const user: Caller = { token: USER_TOKEN };

beforeAll(async () => {
  server = await startSecured();
  for (const name of ['default', 'kube-system', 'other']) {
    await server.call(admin, 'POST', '/api/v1/namespaces', { metadata: { name } });
    await server.call(admin, 'POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  }
});
afterAll(() => server.close());

async function ask(caller: Caller, line: string, body?: object): Promise<string> {
  const [method = '', url = ''] = line.split(' ');
  const answer = await server.call(caller, method, url, body);
  const { message } = answer.body as { message?: string };
  return message === undefined ? String(answer.code) : `${answer.code} ${message}`;
}

describe('who may ask at all', () => {
  const nobody: Caller = {};
  it.each<[string, Caller, string, string]>([
    ['an unknown token', { token: 'wrong' }, 'GET /api/v1/pods', '401 Unauthorized'],
    ['an unknown token, even for what is open', { token: 'wrong' }, 'GET /healthz', '401 Unauthorized'],
    [
      'a certificate of another authority',
      { certificate: { commonName: 'admin', organizations: ['system:masters'], signedBy: 'nobody', sha256: '' } },
      'GET /api/v1/pods',
      '401 Unauthorized',
    ],
    [
      'a certificate of a master',
      { certificate: { commonName: 'a', organizations: ['system:masters'], signedBy: 'client-ca', sha256: '' } },
      'GET /api/v1/pods',
      '200',
    ],
    ['nobody: health', nobody, 'GET /healthz', '200'],
    ['nobody: version', nobody, 'GET /version', '200'],
    ['nobody: discovery', nobody, 'GET /apis', '403 forbidden: User "system:anonymous" cannot get path "/apis"'],
    [
      'nobody: pods',
      nobody,
      'GET /api/v1/pods',
      '403 pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    ['a user: discovery', user, 'GET /apis', '200'],
    [
      'a user: pods',
      user,
      'GET /api/v1/namespaces/default/pods',
      '403 pods is forbidden: User "user" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
    [
      'a user: a deployment by name',
      user,
      'DELETE /apis/apps/v1/namespaces/default/deployments/web',
      '403 deployments.apps "web" is forbidden: User "user" cannot delete resource "deployments" in API group "apps" in the namespace "default"',
    ],
    [
      'a user: a subresource',
      user,
      'GET /api/v1/namespaces/default/pods/web/log',
      '403 pods "web" is forbidden: User "user" cannot get resource "pods/log" in API group "" in the namespace "default"',
    ],
    [
      'front-proxy headers by a user',
      { ...user, headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' } },
      'GET /api/v1/nodes',
      '403 nodes is forbidden: User "user" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [
      'impersonation without rights',
      { ...user, headers: { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' } },
      'GET /api/v1/nodes',
      '403 users "admin" is forbidden: User "user" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      'impersonation of somebody with fewer rights',
      { ...admin, headers: { 'impersonate-user': 'eve' } },
      'GET /api/v1/nodes',
      '403 nodes is forbidden: User "eve" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
  ])('%s', async (_title, caller, line, expected) => {
    expect(await ask(caller, line)).toBe(expected);
  });
});

describe('our own components work with their own rights alone', () => {
  it.each<[string, Caller, string, string]>([
    ['scheduler reads pods', { loopback: schedulerUser }, 'GET /api/v1/pods', '200'],
    ['scheduler reads no secrets', { loopback: schedulerUser }, 'GET /api/v1/secrets', '403'],
    [
      'deployment controller reads replica sets',
      { loopback: controllerUser('deployment-controller') },
      'GET /apis/apps/v1/replicasets',
      '200',
    ],
    [
      'deployment controller reads no nodes',
      { loopback: controllerUser('deployment-controller') },
      'GET /api/v1/nodes',
      '403',
    ],
    [
      'a node reads its own pods',
      { loopback: nodeUser('n1') },
      'GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn1',
      '200',
    ],
    ['a node reads no other pods', { loopback: nodeUser('n1') }, 'GET /api/v1/pods', '403'],
    ['a node reads no secrets', { loopback: nodeUser('n1') }, 'GET /api/v1/namespaces/default/secrets/s', '403'],
  ])('%s', async (_title, caller, line, expected) => {
    expect((await ask(caller, line)).slice(0, 3)).toBe(expected);
  });

  it('a node registers itself and nobody else', async () => {
    const node: Caller = { loopback: nodeUser('n1') };
    expect(await ask(node, 'POST /api/v1/nodes', { metadata: { name: 'n1' } })).toBe('201');
    expect(await ask(node, 'POST /api/v1/nodes', { metadata: { name: 'n2' } })).toBe(
      '403 nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    );
  });
});

describe('service-account tokens', () => {
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const pods = '/api/v1/namespaces/default/pods';

  interface Issued {
    spec: { audiences: string[]; expirationSeconds: number };
    status: { token: string; expirationTimestamp: string };
  }
  async function issue(spec: object = {}): Promise<Issued> {
    const { code, body } = await server.call(admin, 'POST', path, { spec });
    expect([code, (body as { message?: string }).message]).toEqual([201, undefined]);
    return body as unknown as Issued;
  }
  const payloadOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const works = async (token: string): Promise<boolean> => (await ask({ token }, 'GET /apis')) === '200';

  it('say who, for whom, until when', async () => {
    const { status, spec } = await issue({ expirationSeconds: 1200 });
    expect(spec).toMatchObject({ audiences: [DEFAULT_ISSUER], expirationSeconds: 1200 });
    expect(status.expirationTimestamp).toBe('2026-01-01T00:20:00Z');
    expect(payloadOf(status.token)).toMatchObject({
      iss: DEFAULT_ISSUER,
      sub: 'system:serviceaccount:default:default',
      aud: [DEFAULT_ISSUER],
      exp: Date.UTC(2026, 0, 1, 0, 20) / 1000,
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'default' } },
    });
    expect(await ask({ token: status.token }, `GET ${pods}`)).toBe(
      '403 pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    expect(await works(status.token)).toBe(true);
  });

  it.each([
    [
      { expirationSeconds: 599 },
      '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    [{ expirationSeconds: 2 ** 33 }, 'may not specify a duration larger than 2^32 seconds'],
    [{ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'none' } }, '404 pods "none" not found'],
    [{ boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'c' } }, '400 cannot bind token to object of type'],
  ])('%j is refused', async (spec, message) => {
    expect(await ask(admin, `POST ${path}`, { spec })).toContain(message);
  });

  it('of an account that does not exist are not made', async () => {
    expect(await ask(admin, `POST ${path.replace('default/token', 'nobody/token')}`, { spec: {} })).toBe(
      '404 serviceaccounts "nobody" not found',
    );
  });

  it('for another audience do not open this server', async () => {
    expect(await works((await issue({ audiences: ['vault'] })).status.token)).toBe(false);
    expect(await works((await issue({ audiences: ['vault', DEFAULT_ISSUER] })).status.token)).toBe(true);
  });

  it('I4 die with the pod that they are bound to, within ten seconds', async () => {
    const pod = {
      metadata: { name: 'web' },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
    };
    expect(await ask(admin, `POST ${pods}`, pod)).toBe('201');
    const { status } = await issue({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web' } });
    expect(payloadOf(status.token)).toMatchObject({ 'kubernetes.io': { pod: { name: 'web' } } });
    expect(await works(status.token)).toBe(true);
    await server.call(admin, 'DELETE', `${pods}/web?gracePeriodSeconds=0`);
    await server.clock.advance(10_001);
    expect(await works(status.token)).toBe(false);
  });

  it('I4 die with the secret, and not for another of the same name', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    await server.call(admin, 'POST', secrets, { metadata: { name: 's' } });
    const { status } = await issue({ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 's' } });
    expect(await works(status.token)).toBe(true);
    await server.call(admin, 'DELETE', `${secrets}/s`);
    await server.call(admin, 'POST', secrets, { metadata: { name: 's' } });
    await server.clock.advance(10_001);
    expect(await works(status.token)).toBe(false);
  });

  it('I4 die with the node, and for another of the same name', async () => {
    await server.call(admin, 'POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
    const { status } = await issue({ boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'n1' } });
    expect(payloadOf(status.token)).toMatchObject({ 'kubernetes.io': { node: { name: 'n1' } } });
    expect(await works(status.token)).toBe(true);
    await server.call(admin, 'DELETE', '/api/v1/nodes/n1');
    await server.clock.advance(10_001);
    expect(await works(status.token)).toBe(false);
    await server.call(admin, 'POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
    expect(await works(status.token)).toBe(false);
  });

  it('I3 expire, a minute late at most', async () => {
    const { status } = await issue({ expirationSeconds: 600 });
    await server.clock.advance(655_000);
    expect(await works(status.token)).toBe(true);
    await server.clock.advance(10_000);
    expect(await works(status.token)).toBe(false);
  });

  it('a mounted one lives for a year, and says after an hour that it is old', async () => {
    const pod = {
      metadata: { name: 'old' },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
    };
    await server.call(admin, 'POST', pods, pod);
    const bound = { kind: 'Pod', apiVersion: 'v1', name: 'old' };
    const { status, spec } = await issue({ expirationSeconds: 3607, boundObjectRef: bound });
    const claims = payloadOf(status.token) as { exp: number; iat: number; 'kubernetes.io': { warnafter: number } };
    expect(spec.expirationSeconds).toBe(3607);
    expect(claims.exp - claims.iat).toBe(365 * 24 * 3600);
    expect(claims['kubernetes.io'].warnafter - claims.iat).toBe(3607);
  });

  it('I3 what is forged in any way is refused', async () => {
    const { status } = await issue();
    const claims = payloadOf(status.token);
    const [header = '', payload = '', signature = ''] = status.token.split('.');
    const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = (key: Parameters<SignJWT['sign']>[0], alg: string, more: object = {}): Promise<string> =>
      new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg }).sign(key);
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:admin' }));
    const forged: Record<string, string> = {
      'alg none': new UnsecuredJWT(claims).encode(),
      'alg none with our header': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
      'the public key as a shared secret': await signed(Buffer.from(server.pki.serviceAccount.publicKeyPem), 'HS256'),
      'another key': await signed(strange.privateKey, 'ES256'),
      'another payload': `${header}.${other.toString('base64url')}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'a torn signature': status.token.slice(0, -4),
      'another issuer': await signed(strange.privateKey, 'ES256', { iss: 'https://evil.test' }),
      'no JWT': 'a.b.c',
      'an embedded key': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', jwk: strange.publicKey.export({ format: 'jwk' }) as object })
        .sign(strange.privateKey),
    };
    for (const [title, token] of Object.entries(forged)) {
      expect([title, await ask({ token }, 'GET /apis')]).toEqual([title, '401 Unauthorized']);
    }
  });

  it('are not yet valid before their time', async () => {
    const { createPrivateKey } = await import('node:crypto');
    const { status } = await issue();
    const later = Math.floor(server.clock.nowMs() / 1000) + 3600;
    const token = await new SignJWT({ ...payloadOf(status.token), nbf: later, iat: later, exp: later + 60 })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(createPrivateKey(server.pki.serviceAccount.privateKeyPem));
    expect(await works(token)).toBe(false);
  });
});

describe('no answer shows a token', () => {
  it('whatever is asked', async () => {
    const seen: string[] = [];
    for (const caller of [admin, user, { token: 'secret-but-wrong' }]) {
      for (const url of ['/api/v1/pods', '/apis/x', `/api/v1/namespaces/${USER_TOKEN.slice(0, 4)}/pods`, '/metrics']) {
        seen.push(JSON.stringify(await server.call(caller, 'GET', url)));
      }
    }
    for (const text of seen)
      for (const token of [ADMIN_TOKEN, USER_TOKEN, 'secret-but-wrong']) expect(text).not.toContain(token);
  });
});
