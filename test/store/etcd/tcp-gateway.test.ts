/** `etcd gateway`: connections carried to endpoints in turn, those that cannot be reached left out for a while. */
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { TcpGateway } from '../../../store/etcd/tcp-gateway.ts';
import { freePort } from './real-etcd.ts';

const RETRY_MS = 60_000;
const host = '127.0.0.1';
const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Answers whatever it is sent with its name in front. */
async function named(name: string, port = 0): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => socket.write(`${name} ${data.toString()}`));
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const stop = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  closers.push(stop);
  return { port: (server.address() as AddressInfo).port, stop };
}

async function gatewayTo(ports: readonly number[], clock = new VirtualClock(0)): Promise<number> {
  const endpoints = ports.map((port) => ({ host, port }));
  const gateway = new TcpGateway({ endpoints, retryDelayMs: RETRY_MS, clock, logger: silentLogger });
  closers.push(() => gateway.close());
  return gateway.listen({ host, port: 0 });
}

/** What comes back for a word; undefined where the connection ends without one. */
function ask(port: number, word: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.on('error', () => {});
    socket.once('close', () => resolve(undefined));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.write(word);
  });
}

describe('the gateway', () => {
  it('carries each connection to the next endpoint', async () => {
    const [a, b] = [await named('a'), await named('b')];
    const port = await gatewayTo([a.port, b.port]);
    expect([await ask(port, '1'), await ask(port, '2'), await ask(port, '3')]).toEqual(['a 1', 'b 2', 'a 3']);
  });

  it('leaves out an endpoint that cannot be reached, and tries it again after a while', async () => {
    const a = await named('a');
    const deadPort = await freePort();
    const clock = new VirtualClock(0);
    const port = await gatewayTo([deadPort, a.port], clock);
    for (let n = 0; n < 4; n++) expect(await ask(port, 'x')).toBe('a x');
    await named('b', deadPort);
    for (let n = 0; n < 4; n++) expect(await ask(port, 'x')).toBe('a x');
    await clock.advance(RETRY_MS);
    const heard = new Set<string | undefined>();
    await expect.poll(async () => heard.add(await ask(port, 'x')).has('b x'), { timeout: 20_000 }).toBe(true);
  });

  it('ends a connection that no endpoint takes, and both sides when one ends', async () => {
    expect(await ask(await gatewayTo([await freePort()]), 'x')).toBeUndefined();
    const a = await named('a');
    const port = await gatewayTo([a.port]);
    const socket = net.connect({ host, port });
    socket.on('error', () => {});
    socket.write('x');
    await new Promise((resolve) => socket.once('data', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await a.stop();
    await ended;
  });
});
