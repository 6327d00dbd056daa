/**
 * Answers onto the wire: whole, compressed when that pays, in pieces, or as long as a watch lasts. Nothing is buffered
 * for a client that does not read: writing waits for it, and who does not read for too long is cut off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, createGzip, gzip } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import type { ApiAnswer, WatchFrame } from '../machinery/api-server.ts';

/** Smaller answers are not worth compressing (upstream's threshold). */
const GZIP_BYTES_MIN = 128 * 1024;
/** How long a client may leave what was sent to it unread. */
export const UNREAD_MS_MAX = 30_000;

export interface Wire {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export async function writeAnswer(wire: Wire, answer: ApiAnswer): Promise<void> {
  const { request, response } = wire;
  for (const name in answer.headers) {
    const value = answer.headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  response.statusCode = answer.code;
  const bodiless = request.method === 'HEAD' || answer.code === 304;
  switch (answer.type) {
    case 'object':
      response.setHeader('content-type', 'application/json');
      if (answer.chunks !== undefined && !bodiless) return writeChunks(wire, answer.chunks());
      return writeWhole(wire, answer.bytes(), bodiless);
    case 'bytes':
      response.setHeader('content-type', answer.contentType);
      return writeWhole(wire, answer.body, bodiless);
    case 'stream':
      response.setHeader('content-type', answer.contentType);
      return writeStream(wire, answer.body);
    case 'watch':
      return writeWatch(wire, answer.events);
  }
}

function takesGzip(request: IncomingMessage): boolean {
  const accepted = request.headers['accept-encoding'];
  return (
    accepted !== undefined && /\bgzip\b/.test(String(accepted)) && !/\bgzip\s*;\s*q=0(\.0*)?\b/.test(String(accepted))
  );
}

async function writeWhole({ request, response }: Wire, body: Uint8Array, bodiless: boolean): Promise<void> {
  if (bodiless) {
    if (response.statusCode !== 304) response.setHeader('content-length', body.length);
    response.end();
    return;
  }
  if (body.length < GZIP_BYTES_MIN || !takesGzip(request)) {
    response.setHeader('content-length', body.length);
    response.end(body);
    return;
  }
  const packed = await new Promise<Buffer>((resolve, reject) => {
    gzip(body, { level: constants.Z_BEST_SPEED }, (error, result) => (error ? reject(error) : resolve(result)));
  });
  response.setHeader('content-encoding', 'gzip');
  response.setHeader('vary', 'Accept-Encoding');
  response.setHeader('content-length', packed.length);
  response.end(packed);
}

/** Lists: a single piece goes whole, more go one after the other as the client takes them. */
async function writeChunks(wire: Wire, chunks: Iterable<Uint8Array>): Promise<void> {
  const iterator = chunks[Symbol.iterator]();
  const first = iterator.next();
  if (first.done === true) return writeWhole(wire, new Uint8Array(0), false);
  let next = iterator.next();
  if (next.done === true) return writeWhole(wire, first.value, false);
  const { request, response } = wire;
  const compressed = takesGzip(request);
  if (compressed) {
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('vary', 'Accept-Encoding');
  }
  const target = compressed ? createGzip({ level: constants.Z_BEST_SPEED }) : response;
  if (target !== response) target.pipe(response);
  if (!target.write(first.value)) await drained(wire, target);
  for (; next.done !== true && !wire.signal.aborted; next = iterator.next()) {
    if (!target.write(next.value)) await drained(wire, target);
  }
  target.end();
}

async function writeStream(wire: Wire, body: AsyncIterable<Uint8Array>): Promise<void> {
  const { response } = wire;
  response.flushHeaders();
  for await (const chunk of body) {
    if (wire.signal.aborted) return;
    if (!response.write(chunk)) await drained(wire, response);
  }
  response.end();
}

async function writeWatch(wire: Wire, events: AsyncIterable<WatchFrame>): Promise<void> {
  const { response } = wire;
  response.flushHeaders();
  for await (const frame of events) {
    if (wire.signal.aborted) return;
    if (!response.write(frame.bytes())) await drained(wire, response);
  }
  response.end();
}

interface Drainable {
  once(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
}

/** Resolves when the client has taken what was written; cuts it off when it does not. */
function drained({ response, clock, signal }: Wire, target: Drainable): Promise<void> {
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
