/**
 * etcd's JSON gateway: every method of the API as a POST of JSON, for clients without gRPC. It is a client of the API like
 * any other, through a connection within the process; an answer differs from gRPC's only in its form. Where a method has
 * many requests or answers, the bodies are JSON values one after the other, and each answer is `{"result":…}` on its own
 * line.
 */
import { Readable } from 'node:stream';
import { messageOf } from '../../../base/errors.ts';
import { grpcCode } from '../../errors.ts';
import type { ClientCall, ResponseListener } from '../grpc/client-call.ts';
import type { LoopbackConnection } from '../grpc/loopback-connection.ts';
import type { Method } from '../grpc/method.ts';
import { GrpcError, parseTimeoutMs } from '../grpc/status.ts';
import type { HeaderField } from '../http2/protocol.ts';
import type { PlainRequest, PlainResponse } from '../listener.ts';
import { fromJson, toJson } from './json-messages.ts';
import { JsonSyntaxError, type JsonValue } from './json-syntax.ts';
import { gatewayRoutes } from './routes.ts';
import { TooLargeError, valuesOf } from './value-stream.ts';

/** Messages whose types do not matter here. */
type AnyMethod = Method<unknown, unknown>;

const JSON_HEADERS = { 'content-type': 'application/json' };
const ANSWER_HEADERS = { ...JSON_HEADERS, 'grpc-metadata-content-type': 'application/grpc' };
const METADATA_PREFIX = 'grpc-metadata-';
const NO_VALUE: JsonValue = { type: 'object', at: 0, members: [], end: 0 };
const FORM_TYPE = 'application/x-www-form-urlencoded';

export class Gateway {
  readonly #connection: LoopbackConnection;
  readonly #messageBytesMax: number;

  constructor(connection: LoopbackConnection, messageBytesMax: number) {
    this.#connection = connection;
    this.#messageBytesMax = messageBytesMax;
  }

  /** @param path without the query, beginning with `/v3/` */
  async answer(path: string, request: PlainRequest): Promise<PlainResponse> {
    const method = gatewayRoutes.get(path);
    if (method === undefined) return refusal(grpcCode.notFound, 'Not Found');
    if (methodOf(request) !== 'POST') return refusal(grpcCode.unimplemented, 'Method Not Allowed');
    try {
      const metadata = metadataOf(request.headers);
      return await (method.responseStream
        ? this.#stream(method, request, metadata)
        : this.#unary(method, request, metadata));
    } catch (thrown) {
      const { code, message } = errorOf(thrown);
      return refusal(code, message);
    }
  }

  async #unary(method: AnyMethod, request: PlainRequest, metadata: readonly HeaderField[]): Promise<PlainResponse> {
    const message = await this.#request(method, request);
    const response = await new Promise<unknown>((resolve, reject) => {
      let answer: unknown;
      const call = this.#open(method, request, metadata, {
        onResponse: (response) => {
          answer = response;
        },
        onEnd: (error) => (error === undefined ? resolve(answer) : reject(error)),
      });
      call.send(message);
      call.endRequests();
    });
    return { status: 200, headers: ANSWER_HEADERS, body: toJson(method.response.fields, response) };
  }

  /** Resolves with the first answer, or the end: only then it is known how the call goes. */
  #stream(method: AnyMethod, request: PlainRequest, metadata: readonly HeaderField[]): Promise<PlainResponse> {
    let started = false;
    let room: (() => void) | undefined;
    const body = new Readable({ read: () => room?.() });
    body.on('error', () => {});
    return new Promise((resolve) => {
      const start = (status: number): void => {
        started = true;
        resolve({ status, headers: ANSWER_HEADERS, body });
      };
      const call = this.#open(method, request, metadata, {
        onResponse: (response) => {
          start(200);
          if (body.push(`{"result":${toJson(method.response.fields, response)}}\n`)) return undefined;
          return new Promise((taken) => {
            room = taken;
          });
        },
        onEnd: (error) => {
          start(error === undefined ? 200 : httpStatus(error.code));
          if (error !== undefined) body.push(`{"error":${statusJson(error.code, error.message)}}\n`);
          body.push(null);
        },
      });
      this.#sendAll(method, request, call).catch((thrown: unknown) => {
        // What was asked before is still answered.
        if (started) {
          call.endRequests();
          return;
        }
        call.cancel();
        const { code, message } = errorOf(thrown);
        resolve(refusal(code, message));
        body.destroy();
      });
    });
  }

  async #sendAll(method: AnyMethod, request: PlainRequest, call: ClientCall<unknown, unknown>): Promise<void> {
    if (method.requestStream) {
      for await (const message of this.#requests(method, request)) call.send(message);
    } else {
      call.send(await this.#request(method, request));
    }
    call.endRequests();
  }

  #open(
    method: AnyMethod,
    { signal }: PlainRequest,
    metadata: readonly HeaderField[],
    listener: ResponseListener<unknown>,
  ): ClientCall<unknown, unknown> {
    const forget = (): void => signal.removeEventListener('abort', cancel);
    const call = this.#connection.open(method, metadata, {
      onResponse: (response) => listener.onResponse(response),
      onEnd: (error) => {
        forget();
        listener.onEnd(error);
      },
    });
    const cancel = (): void => {
      call.cancel();
      listener.onEnd(new GrpcError(grpcCode.cancelled, 'context canceled'));
    };
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    return call;
  }

  /** The one request that there is; no value at all is an empty one, what follows a value is passed over. */
  async #request(method: AnyMethod, request: PlainRequest): Promise<unknown> {
    for await (const message of this.#requests(method, request)) return message;
    return fromJson(method.request.fields, NO_VALUE, '');
  }

  /** What is asked, one value after the other. */
  async *#requests(method: AnyMethod, { body }: PlainRequest): AsyncGenerator<unknown> {
    // A byte takes up to six characters.
    for await (const { value, text } of valuesOf(body, this.#messageBytesMax * 6)) {
      yield fromJson(method.request.fields, value, text);
    }
  }
}

/** A POST of a form may stand for another method, as for clients that know no other. */
function methodOf({ method, headers }: PlainRequest): string {
  const override = headers['x-http-method-override'];
  const isForm = method === 'POST' && headers['content-type'] === FORM_TYPE;
  return isForm && override ? override.toUpperCase() : method;
}

/** What of an HTTP request's headers goes on to the call. */
function metadataOf(headers: Readonly<Record<string, string>>): HeaderField[] {
  const metadata: HeaderField[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'authorization') metadata.push({ name, value, neverIndexed: true });
    else if (name === 'grpc-timeout') {
      if (parseTimeoutMs(value) === undefined) {
        throw new GrpcError(grpcCode.invalidArgument, `invalid grpc-timeout: ${value}`);
      }
      metadata.push({ name, value, neverIndexed: true });
    } else if (name.startsWith(METADATA_PREFIX)) {
      const metadataName = name.slice(METADATA_PREFIX.length);
      if (!/^(?:grpc-|content-type$|te$|$)/.test(metadataName)) {
        metadata.push({ name: metadataName, value, neverIndexed: true });
      }
    }
  }
  return metadata;
}

function errorOf(thrown: unknown): { readonly code: number; readonly message: string } {
  if (thrown instanceof GrpcError) return thrown;
  if (thrown instanceof JsonSyntaxError) return { code: grpcCode.invalidArgument, message: thrown.message };
  if (thrown instanceof TooLargeError) return { code: grpcCode.resourceExhausted, message: thrown.message };
  return { code: grpcCode.unknown, message: messageOf(thrown) };
}

function refusal(code: number, message: string): PlainResponse {
  const challenge = code === grpcCode.unauthenticated ? { 'www-authenticate': message } : {};
  return { status: httpStatus(code), headers: { ...JSON_HEADERS, ...challenge }, body: statusJson(code, message) };
}

function statusJson(code: number, message: string): string {
  return JSON.stringify(message === '' ? { code } : { code, message });
}

const httpStatuses = new Map<number, number>([
  [grpcCode.cancelled, 499],
  [grpcCode.invalidArgument, 400],
  [grpcCode.deadlineExceeded, 504],
  [grpcCode.notFound, 404],
  [grpcCode.alreadyExists, 409],
  [grpcCode.permissionDenied, 403],
  [grpcCode.resourceExhausted, 429],
  [grpcCode.failedPrecondition, 400],
  [grpcCode.aborted, 409],
  [grpcCode.outOfRange, 400],
  [grpcCode.unimplemented, 501],
  [grpcCode.unavailable, 503],
  [grpcCode.unauthenticated, 401],
]);

function httpStatus(code: number): number {
  return httpStatuses.get(code) ?? 500;
}
