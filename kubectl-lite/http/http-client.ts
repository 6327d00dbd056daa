/**
 * HTTP/1.1 requests to one server, each on a connection of its own while it lasts; connections are used again. A request
 * that meets a connection which the server had closed by then, and that only reads, is sent once more on a new one.
 */
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { MalformedResponse, type ResponseHead, ResponseParser } from './response-parser.ts';

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What may wait to be read before the server is asked to slow down. */
const UNREAD_BYTES_MAX = 1024 * 1024;

export class HttpClient {
  readonly #host: string;
  readonly #connect: () => Promise<Socket>;
  readonly #timeoutMs: number;
  readonly #idle: Socket[] = [];
  readonly #open = new Set<Socket>();

  /**
   * @param host for the `Host` header
   * @param connect gives a connection whose other end is known to be the server
   * @param timeoutMs how long the server may say nothing; 0: for ever
   */
  constructor(host: string, connect: () => Promise<Socket>, timeoutMs: number) {
    this.#host = host;
    this.#connect = connect;
    this.#timeoutMs = timeoutMs;
  }

  /** The response, when its head is there. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const bytes = encoded(this.#host, request);
    const used = this.#usable();
    if (used !== undefined) {
      const exchange = new HttpResponse(used, request.signal, () => this.#release(used));
      try {
        return await exchange.send(bytes);
      } catch (thrown) {
        if (request.method !== 'GET' || exchange.answered || request.signal?.aborted === true) throw thrown;
      }
    }
    const socket = await unlessAborted(this.#connect(), request.signal);
    this.#open.add(socket);
    // An error of an idle connection is told by its closing.
    socket.on('error', ignored).once('close', () => this.#forget(socket));
    socket.setTimeout(this.#timeoutMs);
    return new HttpResponse(socket, request.signal, () => this.#release(socket)).send(bytes);
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #usable(): Socket | undefined {
    let socket = this.#idle.pop();
    while (socket !== undefined && !socket.writable) socket = this.#idle.pop();
    return socket;
  }

  #release(socket: Socket): void {
    if (socket.writable) this.#idle.push(socket);
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    const at = this.#idle.indexOf(socket);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

/** A response that is being received. Its body is read once, whole or as it comes. */
export class HttpResponse {
  readonly #socket: Socket;
  readonly #signal: AbortSignal | undefined;
  readonly #release: () => void;
  readonly #parser: ResponseParser;
  #head: ResponseHead | undefined;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, signal: AbortSignal | undefined, release: () => void) {
    this.#socket = socket;
    this.#signal = signal;
    this.#release = release;
    this.#parser = new ResponseParser({
      head: (head) => {
        this.#head = head;
      },
      data: (bytes) => this.#gather(bytes),
      end: () => {
        this.#ended = true;
      },
    });
  }

  /** Whether the server has begun to answer. */
  get answered(): boolean {
    return this.#head !== undefined;
  }

  get status(): number {
    return this.#head?.status ?? 0;
  }

  header(name: string): string | undefined {
    return this.#head?.headers.get(name);
  }

  /** Sends the request and waits for the response's head. */
  async send(request: Buffer): Promise<HttpResponse> {
    const socket = this.#socket;
    socket.on('data', this.#onData).on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onEnd);
    socket.on('timeout', this.#onTimeout);
    this.#signal?.addEventListener('abort', this.#onAbort);
    if (this.#signal?.aborted === true) this.#onAbort();
    else {
      socket.resume();
      socket.write(request);
    }
    while (this.#head === undefined && this.#failure === undefined) await this.#more();
    if (this.#head === undefined) throw this.#failure ?? new MalformedResponse('unexpected EOF');
    return this;
  }

  /** The whole body. */
  async text(): Promise<string> {
    const all: Buffer[] = [];
    for (;;) {
      all.push(...this.#take());
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return (all.length === 1 ? (all[0] as Buffer) : Buffer.concat(all)).toString('utf8');
      await this.#more();
    }
  }

  /** The body's text as it comes; left early, the connection is closed. */
  async *chunks(): AsyncIterable<string> {
    const decoder = new StringDecoder('utf8');
    try {
      for (;;) {
        for (const bytes of this.#take()) {
          const text = decoder.write(bytes);
          if (text !== '') yield text;
        }
        if (this.#unread.length > 0) continue;
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#ended) return;
        await this.#more();
      }
    } finally {
      if (!this.#ended) this.#socket.destroy();
    }
  }

  #gather(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes > UNREAD_BYTES_MAX) this.#socket.pause();
  }

  #take(): Buffer[] {
    const taken = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    if (!this.#ended && this.#socket.isPaused()) this.#socket.resume();
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #moved(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Nothing more comes: the connection is given back, or, where it is not to be used again, closed. */
  #settle(failure?: Error): void {
    const socket = this.#socket;
    socket.off('data', this.#onData).off('error', this.#onError).off('end', this.#onEnd).off('close', this.#onEnd);
    socket.off('timeout', this.#onTimeout);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (failure !== undefined) this.#failure ??= failure;
    if (failure === undefined && this.#parser.keepsAlive) this.#release();
    else socket.destroy();
    this.#moved();
  }

  readonly #onData = (bytes: Buffer): void => {
    try {
      this.#parser.push(bytes);
    } catch (thrown) {
      this.#settle(thrown as Error);
      return;
    }
    if (this.#ended) this.#settle();
    else this.#moved();
  };

  readonly #onEnd = (): void => {
    try {
      this.#parser.close();
      this.#settle();
    } catch (thrown) {
      this.#settle(thrown as Error);
    }
  };

  readonly #onError = (error: Error): void => this.#settle(error);
  readonly #onTimeout = (): void => this.#settle(new Error('context deadline exceeded'));
  readonly #onAbort = (): void => this.#settle(new Error(CANCELED));
}

const CANCELED = 'context canceled';

function ignored(): void {}

/** A connection that is no longer wanted when it is there is closed. */
async function unlessAborted(connecting: Promise<Socket>, signal: AbortSignal | undefined): Promise<Socket> {
  if (signal === undefined) return connecting;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error(CANCELED));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    connecting.then(
      (socket) => {
        signal.removeEventListener('abort', onAbort);
        if (signal.aborted) socket.destroy();
        else resolve(socket);
      },
      (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}

/** Nothing that could end a header's line early goes into one. */
const NOT_IN_A_HEADER = /[\0\r\n]/;

function encoded(host: string, { method, target, headers, body }: HttpRequest): Buffer {
  let head = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === 'string' ? [values] : values) {
      if (NOT_IN_A_HEADER.test(value))
        throw new Error(`net/http: invalid header field value for ${JSON.stringify(name)}`);
      head += `${name}: ${value}\r\n`;
    }
  }
  if (body !== undefined) head += `content-length: ${Buffer.byteLength(body)}\r\n`;
  else if (method !== 'GET' && method !== 'DELETE') head += 'content-length: 0\r\n';
  return Buffer.from(`${head}\r\n${body ?? ''}`, 'utf8');
}
