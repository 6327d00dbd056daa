/** What is said and done around requests: headers for browsers, and sending clients away. */
import { describe, expect, it } from 'vitest';
import { type Manners, withManners } from '../../../apiserver/http/manners.ts';
import { textAnswer } from '../../../apiserver/machinery/answers.ts';
import type { ApiAnswer, ApiRequest } from '../../../apiserver/machinery/api-server.ts';

function request(url: string, headers: Record<string, string> = {}, method = 'GET'): ApiRequest {
  const signal = new AbortController().signal;
  return { method, url, headers, body: undefined, credentials: { type: 'network', remoteAddress: '' }, signal };
}

function serve(manners: Manners) {
  let ready = (): void => {};
  const readiness = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const waiting: (() => void)[] = [];
  const mannerly = withManners(
    {
      ready: () => readiness,
      handle: ({ url }) =>
        url === '/slow'
          ? new Promise<ApiAnswer>((resolve) => waiting.push(() => resolve(textAnswer(200, 'slow'))))
          : Promise.resolve(textAnswer(200, 'ok')),
    },
    manners,
  );
  return { mannerly, ready, finish: () => waiting.shift()?.() };
}

describe('manners', () => {
  it('H8 lets pages of allowed origins use the API, answers what they ask before, and tells others nothing', async () => {
    const { mannerly } = serve({ corsOrigins: ['^https://a\\.example(:|$)', '//b$'] });
    const allowed = await mannerly.handle(request('/api', { origin: 'https://a.example:8443' }));
    expect(allowed).toMatchObject({
      code: 200,
      headers: {
        'access-control-allow-origin': 'https://a.example:8443',
        'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'Date',
      },
    });
    expect((await mannerly.handle(request('/api', { origin: 'http://b' }, 'OPTIONS'))).code).toBe(204);
    const other = await mannerly.handle(request('/api', { origin: 'https://evil-a.example' }, 'OPTIONS'));
    expect(other.code).toBe(200);
    expect(Object.keys(other.headers)).not.toContain('access-control-allow-origin');
  });

  it('H8 tells browsers to come by HTTPS, in the words that it was given', async () => {
    const { mannerly } = serve({ transportSecurity: ['max-age=3', 'preload'] });
    const { headers } = await mannerly.handle(request('/api'));
    expect(headers['strict-transport-security']).toBe('max-age=3; preload');
  });

  it('H9 sends clients away until it was ready once, but for probes', async () => {
    const { mannerly, ready } = serve({ awayUntilReady: true });
    expect(await mannerly.handle(request('/api'))).toMatchObject({ code: 503, headers: { 'retry-after': '5' } });
    expect((await mannerly.handle(request('/livez'))).code).toBe(200);
    ready();
    await Promise.resolve();
    expect((await mannerly.handle(request('/api'))).code).toBe(200);
  });

  it('H9 sends new clients away when it ends, and knows how many wait for their answers', async () => {
    const { mannerly, finish } = serve({});
    const slow = mannerly.handle(request('/slow'));
    expect(mannerly.underWay).toBe(1);
    mannerly.turnAway();
    expect(await mannerly.handle(request('/api'))).toMatchObject({
      code: 429,
      headers: { 'retry-after': '5', connection: 'close' },
    });
    expect((await mannerly.handle(request('/readyz?verbose'))).code).toBe(200);
    finish();
    expect((await slow).code).toBe(200);
    expect(mannerly.underWay).toBe(0);
  });
});
