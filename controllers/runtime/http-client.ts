/**
 * `Client` over HTTP(S), with a keep-alive agent of node's own. Everything is bounded: sockets, the time until an answer
 * begins, the bytes of an answer, and the bytes of one watch event.
 *
 * Credentials are given, never looked up: who reads kubeconfigs is `cluster/` and `kubectl-lite/`.
 */
import http from 'node:http';
import https from 'node:https';
import { messageOf } from '../../base/errors.ts';
import { CAUSE_HEADER } from '../../base/moments.ts';
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
import { bodyOf, errorOf, linesOf } from './http-answers.ts';
import { deleteBody, listQuery, patchContentType, pathOf, watchQuery, writeQuery } from './http-paths.ts';

/** As in a kubeconfig, with files and base64 already read. */
export interface HttpClientConfig {
  /** `https://127.0.0.1:6443`, without a path or with a prefix. */
  readonly server: string;
  /** PEM of the authorities that may have signed the server's certificate; absent: the machine's. */
  readonly ca?: string | Uint8Array;
  /** PEM of our certificate and key. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly userAgent?: string;
  /** Sockets to the server at the same time, watches included; more requests wait. Default 256. */
  readonly socketsMax?: number;
  /** Until an answer's headers are there. Default 60 s. */
  readonly timeoutMs?: number;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly cause?: string | undefined;
  readonly signal?: AbortSignal;
  /** A watch: its body may stay silent for as long as it likes. */
  readonly stream?: boolean;
}

const ANSWER_BYTES_MAX = 1024 * 1024 * 1024;
const EVENT_BYTES_MAX = 16 * 1024 * 1024;

export class HttpClient implements Client {
  readonly #config: HttpClientConfig;
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(config: HttpClientConfig) {
    this.#config = config;
    this.#base = new URL(config.server);
    const pool = { keepAlive: true, maxSockets: config.socketsMax ?? 256, scheduling: 'lifo' } as const;
    this.#agent =
      this.#base.protocol === 'https:' ? new https.Agent({ ...pool, ...tlsOptions(config) }) : new http.Agent(pool);
    this.#headers = {
      accept: 'application/json',
      'user-agent': config.userAgent ?? 'sampan',
      ...(config.token === undefined ? {} : { authorization: `Bearer ${config.token}` }),
    };
  }

  /** Closes all sockets; calls under way fail. */
  close(): void {
    this.#agent.destroy();
  }

  async get<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace?: string,
    options: { readonly subresource?: string } = {},
  ): Promise<T> {
    return (await this.#json({ method: 'GET', path: pathOf(ref, namespace, name, options.subresource) })) as T;
  }

  async list<T extends ApiObject>(ref: ResourceRef, options: ListOptions = {}): Promise<ObjectList<T>> {
    const path = pathOf(ref, options.namespace) + listQuery(options);
    const answer = (await this.#json({ method: 'GET', path })) as {
      items: T[] | null;
      metadata: { resourceVersion: string; continue?: string };
    };
    const { resourceVersion, continue: next } = answer.metadata;
    const items = answer.items ?? [];
    return next === undefined || next === '' ? { items, resourceVersion } : { items, resourceVersion, continue: next };
  }

  async *watch<T extends ApiObject>(ref: ResourceRef, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const path = pathOf(ref, options.namespace) + watchQuery(options);
    let answer: http.IncomingMessage;
    try {
      answer = await this.#send({ method: 'GET', path, signal: options.signal, stream: true });
    } catch (thrown) {
      if (options.signal.aborted) return;
      throw thrown;
    }
    try {
      if (answer.statusCode !== 200) throw await errorOf(answer);
      for await (const line of linesOf(answer, EVENT_BYTES_MAX)) {
        const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: unknown };
        if (event.type === 'ERROR') throw statusError(event.object);
        yield event;
      }
    } catch (thrown) {
      if (!options.signal.aborted) throw thrown;
    } finally {
      answer.destroy();
    }
  }

  async create<T extends ApiObject>(ref: ResourceRef, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const under = options.subresource === undefined ? undefined : name;
    const path = pathOf(ref, namespace, under, options.subresource) + writeQuery(options);
    return (await this.#json({ method: 'POST', path, body: object, cause: options.cause })) as T;
  }

  async update<T extends ApiObject>(ref: ResourceRef, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const path = pathOf(ref, namespace, name, options.subresource) + writeQuery(options);
    return (await this.#json({ method: 'PUT', path, body: object, cause: options.cause })) as T;
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
    return (await this.#json({
      method: 'PATCH',
      path,
      body: patch,
      contentType: patchContentType(type),
      cause: options.cause,
    })) as T;
  }

  async delete(ref: ResourceRef, name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    const path = pathOf(ref, namespace, name);
    await this.#json({ method: 'DELETE', path, body: deleteBody(options), cause: options.cause });
  }

  async #json(call: Call): Promise<unknown> {
    const answer = await this.#send(call);
    if ((answer.statusCode ?? 0) >= 300) throw await errorOf(answer);
    return JSON.parse(await bodyOf(answer, ANSWER_BYTES_MAX));
  }

  #send({ method, path, body, contentType, cause, signal, stream }: Call): Promise<http.IncomingMessage> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers: Record<string, string | number> = { ...this.#headers };
    if (bytes !== undefined) {
      headers['content-type'] = contentType ?? 'application/json';
      headers['content-length'] = bytes.length;
    }
    if (cause !== undefined) headers[CAUSE_HEADER] = cause;
    const prefix = this.#base.pathname.replace(/\/$/, '');
    return new Promise((resolve, reject) => {
      const request = (this.#base.protocol === 'https:' ? https : http).request({
        agent: this.#agent,
        hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
        port: this.#base.port,
        method,
        path: prefix + path,
        headers,
        timeout: this.#config.timeoutMs ?? 60_000,
        ...(signal === undefined ? {} : { signal }),
      });
      request.on('response', (answer) => {
        if (stream === true) answer.socket.setTimeout(0);
        resolve(answer);
      });
      request.on('timeout', () => request.destroy(new Error(`no answer from ${this.#base.host} in time`)));
      request.on('error', (thrown) => reject(new Error(`${method} ${this.#base.host}${path}: ${messageOf(thrown)}`)));
      request.end(bytes);
    });
  }
}

function statusError(status: unknown): ApiError {
  const { code, reason, message, details } = (status ?? {}) as Record<string, unknown>;
  return new ApiError(
    Number(code ?? 500),
    String(reason ?? 'InternalError'),
    String(message ?? 'watch failed'),
    details,
  );
}

function tlsOptions(config: HttpClientConfig): https.AgentOptions {
  const pem = (value: string | Uint8Array): string | Buffer => (typeof value === 'string' ? value : Buffer.from(value));
  return {
    ...(config.ca === undefined ? {} : { ca: pem(config.ca) }),
    ...(config.cert === undefined ? {} : { cert: pem(config.cert) }),
    ...(config.key === undefined ? {} : { key: pem(config.key) }),
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
  };
}
