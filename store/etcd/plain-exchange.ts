/** A plain HTTP request that came as a stream of HTTP/2, and its answer. */
import { Readable } from 'node:stream';
import type { Peer } from './grpc/server-call.ts';
import { headerValue } from './http2/protocol.ts';
import type { Http2Stream, StreamListener } from './http2/stream.ts';
import type { PlainRequest, PlainResponse } from './listener.ts';

/** Bytes that wait for the client before no more are taken from an answer. */
const WAITING_BYTES_MAX = 256 * 1024;

export class PlainExchange implements StreamListener {
  readonly #stream: Http2Stream;
  readonly #body: Readable;
  readonly #gone = new AbortController();
  /** Bytes that arrived and whose reader has not asked for more. */
  #owedBytes = 0;
  #answer: Readable | undefined;

  constructor(stream: Http2Stream, endStream: boolean) {
    this.#stream = stream;
    this.#body = new Readable({ read: () => this.#consume() });
    this.#body.on('error', () => {});
    if (endStream) this.#body.push(null);
    stream.listener = this;
  }

  request(secure: boolean, { certificateName }: Peer): PlainRequest {
    const { fields } = this.#stream;
    const [method = '', url = '', host = ''] = [':method', ':path', ':authority'].map(
      (name) => headerValue(fields, name) ?? '',
    );
    return {
      method,
      url,
      host,
      secure,
      headers: Object.fromEntries(fields.map(({ name, value }) => [name, value])),
      body: this.#body,
      ...(certificateName !== undefined && { certificateName }),
      signal: this.#gone.signal,
    };
  }

  answer({ status, headers, body }: PlainResponse): void {
    this.#body.resume();
    const fields = Object.entries(headers).map(([name, value]) => ({ name, value }));
    this.#stream.sendHeaders([{ name: ':status', value: String(status) }, ...fields], false);
    if (typeof body === 'string') {
      this.#stream.sendData(Buffer.from(body, 'utf8'), true);
      this.#stream.release();
      return;
    }
    this.#answer = body;
    body.on('data', (chunk: Buffer) => {
      this.#stream.sendData(chunk, false);
      if (this.#stream.pendingBytes > WAITING_BYTES_MAX) body.pause();
    });
    body.once('end', () => this.#stream.sendData(Buffer.alloc(0), true));
    body.once('close', () => {
      if (!body.readableEnded) this.#stream.reset();
      this.#stream.release();
    });
    if (this.#stream.closed) body.destroy();
  }

  fail(): void {
    this.#stream.reset();
    this.#stream.release();
  }

  onHeaders(): void {
    this.#body.push(null);
  }

  onData(bytes: Buffer, endStream: boolean): void {
    this.#owedBytes += bytes.length;
    if (this.#body.push(Buffer.from(bytes))) this.#consume();
    if (endStream) this.#body.push(null);
  }

  onClose(): void {
    this.#gone.abort();
    this.#body.destroy();
    this.#answer?.destroy();
  }

  onDrain(): void {
    this.#answer?.resume();
  }

  /** The client may send as much again. */
  #consume(): void {
    this.#stream.consume(this.#owedBytes);
    this.#owedBytes = 0;
  }
}
