/**
 * `Client` inside the API server's own process: the same request chain as over the network (authorization, admission,
 * validation), without sockets and without encoding. Objects come back frozen and shared, as the watch cache holds them.
 */
import type { ApiAnswer, ApiServer } from '../apiserver/machinery/api-server.ts';
import type { KubeObject, UserInfo } from '../apiserver/machinery/resource-row.ts';
import { StatusError } from '../apiserver/machinery/status.ts';
import { CAUSE_HEADER } from '../base/moments.ts';
import { ApiError } from '../controllers/runtime/client.ts';
import {
  type ClientRequest,
  errorOfStatus,
  RequestClient,
  type WatchFrame,
} from '../controllers/runtime/request-client.ts';

export class LoopbackClient extends RequestClient {
  readonly #server: ApiServer;
  readonly #user: UserInfo;
  readonly #userAgent: string;

  /** @param userAgent becomes the field manager in managedFields, up to the first slash */
  constructor(server: ApiServer, user: UserInfo, userAgent: string) {
    super();
    this.#server = server;
    this.#user = user;
    this.#userAgent = userAgent;
  }

  protected override async object(request: ClientRequest): Promise<unknown> {
    const answer = await this.#answer(request);
    if (answer.code >= 400) throw errorOf(answer);
    if (answer.type === 'object') return answer.object;
    if (answer.type === 'bytes') return JSON.parse(Buffer.from(answer.body).toString('utf8'));
    const { method, path } = request;
    throw new ApiError(500, 'InternalError', `${method} ${path} answered a stream where an object was expected`);
  }

  protected override async *frames(request: ClientRequest, signal: AbortSignal): AsyncIterable<WatchFrame> {
    const answer = await this.#answer(request, signal);
    if (answer.type !== 'watch') throw errorOf(answer);
    yield* answer.events;
  }

  // A signal of its own for each call: what listens to it goes with it.
  async #answer(request: ClientRequest, signal = new AbortController().signal): Promise<ApiAnswer> {
    const { method, path, body, contentType = 'application/json', cause } = request;
    try {
      return await this.#server.handle({
        method,
        url: path,
        headers: {
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...(cause === undefined ? {} : { [CAUSE_HEADER]: cause }),
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        body: body === undefined ? undefined : bodyOf(body),
        credentials: { type: 'loopback', user: this.#user },
        signal,
      });
    } catch (thrown) {
      if (thrown instanceof StatusError) throw errorOfStatus(thrown.toStatus());
      throw thrown;
    }
  }
}

/** The server may keep and freeze what it gets, so it gets a copy; a patch that is a list travels as bytes. */
function bodyOf(body: unknown): Uint8Array | KubeObject {
  if (Array.isArray(body) || typeof body !== 'object' || body === null) return Buffer.from(JSON.stringify(body));
  return structuredClone(body) as KubeObject;
}

function errorOf(answer: ApiAnswer): ApiError {
  if (answer.type === 'object') return errorOfStatus(answer.object);
  if (answer.type === 'bytes') {
    try {
      return errorOfStatus(JSON.parse(Buffer.from(answer.body).toString('utf8')));
    } catch {
      return new ApiError(answer.code, 'Unknown', Buffer.from(answer.body).toString('utf8'));
    }
  }
  return new ApiError(answer.code, 'Unknown', `the server answered ${answer.code}`);
}
