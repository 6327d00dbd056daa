/** The HTTP/2 connection without sockets: two of ours joined by their bytes, and byte for byte against the rules. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../base/random.ts';
import { type ConnectionOptions, Http2Connection } from '../../../../store/etcd/http2/connection.ts';
import { errorCode, frameType, PREFACE } from '../../../../store/etcd/http2/protocol.ts';
import type { Http2Stream, StreamClosed } from '../../../../store/etcd/http2/stream.ts';

const options = {
  streamWindowBytes: 100_000,
  connectionWindowBytes: 300_000,
  concurrentStreamsMax: 10,
  headerListBytesMax: 16_384,
};

interface End {
  readonly connection: Http2Connection;
  readonly streams: Http2Stream[];
  readonly goaways: number[];
  ended: boolean;
  error: Error | undefined;
}

function makeEnd(role: 'server' | 'client', changed: Partial<ConnectionOptions> = {}): End {
  const connection = new Http2Connection(
    { role, ...options, ...changed },
    {
      onOutput: () => {},
      onStream: (stream) => end.streams.push(stream),
      onGoaway: (code) => end.goaways.push(code),
      onEnd: (error) => {
        end.ended = true;
        end.error = error;
      },
    },
  );
  const end: End = { connection, streams: [], goaways: [], ended: false, error: undefined };
  return end;
}

/** What an end heard on a stream. */
class Ear {
  readonly bytes: Buffer[] = [];
  headers: string[] = [];
  ended = false;
  closed: StreamClosed | undefined;
  readonly #stream: Http2Stream;

  constructor(stream: Http2Stream, consume = true) {
    this.#stream = stream;
    stream.listener = {
      onHeaders: (fields, endStream) => {
        this.headers.push(...fields.map(({ name, value }) => `${name}: ${value}`));
        this.ended ||= endStream;
      },
      onData: (bytes, endStream) => {
        this.bytes.push(Buffer.from(bytes));
        this.ended ||= endStream;
        if (consume) stream.consume(bytes.length);
      },
      onClose: (closed) => {
        this.closed = closed;
      },
    };
  }

  get length(): number {
    return this.bytes.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  consumeAll(): void {
    this.#stream.consume(this.length);
  }
}

/** Carries bytes to and fro until neither side has any, in pieces of random length where a source is given. */
function exchange(a: End, b: End, random?: SeededRandom): void {
  const carry = (from: End, to: End): boolean => {
    const bytes = Buffer.concat(from.connection.takeOutput());
    for (let at = 0; at < bytes.length; ) {
      const length = random === undefined ? bytes.length : 1 + random.below(random.below(2) === 0 ? 10 : 40_000);
      to.connection.receive(bytes.subarray(at, at + length));
      at += length;
    }
    return bytes.length > 0;
  };
  while (carry(a, b) || carry(b, a));
}

function connected(changed: Partial<ConnectionOptions> = {}): { client: End; server: End } {
  const client = makeEnd('client');
  const server = makeEnd('server', changed);
  client.connection.start();
  server.connection.start();
  exchange(client, server);
  return { client, server };
}

const request = [
  { name: ':method', value: 'POST' },
  { name: ':path', value: '/x' },
];
const response = [{ name: ':status', value: '200' }];

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}

describe('HTTP/2 between two of ours', () => {
  it('carries a request and its response, and forgets the stream', () => {
    const { client, server } = connected();
    const stream = client.connection.request(request);
    const ear = new Ear(stream);
    stream.sendData(Buffer.from('hello'), true);
    exchange(client, server);
    const taken = present(server.streams[0]);
    expect(taken.fields).toEqual(request);
    expect(taken.remoteEnded).toBe(true);
    taken.sendHeaders(response, false);
    taken.sendData(Buffer.from('world'), false);
    taken.sendHeaders([{ name: 'grpc-status', value: '0' }], true);
    exchange(client, server);
    expect(ear.headers).toEqual([':status: 200', 'grpc-status: 0']);
    expect(Buffer.concat(ear.bytes).toString()).toBe('world');
    expect(client.connection.openStreams).toBe(0);
    expect(server.connection.openStreams).toBe(1);
    taken.release();
    expect(server.connection.openStreams).toBe(0);
  });

  it('carries many streams in random pieces, whole and in order, within the windows', () => {
    const random = new SeededRandom('pieces');
    const { client, server } = connected();
    const sent = Array.from({ length: 8 }, (_, at) => {
      const stream = client.connection.request(request);
      const ear = new Ear(stream);
      const body = Buffer.from(random.bytes(1000 + at * 90_000));
      for (let from = 0; from < body.length; from += 50_000) {
        stream.sendData(body.subarray(from, from + 50_000), from + 50_000 >= body.length);
      }
      return { ear, body };
    });
    // The server echoes.
    const echo = (stream: Http2Stream): void => {
      stream.sendHeaders(response, false);
      stream.listener = {
        onHeaders: () => {},
        onData: (bytes, endStream) => {
          stream.consume(bytes.length);
          stream.sendData(Buffer.from(bytes), endStream);
        },
        onClose: () => {},
      };
    };
    const originalPush = server.streams.push.bind(server.streams);
    server.streams.push = (...streams) => {
      streams.forEach(echo);
      return originalPush(...streams);
    };
    exchange(client, server, random);
    for (const { ear, body } of sent) {
      expect(ear.ended).toBe(true);
      expect(Buffer.compare(Buffer.concat(ear.bytes), body)).toBe(0);
    }
  });

  it('sends no more than the receiver has consumed, and goes on when it has', () => {
    const { client, server } = connected();
    const stream = client.connection.request(request);
    stream.sendData(Buffer.alloc(250_000), true);
    const take = server.connection;
    exchange(client, server);
    const ear = new Ear(present(server.streams[0]), false);
    exchange(client, server);
    expect(stream.pendingBytes).toBe(250_000 - options.streamWindowBytes);
    // What arrived before the listener was there was dropped by the test, not by the connection.
    present(server.streams[0]).consume(options.streamWindowBytes);
    exchange(client, server);
    expect(ear.length).toBe(100_000);
    ear.consumeAll();
    exchange(client, server);
    expect(ear.length).toBe(150_000);
    expect(ear.ended).toBe(true);
    expect(take.ended).toBe(false);
  });

  it('holds data back while the socket is full, but not the streams that have none', () => {
    const { client, server } = connected();
    const large = client.connection.request(request);
    client.connection.setSocketFull(true);
    large.sendData(Buffer.alloc(50_000), true);
    client.connection.request(request);
    exchange(client, server);
    expect(server.streams).toHaveLength(2);
    expect(large.pendingBytes).toBe(50_000);
    client.connection.setSocketFull(false);
    exchange(client, server);
    expect(large.pendingBytes).toBe(0);
  });

  it('gives a small stream its turn beside a large one', () => {
    const { client, server } = connected({ streamWindowBytes: 5_000_000, connectionWindowBytes: 10_000_000 });
    const large = client.connection.request(request);
    large.sendData(Buffer.alloc(4_000_000), true);
    const small = client.connection.request(request);
    small.sendData(Buffer.from('urgent'), true);
    let taken = 0;
    while (small.pendingBytes > 0) taken += Buffer.concat(client.connection.takeOutput()).length;
    expect(taken).toBeLessThan(1_000_000);
    exchange(client, server);
  });

  it('waits with new streams while as many are open as the server allows', () => {
    const { client, server } = connected({ concurrentStreamsMax: 2 });
    const streams = Array.from({ length: 4 }, () => client.connection.request(request));
    for (const stream of streams) stream.sendData(Buffer.from('x'), true);
    exchange(client, server);
    expect(server.streams).toHaveLength(2);
    const first = present(server.streams[0]);
    first.sendHeaders(response, true);
    first.release();
    exchange(client, server);
    expect(server.streams).toHaveLength(3);
  });

  it('keeps the slot of a stream that was reset until its handler is done', () => {
    const { client, server } = connected({ concurrentStreamsMax: 1 });
    client.connection.request(request).reset();
    const second = new Ear(client.connection.request(request));
    exchange(client, server);
    expect(server.streams).toHaveLength(1);
    expect(second.closed).toMatchObject({ code: errorCode.refusedStream, unprocessed: true });
    present(server.streams[0]).release();
    client.connection.request(request);
    exchange(client, server);
    expect(server.streams).toHaveLength(2);
  });

  it('answers pings', () => {
    const { client, server } = connected();
    let pongs = 0;
    client.connection.ping(() => pongs++);
    exchange(client, server);
    expect(pongs).toBe(1);
  });

  it('drains: what is open ends well, what is new is known not to have happened', () => {
    const { client, server } = connected();
    const old = client.connection.request(request);
    const oldEar = new Ear(old);
    old.sendData(Buffer.from('x'), true);
    exchange(client, server);
    server.connection.drain();
    const late = client.connection.request(request);
    const lateEar = new Ear(late);
    exchange(client, server);
    expect(client.goaways).toEqual([errorCode.noError]);
    expect(client.connection.draining).toBe(true);
    expect(lateEar.closed).toMatchObject({ unprocessed: true });
    expect(server.streams).toHaveLength(1);
    present(server.streams[0]).sendHeaders(response, true);
    exchange(client, server);
    expect(oldEar.ended).toBe(true);
  });

  it('tells every stream when the connection ends', () => {
    const { client, server } = connected();
    const ear = new Ear(client.connection.request(request));
    exchange(client, server);
    client.connection.end();
    expect(ear.closed).toMatchObject({ unprocessed: false });
    expect(client.ended).toBe(true);
  });
});

/** A frame, byte by byte. */
function frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** `:method POST`, `:path /`. */
const block = Buffer.of(0x83, 0x84);
const settings = frame(frameType.settings, 0, 0);
const opened = frame(frameType.headers, 0x4, 1, block);
const setting = (id: number, value: number): Buffer =>
  frame(frameType.settings, 0, 0, Buffer.concat([Buffer.of(0, id), u32(value)]));

function feed(...frames: Buffer[]): End {
  const server = makeEnd('server');
  server.connection.start();
  server.connection.takeOutput();
  server.connection.receive(Buffer.from(PREFACE, 'latin1'));
  for (const each of frames) server.connection.receive(each);
  return server;
}

/** The last GOAWAY's code in what the server has to send. */
function goawayCode(server: End): number | undefined {
  const bytes = Buffer.concat(server.connection.takeOutput());
  let code: number | undefined;
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === frameType.goaway) code = bytes.readUInt32BE(at + 9 + 4);
  }
  return code;
}

describe('HTTP/2 against the rules', () => {
  it.each<[string, number, Buffer[]]>([
    ['a first frame that is not SETTINGS', errorCode.protocolError, [frame(frameType.ping, 0, 0, Buffer.alloc(8))]],
    ['a frame larger than announced', errorCode.frameSizeError, [settings, frame(0, 0, 1, Buffer.alloc(16_385))]],
    ['DATA without a stream', errorCode.protocolError, [settings, frame(frameType.data, 0, 0)]],
    ['DATA on a stream that is not open', errorCode.protocolError, [settings, frame(frameType.data, 0, 1)]],
    ['HEADERS on an even stream', errorCode.protocolError, [settings, frame(frameType.headers, 4, 2, block)]],
    ['a header block that is interrupted', errorCode.protocolError, [settings, frame(1, 0, 1, block), settings]],
    ['CONTINUATION without HEADERS', errorCode.protocolError, [settings, frame(9, 4, 1, block)]],
    ['a broken header block', errorCode.compressionError, [settings, frame(1, 4, 1, Buffer.of(0xff))]],
    ['more padding than payload', errorCode.protocolError, [settings, opened, frame(0, 8, 1, Buffer.of(5, 0))]],
    ['RST_STREAM of a wrong size', errorCode.frameSizeError, [settings, opened, frame(3, 0, 1, Buffer.alloc(3))]],
    ['RST_STREAM on an idle stream', errorCode.protocolError, [settings, frame(3, 0, 5, u32(8))]],
    ['SETTINGS on a stream', errorCode.protocolError, [settings, frame(frameType.settings, 0, 1)]],
    ['a partial setting', errorCode.frameSizeError, [settings, frame(4, 0, 0, Buffer.alloc(5))]],
    ['an acknowledgement with content', errorCode.frameSizeError, [settings, frame(4, 1, 0, Buffer.alloc(6))]],
    ['a window that is too large', errorCode.flowControlError, [setting(4, 0x80000000)]],
    ['a frame size out of range', errorCode.protocolError, [setting(5, 100)]],
    ['ENABLE_PUSH of 2', errorCode.protocolError, [setting(2, 2)]],
    ['PUSH_PROMISE', errorCode.protocolError, [settings, frame(frameType.pushPromise, 4, 1, u32(2))]],
    ['PING of a wrong size', errorCode.frameSizeError, [settings, frame(6, 0, 0, Buffer.alloc(7))]],
    ['PING on a stream', errorCode.protocolError, [settings, frame(6, 0, 1, Buffer.alloc(8))]],
    ['WINDOW_UPDATE by nothing', errorCode.protocolError, [settings, frame(8, 0, 0, u32(0))]],
    ['WINDOW_UPDATE beyond the limit', errorCode.flowControlError, [settings, frame(8, 0, 0, u32(0x7fffffff))]],
    ['a GOAWAY that is too short', errorCode.frameSizeError, [settings, frame(7, 0, 0, Buffer.alloc(4))]],
    [
      'more data than the connection window',
      errorCode.flowControlError,
      [
        settings,
        ...[1, 3, 5, 7].map((id) => frame(frameType.headers, 0x4, id, block)),
        ...Array.from({ length: 19 }, (_, at) => frame(0, 0, 1 + 2 * Math.floor(at / 6), Buffer.alloc(16_384))),
      ],
    ],
    [
      'continuations without end',
      errorCode.enhanceYourCalm,
      [settings, frame(1, 0, 1, block), ...Array.from({ length: 70 }, () => frame(9, 0, 1))],
    ],
  ])('ends the connection for %s', (_name, code, frames) => {
    const server = feed(...frames);
    expect(server.ended).toBe(true);
    expect(goawayCode(server)).toBe(code);
  });

  it('ends the connection for a wrong preface', () => {
    const server = makeEnd('server');
    server.connection.start();
    server.connection.receive(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(server.ended).toBe(true);
  });

  it.each<[string, number, Buffer[]]>([
    ['HEADERS without a path', errorCode.protocolError, [frame(1, 4, 1, Buffer.of(0x83))]],
    [
      'a header name in upper case',
      errorCode.protocolError,
      [frame(1, 4, 1, Buffer.of(0x83, 0x84, 0, 1, 0x41, 1, 0x61))],
    ],
    ['DATA after the end', errorCode.streamClosed, [frame(1, 5, 1, block), frame(0, 0, 1, Buffer.of(1))]],
    ['trailers that do not end the stream', errorCode.protocolError, [opened, frame(1, 4, 1, block)]],
    ['WINDOW_UPDATE of the stream by nothing', errorCode.protocolError, [opened, frame(8, 0, 1, u32(0))]],
    [
      'more data than the stream window',
      errorCode.flowControlError,
      [opened, ...Array.from({ length: 7 }, () => frame(0, 0, 1, Buffer.alloc(16_384)))],
    ],
  ])('resets the stream for %s, and goes on', (_name, code, frames) => {
    const server = feed(settings, ...frames);
    expect(server.ended).toBe(false);
    const output = Buffer.concat(server.connection.takeOutput());
    expect(output.includes(frame(frameType.rstStream, 0, 1, u32(code)))).toBe(true);
    server.connection.receive(frame(frameType.headers, 4, 3, block));
    expect(server.streams.at(-1)?.id).toBe(3);
  });

  it('passes over frames and settings it does not know', () => {
    const server = feed(settings, frame(0x77, 0xff, 9, Buffer.from('?')), setting(99, 1), opened);
    expect(server.ended).toBe(false);
    expect(server.streams).toHaveLength(1);
  });

  it('takes padding and priorities away', () => {
    const padded = frame(
      1,
      0x4 | 0x8 | 0x20,
      1,
      Buffer.concat([Buffer.of(2), u32(0), Buffer.of(7), block, Buffer.alloc(2)]),
    );
    const server = feed(settings, padded);
    const ear = new Ear(present(server.streams[0]));
    server.connection.receive(frame(0, 0x8 | 0x1, 1, Buffer.of(3, 0x61, 0, 0, 0)));
    expect(Buffer.concat(ear.bytes).toString()).toBe('a');
    expect(ear.ended).toBe(true);
  });

  it('survives random bytes', () => {
    const random = new SeededRandom('noise');
    for (let round = 0; round < 200; round++) {
      const server = feed(settings);
      const frames = Array.from({ length: 5 }, () =>
        frame(random.below(11), random.below(256), random.below(6), Buffer.from(random.bytes(random.below(60)))),
      );
      for (const each of frames) server.connection.receive(each);
      server.connection.receive(Buffer.from(random.bytes(100)));
    }
  });
});
