/**
 * One gRPC call as the server sees it. Requests wait here until the handler reads them; while too many wait, or while too
 * much of what was sent is not taken, the client's window is not opened again, so that neither a flood of requests nor a
 * client that never reads makes memory grow.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { Deferred } from '../../../base/deferred.ts';
import { grpcCode, StoreError } from '../../errors.ts';
import { errorCode, type HeaderField, headerValue } from '../http2/protocol.ts';
import type { Http2Stream, StreamListener } from '../http2/stream.ts';
import { type Codec, decode, encodeFrame, NestingError, ProtobufError } from '../proto/wire.ts';
import { MessageReader } from './message-reader.ts';
import type { Method } from './method.ts';
import { GrpcError, okTrailers, parseTimeoutMs, statusOf, trailersOf } from './status.ts';

/** Who calls. */
export interface Peer {
  /** `address:port`. */
  readonly address: string;
  /** The common name of a verified client certificate. */
  readonly certificateName?: string;
}

/** What a handler may know of a call beside its request. */
export interface CallContext {
  readonly peer: Peer;
  /** A header of the call. */
  metadata(name: string): string | undefined;
  /** Aborted when the client has gone, or the call's deadline has passed. */
  readonly signal: AbortSignal;
}

/** How requests may come; answers are never compressed. */
const ENCODINGS: ReadonlySet<string> = new Set(['', 'identity', 'gzip']);
/** Requests that wait for the handler before the client is held up. */
const REQUESTS_WAITING_MAX = 16;
/** Bytes that wait for the client before senders are held up. */
const RESPONSE_BYTES_WAITING = 256 * 1024;

const responseHeaders: readonly HeaderField[] = [
  { name: ':status', value: '200' },
  { name: 'content-type', value: 'application/grpc' },
];

export class ServerCall<Request, Response> implements CallContext, StreamListener {
  readonly peer: Peer;
  /** How many came, and how many went. */
  readonly messages = { received: 0, sent: 0 };
  readonly #stream: Http2Stream;
  readonly #request: Codec<Request>;
  readonly #response: Codec<Response>;
  readonly #requestStream: boolean;
  readonly #reader: MessageReader;
  readonly #requests: Request[] = [];
  #reading: Deferred<Request | undefined> | undefined;
  #requestsEnded = false;
  #failure: unknown;
  /** Bytes that arrived while the client is held up. */
  #owedBytes = 0;
  #headersSent = false;
  #ended = false;
  #drained: Deferred<void> | undefined;
  #abort: AbortController | undefined;
  #deadline: Timer | undefined;

  constructor(
    stream: Http2Stream,
    method: Pick<Method<Request, Response>, 'request' | 'response' | 'requestStream'>,
    deps: { readonly peer: Peer; readonly clock: Clock; readonly messageBytesMax: number },
  ) {
    this.#stream = stream;
    this.#request = method.request;
    this.#response = method.response;
    this.#requestStream = method.requestStream;
    this.peer = deps.peer;
    const encoding = headerValue(stream.fields, 'grpc-encoding');
    this.#reader = new MessageReader(deps.messageBytesMax, (message) => this.#onMessage(message), encoding);
    if (encoding !== undefined && !ENCODINGS.has(encoding)) {
      const message = `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`;
      this.#failure = new GrpcError(grpcCode.unimplemented, message);
    }
    const timeout = headerValue(stream.fields, 'grpc-timeout');
    if (timeout !== undefined) this.#startDeadline(timeout, deps.clock);
  }

  metadata(name: string): string | undefined {
    return headerValue(this.#stream.fields, name);
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended || this.#stream.closed) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** The next request, or undefined when the client has ended or gone. Throws what was wrong with it. */
  read(): Promise<Request | undefined> {
    const request = this.#requests.shift();
    if (request !== undefined) {
      this.#maybeConsume();
      return Promise.resolve(request);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#requestsEnded || this.#ended) return Promise.resolve(undefined);
    this.#reading = new Deferred();
    return this.#reading.promise;
  }

  /** Sends a response. Returns a promise when the sender should wait for the client to take what was sent. */
  send(response: Response): Promise<void> | undefined {
    return this.sendFrame(encodeFrame(this.#response, response));
  }

  /** The same for a response that is encoded and framed already. */
  sendFrame(frame: Buffer): Promise<void> | undefined {
    if (this.#ended || this.#stream.closed) return undefined;
    this.#sendHeaders();
    this.#stream.sendData(frame, false);
    this.messages.sent++;
    return this.waitForRoom();
  }

  /** Undefined when there is room to send. */
  waitForRoom(): Promise<void> | undefined {
    if (this.#stream.pendingBytes <= RESPONSE_BYTES_WAITING) return undefined;
    this.#drained ??= new Deferred();
    return this.#drained.promise;
  }

  /** Undefined when the connection's far side takes what is sent on all its calls together. */
  waitForConnection(): Promise<void> | undefined {
    return this.#stream.waitForConnection();
  }

  /** Ends the call well. */
  end(): void {
    if (!this.#finish()) return;
    this.#sendHeaders();
    this.#stream.sendHeaders(okTrailers, true);
    this.#close();
  }

  /** Ends a call that has one response. */
  respond(response: Response): void {
    if (this.#ended || this.#stream.closed) {
      this.#close();
      return;
    }
    const frame = encodeFrame(this.#response, response);
    this.#sendHeaders();
    this.#stream.sendData(frame, false);
    this.messages.sent++;
    this.end();
  }

  /** Ends the call with an error. */
  fail(thrown: unknown): void {
    if (!this.#finish()) return;
    const trailers = trailersOf(statusOf(thrown));
    this.#stream.sendHeaders(this.#headersSent ? trailers : [...responseHeaders, ...trailers], true);
    this.#close();
  }

  // ---- what the stream tells

  onHeaders(): void {
    this.#endRequests();
  }

  onData(bytes: Buffer, endStream: boolean): void {
    this.#owedBytes += bytes.length;
    if (this.#failure === undefined) {
      try {
        this.#reader.push(bytes);
      } catch (thrown) {
        this.#fail(thrown);
      }
    }
    this.#maybeConsume();
    if (endStream) this.#endRequests();
  }

  onClose(): void {
    this.#finish();
    this.#abort?.abort();
  }

  onDrain(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
    this.#maybeConsume();
  }

  /** The handler has returned: the call's slot is free. */
  release(): void {
    this.#stream.release();
  }

  #onMessage(message: Buffer): void {
    const request = this.#decode(message);
    this.messages.received++;
    if (this.#reading === undefined) {
      this.#requests.push(request);
      return;
    }
    this.#reading.resolve(request);
    this.#reading = undefined;
  }

  /** Says what is wrong as grpc-go does, which has other words for calls with many requests. */
  #decode(message: Buffer): Request {
    try {
      return decode(this.#request, message);
    } catch (thrown) {
      // Only transactions nest, and one so deep has more operations than any limit.
      if (thrown instanceof NestingError) throw new StoreError('tooManyOps');
      if (!(thrown instanceof ProtobufError)) throw thrown;
      const what = this.#requestStream ? 'failed to unmarshal the received message' : 'error unmarshalling request';
      throw new GrpcError(grpcCode.internal, `grpc: ${what}: ${thrown.message}`);
    }
  }

  /** Opens the client's window again, unless the client is ahead of the handler or behind with reading. */
  #maybeConsume(): void {
    if (this.#owedBytes === 0 || this.#requests.length > REQUESTS_WAITING_MAX) return;
    if (this.#stream.pendingBytes > RESPONSE_BYTES_WAITING) return;
    this.#stream.consume(this.#owedBytes);
    this.#owedBytes = 0;
  }

  #endRequests(): void {
    if (this.#reader.midMessage && this.#failure === undefined) {
      this.#fail(new GrpcError(grpcCode.unknown, 'unexpected EOF'));
    }
    this.#requestsEnded = true;
    this.#reading?.resolve(undefined);
    this.#reading = undefined;
  }

  #fail(thrown: unknown): void {
    this.#failure = thrown;
    this.#reading?.reject(thrown);
    this.#reading = undefined;
  }

  #startDeadline(timeout: string, clock: Clock): void {
    // The router lets no other through.
    const timeoutMs = parseTimeoutMs(timeout) ?? 0;
    if (timeoutMs < 1) {
      this.#failure = new GrpcError(grpcCode.deadlineExceeded, 'context deadline exceeded');
      return;
    }
    this.#deadline = clock.after(timeoutMs, () => {
      this.fail(new GrpcError(grpcCode.deadlineExceeded, 'context deadline exceeded'));
      this.#abort?.abort();
    });
  }

  #sendHeaders(): void {
    if (this.#headersSent) return;
    this.#headersSent = true;
    this.#stream.sendHeaders(responseHeaders, false);
  }

  /** False when the call had ended before. */
  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#deadline?.cancel();
    this.#reading?.resolve(undefined);
    this.#reading = undefined;
    this.#drained?.resolve();
    this.#drained = undefined;
    return !this.#stream.closed;
  }

  /** The response has ended: whatever the client still sends is of no use. */
  #close(): void {
    if (this.#stream.closed || this.#stream.remoteEnded || !this.#stream.localEnded) return;
    this.#stream.reset(errorCode.noError);
  }
}
