/**
 * Splits a stream of bytes into frames. A frame that lies whole in what arrived is handed on in place; only one that is
 * cut between two arrivals is copied together.
 */
import { errorCode, FRAME_HEADER_BYTES, Http2Error } from './protocol.ts';

/** Takes one frame; its payload is `bytes[start, end)`, a view of what arrived. */
export type FrameListener = (
  type: number,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

export class FrameReader {
  readonly #payloadBytesMax: number;
  readonly #listener: FrameListener;
  /** The beginning of a frame whose rest has not come. */
  #rest: Buffer | undefined;

  constructor(payloadBytesMax: number, listener: FrameListener) {
    this.#payloadBytesMax = payloadBytesMax;
    this.#listener = listener;
  }

  /** Throws `Http2Error` when a frame is larger than it may be, or whatever the listener throws. */
  push(chunk: Buffer): void {
    let bytes = chunk;
    let at = 0;
    if (this.#rest !== undefined) {
      at = this.#complete(chunk);
      if (at < 0) return;
    }
    for (;;) {
      if (bytes.length - at < FRAME_HEADER_BYTES) break;
      const end = at + FRAME_HEADER_BYTES + this.#payloadLength(bytes, at);
      if (end > bytes.length) break;
      this.#emit(bytes, at, end);
      at = end;
    }
    if (at < bytes.length) {
      bytes = bytes.subarray(at);
      this.#rest = Buffer.from(bytes);
    }
  }

  /** Finishes the frame that was cut. Returns how much of `chunk` that took, or -1 when it took all and more is due. */
  #complete(chunk: Buffer): number {
    const rest = this.#rest as Buffer;
    let taken = 0;
    let head = rest;
    if (rest.length < FRAME_HEADER_BYTES) {
      taken = Math.min(FRAME_HEADER_BYTES - rest.length, chunk.length);
      head = Buffer.concat([rest, chunk.subarray(0, taken)]);
      if (head.length < FRAME_HEADER_BYTES) {
        this.#rest = head;
        return -1;
      }
    }
    const length = FRAME_HEADER_BYTES + this.#payloadLength(head, 0);
    const missing = length - head.length;
    if (chunk.length - taken < missing) {
      this.#rest = Buffer.concat([head, chunk.subarray(taken)]);
      return -1;
    }
    const frame = Buffer.concat([head, chunk.subarray(taken, taken + missing)], length);
    this.#rest = undefined;
    this.#emit(frame, 0, length);
    return taken + missing;
  }

  #payloadLength(bytes: Buffer, at: number): number {
    const length = bytes.readUIntBE(at, 3);
    if (length > this.#payloadBytesMax) {
      throw new Http2Error(errorCode.frameSizeError, `a frame of ${length} bytes is larger than announced`);
    }
    return length;
  }

  #emit(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.#listener(type, flags, streamId, bytes, at + FRAME_HEADER_BYTES, end);
  }
}
