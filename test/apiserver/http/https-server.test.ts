import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type CertificatePair, makeAuthority, makeCertificate } from '../../../apiserver/auth/certificates.ts';
import { ClientCertificates } from '../../../apiserver/auth/client-certificates.ts';
import { type HttpListener, type ListenOptions, listen } from '../../../apiserver/http/https-server.ts';
import type { ApiAnswer, ApiServer } from '../../../apiserver/machinery/api-server.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { UsageError } from '../../../base/errors.ts';
import { limits } from '../../../base/limits.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { admin, type Fixture, startServer } from '../machinery/server-fixture.ts';
import { testRows } from '../machinery/test-rows.ts';
import { call, converse, open } from './http-client.ts';

const CM = '/api/v1/namespaces/ns/configmaps';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function serve(server: ApiServer, options: Partial<ListenOptions> = {}): Promise<HttpListener> {
  const listener = await listen({
    server,
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
  opened.push({ close: () => listener.close(0) });
  return listener;
}

async function start(
  options: Partial<ListenOptions> = {},
  server: Parameters<typeof startServer>[1] = {},
): Promise<{ fixture: Fixture; listener: HttpListener; url: string }> {
  const fixture = await startServer(testRows, server);
  opened.push(fixture);
  const listener = await serve(fixture.server, options);
  return { fixture, listener, url: listener.url };
}

/** A server that gives the same answer to everything. */
const constantly = (answer: ApiAnswer): ApiServer => ({
  handle: async () => answer,
  ready: async () => {},
  close: async () => {},
});

const json = (body: Buffer): KubeObject => JSON.parse(body.toString('utf8')) as KubeObject;
const named = (name: string, data: object = {}): string => JSON.stringify({ metadata: { name }, data });

let authority: CertificatePair;
let server: CertificatePair;
let client: CertificatePair;

beforeAll(async () => {
  const context = { nowMs: systemClock.nowMs(), random: new SeededRandom('certificates') };
  authority = await makeAuthority('test-ca', context);
  const request = { commonName: 'server', usages: ['server'], names: ['127.0.0.1'] } as const;
  server = await makeCertificate(request, authority, context);
  client = await makeCertificate(
    { commonName: 'jane', organizations: ['devs'], usages: ['client'] },
    authority,
    context,
  );
});

const secured = (): Partial<ListenOptions> => ({
  tls: { key: server.keyPem, certificate: server.certificatePem },
  certificates: new ClientCertificates({ clientPem: authority.certificatePem }, systemClock),
});

describe('requests and answers', () => {
  it('H1 of a header that is sent twice the first counts', async () => {
    const { url } = await start();
    const first = await call(`${url}/api`, { headers: { accept: ['application/yaml', 'application/json'] } });
    expect(first.headers['content-type']).toBe('application/yaml');
    // One that holds several.
    const several = await call(`${url}/api`, { headers: { accept: 'text/html, application/yaml' } });
    expect(several.headers['content-type']).toBe('application/yaml');
  });

  it('H1 plain HTTP carries methods, headers, bodies and codes', async () => {
    const { url } = await start();
    const created = await call(`${url}${CM}`, { method: 'POST', body: named('a') });
    expect([created.status, created.headers['content-type']]).toEqual([201, 'application/json']);
    expect(json(created.body).metadata.name).toBe('a');
    const strict = await call(`${url}${CM}?fieldValidation=Warn`, {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: 'b' }, nonsense: 1 }),
    });
    expect(strict.headers.warning).toBe('299 - "unknown field \\"nonsense\\""');
    // In any script; what cannot be printed is told as Go quotes it.
    const odd = await call(`${url}${CM}`, {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: 'c' }, '\u5c0f\u{1f600}': 1, '\u0007': 1 }),
    });
    expect(odd.status).toBe(201);
    expect(Buffer.from(String(odd.headers.warning), 'latin1').toString('utf8')).toBe(
      '299 - "unknown field \\"\u5c0f\u{1f600}\\"", 299 - "unknown field \\"\\\\a\\""',
    );
    const head = await call(`${url}/openapi/v2`, { method: 'HEAD' });
    const got = await call(`${url}/openapi/v2`);
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(got.body.length)]);
    expect((await call(`${url}${CM}/missing`)).status).toBe(404);
    expect((await call(`${url}/nowhere`)).body.toString()).toBe('404 page not found\n');
  });

  it('H1 bodies may come in pieces and connections serve many requests', async () => {
    const { url } = await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (const name of ['a', 'b', 'c']) {
      const status = await new Promise((resolve, reject) => {
        const request = http.request(`${url}${CM}`, {
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json' },
        });
        request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)));
        request.on('error', reject);
        const body = named(name);
        request.write(body.slice(0, 10));
        request.end(body.slice(10));
      });
      expect(status).toBe(201);
    }
    expect(Object.values(agent.freeSockets).flat().length).toBe(1);
    agent.destroy();
  });

  it('H1 a client certificate reaches the authenticator, judged', async () => {
    const seen: unknown[] = [];
    const authenticator = {
      authenticate: ({ credentials }: { credentials: { type: string; certificate?: object } }) => {
        seen.push(credentials.certificate);
        return admin;
      },
    };
    const { url } = await start(secured(), { authenticator });
    const ca = authority.certificatePem;
    const ownCa = await makeAuthority('other', { nowMs: systemClock.nowMs(), random: new SeededRandom('other') });
    const stranger = await makeCertificate({ commonName: 'jane', usages: ['client'] }, ownCa, {
      nowMs: systemClock.nowMs(),
      random: new SeededRandom('stranger'),
    });
    for (const pair of [undefined, client, stranger]) {
      const identity = pair === undefined ? {} : { cert: pair.certificatePem, key: pair.keyPem };
      expect((await call(`${url}/version`, { ca, ...identity })).status).toBe(200);
    }
    expect(seen).toEqual([
      undefined,
      expect.objectContaining({ commonName: 'jane', organizations: ['devs'], signedBy: 'client-ca' }),
      expect.objectContaining({ commonName: 'jane', signedBy: 'nobody' }),
    ]);
  });

  it('H2 a body that is too large is 413, whether or not its length is told', async () => {
    const { url, listener } = await start();
    const body = Buffer.alloc(limits.requestBodyBytesMax + 1, ' ');
    const told = await call(`${url}${CM}`, { method: 'POST', body });
    expect([told.status, told.headers.connection, json(told.body)]).toEqual([
      413,
      'close',
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Request entity too large: limit is ${limits.requestBodyBytesMax}`,
        reason: 'RequestEntityTooLarge',
        code: 413,
      },
    ]);
    const untold = await converse(
      listener.port,
      Buffer.concat([
        Buffer.from(
          `POST ${CM} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`,
        ),
        body,
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
    );
    expect(untold).toMatch(/^HTTP\/1\.1 413 [\s\S]*Connection: close/i);
    expect((await call(`${url}${CM}`, { method: 'POST', body: named('a') })).status).toBe(201);
  });
});

describe('big answers', () => {
  const big = (name: string): string => named(name, { text: 'x'.repeat(100_000) });

  it('H3 are compressed for who accepts it', async () => {
    const { url } = await start();
    for (const name of ['a', 'b']) await call(`${url}${CM}`, { method: 'POST', body: big(name) });
    const plain = await call(`${url}${CM}`);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const packed = await call(`${url}${CM}`, { headers: { 'accept-encoding': 'gzip' } });
    expect([packed.headers['content-encoding'], packed.headers.vary]).toEqual(['gzip', 'Accept-Encoding']);
    expect(packed.body.length).toBeLessThan(plain.body.length / 20);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    for (const accepted of ['gzip;q=0', 'br']) {
      const answer = await call(`${url}${CM}`, { headers: { 'accept-encoding': accepted } });
      expect(answer.headers['content-encoding']).toBeUndefined();
    }
    const small = await call(`${url}/version`, { headers: { 'accept-encoding': 'gzip' } });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('H3 come in pieces as the client takes them', async () => {
    const piece = Buffer.alloc(256 * 1024, 'x');
    let taken = 0;
    const answer: ApiAnswer = {
      type: 'object',
      code: 200,
      headers: {},
      object: { metadata: {} },
      bytes: () => new Uint8Array(0),
      *chunks() {
        for (; taken < 400; taken++) yield piece;
      },
    };
    const listener = await serve(constantly(answer));
    const response = await open(`${listener.url}/list`);
    response.pause();
    await systemClock.sleep(50);
    expect(taken).toBeLessThan(100);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect([taken, bytes]).toEqual([400, 400 * piece.length]);
  });

  it('H3 a client that reads nothing is cut off after a while', async () => {
    const clock = new VirtualClock();
    const piece = Buffer.alloc(256 * 1024, 'x');
    let ended = false;
    const answer: ApiAnswer = {
      type: 'watch',
      code: 200,
      headers: {},
      contentType: 'application/json',
      events: (async function* () {
        try {
          for (;;) yield { type: 'ADDED' as const, object: { metadata: {} }, bytes: () => piece };
        } finally {
          ended = true;
        }
      })(),
    } as ApiAnswer;
    const listener = await serve(constantly(answer), { clock });
    const response = await open(`${listener.url}/watch`);
    response.pause();
    const closed = new Promise((resolve) => response.on('error', () => {}).on('close', resolve));
    await systemClock.sleep(50);
    expect(ended).toBe(false);
    await clock.advance(31_000);
    await systemClock.sleep(20);
    expect(ended).toBe(true);
    response.resume();
    await closed;
    expect(response.complete).toBe(false);
  });
});

describe('watches', () => {
  it('H4 over chunked HTTP: one line for each event, until the client goes', async () => {
    const { url } = await start();
    const response = await open(`${url}${CM}?watch=true&allowWatchBookmarks=true`);
    expect([response.statusCode, response.headers['transfer-encoding']]).toEqual([200, 'chunked']);
    for (const name of ['a', 'b']) await call(`${url}${CM}`, { method: 'POST', body: named(name) });
    expect((await call(`${url}/metrics`)).body.toString()).toMatch(/longrunning_requests\{verb="WATCH".*\} 1\n/);
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.split('\n').length > 2) break;
    }
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: KubeObject });
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(['ADDED a', 'ADDED b']);
    const watching = async (): Promise<string | undefined> =>
      /apiserver_longrunning_requests\{verb="WATCH".*\} (\d)/.exec((await call(`${url}/metrics`)).body.toString())?.[1];
    await expect.poll(watching).toBe('0');
  });

  it('H4 ends by itself after timeoutSeconds', async () => {
    const { url } = await start();
    const answer = await call(`${url}${CM}?watch=true&timeoutSeconds=1`);
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });

  it('H4 over WebSocket: one message for each event', async () => {
    const { listener, url } = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}${CM}?watch=true&timeoutSeconds=1`);
    const messages: string[] = [];
    socket.on('message', (data, binary) => messages.push(`${binary} ${String(data)}`));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    await call(`${url}${CM}`, { method: 'POST', body: named('a') });
    await expect.poll(() => messages.length).toBe(1);
    expect(messages[0]).toMatch(/^false \{"type":"ADDED","object":\{[^\n]*"name":"a"[^\n]*\}\}\n?$/);
    expect((await closed)[0]).toBe(1000);
  });

  it('H4 an upgrade that is no watch, or is refused, is answered in HTTP', async () => {
    const { listener } = await start();
    const upgrade = (path: string): Promise<string> =>
      converse(
        listener.port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
    expect(await upgrade(`${CM}/missing`)).toMatch(/^HTTP\/1\.1 404 [\s\S]*"reason":"NotFound"/);
    expect(await upgrade(`${CM}?watch=true&labelSelector=!`)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"reason":"BadRequest"/);
  });
});

describe('what is no request', () => {
  it('H5 plain HTTP on the TLS port is told so', async () => {
    const { listener, url } = await start(secured());
    const answer = await converse(listener.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer).toBe('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
    expect((await call(`${url}/version`, { ca: authority.certificatePem })).status).toBe(200);
  });

  it('H5 what is not HTTP is 400', async () => {
    const { listener, url } = await start();
    for (const garbage of [
      '\x16\x03\x01\x00\x05hello',
      'NONSENSE\r\n\r\n',
      'GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
    ]) {
      expect(await converse(listener.port, garbage)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    }
    const headers = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(2 * 1024 * 1024)}\r\n\r\n`;
    expect(await converse(listener.port, headers)).toMatch(/^(HTTP\/1\.1 431 |$)/);
    expect((await call(`${url}/version`)).status).toBe(200);
  });

  it('H5 TLS that is not, a connection without a word, and half a request do no harm', async () => {
    const clock = new VirtualClock();
    const { listener, url } = await start({ ...secured(), clock });
    await converse(listener.port, Buffer.from([0x16, 3, 1, 0, 4, 1, 2, 3, 4]));
    const silent = net.connect(listener.port, '127.0.0.1');
    const gone = once(silent, 'close');
    await once(silent, 'connect');
    const ending = net.connect(listener.port, '127.0.0.1');
    ending.end();
    await once(ending, 'close');
    await systemClock.sleep(10);
    await clock.advance(31_000);
    await gone;
    expect((await call(`${url}/version`, { ca: authority.certificatePem })).status).toBe(200);
  });

  it('H5 a client that goes in the middle of a body changes nothing', async () => {
    const { listener, url } = await start();
    const socket = net.connect(listener.port, '127.0.0.1');
    socket.write(
      `POST ${CM} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{"metadata":`,
    );
    await systemClock.sleep(10);
    socket.destroy();
    await systemClock.sleep(10);
    expect((json((await call(`${url}${CM}`)).body) as unknown as { items: unknown[] }).items).toEqual([]);
  });
});

describe('the end', () => {
  it('H6 closing ends watches, finishes what is under way, and frees the port', async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fixture = await startServer(testRows, {
      admission: [{ name: 'Slow', handles: (operation) => operation === 'CREATE', mutate: () => slow }],
    });
    opened.push(fixture);
    const listener = await serve(fixture.server);
    const { url, port } = listener;
    const watch = await open(`${url}${CM}?watch=true`);
    const writing = call(`${url}${CM}`, { method: 'POST', body: named('a') });
    await systemClock.sleep(20);
    const closing = listener.close();
    const text = [];
    for await (const chunk of watch) text.push(String(chunk));
    expect(watch.complete).toBe(true);
    await expect(call(`${url}/version`)).rejects.toThrow('ECONNREFUSED');
    release();
    expect((await writing).status).toBe(201);
    await closing;
    const again = await serve(fixture.server, { port });
    expect(again.port).toBe(port);
  });

  it('H6 what does not end in time is cut off', async () => {
    const fixture = await startServer(testRows, {
      admission: [{ name: 'Never', handles: () => true, mutate: () => new Promise<void>(() => {}) }],
    });
    opened.push(fixture);
    const listener = await serve(fixture.server);
    const writing = call(`${listener.url}${CM}`, { method: 'POST', body: named('a') });
    const cut = expect(writing).rejects.toThrow(/hang up|ECONNRESET/);
    await systemClock.sleep(20);
    await listener.close(50);
    await cut;
  });

  it('H6 a port in use is one clear line', async () => {
    const { listener, fixture } = await start();
    const second = serve(fixture.server, { port: listener.port });
    await expect(second).rejects.toThrow(
      new UsageError(`cannot listen on 127.0.0.1:${listener.port}: another process uses this port`),
    );
    const nowhere = serve(fixture.server, { host: '192.0.2.1' });
    await expect(nowhere).rejects.toThrow('cannot listen on 192.0.2.1:0: this machine has no such address');
  });
});
