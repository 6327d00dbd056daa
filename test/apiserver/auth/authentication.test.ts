import { describe, expect, it } from 'vitest';
import { bearerToken, createAuthenticator } from '../../../apiserver/auth/authentication.ts';
import { FrontProxy, frontProxyDefaults } from '../../../apiserver/auth/front-proxy.ts';
import {
  CachingTokenAuthenticator,
  type TokenAuthenticator,
  unionOfTokens,
} from '../../../apiserver/auth/token-authenticators.ts';
import { makeUser } from '../../../apiserver/auth/users.ts';
import type { PresentedCertificate } from '../../../apiserver/machinery/api-server.ts';
import type { UserInfo } from '../../../apiserver/machinery/resource-row.ts';
import { AuthenticationFailure } from '../../../apiserver/machinery/steps.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { request } from './requests.ts';

const alice = makeUser('alice', ['g1'], 'u1');
const tokens: TokenAuthenticator = {
  authenticate: (token) =>
    token === 'good' ? { user: alice } : token === 'bad' ? new AuthenticationFailure('expired') : undefined,
};
const frontProxy = new FrontProxy(frontProxyDefaults);
const authenticator = createAuthenticator({ tokens, frontProxy, anonymous: true });

type Case = readonly [string, Parameters<typeof request>[0], Partial<PresentedCertificate> | undefined, string];
const cases: readonly Case[] = [
  ['nothing presented', {}, undefined, 'system:anonymous [system:unauthenticated]'],
  ['a known token', { authorization: 'Bearer good' }, undefined, 'alice [g1,system:authenticated]'],
  ['a known token, scheme in any case', { authorization: 'bEARER good' }, undefined, 'alice [g1,system:authenticated]'],
  ['an unknown token', { authorization: 'Bearer other' }, undefined, '401'],
  ['a wrong token', { authorization: 'Bearer bad' }, undefined, '401'],
  ['another scheme', { authorization: 'Basic good' }, undefined, 'system:anonymous [system:unauthenticated]'],
  ['an empty token', { authorization: 'Bearer  ' }, undefined, 'system:anonymous [system:unauthenticated]'],
  [
    'a client certificate',
    {},
    { commonName: 'bob', organizations: ['dev', 'ops'] },
    'bob [dev,ops,system:authenticated] X509SHA256=ab12',
  ],
  ['a certificate without a name', {}, { commonName: '' }, 'system:anonymous [system:unauthenticated]'],
  [
    'a certificate of another CA',
    {},
    { commonName: 'bob', organizations: ['system:masters'], signedBy: 'nobody' },
    '401',
  ],
  [
    'a certificate of another CA and a good token',
    { authorization: 'Bearer good' },
    { commonName: 'bob', signedBy: 'nobody' },
    'alice [g1,system:authenticated]',
  ],
  [
    'a certificate before a wrong token',
    { authorization: 'Bearer bad' },
    { commonName: 'bob' },
    'bob [system:authenticated] X509SHA256=ab12',
  ],
  [
    'front-proxy headers from the front proxy',
    { 'x-remote-user': 'carol', 'x-remote-group': ['a', 'b'], 'x-remote-extra-acme.com%2fteam': 'x' },
    { commonName: 'front-proxy-client', signedBy: 'front-proxy-ca' },
    'carol [a,b,system:authenticated]',
  ],
  [
    'front-proxy headers without a certificate count for nothing',
    { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    undefined,
    'system:anonymous [system:unauthenticated]',
  ],
  [
    'front-proxy headers with a client certificate count for nothing',
    { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    { commonName: 'bob' },
    'bob [system:authenticated] X509SHA256=ab12',
  ],
  [
    'front-proxy headers from a name that is not allowed',
    { 'x-remote-user': 'admin' },
    { commonName: 'other', signedBy: 'front-proxy-ca' },
    '401',
  ],
  [
    'a front-proxy certificate without headers is nobody: not the user of its name',
    {},
    { commonName: 'front-proxy-client', signedBy: 'front-proxy-ca' },
    'system:anonymous [system:unauthenticated]',
  ],
];

function show(answer: UserInfo | AuthenticationFailure | undefined): string {
  if (answer === undefined || answer instanceof AuthenticationFailure) return '401';
  const credential = answer.extra['authentication.kubernetes.io/credential-id'];
  return `${answer.name} [${answer.groups.join(',')}]${credential === undefined ? '' : ` ${credential.join(',')}`}`;
}

describe('authentication', () => {
  it.each(cases)('%s', async (_title, headers, certificate, expected) => {
    expect(show(await authenticator.authenticate(request(headers, certificate)))).toBe(expected);
  });

  it('loopback callers are who the wiring says', async () => {
    const answer = await authenticator.authenticate({
      ...request({ authorization: 'Bearer bad' }),
      credentials: { type: 'loopback', user: makeUser('system:kube-scheduler') },
    });
    expect(show(answer)).toBe('system:kube-scheduler [system:authenticated]');
  });

  it('decodes the names of extra headers', async () => {
    const answer = await authenticator.authenticate(
      request(
        { 'x-remote-user': 'carol', 'x-remote-extra-acme.com%2fteam': ['x', 'y'], 'x-remote-extra-__proto__': 'z' },
        { commonName: 'front-proxy-client', signedBy: 'front-proxy-ca' },
      ),
    );
    expect(Object.entries((answer as UserInfo).extra)).toEqual([
      ['acme.com/team', ['x', 'y']],
      ['__proto__', ['z']],
    ]);
  });

  it('anonymous requests can be forbidden, or limited to paths', async () => {
    const none = createAuthenticator({ anonymous: false });
    expect(await none.authenticate(request())).toBeUndefined();
    const some = createAuthenticator({ anonymous: ['/healthz'] });
    expect(show(await some.authenticate(request({}, undefined, '/healthz?verbose')))).toContain('system:anonymous');
    expect(await some.authenticate(request({}, undefined, '/api'))).toBeUndefined();
  });

  it('finds the token of a WebSocket', () => {
    const protocol = `v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.${Buffer.from('good').toString('base64url')}`;
    expect(bearerToken({ upgrade: 'websocket', 'sec-websocket-protocol': protocol })).toBe('good');
    expect(bearerToken({ 'sec-websocket-protocol': protocol })).toBeUndefined();
  });
});

describe('known tokens', () => {
  function counted(): { asked: number; inner: TokenAuthenticator } {
    const counter = { asked: 0, inner: {} as TokenAuthenticator };
    counter.inner = {
      authenticate: (token) => {
        counter.asked++;
        return token === 'good' ? { user: alice } : undefined;
      },
    };
    return counter;
  }

  it('are asked for once in ten seconds, and answered without a promise', async () => {
    const clock = new VirtualClock();
    const counter = counted();
    const cache = new CachingTokenAuthenticator(unionOfTokens([counter.inner]), clock);
    await Promise.all([cache.authenticate('good'), cache.authenticate('good')]);
    expect(cache.authenticate('good')).toEqual({ user: alice });
    expect(counter.asked).toBe(1);
    await clock.advance(10_000);
    expect(await cache.authenticate('good')).toEqual({ user: alice });
    expect(counter.asked).toBe(2);
  });

  it('unknown tokens are not remembered, other audiences are another question', async () => {
    const counter = counted();
    const cache = new CachingTokenAuthenticator(counter.inner, new VirtualClock());
    await cache.authenticate('other');
    await cache.authenticate('other');
    expect(counter.asked).toBe(2);
    await cache.authenticate('good');
    await cache.authenticate('good', ['vault']);
    expect(counter.asked).toBe(4);
  });

  it('the memory is bounded', async () => {
    const cache = new CachingTokenAuthenticator({ authenticate: () => ({ user: alice }) }, new VirtualClock());
    await cache.authenticate('first');
    for (let i = 0; i < 4096; i++) await cache.authenticate(`token-${i}`);
    expect(cache.authenticate('token-4095')).not.toBeInstanceOf(Promise);
    expect(cache.authenticate('first')).toBeInstanceOf(Promise);
  });
});
