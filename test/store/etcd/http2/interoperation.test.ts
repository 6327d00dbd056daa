/** Our HTTP/2 against Node's own (nghttp2), each side in both roles, over real sockets. */
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Http2Connection } from '../../../../store/etcd/http2/connection.ts';
import { SocketLink } from '../../../../store/etcd/http2/socket-link.ts';
import type { Http2Stream } from '../../../../store/etcd/http2/stream.ts';

const options = {
  streamWindowBytes: 1 << 18,
  connectionWindowBytes: 1 << 20,
  concurrentStreamsMax: 100,
  headerListBytesMax: 65_536,
};

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

function echo(stream: Http2Stream): void {
  stream.sendHeaders(
    [
      { name: ':status', value: '200' },
      { name: 'echo', value: stream.fields.find(({ name }) => name === 'say')?.value ?? '' },
    ],
    false,
  );
  stream.listener = {
    onHeaders: () => {},
    onData: (bytes, endStream) => {
      stream.consume(bytes.length);
      stream.sendData(Buffer.from(bytes), false);
      if (endStream) stream.sendHeaders([{ name: 'trailer', value: 'yes' }], true);
      if (endStream) stream.release();
    },
    onClose: () => stream.release(),
  };
}

async function ourServer(): Promise<number> {
  const server = net.createServer((socket) => {
    const link = new SocketLink(socket);
    socket.on('error', () => {});
    link.attach(
      new Http2Connection(
        { role: 'server', ...options },
        { onOutput: link.onOutput, onStream: echo, onEnd: () => link.end() },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function nodeServer(): Promise<number> {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    stream.respond({ ':status': 200, echo: String(headers.say ?? '') }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ trailer: 'yes' }));
    stream.on('error', () => {});
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Answer {
  readonly echo: string;
  readonly trailer: string;
  readonly body: Buffer;
}

function nodeClient(port: number): (say: string, body: Buffer) => Promise<Answer> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.setMaxListeners(0);
  endings.push(() => session.destroy());
  return (say, body) =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': '/', say });
      const chunks: Buffer[] = [];
      let answer = '';
      let trailer = '';
      stream.on('response', (headers) => {
        answer = String(headers.echo);
      });
      stream.on('trailers', (headers) => {
        trailer = String(headers.trailer);
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => resolve({ echo: answer, trailer, body: Buffer.concat(chunks) }));
      stream.on('error', reject);
      stream.end(body);
    });
}

async function ourClient(port: number): Promise<(say: string, body: Buffer) => Promise<Answer>> {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  endings.push(() => socket.destroy());
  const link = new SocketLink(socket);
  const connection = new Http2Connection(
    { role: 'client', ...options },
    { onOutput: link.onOutput, onEnd: () => link.end() },
  );
  link.attach(connection);
  return (say, body) =>
    new Promise((resolve, reject) => {
      const stream = connection.request([
        { name: ':method', value: 'POST' },
        { name: ':scheme', value: 'http' },
        { name: ':authority', value: 'localhost' },
        { name: ':path', value: '/' },
        { name: 'say', value: say },
      ]);
      const chunks: Buffer[] = [];
      let answer = '';
      stream.listener = {
        onHeaders: (fields, endStream) => {
          const value = (wanted: string): string => fields.find(({ name }) => name === wanted)?.value ?? '';
          if (endStream) resolve({ echo: answer, trailer: value('trailer'), body: Buffer.concat(chunks) });
          else answer = value('echo');
        },
        onData: (bytes) => {
          chunks.push(Buffer.from(bytes));
          stream.consume(bytes.length);
        },
        onClose: ({ message }) => reject(new Error(message)),
      };
      stream.sendData(body, true);
    });
}

const pairs: [string, () => Promise<(say: string, body: Buffer) => Promise<Answer>>][] = [
  ['Node as client', async () => nodeClient(await ourServer())],
  ['Node as server', async () => ourClient(await nodeServer())],
  ['ours on both sides', async () => ourClient(await ourServer())],
];

describe.each(pairs)('HTTP/2 with %s', (_name, connect) => {
  it('exchanges headers, bodies of every size and trailers, many at a time', async () => {
    const call = await connect();
    const sizes = [1, 100, 16_384, 16_385, 100_000, 1_000_000];
    for (const round of [1, 2]) {
      await Promise.all(
        sizes.flatMap((size) =>
          Array.from({ length: 5 }, async (_, at) => {
            const body = Buffer.alloc(size, at + 1);
            const say = `round ${round}, size ${size}, call ${at}`;
            const answer = await call(say, body);
            expect(answer.echo).toBe(say);
            expect(answer.trailer).toBe('yes');
            expect(Buffer.compare(answer.body, body)).toBe(0);
          }),
        ),
      );
    }
  });
});
