/** HTTP to the API server: one request, or one stream of lines. Errors come as kubectl words them. */
import net from 'node:net';
import type { Clock } from '../base/clock.ts';
import { codeOf, messageOf } from '../base/errors.ts';
import { ConnectionFailure, Failure, ServerFailure, type StatusDetails } from './failure.ts';
import { HttpClient, type HttpResponse } from './http/http-client.ts';
import type { Connection } from './kubeconfig.ts';
import { connectTls, connectTrusting } from './server-trust.ts';

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

const USER_AGENT = 'kubectl-lite/0.1.0';

export class Rest {
  readonly connection: Connection;
  /** Makes a connection to the server, known to be it. */
  readonly connect: () => Promise<net.Socket>;
  readonly #server: URL;
  readonly #http: HttpClient;
  readonly #warn: (text: string) => void;

  /** @param warn is told of every `Warning` header */
  constructor(connection: Connection, clock: Clock, warn: (text: string) => void) {
    this.connection = connection;
    this.#warn = warn;
    this.#server = new URL(connection.server);
    this.connect = connectorFor(this.#server, connection, clock);
    this.#http = new HttpClient(this.#server.host, this.connect, connection.timeoutMs);
  }

  /** The parsed JSON of a successful answer. */
  async json<T>(call: Call): Promise<T> {
    return (await this.answer(call)).body as T;
  }

  /** The answer with its status; a failure is thrown as a ServerFailure. */
  async answer(call: Call): Promise<Answer> {
    const response = await this.#send(call);
    const text = await response.text();
    const body = parseJson(text);
    const code = response.status;
    if (code >= 400) throw failureOf(code, text, body);
    return { code, body: body ?? text };
  }

  /** A successful answer's chunks as they come. */
  async *chunks(call: Call): AsyncIterable<string> {
    const response = await this.#send(call);
    const code = response.status;
    if (code >= 400) {
      const text = await response.text();
      throw failureOf(code, text, parseJson(text));
    }
    try {
      yield* response.chunks();
    } catch (thrown) {
      if (call.signal?.aborted !== true) throw new CutShort(messageOf(thrown));
    }
  }

  /** A successful answer's lines, each parsed: a watch. One that is cut short has ended, like any other. */
  async *lines<T>(call: Call): AsyncIterable<T> {
    let rest = '';
    try {
      for await (const chunk of this.chunks(call)) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield JSON.parse(line) as T;
      }
    } catch (thrown) {
      if (!(thrown instanceof CutShort)) throw thrown;
    }
  }

  /** Headers that say who asks, beside what a client certificate says. */
  credentials(): Record<string, string | string[]> {
    const { token, basic, impersonate } = this.connection;
    if (token !== undefined) return { ...impersonate, authorization: `Bearer ${token}` };
    if (basic === undefined) return { ...impersonate };
    return { ...impersonate, authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
  }

  close(): void {
    this.#http.close();
  }

  async #send(call: Call): Promise<HttpResponse> {
    const url = new URL(this.connection.server + call.path);
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, value);
    const body =
      call.body === undefined ? undefined : typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
    const headers: Record<string, string | readonly string[]> = {
      accept: call.accept ?? 'application/json',
      'user-agent': USER_AGENT,
      ...this.credentials(),
    };
    if (body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
    const { method = 'GET', signal } = call;
    const target = `${url.pathname}${url.search}`;
    try {
      const response = await this.#http.request({ method, target, headers, body, signal });
      for (const text of warningsOf(response.header('warning'))) this.#warn(text);
      return response;
    } catch (thrown) {
      throw unreachable(url, thrown as Error);
    }
  }
}

/** An answer that had begun, and did not come to its end. */
class CutShort extends Failure {}

function connectorFor(server: URL, connection: Connection, clock: Clock): () => Promise<net.Socket> {
  const { insecure, ca, cert, key, serverName, timeoutMs } = connection;
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const isPlain = server.protocol !== 'https:';
  const options = {
    host,
    port: Number(server.port || (isPlain ? 80 : 443)),
    noDelay: true,
    ...(timeoutMs === 0 ? {} : { timeout: timeoutMs }),
  };
  if (isPlain) return () => connectPlain(options);
  const name = serverName ?? (net.isIP(host) === 0 ? host : undefined);
  const secure = {
    ...options,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !insecure,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(name === undefined ? {} : { servername: name }),
  };
  return () => (ca === undefined ? connectTls(secure) : connectTrusting({ ...secure, ca }, clock));
}

function connectPlain(options: net.TcpNetConnectOpts): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(options);
    const late = (): void => void socket.destroy(new Error('context deadline exceeded'));
    socket.once('error', reject).once('timeout', late);
    socket.once('connect', () => {
      socket.off('error', reject).off('timeout', late);
      resolve(socket);
    });
  });
}

/** `299 - "text", 299 - "other"`: the texts. */
function warningsOf(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? '').replace(/\\(.)/g, '$1'),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failureOf(code: number, text: string, body: unknown): ServerFailure {
  const status = (body ?? {}) as { kind?: string; reason?: string; message?: string; details?: StatusDetails };
  if (status.kind !== 'Status') return bareFailure(code, text);
  if (code === 401) return new ServerFailure(code, 'Unauthorized', status.message ?? 'Unauthorized', status.details);
  return new ServerFailure(code, status.reason ?? '', status.message ?? text.trim(), status.details);
}

/** An answer that is no `Status`: what client-go makes of the code alone. */
function bareFailure(code: number, text: string): ServerFailure {
  switch (code) {
    case 401:
      return new ServerFailure(code, 'Unauthorized', 'the server has asked for the client to provide credentials');
    case 403:
      return new ServerFailure(code, 'Forbidden', text.trim() || 'unknown');
    case 404:
      return new ServerFailure(code, 'NotFound', 'the server could not find the requested resource');
    case 405:
      return new ServerFailure(
        code,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      );
    case 429:
      return new ServerFailure(
        code,
        'TooManyRequests',
        'the server has received too many requests and has asked us to try again later',
      );
    case 503:
      return new ServerFailure(code, 'ServiceUnavailable', 'the server is currently unable to handle the request');
    case 504:
      return new ServerFailure(
        code,
        'Timeout',
        'the server was unable to return a response in the time allotted, but may still be processing the request',
      );
    default:
      return new ServerFailure(
        code,
        code >= 500 ? 'InternalError' : '',
        text.trim() || `the server responded with the status code ${code} but did not return more information`,
      );
  }
}

function unreachable(url: URL, error: Error): ConnectionFailure {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') {
    return new ConnectionFailure(
      `The connection to the server ${url.host} was refused - did you specify the right host or port?`,
    );
  }
  if (/certificate|self.signed|CERT_|unable to verify|altname/i.test(`${code} ${error.message}`)) {
    return new ConnectionFailure(
      `Unable to connect to the server: tls: failed to verify certificate: ${tlsReason(error)}`,
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new ConnectionFailure(`Unable to connect to the server: dial tcp: lookup ${url.hostname}: no such host`);
  return new ConnectionFailure(`Unable to connect to the server: ${messageOf(error)}`);
}

function tlsReason(error: Error): string {
  if (codeOf(error) === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameReason(error as NameMismatch);
  return /unable to verify|self.signed|UNABLE_TO/i.test(`${codeOf(error)} ${error.message}`)
    ? 'x509: certificate signed by unknown authority'
    : messageOf(error);
}

interface NameMismatch extends Error {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

/** For whom the certificate is, in Go's words: of names where a name was expected, of addresses where one was. */
function nameReason({ host = '', cert }: NameMismatch): string {
  const prefix = net.isIP(host) === 0 ? 'DNS:' : 'IP Address:';
  const names = (cert?.subjectaltname ?? '').split(', ').filter((each) => each.startsWith(prefix));
  if (names.length === 0)
    return prefix === 'DNS:'
      ? `x509: certificate is not valid for any names, but wanted to match ${host}`
      : `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  return `x509: certificate is valid for ${names.map((each) => each.slice(prefix.length)).join(', ')}, not ${host}`;
}
