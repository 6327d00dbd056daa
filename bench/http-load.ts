/**
 * A small load generator: N keep-alive TLS connections, each with one request under way, as wrk does it. It writes and
 * reads HTTP/1.1 on the socket directly, so that the client costs little beside the server.
 * It only ever speaks to loopback.
 */
import net from 'node:net';
import tls from 'node:tls';
import { AnswerReader } from './http-answers.ts';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, one a request. */
  readonly latencies: readonly number[];
  /** Of all answers' bodies. */
  readonly bodyBytes: number;
  /** Answers that were not the expected status, by status. */
  readonly unexpected: ReadonlyMap<number, number>;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Ends after so many requests, even when time is left; each connection makes one at least. */
  readonly requestsMax?: number;
  readonly expect: number;
  readonly tls: boolean;
  /** The whole request, head and body, for the n-th call. */
  request(n: number): string;
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = [];
  const unexpected = new Map<number, number>();
  const { requestsMax = Number.POSITIVE_INFINITY } = options;
  let n = 0;
  let bodyBytes = 0;
  const startedAt = performance.now();
  const endAt = startedAt + options.seconds * 1000;
  const run = async (): Promise<void> => {
    const connection = await HttpConnection.open(options);
    let now = performance.now();
    do {
      const answer = await connection.call(options.request(n++));
      const before = now;
      now = performance.now();
      latencies.push(now - before);
      bodyBytes += answer.bodyBytes;
      if (answer.status !== options.expect) unexpected.set(answer.status, (unexpected.get(answer.status) ?? 0) + 1);
    } while (now < endAt && n < requestsMax);
    connection.close();
  };
  await Promise.all(Array.from({ length: options.connections }, run));
  const seconds = (performance.now() - startedAt) / 1000;
  return { requests: latencies.length, seconds, latencies, bodyBytes, unexpected };
}

interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
}

/** One connection with one request under way at most. */
export class HttpConnection {
  readonly #socket: net.Socket;
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    const reader = new AnswerReader({
      onEnd: (status, bodyBytes) => this.#waiting?.resolve({ status, bodyBytes }),
    });
    socket.on('data', (data: Buffer) => reader.take(data));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  static async open(server: Pick<LoadOptions, 'port' | 'tls'>): Promise<HttpConnection> {
    return new HttpConnection(await connect(server));
  }

  /** Resolves once the whole answer has arrived. @param request head and body, as they go over the wire */
  call(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

export function connect({ port, tls: secure }: Pick<LoadOptions, 'port' | 'tls'>): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket: net.Socket = secure
      ? tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => resolve(socket))
      : net.connect({ host: '127.0.0.1', port }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** A request as it goes over the wire. */
export function httpRequest(
  token: string,
  method: string,
  path: string,
  body?: object,
  contentType = 'application/json',
): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const length =
    body === undefined ? '' : `content-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n${length}\r\n${text}`;
}

/** One request for its effect. @throws when it is not answered with 200 or 201 */
export async function send(
  server: { readonly port: number; readonly token: string },
  method: string,
  path: string,
  body?: object,
): Promise<void> {
  const connection = await HttpConnection.open({ port: server.port, tls: true });
  const { status } = await connection.call(httpRequest(server.token, method, path, body));
  connection.close();
  if (status !== 200 && status !== 201) throw new Error(`${method} ${path} was answered with ${status}`);
}
