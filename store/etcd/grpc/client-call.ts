/** One gRPC call as its client sees it. */
import { messageOf } from '../../../base/errors.ts';
import { grpcCode } from '../../errors.ts';
import { errorCode, type HeaderField, headerValue } from '../http2/protocol.ts';
import type { Http2Stream, StreamClosed, StreamListener } from '../http2/stream.ts';
import { decode, encodeFrame } from '../proto/wire.ts';
import { MessageReader } from './message-reader.ts';
import type { Method } from './method.ts';
import { decodeMessage, GrpcError } from './status.ts';

const NO_BYTES = Buffer.alloc(0);

export interface ResponseListener<Response> {
  /** In order, one at a time: while a returned promise is pending, the server is held up once its window is full. */
  onResponse(response: Response): void | Promise<void>;
  /** The call is over: well, or with an error. Called once, last. Not after `cancel`. */
  onEnd(error: GrpcError | undefined): void;
}

/** gRPC's code for an HTTP/2 error code (grpc.io, "gRPC over HTTP2", errors). */
function codeOfReset(code: number): number {
  if (code === errorCode.cancel) return grpcCode.cancelled;
  if (code === errorCode.enhanceYourCalm) return grpcCode.resourceExhausted;
  return code === errorCode.refusedStream || code === errorCode.noError ? grpcCode.unavailable : grpcCode.internal;
}

export class ClientCall<Request, Response> implements StreamListener {
  readonly #stream: Http2Stream;
  readonly #method: Method<Request, Response>;
  readonly #listener: ResponseListener<Response>;
  readonly #reader: MessageReader;
  /** Messages that wait while the listener is busy. */
  readonly #waiting: Buffer[] = [];
  #busy = false;
  /** Bytes that arrived and are not handled: they keep the server's window closed. */
  #owedBytes = 0;
  /** How the call ended, once it has; undefined inside is "well". */
  #outcome: { readonly error: GrpcError | undefined } | undefined;
  #done = false;

  constructor(
    stream: Http2Stream,
    method: Method<Request, Response>,
    messageBytesMax: number,
    listener: ResponseListener<Response>,
  ) {
    this.#stream = stream;
    this.#method = method;
    this.#listener = listener;
    this.#reader = new MessageReader(messageBytesMax, (message) => this.#waiting.push(message));
    stream.listener = this;
  }

  send(request: Request): void {
    this.#stream.sendData(encodeFrame(this.#method.request, request), false);
  }

  /** A request that is encoded and framed already, and the last one. */
  sendLastFrame(frame: Buffer): void {
    this.#stream.sendData(frame, true);
  }

  /** No more requests follow. */
  endRequests(): void {
    this.#stream.sendData(NO_BYTES, true);
  }

  /** Gives up: the listener is not called again, and the server is told. Idempotent. */
  cancel(): void {
    this.#done = true;
    this.#waiting.length = 0;
    this.#stream.reset(errorCode.cancel);
  }

  onHeaders(fields: readonly HeaderField[], endStream: boolean): void {
    if (endStream) this.#finish(errorOfTrailers(fields));
    else if (headerValue(fields, ':status') !== '200') this.#abandon(errorOfHttpStatus(fields));
  }

  onData(bytes: Buffer, endStream: boolean): void {
    this.#owedBytes += bytes.length;
    try {
      this.#reader.push(bytes);
    } catch (thrown) {
      this.#abandon(thrown instanceof GrpcError ? thrown : new GrpcError(grpcCode.internal, messageOf(thrown)));
      return;
    }
    this.#deliver();
    if (endStream) this.#finish(new GrpcError(grpcCode.internal, 'the server ended the call without a status'));
  }

  onClose({ code, message, unprocessed }: StreamClosed): void {
    const grpc = unprocessed || message === 'connection closed' ? grpcCode.unavailable : codeOfReset(code);
    this.#finish(new GrpcError(grpc, message, { unprocessed }));
  }

  #deliver(): void {
    while (!this.#busy && !this.#done) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      const answer = this.#handle(message);
      if (answer === undefined) continue;
      this.#busy = true;
      answer.then(
        () => {
          this.#busy = false;
          this.#deliver();
        },
        (thrown: unknown) => this.#abandon(new GrpcError(grpcCode.unknown, messageOf(thrown))),
      );
      return;
    }
    if (this.#owedBytes > 0 && !this.#busy) {
      this.#stream.consume(this.#owedBytes);
      this.#owedBytes = 0;
    }
    if (this.#outcome !== undefined && this.#waiting.length === 0 && !this.#busy) this.#end();
  }

  #handle(message: Buffer): Promise<void> | undefined {
    try {
      const answer = this.#listener.onResponse(decode(this.#method.response, message));
      return answer instanceof Promise ? answer : undefined;
    } catch (thrown) {
      this.#abandon(new GrpcError(grpcCode.internal, messageOf(thrown)));
      return undefined;
    }
  }

  /** The far side has ended the call; what it sent before is delivered first. */
  #finish(error: GrpcError | undefined): void {
    this.#outcome ??= { error };
    this.#deliver();
  }

  /** Ends the call from here. */
  #abandon(error: GrpcError): void {
    this.#waiting.length = 0;
    this.#busy = false;
    this.#outcome ??= { error };
    this.#stream.reset(errorCode.cancel);
    this.#end();
  }

  #end(): void {
    if (this.#done) return;
    this.#done = true;
    if (!this.#stream.localEnded) this.#stream.reset(errorCode.noError);
    this.#listener.onEnd(this.#outcome?.error);
  }
}

function errorOfTrailers(fields: readonly HeaderField[]): GrpcError | undefined {
  const status = headerValue(fields, 'grpc-status');
  if (status === '0') return undefined;
  if (status === undefined) return errorOfHttpStatus(fields);
  return new GrpcError(Number(status) || grpcCode.unknown, decodeMessage(headerValue(fields, 'grpc-message') ?? ''));
}

/** What stands between may answer in place of a gRPC server. */
function errorOfHttpStatus(fields: readonly HeaderField[]): GrpcError {
  const status = headerValue(fields, ':status') ?? 'none';
  const code = ['429', '502', '503', '504'].includes(status) ? grpcCode.unavailable : grpcCode.unknown;
  return new GrpcError(code, `unexpected HTTP status ${status}`);
}
