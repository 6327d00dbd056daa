/**
 * `Client` as requests and answers: which path, query and body each call is. How a request travels is a transport's, which
 * there are two of: `http-client.ts`, and the loopback in `cluster/`.
 */
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
} from './client.ts';
import { deleteBody, listQuery, patchContentType, pathOf, watchQuery, writeQuery } from './http-paths.ts';

export interface ClientRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** The turn that makes this request. */
  readonly cause?: string | undefined;
}

/** What a watch delivers: an event, or a failure as a Status. */
export interface WatchFrame {
  readonly type: WatchEvent<unknown>['type'] | 'ERROR';
  readonly object: unknown;
}

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly unknown[] | null;
}

export abstract class RequestClient implements Client {
  /** Resolves with the object that is answered; rejects with an `ApiError` when a failure is. */
  protected abstract object(request: ClientRequest): Promise<unknown>;
  /** Ends when the server ends it; once `signal` is aborted, by ending or failing. */
  protected abstract frames(request: ClientRequest, signal: AbortSignal): AsyncIterable<WatchFrame>;

  async get<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace?: string,
    options: { readonly subresource?: string } = {},
  ): Promise<T> {
    return (await this.object({ method: 'GET', path: pathOf(ref, namespace, name, options.subresource) })) as T;
  }

  async list<T extends ApiObject>(ref: ResourceRef, options: ListOptions = {}): Promise<ObjectList<T>> {
    const path = pathOf(ref, options.namespace) + listQuery(options);
    const { items, metadata } = (await this.object({ method: 'GET', path })) as ListBody;
    const next = metadata?.continue;
    return {
      items: (items ?? []) as readonly T[],
      resourceVersion: metadata?.resourceVersion ?? '',
      ...(next === undefined || next === '' ? {} : { continue: next }),
    };
  }

  async *watch<T extends ApiObject>(ref: ResourceRef, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const path = pathOf(ref, options.namespace) + watchQuery(options);
    const { signal } = options;
    try {
      for await (const { type, object } of this.frames({ method: 'GET', path }, signal)) {
        if (signal.aborted) return;
        if (type === 'ERROR') throw errorOfStatus(object);
        yield { type, object: object as T };
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  async create<T extends ApiObject>(ref: ResourceRef, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const under = options.subresource === undefined ? undefined : (name ?? '');
    const path = pathOf(ref, namespace, under, options.subresource) + writeQuery(options);
    return (await this.object({ method: 'POST', path, body: object, cause: options.cause })) as T;
  }

  async update<T extends ApiObject>(ref: ResourceRef, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const path = pathOf(ref, namespace, name ?? '', options.subresource) + writeQuery(options);
    return (await this.object({ method: 'PUT', path, body: object, cause: options.cause })) as T;
  }

  async patch<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options: WriteOptions & { readonly force?: boolean } = {},
  ): Promise<T> {
    const path = pathOf(ref, namespace, name, options.subresource) + writeQuery(options);
    const contentType = patchContentType(type);
    return (await this.object({ method: 'PATCH', path, body: patch, contentType, cause: options.cause })) as T;
  }

  async delete(ref: ResourceRef, name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    const path = pathOf(ref, namespace, name);
    await this.object({ method: 'DELETE', path, body: deleteBody(options), cause: options.cause });
  }
}

/** The failure that a Status tells. */
export function errorOfStatus(status: unknown): ApiError {
  const { code, reason, message, details } = (status ?? {}) as Record<string, unknown>;
  return new ApiError(
    Number(code ?? 500),
    String(reason ?? 'Unknown'),
    String(message ?? 'the server gave no message'),
    details,
  );
}
