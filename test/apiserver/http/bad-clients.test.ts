import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionLimits, type HttpListener, listen } from '../../../apiserver/http/https-server.ts';
import type { ApiAnswer, ApiServer, WatchFrame } from '../../../apiserver/machinery/api-server.ts';
import { silentLogger } from '../../../base/logger.ts';
import { systemClock } from '../../../base/system.ts';
import { startServer } from '../machinery/server-fixture.ts';
import { testRows } from '../machinery/test-rows.ts';
import { call, converse, open } from './http-client.ts';

const CM = '/api/v1/namespaces/ns/configmaps';
const generous: ConnectionLimits = { connectionsMax: 1000, headersMs: 60_000, requestMs: 60_000 };

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function serve(server: ApiServer, connectionLimits = generous): Promise<HttpListener> {
  const listener = await listen({
    server,
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    logger: silentLogger,
    connectionLimits,
  });
  opened.push({ close: () => listener.close(0) });
  return listener;
}

/** Answers everything with its path, after a moment. */
class SlowEcho implements ApiServer {
  underWay = 0;
  most = 0;
  begun = 0;

  async handle({ url }: { readonly url: string }): Promise<ApiAnswer> {
    this.begun++;
    this.underWay++;
    this.most = Math.max(this.most, this.underWay);
    await systemClock.sleep(1);
    this.underWay--;
    return { type: 'bytes', code: 200, headers: {}, contentType: 'text/plain', body: Buffer.from(url) };
  }

  async ready(): Promise<void> {}
  async close(): Promise<void> {}
}

describe('bad clients', () => {
  it('H7 half a request is 408 when its time is up, be it half a head or half a body', async () => {
    const { port, url } = await serve(new SlowEcho(), { ...generous, headersMs: 200, requestMs: 300 });
    expect(await converse(port, 'GET /api/v1/pods HTTP/1.1\r\nHo')).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    const half = 'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"kind"';
    expect(await converse(port, half)).toMatch(/^(HTTP\/1\.1 408 Request Timeout\r\n|$)/);
    expect((await call(`${url}/api`)).status).toBe(200);
  });

  it('H7 connections beyond the limit are closed at once, and those who have one go on', async () => {
    const { port, url } = await serve(new SlowEcho(), { ...generous, connectionsMax: 10 });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await call(`${url}/api`, { agent })).status).toBe(200);
    const sockets = Array.from({ length: 100 }, () => net.connect(port, '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) socket.on('error', () => {}).on('close', () => closed++);
    while (closed < 91) await systemClock.sleep(5);
    expect((await call(`${url}/api`, { agent })).status).toBe(200);
    expect(closed).toBe(91);
    for (const socket of sockets) socket.destroy();
    agent.destroy();
  });

  it('H7 requests that are sent all at once are worked on one after the other, in their order', async () => {
    const server = new SlowEcho();
    const { port } = await serve(server);
    const paths = Array.from({ length: 200 }, (_, at) => `/api/number/${at}`);
    const all = paths.map((path, at) => {
      const last = at === paths.length - 1 ? 'Connection: close\r\n' : '';
      return `GET ${path} HTTP/1.1\r\nHost: a\r\n${last}\r\n`;
    });
    const answers = await converse(port, all.join(''));
    expect([...answers.matchAll(/\/api\/number\/\d+/g)].map(([path]) => path)).toEqual(paths);
    expect(server.most).toBe(1);
  });

  it('H7 what a client has not been answered when it goes is not begun', async () => {
    const server = new SlowEcho();
    const { port, url } = await serve(server);
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /api HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500));
    await once(socket, 'data');
    socket.destroy();
    await systemClock.sleep(50);
    const { begun } = server;
    await systemClock.sleep(50);
    expect(server.begun).toBe(begun);
    expect(begun).toBeLessThan(400);
    expect((await call(`${url}/api`)).status).toBe(200);
  });

  it('H7 a watcher that reads nothing costs no memory, and others get every event', async () => {
    const fixture = await startServer(testRows);
    opened.push(fixture);
    const taken: number[] = [];
    const { url } = await serve({
      ready: () => fixture.server.ready(),
      close: async () => {},
      async handle(request) {
        const answer = await fixture.server.handle(request);
        return answer.type === 'watch' ? { ...answer, events: counted(answer.events, taken) } : answer;
      },
    });
    const watch = `${url}${CM}?watch=true`;
    const stalled = await open(watch);
    stalled.on('error', () => {}).pause();
    const reading = await open(watch);
    let lines = 0;
    reading.on('data', (piece: Buffer) => {
      for (const byte of piece) if (byte === 0x0a) lines++;
    });
    const data = { text: 'x'.repeat(300_000) };
    for (let at = 0; at < 100; at++) {
      await call(`${url}${CM}`, { method: 'POST', body: JSON.stringify({ metadata: { name: `map-${at}` }, data }) });
    }
    while (lines < 100) await systemClock.sleep(5);
    // The kernel takes some megabytes for a socket; the server itself holds one event for it.
    expect(taken[0]).toBeLessThan(60);
    expect(taken[1]).toBe(100);
    stalled.destroy();
    reading.destroy();
  });
});

/** Counts what is taken of each watch, in the order in which they began. */
function counted(events: AsyncIterable<WatchFrame>, taken: number[]): AsyncIterable<WatchFrame> {
  const at = taken.push(0) - 1;
  return (async function* () {
    for await (const frame of events) {
      taken[at] = (taken[at] ?? 0) + 1;
      yield frame;
    }
  })();
}
