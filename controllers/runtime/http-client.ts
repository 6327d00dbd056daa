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
import { bodyOf, errorOf, linesOf } from './http-answers.ts';
import { type ClientRequest, RequestClient, type WatchFrame } from './request-client.ts';

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
  /** Where tokens come from that do not last; in place of `token`. */
  readonly tokenSource?: TokenSource;
  readonly insecureSkipTlsVerify?: boolean;
  readonly userAgent?: string;
  /** Sockets to the server at the same time, watches included; more requests wait. Default 256. */
  readonly socketsMax?: number;
  /** Until an answer's headers are there. Default 60 s. */
  readonly timeoutMs?: number;
}

export interface TokenSource {
  /** The token to send now. */
  token(): Promise<string>;
  /** The server did not accept the last one. */
  reset(): void;
}

/** How a request is sent, beside what it asks. */
interface Sending {
  readonly signal?: AbortSignal;
  /** A watch: its body may stay silent for as long as it likes. */
  readonly stream?: boolean;
}

const ANSWER_BYTES_MAX = 1024 * 1024 * 1024;
const EVENT_BYTES_MAX = 16 * 1024 * 1024;

export class HttpClient extends RequestClient {
  readonly #config: HttpClientConfig;
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(config: HttpClientConfig) {
    super();
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

  protected override async object(request: ClientRequest): Promise<unknown> {
    const answer = await this.#send(request);
    if ((answer.statusCode ?? 0) >= 300) throw await errorOf(answer);
    return JSON.parse(await bodyOf(answer, ANSWER_BYTES_MAX));
  }

  protected override async *frames(request: ClientRequest, signal: AbortSignal): AsyncIterable<WatchFrame> {
    const answer = await this.#send(request, { signal, stream: true });
    try {
      if (answer.statusCode !== 200) throw await errorOf(answer);
      for await (const line of linesOf(answer, EVENT_BYTES_MAX)) yield JSON.parse(line) as WatchFrame;
    } finally {
      answer.destroy();
    }
  }

  async #send(request: ClientRequest, sending: Sending = {}): Promise<http.IncomingMessage> {
    const { tokenSource } = this.#config;
    if (tokenSource === undefined) return this.#sendWith({}, request, sending);
    const authorization = `Bearer ${await tokenSource.token()}`;
    const answer = await this.#sendWith({ authorization }, request, sending);
    if (answer.statusCode === 401) tokenSource.reset();
    return answer;
  }

  #sendWith(
    more: Readonly<Record<string, string>>,
    { method, path, body, contentType, cause }: ClientRequest,
    { signal, stream }: Sending,
  ): Promise<http.IncomingMessage> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers: Record<string, string | number> = { ...this.#headers, ...more };
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

function tlsOptions(config: HttpClientConfig): https.AgentOptions {
  const pem = (value: string | Uint8Array): string | Buffer => (typeof value === 'string' ? value : Buffer.from(value));
  return {
    ...(config.ca === undefined ? {} : { ca: pem(config.ca) }),
    ...(config.cert === undefined ? {} : { cert: pem(config.cert) }),
    ...(config.key === undefined ? {} : { key: pem(config.key) }),
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
  };
}
