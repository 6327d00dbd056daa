/**
 * HTTP/1.1 answers as they arrive on a socket, told apart without keeping or decoding their bodies: a client that costs
 * little beside the server it measures, also when an answer is 70 MB.
 */

export interface AnswerListener {
  onHead?(status: number): void;
  /** Pieces of the body, without the framing; valid during the call only. */
  onBody?(piece: Buffer): void;
  onEnd(status: number, bodyBytes: number): void;
}

const CR_LF = '\r\n';
const HEAD_END = '\r\n\r\n';

/** What the next bytes are. */
type Expecting = 'head' | 'body' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer';

export class AnswerReader {
  readonly #listener: AnswerListener;
  #expecting: Expecting = 'head';
  /** What came of a head or a line that is not whole yet. */
  #kept: Buffer | undefined;
  #status = 0;
  #bodyBytes = 0;
  /** Bytes of the body, or of the chunk, that have not come yet. */
  #left = 0;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  take(data: Buffer): void {
    let rest = this.#kept === undefined ? data : Buffer.concat([this.#kept, data]);
    this.#kept = undefined;
    while (rest.length > 0) {
      const used = this.#step(rest);
      if (used === 0) {
        this.#kept = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  /** How many bytes it could use; 0: it needs more. */
  #step(data: Buffer): number {
    switch (this.#expecting) {
      case 'head':
        return this.#head(data);
      case 'body':
      case 'chunk':
        return this.#piece(data);
      case 'chunk size': {
        const end = data.indexOf(CR_LF);
        if (end < 0) return 0;
        this.#left = Number.parseInt(data.toString('latin1', 0, end), 16);
        this.#expecting = this.#left === 0 ? 'trailer' : 'chunk';
        return end + 2;
      }
      case 'chunk end':
        if (data.length < 2) return 0;
        this.#expecting = 'chunk size';
        return 2;
      case 'trailer':
        if (data.length < 2) return 0;
        this.#end();
        return 2;
    }
  }

  #head(data: Buffer): number {
    const end = data.indexOf(HEAD_END);
    if (end < 0) return 0;
    const head = data.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    this.#bodyBytes = 0;
    this.#listener.onHead?.(this.#status);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined && length !== '0') {
      this.#left = Number(length);
      this.#expecting = 'body';
    } else if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)) this.#expecting = 'chunk size';
    else this.#end();
    return end + HEAD_END.length;
  }

  #piece(data: Buffer): number {
    const used = Math.min(this.#left, data.length);
    this.#left -= used;
    this.#bodyBytes += used;
    this.#listener.onBody?.(used === data.length ? data : data.subarray(0, used));
    if (this.#left === 0) {
      if (this.#expecting === 'body') this.#end();
      else this.#expecting = 'chunk end';
    }
    return used;
  }

  #end(): void {
    this.#expecting = 'head';
    this.#listener.onEnd(this.#status, this.#bodyBytes);
  }
}
