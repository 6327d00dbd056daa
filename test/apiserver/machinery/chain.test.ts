import { describe, expect, it } from 'vitest';
import { Exchange } from '../../../apiserver/machinery/exchange.ts';
import { type ChainStep, requestChain, runChain } from '../../../apiserver/machinery/request-chain.ts';
import { requestInfo } from '../../../apiserver/machinery/request-info.ts';
import { type AuditRecord, AuthenticationFailure } from '../../../apiserver/machinery/steps.ts';
import { RingRecorder } from '../../../base/ring-recorder.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { StoreError } from '../../../store/index.ts';
import { admin, startForTest as start, startServer } from './server-fixture.ts';
import { configMaps } from './test-rows.ts';

const CM = '/api/v1/namespaces/ns/configmaps';

describe('the request chain', () => {
  it('A2 steps run in one order, and a refusal ends the request', async () => {
    const ran: string[] = [];
    const step = (name: string, refuses = false): ChainStep => ({
      name,
      async run(_exchange, next) {
        ran.push(name);
        if (refuses) throw new Error(name);
        const answer = await next();
        ran.push(`/${name}`);
        return answer;
      },
    });
    const names = ['logging', 'deadline', 'authentication', 'audit', 'impersonation', 'flowControl', 'authorization'];
    const steps = (refusing = ''): Parameters<typeof requestChain>[0] =>
      Object.fromEntries(names.map((name) => [name, step(name, name === refusing)])) as never;
    const request = {
      method: 'GET',
      url: '/',
      headers: {},
      body: undefined,
      credentials: { type: 'network', remoteAddress: '' },
      signal: new AbortController().signal,
    } as const;
    const exchange = new Exchange(request, requestInfo('GET', '/'), undefined, 'id', 0, 0);
    const endpoint = async () => {
      ran.push('endpoint');
      return { type: 'bytes', code: 200, headers: {}, contentType: '', body: new Uint8Array(0) } as const;
    };
    await runChain(requestChain(steps()), exchange, endpoint);
    expect(ran).toEqual([...names, 'endpoint', ...names.toReversed().map((name) => `/${name}`)]);
    ran.length = 0;
    await expect(runChain(requestChain(steps('audit')), exchange, endpoint)).rejects.toThrow('audit');
    expect(ran).toEqual(names.slice(0, 4));
  });

  it('A3 401 for who is not known, 403 for who may not, on every path', async () => {
    const { call } = await start({
      authenticator: {
        authenticate: ({ headers }) =>
          headers.authorization === 'Bearer ok'
            ? { ...admin, name: 'eve' }
            : headers.authorization === undefined
              ? undefined
              : new AuthenticationFailure('wrong'),
      },
      authorizer: { authorize: () => ({ decision: 'noOpinion', reason: 'no rule' }) },
    });
    for (const url of [CM, '/healthz', '/api', '/nothing']) {
      expect((await call('GET', url)).body).toMatchObject({
        code: 401,
        reason: 'Unauthorized',
        message: 'Unauthorized',
      });
      expect((await call('GET', url, undefined, { authorization: 'Bearer x' })).code).toBe(401);
      expect((await call('GET', url, undefined, { authorization: 'Bearer ok' })).code).toBe(403);
    }
    const refused = await call('GET', CM, undefined, { authorization: 'Bearer ok' });
    expect(refused.body.message).toBe(
      'configmaps is forbidden: User "eve" cannot list resource "configmaps" in API group "" in the namespace "ns": no rule',
    );
  });

  it('A4 what takes too long is 504', async () => {
    const clock = new VirtualClock();
    const { call } = await start({
      clock,
      authorizer: { authorize: () => new Promise(() => {}) },
    });
    const pending = call('GET', `${CM}?timeout=5s`);
    await clock.advance(5_001);
    expect((await pending).body).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    });
    const { call: other } = await start();
    expect((await other('GET', `${CM}?timeout=soon`)).body.message).toBe(
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    );
  });

  it('A5 a failure inside is a 500, the store’s failures are what they are, and the server goes on', async () => {
    const rows = [{ ...configMaps, strategy: { validate: () => explode() } }];
    const { call, store } = await start({}, rows);
    const broken = await call('POST', CM, { metadata: { name: 'a' } });
    expect(broken.body).toMatchObject({ code: 500, reason: 'InternalError', message: 'Internal error occurred: boom' });
    expect((await call('GET', CM)).code).toBe(200);
    const range = store.range.bind(store);
    store.range = async () => {
      throw new StoreError('noLeader');
    };
    const away = await call('GET', `${CM}/a`);
    expect(away.body).toMatchObject({ code: 503, message: 'etcdserver: no leader' });
    expect(away.headers['retry-after']).toBe('1');
    store.range = async () => {
      throw new StoreError('unhealthy');
    };
    const gone = await call('GET', `${CM}/a`);
    expect(gone.body).toMatchObject({ code: 503, message: 'etcdserver: unhealthy cluster' });
    expect(gone.headers['retry-after']).toBeUndefined();
    store.range = range;
    expect((await call('GET', `${CM}/a`)).code).toBe(404);
  });

  it.each([
    ['GET', '/nope', 404, 'page'],
    ['GET', '/apis/nope', 404, 'page'],
    ['GET', '/apis/nope/v1/things', 404, 'page'],
    ['GET', '/apis/test.dev/v9', 404, 'status'],
    ['GET', '/api/v1/nopes', 404, 'status'],
    ['GET', '/api/v1/namespaces/ns/nopes/x', 404, 'status'],
    ['GET', '/api/v2/configmaps', 404, 'status'],
    ['POST', '/api/v1/configmaps', 405, 'status'],
    ['PUT', CM, 405, 'status'],
    ['POST', `${CM}/a`, 405, 'status'],
    ['PATCH', '/apis/test.dev/v1/zones', 405, 'status'],
    ['OPTIONS', CM, 405, 'status'],
    ['HEAD', `${CM}/a`, 405, 'status'],
    ['POST', '/version', 405, 'status'],
    ['GET', '/api/v1/configmaps/a', 404, 'status'],
    ['GET', '/apis/test.dev/v1/namespaces/ns/zones', 404, 'status'],
    ['GET', `${CM}/a/status`, 404, 'status'],
    ['GET', '/apis/test.dev/v1/namespaces/ns/widgets/a/status/deep', 404, 'status'],
    ['POST', '/api/v1', 405, 'status'],
  ])('A6 %s %s is %i, a %s', async (method, url, code, form) => {
    const { call } = await start();
    const { code: found, body } = await call(method, url, method === 'GET' ? undefined : {});
    expect(found).toBe(code);
    if (form === 'page') expect(body.text).toBe('404 page not found\n');
    else {
      const message =
        code === 404
          ? 'the server could not find the requested resource'
          : 'the server does not allow this method on the requested resource';
      expect(body).toMatchObject({ kind: 'Status', code, message, details: {} });
    }
  });

  it('A6 what cannot be listed has no path over all namespaces', async () => {
    const { call, close } = await startServer([{ ...configMaps, verbs: ['create'] }]);
    expect((await call('POST', '/api/v1/configmaps', {})).code).toBe(404);
    expect((await call('GET', '/api/v1/configmaps')).code).toBe(404);
    expect((await call('GET', CM)).code).toBe(405);
    await close();
  });

  it('Z3 tells how long it took to know who asks and whether they may', async () => {
    const { call } = await start();
    await call('GET', CM);
    const { body } = await call('GET', '/metrics');
    const [text, bounds] = [String(body.text), Array.from({ length: 15 }, (_, index) => String(2 ** index / 1000))];
    for (const [name, result] of [
      ['authentication_duration_seconds', 'success'],
      ['authorization_duration_seconds', 'allowed'],
    ] as const) {
      expect(text).toContain(`# TYPE ${name} histogram\n`);
      const found = [...text.matchAll(new RegExp(`^${name}_bucket\\{result="${result}",le="([^"]+)"\\}`, 'gm'))];
      expect(found.map(([, bound]) => bound)).toEqual([...bounds, '+Inf']);
    }
  });

  it('A7 every answer has an audit id and is not cached; warnings come once each', async () => {
    const { call } = await start();
    const { headers } = await call('GET', CM);
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['cache-control']).toBe('no-cache, private');
    expect((await call('GET', CM, undefined, { 'audit-id': 'mine' })).headers['audit-id']).toBe('mine');
    const WD = '/apis/test.dev/v1/namespaces/ns/widgets';
    const odd = await call('POST', WD, { metadata: { name: 'a' }, spec: { replicas: 13, 'x"y': 1 } });
    expect(odd.headers.warning).toBe('299 - "unknown field \\"spec.x\\\\\\"y\\"", 299 - "spec.replicas: unlucky"');
  });

  it('O4 too many are 429; the audit sink and the recorder see every request', async () => {
    const records: AuditRecord[] = [];
    const recorder = new RingRecorder(new VirtualClock());
    let places = 1;
    const { call } = await start({
      recorder,
      audit: {
        levelOf: () => 'Metadata',
        record: (record) => records.push(record) > 0,
      },
      flowControl: {
        acquire: () => {
          if (places === 0) return undefined;
          places--;
          return () => {
            places++;
          };
        },
      },
    });
    expect((await call('GET', CM)).code).toBe(200);
    places = 0;
    const { code, body, headers } = await call('GET', CM);
    expect([code, body.text]).toEqual([429, 'Too many requests, please try again later.\n']);
    expect(headers['retry-after']).toBe('1');
    expect(records.map(({ stage, code }) => [stage, code])).toContainEqual(['ResponseComplete', 200]);
    expect(records.filter(({ stage }) => stage === 'RequestReceived')).toHaveLength(2);
    expect(recorder.moments().filter(({ type }) => type === 'api.request')).toMatchObject([
      { verb: 'list', resource: 'configmaps', namespace: 'ns', user: 'admin', code: 200 },
      { verb: 'list', resource: 'configmaps', namespace: 'ns', user: 'admin', code: 429 },
    ]);
  });
});

function explode(): never {
  throw new Error('boom');
}
