/**
 * Frames on their way out. Small ones gather in one buffer, large payloads are passed on as they are, so that everything
 * that is due in one turn of the event loop leaves in one write.
 */
import { DEFAULT_FRAME_BYTES, FRAME_HEADER_BYTES, flag, frameType } from './protocol.ts';

/** Payloads up to this size are copied next to the other small frames: cheaper than a buffer of their own. */
const COPY_BYTES_MAX = 4096;
const SLAB_BYTES = 16 * 1024;

export class FrameWriter {
  #chunks: Buffer[] = [];
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** The slab's bytes [#start, #at) are not yet among the chunks. */
  #start = 0;
  #at = 0;
  #pendingBytes = 0;
  readonly #onPending: () => void;

  /** @param onPending is called when there is something to take, after there was nothing */
  constructor(onPending: () => void) {
    this.#onPending = onPending;
  }

  /** Bytes not yet taken. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** What is to be written, in order. */
  take(): Buffer[] {
    this.#seal();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#pendingBytes = 0;
    return chunks;
  }

  /** The connection preface. */
  preface(text: string): void {
    if (this.#pendingBytes === 0) this.#onPending();
    this.#copy(Buffer.from(text, 'latin1'));
  }

  settings(settings: readonly (readonly [id: number, value: number])[]): void {
    this.#header(settings.length * 6, frameType.settings, 0, 0);
    for (const [id, value] of settings) {
      this.#reserve(6);
      this.#slab.writeUInt16BE(id, this.#at);
      this.#slab.writeUInt32BE(value, this.#at + 2);
      this.#advance(6);
    }
  }

  settingsAck(): void {
    this.#header(0, frameType.settings, flag.ack, 0);
  }

  ping(payload: Uint8Array, ack: boolean): void {
    this.#header(8, frameType.ping, ack ? flag.ack : 0, 0);
    this.#copy(payload);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#header(4, frameType.windowUpdate, 0, streamId);
    this.#uint32(increment);
  }

  rstStream(streamId: number, code: number): void {
    this.#header(4, frameType.rstStream, 0, streamId);
    this.#uint32(code);
  }

  goaway(lastStreamId: number, code: number, debug: string): void {
    const data = Buffer.from(debug, 'utf8');
    this.#header(8 + data.length, frameType.goaway, 0, 0);
    this.#uint32(lastStreamId);
    this.#uint32(code);
    this.#copy(data);
  }

  /** A header block, in as many frames as it needs. */
  headers(streamId: number, block: Uint8Array, endStream: boolean): void {
    let at = 0;
    do {
      const part = block.subarray(at, at + DEFAULT_FRAME_BYTES);
      const last = at + part.length === block.length;
      const flags = (last ? flag.endHeaders : 0) | (at === 0 && endStream ? flag.endStream : 0);
      this.#header(part.length, at === 0 ? frameType.headers : frameType.continuation, flags, streamId);
      this.#copy(part);
      at += part.length;
    } while (at < block.length);
  }

  /** The payload must fit in a frame and must not change afterwards. */
  data(streamId: number, payload: Buffer, endStream: boolean): void {
    this.#header(payload.length, frameType.data, endStream ? flag.endStream : 0, streamId);
    if (payload.length <= COPY_BYTES_MAX) {
      this.#copy(payload);
      return;
    }
    this.#seal();
    this.#chunks.push(payload);
    this.#pendingBytes += payload.length;
  }

  #header(length: number, type: number, flags: number, streamId: number): void {
    if (this.#pendingBytes === 0) this.#onPending();
    this.#reserve(FRAME_HEADER_BYTES);
    const slab = this.#slab;
    slab.writeUIntBE(length, this.#at, 3);
    slab[this.#at + 3] = type;
    slab[this.#at + 4] = flags;
    slab.writeUInt32BE(streamId, this.#at + 5);
    this.#advance(FRAME_HEADER_BYTES);
  }

  #uint32(value: number): void {
    this.#reserve(4);
    this.#slab.writeUInt32BE(value, this.#at);
    this.#advance(4);
  }

  #copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#slab.set(bytes, this.#at);
    this.#advance(bytes.length);
  }

  #advance(length: number): void {
    this.#at += length;
    this.#pendingBytes += length;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#slab.length) return;
    this.#seal();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length));
    this.#start = 0;
    this.#at = 0;
  }

  /** Moves what the slab holds to the chunks. The rest of the slab goes on being used: what was handed out is not touched. */
  #seal(): void {
    if (this.#at > this.#start) this.#chunks.push(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }
}
