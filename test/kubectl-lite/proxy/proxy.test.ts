/** The proxy in front of a plain server: whom it lets through, with whose credentials, and what it keeps to itself. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../base/system.ts';
import type { Connection } from '../../../kubectl-lite/kubeconfig.ts';
import { type Patterns, requestFilter } from '../../../kubectl-lite/proxy/filter.ts';
import { type ProxyOptions, proxyServer } from '../../../kubectl-lite/proxy/server.ts';
import { filesOf } from '../../../kubectl-lite/proxy/static-files.ts';
import { Rest } from '../../../kubectl-lite/rest.ts';

const patterns: Patterns = {
  acceptPaths: '^.*',
  rejectPaths: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
  acceptHosts: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
  rejectMethods: '^$',
};

describe('a filter', () => {
  const accepts = requestFilter(patterns);
  it.each([
    ['GET', '/api/v1/pods', 'localhost:8001', true],
    ['DELETE', '/api/v1/pods', '127.0.0.1', true],
    ['GET', '/api/v1/pods', 'evil.example', false],
    ['GET', '/api/v1/pods', 'localhost.evil.example:8001', false],
    ['GET', '/api/v1/pods', '', false],
    ['POST', '/api/v1/namespaces/a/pods/b/exec', 'localhost', false],
    ['POST', '/api/v1/namespaces/a/pods/b/attach', 'localhost', false],
  ])('judges %s %s for %j', (method, asked, host, accepted) => {
    expect(accepts({ method, path: asked, host })).toBe(accepted);
  });

  it('rejects methods, and patterns that are none', () => {
    const readOnly = requestFilter({ ...patterns, rejectMethods: 'POST,PUT,^D' });
    expect(readOnly({ method: 'DELETE', path: '/', host: 'localhost' })).toBe(false);
    expect(readOnly({ method: 'GET', path: '/', host: 'localhost' })).toBe(true);
    expect(() => requestFilter({ ...patterns, acceptPaths: '(' })).toThrow('Error compiling re: ');
  });
});

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

interface Asked {
  readonly headers?: http.OutgoingHttpHeaders;
  readonly method?: string;
  readonly body?: string;
}

/** A server that echoes what it was asked, a proxy before it, and who asks the proxy. */
async function proxied(
  options: Partial<ProxyOptions> = {},
  serverPath = '',
): Promise<(target: string, asked?: Asked) => Promise<Answer>> {
  const behind = http.createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('end', () => {
      const { method, url, headers } = request;
      response.end(JSON.stringify({ method, url, headers, body }));
    });
  });
  const connection: Connection = {
    server: `http://127.0.0.1:${await listening(behind)}${serverPath}`,
    ca: undefined,
    insecure: false,
    serverName: undefined,
    cert: undefined,
    key: undefined,
    token: 'secret',
    basic: undefined,
    impersonate: { 'impersonate-user': 'jane' },
    timeoutMs: 0,
    namespace: 'default',
    namespaceGiven: false,
  };
  const rest = new Rest(connection, systemClock, () => {});
  const server = proxyServer(rest, {
    filter: requestFilter(patterns),
    apiPrefix: '/',
    staticPrefix: '/static/',
    serveFile: undefined,
    appendServerPath: false,
    ...options,
  });
  const port = await listening(server);
  return (target, { headers = {}, method = 'GET', body } = {}) =>
    new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port, path: target, method, headers, agent: false },
        (answer) => {
          let text = '';
          answer.on('data', (bytes) => {
            text += bytes;
          });
          answer.on('end', () => resolve({ status: answer.statusCode, location: answer.headers.location, body: text }));
        },
      );
      request.on('error', reject).end(body);
    });
}

describe('a proxy', () => {
  it('passes a request on as the user of the kubeconfig', async () => {
    const ask = await proxied();
    const { status, body } = await ask('/api/v1/pods?watch=1', {
      method: 'POST',
      body: 'some text',
      headers: { 'x-own': 'a', 'keep-alive': 'x', connection: 'x-gone', 'x-gone': 'b' },
    });
    const seen = JSON.parse(body);
    expect([status, seen.method, seen.url, seen.body]).toEqual([200, 'POST', '/api/v1/pods?watch=1', 'some text']);
    expect(seen.headers).toMatchObject({ authorization: 'Bearer secret', 'impersonate-user': 'jane', 'x-own': 'a' });
    expect(seen.headers['x-gone']).toBeUndefined();
    expect(seen.headers.host).toMatch(/^127\.0\.0\.1:/);
  });

  it('leaves to a request the credentials that it brings', async () => {
    const ask = await proxied();
    const { body } = await ask('/', { headers: { authorization: 'Bearer other' } });
    expect(JSON.parse(body).headers.authorization).toBe('Bearer other');
  });

  it('passes nothing on for another name, or to what is rejected, however it is written', async () => {
    const ask = await proxied();
    const refused = async (target: string, headers: http.OutgoingHttpHeaders = {}): Promise<unknown> => {
      const { status, body } = await ask(target, { headers });
      return [status, body];
    };
    expect(await refused('/api', { host: 'evil.example' })).toEqual([403, 'Forbidden\n']);
    expect(await refused('/api/v1/namespaces/a/pods/b/exec')).toEqual([403, 'Forbidden\n']);
    expect(await refused('/api/v1/namespaces/a/pods/b/%65xec')).toEqual([403, 'Forbidden\n']);
    expect(await refused('/%61pi/v1/namespaces/a/pods/b/exec')).toEqual([403, 'Forbidden\n']);
    expect(await refused('/api/%zz')).toEqual([400, 'Bad Request\n']);
    expect(await ask('/x/../api//v1?a=b')).toMatchObject({ status: 301, location: '/api/v1?a=b' });
    expect(await ask('/api/v1/namespaces/a/pods/b/x/..%2fexec')).toMatchObject({ status: 301 });
  });

  it('may have its API below a prefix, and put the path of its server before each', async () => {
    const ask = await proxied({ apiPrefix: '/k8s/', appendServerPath: true }, '/base');
    expect(JSON.parse((await ask('/k8s/api/v1?x=1')).body).url).toBe('/base/api/v1?x=1');
    expect(await ask('/k8s')).toMatchObject({ status: 301, location: '/k8s/' });
    expect(await ask('/api/v1')).toMatchObject({ status: 404 });
    expect(await ask('/k8s/api/v1/namespaces/a/pods/b/exec')).toMatchObject({ status: 403 });
  });

  it('serves files of one directory and no others', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
    ends.push(() => fs.rmSync(folder, { recursive: true }));
    fs.mkdirSync(path.join(folder, 'sub'));
    fs.writeFileSync(path.join(folder, 'sub', 'a<b>.txt'), 'text');
    const ask = await proxied({ serveFile: filesOf(path.join(folder, 'sub')) });
    expect(await ask('/static/a%3Cb%3E.txt')).toMatchObject({ status: 200, body: 'text' });
    expect((await ask('/static/')).body).toContain('<a href="./a%3Cb%3E.txt">a&#60;b&#62;.txt</a>');
    expect(await ask('/static/none')).toMatchObject({ status: 404 });
    expect(await ask('/static/%2e%2e/sub/')).toMatchObject({ status: 301, location: '/sub/' });
    expect(await ask('/static/..%2f..%2fetc/passwd')).toMatchObject({ status: 301, location: '/etc/passwd' });
  });
});
