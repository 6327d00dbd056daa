/** The client against Node's own server, and against sockets that do what no server should. */
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient, type HttpRequest } from '../../../kubectl-lite/http/http-client.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Client {
  readonly client: HttpClient;
  /** The connections that were made. */
  readonly sockets: readonly Socket[];
}

function clientOf(port: number, timeoutMs = 0): Client {
  const sockets: Socket[] = [];
  const connect = async (): Promise<Socket> => {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    sockets.push(socket);
    return socket;
  };
  const client = new HttpClient('server.test', connect, timeoutMs);
  ends.push(() => client.close());
  return { client, sockets };
}

const asked = (target: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  target,
  headers: {},
  ...more,
});

async function nodeServer(listener: http.RequestListener): Promise<Client & { readonly server: http.Server }> {
  const server = http.createServer(listener);
  ends.push(() => server.closeAllConnections());
  return { server, ...clientOf(await listening(server)) };
}

/** A server of bare sockets: told of each request's bytes. */
async function bareServer(onRequest: (socket: Socket, request: string) => void, timeoutMs = 0): Promise<Client> {
  const server = net.createServer((socket) => {
    ends.push(() => socket.destroy());
    socket.on('error', () => {}).on('data', (bytes) => onRequest(socket, bytes.toString()));
  });
  return clientOf(await listening(server), timeoutMs);
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('a request', () => {
  it('arrives as it was made, and its connection is used again', async () => {
    const { client, sockets } = await nodeServer((request, response) => {
      let body = '';
      request.on('data', (bytes) => {
        body += bytes;
      });
      request.on('end', () => {
        const { method, url, headers } = request;
        response.end(JSON.stringify({ method, url, host: headers.host, groups: headers['x-group'], body }));
      });
    });
    const first = await client.request(asked('/a?b=c', { headers: { 'x-group': ['one', 'two'] } }));
    expect(JSON.parse(await first.text())).toEqual({
      method: 'GET',
      url: '/a?b=c',
      host: 'server.test',
      groups: 'one, two',
      body: '',
    });
    const second = await client.request(asked('/', { method: 'POST', body: 'gr\u00fc\u00df dich' }));
    expect(JSON.parse(await second.text())).toMatchObject({ method: 'POST', body: 'gr\u00fc\u00df dich' });
    expect(sockets.length).toBe(1);
  });

  it('leaves nothing behind on its connection', async () => {
    const { client, sockets } = await bareServer((socket) => socket.write(OK));
    const listeners = async (): Promise<Record<string, number>> => {
      await (await client.request(asked('/', { signal: new AbortController().signal }))).text();
      const [socket] = sockets;
      if (socket === undefined) throw new Error('no connection was made');
      return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));
    };
    const first = await listeners();
    expect(await listeners()).toEqual(first);
    expect(sockets.length).toBe(1);
  });

  it('has a connection of its own while others last', async () => {
    const { client, sockets } = await nodeServer((_, response) => response.end('x'.repeat(100_000)));
    const texts = await Promise.all(
      [1, 2, 3].map(async () => (await client.request(asked('/'))).text().then(({ length }) => length)),
    );
    expect(texts).toEqual([100_000, 100_000, 100_000]);
    expect(sockets.length).toBe(3);
  });

  it('cannot be made to carry headers that nobody gave', async () => {
    const { client, sockets } = await bareServer((socket) => socket.end(OK));
    for (const value of ['a\r\nx: y', 'a\nb', 'a\rb', 'a\0b'])
      await expect(client.request(asked('/', { headers: { 'impersonate-user': value } }))).rejects.toThrow(
        'invalid header field value for "impersonate-user"',
      );
    expect(sockets.length).toBe(0);
  });

  it('is sent once more where the server had closed the connection, if it only reads', async () => {
    let requests = 0;
    const answerEveryOther = (socket: Socket): void => {
      requests++;
      // Nothing tells the client that this connection is of no use any more, until it uses it.
      if (requests % 2 === 0) socket.destroy();
      else socket.write(OK);
    };
    const { client, sockets } = await bareServer(answerEveryOther);
    const ask = async (method: string): Promise<string> => (await client.request(asked('/', { method }))).text();
    expect(await ask('GET')).toBe('ok');
    expect(await ask('GET')).toBe('ok');
    expect([requests, sockets.length]).toEqual([3, 2]);
    await expect(ask('POST')).rejects.toThrow();
    expect(requests).toBe(4);
  });

  it('fails when the answer is cut short or late, or nobody waits for it', async () => {
    const cut = await bareServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'));
    await expect((await cut.client.request(asked('/'))).text()).rejects.toThrow('unexpected EOF');
    const silent = await bareServer(() => {}, 30);
    await expect(silent.client.request(asked('/'))).rejects.toThrow('context deadline exceeded');
    const stopping = new AbortController();
    const stopped = await bareServer(() => stopping.abort());
    await expect(stopped.client.request(asked('/', { signal: stopping.signal }))).rejects.toThrow('context canceled');
    await expect(stopped.client.request(asked('/', { signal: stopping.signal }))).rejects.toThrow('context canceled');
  });
});

describe('a body that is read as it comes', () => {
  it('keeps characters whole, and slows the server down', async () => {
    const piece = '\u00fc'.repeat(50_000);
    let written = 0;
    const { client } = await nodeServer((_, response) => {
      const more = (): void => {
        while (written < 400) {
          written++;
          if (!response.write(piece)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const response = await client.request(asked('/'));
    let length = 0;
    let beforeTheEnd = 0;
    for await (const text of response.chunks()) {
      if (length === 0) {
        // A reader that does nothing for a while.
        await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
        beforeTheEnd = written;
      }
      expect(text).toMatch(/^\u00fc+$/);
      length += text.length;
    }
    expect(length).toBe(400 * 50_000);
    expect(beforeTheEnd).toBeLessThan(400);
  });

  it('closes its connection when it is left early', async () => {
    const closed = new Promise<void>((resolve) => {
      void nodeServer((_, response) => {
        response.on('close', resolve).write('first\n');
      }).then(async ({ client }) => {
        for await (const text of (await client.request(asked('/'))).chunks()) {
          expect(text).toBe('first\n');
          break;
        }
      });
    });
    await closed;
  });
});
