/**
 * `Client` inside the API server's own process: the same request chain as over the network (authorization, admission,
 * validation), without sockets and without encoding. Objects come back frozen and shared, as the watch cache holds them.
 */
import type { ApiAnswer, ApiServer } from '../apiserver/machinery/api-server.ts';
import type { KubeObject, UserInfo } from '../apiserver/machinery/resource-row.ts';
import { StatusError } from '../apiserver/machinery/status.ts';
import { CAUSE_HEADER } from '../base/moments.ts';
import {
  ApiError,
  type ApiObject,
  type Client,
  type DeleteOptions,
  type ListOptions,
  type ObjectList,
  type PatchType,
  type ResourceRef,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '../controllers/runtime/client.ts';
import {
  deleteBody,
  listQuery,
  patchContentType,
  pathOf,
  watchQuery,
  writeQuery,
} from '../controllers/runtime/http-paths.ts';

interface Call {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly cause?: string | undefined;
  readonly signal?: AbortSignal;
}

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly unknown[] | null;
}

export class LoopbackClient implements Client {
  readonly #server: ApiServer;
  readonly #user: UserInfo;
  readonly #userAgent: string;

  /** @param userAgent becomes the field manager in managedFields, up to the first slash */
  constructor(server: ApiServer, user: UserInfo, userAgent: string) {
    this.#server = server;
    this.#user = user;
    this.#userAgent = userAgent;
  }

  async get<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace?: string,
    options: { readonly subresource?: string } = {},
  ): Promise<T> {
    return (await this.#object({ method: 'GET', url: pathOf(ref, namespace, name, options.subresource) })) as T;
  }

  async list<T extends ApiObject>(ref: ResourceRef, options: ListOptions = {}): Promise<ObjectList<T>> {
    const url = pathOf(ref, options.namespace) + listQuery(options);
    const list = (await this.#object({ method: 'GET', url })) as ListBody;
    const next = list.metadata?.continue;
    return {
      items: (list.items ?? []) as readonly T[],
      resourceVersion: list.metadata?.resourceVersion ?? '',
      ...(next === undefined || next === '' ? {} : { continue: next }),
    };
  }

  async *watch<T extends ApiObject>(ref: ResourceRef, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const url = pathOf(ref, options.namespace) + watchQuery(options);
    const answer = await this.#call({ method: 'GET', url, signal: options.signal });
    if (answer.type !== 'watch') throw errorOf(answer);
    for await (const frame of answer.events) {
      if (options.signal.aborted) return;
      if (frame.type === 'ERROR') throw errorOfStatus(frame.object);
      yield { type: frame.type, object: frame.object as unknown as T };
    }
  }

  async create<T extends ApiObject>(ref: ResourceRef, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const target =
      options.subresource === undefined
        ? pathOf(ref, namespace)
        : pathOf(ref, namespace, name ?? '', options.subresource);
    return (await this.#object({
      method: 'POST',
      url: target + writeQuery(options),
      body: object,
      cause: options.cause,
    })) as T;
  }

  async update<T extends ApiObject>(ref: ResourceRef, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const url = pathOf(ref, namespace, name ?? '', options.subresource) + writeQuery(options);
    return (await this.#object({ method: 'PUT', url, body: object, cause: options.cause })) as T;
  }

  async patch<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options: WriteOptions & { readonly force?: boolean } = {},
  ): Promise<T> {
    const url = pathOf(ref, namespace, name, options.subresource) + writeQuery(options);
    return (await this.#object({
      method: 'PATCH',
      url,
      body: patch,
      contentType: patchContentType(type),
      cause: options.cause,
    })) as T;
  }

  async delete(ref: ResourceRef, name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    const url = pathOf(ref, namespace, name);
    await this.#object({ method: 'DELETE', url, body: deleteBody(options), cause: options.cause });
  }

  async #object(call: Call): Promise<unknown> {
    const answer = await this.#call(call);
    if (answer.code >= 400) throw errorOf(answer);
    if (answer.type === 'object') return answer.object;
    if (answer.type === 'bytes') return JSON.parse(Buffer.from(answer.body).toString('utf8'));
    throw new ApiError(
      500,
      'InternalError',
      `${call.method} ${call.url} answered a stream where an object was expected`,
    );
  }

  async #call(call: Call): Promise<ApiAnswer> {
    try {
      return await this.#server.handle({
        method: call.method,
        url: call.url,
        headers: {
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...(call.cause === undefined ? {} : { [CAUSE_HEADER]: call.cause }),
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body === undefined ? undefined : bodyOf(call.body),
        credentials: { type: 'loopback', user: this.#user },
        // A signal of its own for each call: what listens to it goes with it.
        signal: call.signal ?? new AbortController().signal,
      });
    } catch (thrown) {
      if (thrown instanceof StatusError) throw errorOfStatus(thrown.toStatus() as unknown as KubeObject);
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

function errorOfStatus(status: KubeObject): ApiError {
  const { code, reason, message, details } = status as {
    code?: number;
    reason?: string;
    message?: string;
    details?: unknown;
  };
  return new ApiError(code ?? 500, reason ?? 'Unknown', message ?? 'unknown error', details);
}
