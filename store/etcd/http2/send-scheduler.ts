/**
 * Who may send how much, and when: the connection's send window, the windows of its streams, and the room in the socket.
 * Streams that have output but no room wait here, and take turns when there is room.
 */
import { Deferred } from '../../../base/deferred.ts';
import type { FrameWriter } from './frame-writer.ts';
import { HeaderEncoder } from './header-encoder.ts';
import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES, errorCode, Http2Error, WINDOW_BYTES_MAX } from './protocol.ts';
import type { Http2Stream } from './stream.ts';

/** Output that the socket did not take yet; beyond it no data is added, so that it waits where its owner sees it. */
const OUTPUT_BYTES_MAX = 256 * 1024;
/** Data queued on all streams together, beyond which nothing more should be produced. */
const QUEUED_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes of one stream before the next one has its turn. */
const TURN_BYTES = 64 * 1024;

export class SendScheduler {
  readonly encoder = new HeaderEncoder();
  /** The window that a new stream begins with. */
  streamWindow = DEFAULT_WINDOW_BYTES;
  readonly #writer: FrameWriter;
  readonly #onLocalEnd: (stream: Http2Stream) => void;
  /** Streams with output that waits for the connection's window or the socket, in the order of their turns. */
  readonly #waiting = new Set<Http2Stream>();
  #window = DEFAULT_WINDOW_BYTES;
  #socketFull = false;
  #queuedBytes = 0;
  #room: Deferred<void> | undefined;

  /** @param onLocalEnd is told when a stream has sent its last frame */
  constructor(writer: FrameWriter, onLocalEnd: (stream: Http2Stream) => void) {
    this.#writer = writer;
    this.#onLocalEnd = onLocalEnd;
  }

  /** Sends what the stream has queued, as far as there is room. */
  pump(stream: Http2Stream): void {
    let sent = 0;
    while (stream.queue.length > 0) {
      const output = stream.queue[0];
      if (output === undefined) break;
      if (output.fields !== undefined) {
        this.#writer.headers(stream.id, this.encoder.encode(output.fields), output.endStream);
        stream.queue.shift();
        if (output.endStream) this.#onLocalEnd(stream);
        continue;
      }
      const room = Math.min(DEFAULT_FRAME_BYTES, this.#window, stream.sendWindow);
      if (room <= 0 && output.bytes.length > 0) {
        if (stream.sendWindow > 0) this.#waiting.add(stream);
        return;
      }
      if (this.#isFull() || sent >= TURN_BYTES) {
        this.#waiting.add(stream);
        return;
      }
      sent += this.#sendData(stream, output.bytes, room, output.endStream);
    }
  }

  /** Gives every waiting stream its turn, until the socket, the window or the streams are exhausted. */
  pumpWaiting(): void {
    while (this.#waiting.size > 0 && this.#window > 0 && !this.#isFull()) {
      for (const stream of [...this.#waiting]) {
        this.#waiting.delete(stream);
        this.pump(stream);
      }
    }
  }

  enqueued(length: number): void {
    this.#queuedBytes += length;
  }

  /** Undefined while there is room to queue more. */
  waitForRoom(): Promise<void> | undefined {
    if (this.#queuedBytes <= QUEUED_BYTES_MAX) return undefined;
    this.#room ??= new Deferred();
    return this.#room.promise;
  }

  /** The stream is closed: what it had queued will not be sent. */
  forget(stream: Http2Stream): void {
    this.#dequeued(stream.pendingBytes);
    this.#waiting.delete(stream);
  }

  setSocketFull(full: boolean): void {
    this.#socketFull = full;
    if (!full) this.pumpWaiting();
  }

  widen(increment: number): void {
    this.#window += increment;
    if (this.#window > WINDOW_BYTES_MAX) {
      throw new Http2Error(errorCode.flowControlError, 'the connection window is too large');
    }
    this.pumpWaiting();
  }

  widenStream(stream: Http2Stream, increment: number): void {
    stream.sendWindow += increment;
    if (stream.sendWindow > WINDOW_BYTES_MAX) {
      throw new Http2Error(errorCode.flowControlError, 'the stream window is too large', stream.id);
    }
    if (stream.queue.length > 0) this.pump(stream);
  }

  #dequeued(length: number): void {
    this.#queuedBytes -= length;
    if (this.#room === undefined || this.#queuedBytes > QUEUED_BYTES_MAX / 2) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  #isFull(): boolean {
    return this.#socketFull || this.#writer.pendingBytes > OUTPUT_BYTES_MAX;
  }

  #sendData(stream: Http2Stream, bytes: Buffer, room: number, endStream: boolean): number {
    const length = Math.min(bytes.length, Math.max(room, 0));
    const last = length === bytes.length;
    this.#writer.data(stream.id, last ? bytes : bytes.subarray(0, length), last && endStream);
    this.#window -= length;
    stream.sendWindow -= length;
    stream.pendingBytes -= length;
    this.#dequeued(length);
    if (last) stream.queue.shift();
    else stream.queue[0] = { bytes: bytes.subarray(length), endStream };
    if (last && endStream) this.#onLocalEnd(stream);
    if (stream.pendingBytes === 0) stream.listener.onDrain?.();
    return length;
  }
}
