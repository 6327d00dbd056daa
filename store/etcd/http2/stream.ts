/**
 * One stream of an HTTP/2 connection: what is sent waits here until both flow-control windows and the socket have room;
 * what arrives goes to the listener at once, which says when it is done with it.
 */
import { errorCode, type HeaderField } from './protocol.ts';

/** What the far side does on a stream. After `onClose`, or once both sides have ended, nothing more is called. */
export interface StreamListener {
  /** Response headers, or trailers when `endStream`. */
  onHeaders(fields: readonly HeaderField[], endStream: boolean): void;
  /** A view of what arrived. Its length must be given to `stream.consume` when it is done with. */
  onData(bytes: Buffer, endStream: boolean): void;
  /** The stream was reset by the far side, or the connection ended. */
  onClose(reason: StreamClosed): void;
  /** `pendingBytes` is 0 again. */
  onDrain?(): void;
}

export interface StreamClosed {
  /** HTTP/2's error code. */
  readonly code: number;
  readonly message: string;
  /** The far side certainly did nothing for this stream, so it may be tried again elsewhere. */
  readonly unprocessed: boolean;
}

/** What a stream asks of its connection. */
export interface StreamOwner {
  /** Sends what the stream has queued, as far as there is room; the rest when there is room again. */
  pump(stream: Http2Stream): void;
  /** Gives `length` bytes of the receive windows back. */
  replenish(stream: Http2Stream, length: number): void;
  reset(stream: Http2Stream, code: number): void;
  /** Data was queued on a stream. */
  enqueued(length: number): void;
  /** Undefined, or a promise for when less is queued on all streams together. */
  waitForRoom(): Promise<void> | undefined;
  /** Both sides have ended, or the stream was released: perhaps it can be forgotten. */
  settle(stream: Http2Stream): void;
}

/** Whoever opened the stream sees to what arrives. */
const unattended: StreamListener = { onHeaders: () => {}, onData: () => {}, onClose: () => {} };

export class Http2Stream {
  /** 0 while it waits to be opened (the far side allows only so many at a time). */
  id: number;
  readonly fields: readonly HeaderField[];
  listener: StreamListener = unattended;
  sendWindow: number;
  receiveWindow: number;
  /** Received and not yet consumed. */
  unconsumedBytes = 0;
  /** Consumed and not yet announced to the far side. */
  unannouncedBytes = 0;
  localEnded = false;
  remoteEnded = false;
  closed = false;
  /** Its slot among the concurrent streams stays taken until it is released, also when the stream ended long before. */
  held = false;
  /** Headers, data and trailers that wait, in order. */
  readonly queue: StreamOutput[] = [];
  pendingBytes = 0;
  readonly #owner: StreamOwner;

  constructor(owner: StreamOwner, id: number, fields: readonly HeaderField[], sendWindow: number, window: number) {
    this.#owner = owner;
    this.id = id;
    this.fields = fields;
    this.sendWindow = sendWindow;
    this.receiveWindow = window;
  }

  /** Response headers, or trailers when `endStream`. */
  sendHeaders(fields: readonly HeaderField[], endStream: boolean): void {
    if (this.closed) return;
    this.queue.push({ fields, endStream });
    this.#owner.pump(this);
  }

  /** `bytes` must not change afterwards. */
  sendData(bytes: Buffer, endStream: boolean): void {
    if (this.closed) return;
    this.queue.push({ bytes, endStream });
    this.pendingBytes += bytes.length;
    this.#owner.enqueued(bytes.length);
    this.#owner.pump(this);
  }

  /** What to wait for before more is produced for this connection, whose far side does not take what it has. */
  waitForConnection(): Promise<void> | undefined {
    return this.#owner.waitForRoom();
  }

  /** Done with `length` of the bytes that arrived: the far side may send as many more. */
  consume(length: number): void {
    this.#owner.replenish(this, length);
  }

  /** Ends both directions at once. */
  reset(code: number = errorCode.cancel): void {
    if (!this.closed) this.#owner.reset(this, code);
  }

  /** Gives its slot among the concurrent streams free. */
  release(): void {
    if (!this.held) return;
    this.held = false;
    this.#owner.settle(this);
  }
}

export type StreamOutput =
  | { readonly fields: readonly HeaderField[]; readonly bytes?: undefined; readonly endStream: boolean }
  | { readonly fields?: undefined; readonly bytes: Buffer; readonly endStream: boolean };
