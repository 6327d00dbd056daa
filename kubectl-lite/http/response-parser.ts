/**
 * Reads one HTTP/1.1 response out of bytes as they come (RFC 9112): the head, then a body that is measured by
 * `Content-Length`, chunked, or ended by the end of the connection. Pure: no sockets, no time.
 *
 *     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"  ->  head(200), data("hi"), end
 *
 * Node's own client can do this and more, and takes as long to load as the rest of a `get` takes to run.
 */

/** A head, or a line of a chunked body, that is longer is refused. */
const HEAD_BYTES_MAX = 1024 * 1024;
const LINE_BYTES_MAX = 16 * 1024;

export interface ResponseHead {
  readonly status: number;
  /** By lower-case name; of a repeated one all, with commas between. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Called in order: head once, data any number of times, end once. */
export interface ResponseSink {
  head(head: ResponseHead): void;
  data(bytes: Buffer): void;
  end(): void;
}

export class MalformedResponse extends Error {}

type State = 'head' | 'measured' | 'untilClosed' | 'chunkSize' | 'chunkData' | 'chunkEnd' | 'trailers' | 'done';

const EMPTY = Buffer.alloc(0);

export class ResponseParser {
  readonly #sink: ResponseSink;
  #state: State = 'head';
  /** What came and could not be read yet: part of a head or of a line. */
  #rest: Buffer = EMPTY;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #remaining = 0;
  #trailerBytes = 0;
  #keepsAlive = false;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Whether another request may follow on the same connection; known when done. */
  get keepsAlive(): boolean {
    return this.#keepsAlive && this.#rest.length === 0;
  }

  /** @throws MalformedResponse */
  push(bytes: Buffer): void {
    let left = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = EMPTY;
    while (left.length > 0 && this.#state !== 'done') {
      const used = this.#step(left);
      if (used === 0) break;
      left = left.subarray(used);
    }
    this.#rest = left;
  }

  /** The connection has ended. @throws MalformedResponse when that was too early */
  close(): void {
    if (this.#state === 'untilClosed') this.#finish();
    if (this.#state !== 'done') throw new MalformedResponse('unexpected EOF');
  }

  /** How many bytes of `left` were read; 0 when there must be more of them. */
  #step(left: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(left);
      case 'untilClosed':
        this.#sink.data(left);
        return left.length;
      case 'measured':
      case 'chunkData':
        return this.#readData(left);
      case 'chunkSize':
        return this.#readLine(left, (line) => this.#startChunk(line));
      case 'chunkEnd':
        return this.#readLine(left, (line) => {
          if (line !== '') throw new MalformedResponse('malformed chunked encoding');
          this.#state = 'chunkSize';
        });
      case 'trailers':
        return this.#readLine(left, (line) => this.#skipTrailer(line));
      case 'done':
        return 0;
    }
  }

  #readHead(left: Buffer): number {
    const end = left.indexOf('\r\n\r\n');
    if (end > HEAD_BYTES_MAX || (end < 0 && left.length > HEAD_BYTES_MAX))
      throw new MalformedResponse('server response headers are too long');
    if (end < 0) return 0;
    const [first = '', ...lines] = left.toString('latin1', 0, end).split('\r\n');
    const [, minor, code] = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/.exec(first) ?? [];
    if (code === undefined) throw new MalformedResponse(`malformed HTTP response ${JSON.stringify(first)}`);
    const head: ResponseHead = { status: Number(code), headers: headersOf(lines) };
    // 100 and its like come before the answer itself.
    if (head.status >= 200) this.#startBody(head, minor === '1');
    return end + 4;
  }

  #startBody(head: ResponseHead, keepsAliveUnasked: boolean): void {
    const { status, headers } = head;
    const connection = (headers.get('connection') ?? '').toLowerCase();
    this.#keepsAlive = keepsAliveUnasked ? !connection.includes('close') : connection.includes('keep-alive');
    this.#sink.head(head);
    const encoding = headers.get('transfer-encoding')?.toLowerCase();
    const length = headers.get('content-length');
    if (status === 204 || status === 304) this.#finish();
    else if (encoding !== undefined) {
      if (encoding !== 'chunked') throw new MalformedResponse(`unsupported transfer encoding: ${encoding}`);
      this.#state = 'chunkSize';
    } else if (length === undefined) {
      this.#keepsAlive = false;
      this.#state = 'untilClosed';
    } else this.#measure(length);
  }

  #measure(length: string): void {
    // Repeated ones must agree.
    const [value = '', ...others] = length.split(/ *, */);
    if (!/^\d{1,15}$/.test(value) || others.some((other) => other !== value))
      throw new MalformedResponse(`bad Content-Length ${JSON.stringify(length)}`);
    this.#remaining = Number(value);
    this.#state = 'measured';
    if (this.#remaining === 0) this.#finish();
  }

  #readData(left: Buffer): number {
    const piece = left.subarray(0, this.#remaining);
    this.#remaining -= piece.length;
    this.#sink.data(piece);
    if (this.#remaining === 0) {
      if (this.#state === 'measured') this.#finish();
      else this.#state = 'chunkEnd';
    }
    return piece.length;
  }

  #readLine(left: Buffer, take: (line: string) => void): number {
    const end = left.indexOf('\r\n');
    if (end > LINE_BYTES_MAX || (end < 0 && left.length > LINE_BYTES_MAX))
      throw new MalformedResponse('malformed chunked encoding');
    if (end < 0) return 0;
    take(left.toString('latin1', 0, end));
    return end + 2;
  }

  #startChunk(line: string): void {
    const [, size] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (size === undefined) throw new MalformedResponse('invalid byte in chunk length');
    this.#remaining = Number.parseInt(size, 16);
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunkData';
  }

  #skipTrailer(line: string): void {
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > HEAD_BYTES_MAX) throw new MalformedResponse('server response trailers are too long');
    if (line === '') this.#finish();
  }

  #finish(): void {
    this.#state = 'done';
    this.#sink.end();
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    if (at < 1 || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      throw new MalformedResponse(`malformed MIME header line: ${line}`);
    const value = line.slice(at + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
