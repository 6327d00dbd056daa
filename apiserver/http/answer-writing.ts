/**
 * Answers onto the wire: whole, compressed when that pays, in pieces, or as long as a watch lasts. Nothing is buffered
 * for a client that does not read: writing waits for it, and who does not read for too long is cut off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, createGzip, gzip } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import type { ApiAnswer, WatchFrame } from '../machinery/api-server.ts';
import type { Client } from './client.ts';

/** Smaller answers are not worth compressing (upstream's threshold). */
const GZIP_BYTES_MIN = 128 * 1024;
/** A text of up to so many bytes is joined to its head and written in one piece, which costs less than two. */
const ONE_PIECE_BYTES_MAX = 16 * 1024;
/** How long a client may leave what was sent to it unread. */
export const UNREAD_MS_MAX = 30_000;

export interface Wire {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly client: Client;
}

export async function writeAnswer(wire: Wire, answer: ApiAnswer): Promise<void> {
  const { request } = wire;
  const bodiless = request.method === 'HEAD' || answer.code === 304 || answer.code === 204;
  switch (answer.type) {
    case 'object': {
      const head = new Head(answer, 'application/json');
      if (answer.chunks !== undefined && !bodiless) return writeChunks(wire, head, answer.chunks());
      return writeWhole(wire, head, answer.bytes(), bodiless);
    }
    case 'bytes':
      return writeWhole(
        wire,
        new Head(answer, answer.code === 204 ? undefined : answer.contentType),
        answer.body,
        bodiless,
      );
    case 'stream':
      return writeStream(wire, new Head(answer, answer.contentType), answer.body);
    case 'watch':
      return writeWatch(wire, new Head(answer, undefined), answer.events);
  }
}

/** A header's text as the bytes of its UTF-8, which is how Go writes it: a warning may name a field in any script. */
function inBytes(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}

/** Code and headers, written in one go: setting headers one by one costs as much again as the rest of a small answer. */
class Head {
  readonly #code: number;
  readonly #fields: string[] = [];

  constructor({ code, headers }: ApiAnswer, contentType: string | undefined) {
    this.#code = code;
    for (const name in headers) this.set(name, headers[name] ?? '');
    if (contentType !== undefined) this.set('content-type', contentType);
  }

  get code(): number {
    return this.#code;
  }

  set(name: string, value: string | number): void {
    this.#fields.push(name, inBytes(String(value)));
  }

  write(response: ServerResponse): void {
    response.writeHead(this.#code, this.#fields);
  }
}

function takesGzip(request: IncomingMessage): boolean {
  const accepted = request.headers['accept-encoding'];
  return (
    accepted !== undefined && /\bgzip\b/.test(String(accepted)) && !/\bgzip\s*;\s*q=0(\.0*)?\b/.test(String(accepted))
  );
}

async function writeWhole(wire: Wire, head: Head, body: Uint8Array, bodiless: boolean): Promise<void> {
  const { request, response } = wire;
  if (bodiless) {
    if (head.code !== 304 && head.code !== 204) head.set('content-length', body.length);
    head.write(response);
    response.end();
    return;
  }
  let packed = body;
  if (body.length >= GZIP_BYTES_MIN && takesGzip(request)) {
    packed = await gzipped(body);
    head.set('content-encoding', 'gzip');
    head.set('vary', 'Accept-Encoding');
  }
  head.set('content-length', packed.length);
  head.write(response);
  if (packed.length > ONE_PIECE_BYTES_MAX) response.end(packed);
  else response.end(latin1Of(packed), 'latin1');
}

/** The same bytes, one a character. */
function latin1Of({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

function gzipped(body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gzip(body, { level: constants.Z_BEST_SPEED }, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Lists: a single piece goes whole, more go one after the other as the client takes them. */
async function writeChunks(wire: Wire, head: Head, chunks: Iterable<Uint8Array>): Promise<void> {
  const iterator = chunks[Symbol.iterator]();
  const first = iterator.next();
  if (first.done === true) return writeWhole(wire, head, new Uint8Array(0), false);
  let next = iterator.next();
  if (next.done === true) return writeWhole(wire, head, first.value, false);
  const { request, response } = wire;
  const compressed = takesGzip(request);
  if (compressed) {
    head.set('content-encoding', 'gzip');
    head.set('vary', 'Accept-Encoding');
  }
  head.write(response);
  const target = compressed ? createGzip({ level: constants.Z_BEST_SPEED }) : response;
  if (target !== response) target.pipe(response);
  if (!target.write(first.value)) await drained(wire, target);
  for (; next.done !== true && !wire.client.gone; next = iterator.next()) {
    if (!target.write(next.value)) await drained(wire, target);
  }
  target.end();
}

async function writeStream(wire: Wire, head: Head, body: AsyncIterable<Uint8Array>): Promise<void> {
  const { response } = wire;
  head.write(response);
  response.flushHeaders();
  for await (const chunk of body) {
    if (wire.client.gone) return;
    if (!response.write(chunk)) await drained(wire, response);
  }
  response.end();
}

async function writeWatch(wire: Wire, head: Head, events: AsyncIterable<WatchFrame>): Promise<void> {
  const { response } = wire;
  head.write(response);
  response.flushHeaders();
  for await (const frame of events) {
    if (wire.client.gone) return;
    if (!response.write(frame.bytes())) await drained(wire, response);
  }
  response.end();
}

interface Drainable {
  once(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
}

/** Resolves when the client has taken what was written; cuts it off when it does not. */
function drained({ response, clock, client }: Wire, target: Drainable): Promise<void> {
  const { signal } = client;
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      target.removeListener('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(UNREAD_MS_MAX, () => {
      response.destroy();
      done();
    });
    target.once('drain', done);
    signal.addEventListener('abort', done);
  });
}
