/**
 * From bytes to what they say: checks the form of every frame (RFC 9113, section 6), takes padding away, joins header
 * blocks and decompresses them. What a frame means for the streams is the connection's matter.
 */
import { FrameReader } from './frame-reader.ts';
import { HeaderDecoder } from './header-decoder.ts';
import { DEFAULT_FRAME_BYTES, errorCode, flag, frameType, type HeaderField, Http2Error } from './protocol.ts';

export interface FrameHandler {
  /** Before each frame. */
  onFrame(): void;
  /** `windowLength`: what it counts for in flow control, padding included. `bytes` is a view of what arrived. */
  onData(streamId: number, bytes: Buffer, windowLength: number, endStream: boolean): void;
  /** `fields` is undefined when the list is larger than what was announced. */
  onHeaders(streamId: number, fields: readonly HeaderField[] | undefined, endStream: boolean): void;
  onReset(streamId: number, code: number): void;
  onSetting(id: number, value: number): void;
  /** All settings of a frame were given. */
  onSettingsEnd(): void;
  onPing(payload: Buffer, ack: boolean): void;
  onGoaway(lastStreamId: number, code: number, debug: string): void;
  onWindowUpdate(streamId: number, increment: number): void;
  /** A breach that concerns one stream only. */
  onStreamError(streamId: number, error: Http2Error): void;
}

/** Continuation frames of one header block: more is a way to cost much and pay little. */
const CONTINUATIONS_MAX = 64;

/** A header block that is still arriving. */
interface OpenBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly parts: Buffer[];
  size: number;
}

export class FrameParser {
  readonly #handler: FrameHandler;
  readonly #headerListBytesMax: number;
  readonly #decoder: HeaderDecoder;
  readonly #reader: FrameReader;
  #block: OpenBlock | undefined;
  #sawSettings = false;

  constructor(headerListBytesMax: number, handler: FrameHandler) {
    this.#headerListBytesMax = headerListBytesMax;
    this.#handler = handler;
    this.#decoder = new HeaderDecoder(headerListBytesMax);
    this.#reader = new FrameReader(DEFAULT_FRAME_BYTES, this.#onFrame);
  }

  /** Throws `Http2Error` when the connection cannot go on. */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  readonly #onFrame = (
    type: number,
    flags: number,
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void => {
    this.#handler.onFrame();
    if (!this.#sawSettings && type !== frameType.settings) throw breach('the first frame must be SETTINGS');
    if (this.#block !== undefined && type !== frameType.continuation) throw breach('a header block was interrupted');
    try {
      this.#dispatch(type, flags, streamId, bytes, start, end);
    } catch (thrown) {
      if (!(thrown instanceof Http2Error) || thrown.streamId === undefined) throw thrown;
      this.#handler.onStreamError(thrown.streamId, thrown);
    }
  };

  #dispatch(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case frameType.data:
        this.#data(flags, streamId, bytes, start, end);
        break;
      case frameType.headers:
        this.#headers(flags, streamId, bytes, start, end);
        break;
      case frameType.priority:
        if (streamId === 0) throw breach('PRIORITY without a stream');
        if (end - start !== 5) throw wrongSize('PRIORITY', streamId);
        break;
      case frameType.rstStream:
        if (streamId === 0) throw breach('RST_STREAM without a stream');
        if (end - start !== 4) throw wrongSize('RST_STREAM');
        this.#handler.onReset(streamId, bytes.readUInt32BE(start));
        break;
      case frameType.settings:
        this.#settings(flags, streamId, bytes, start, end);
        break;
      case frameType.pushPromise:
        throw breach('PUSH_PROMISE was not allowed');
      case frameType.ping:
        if (streamId !== 0) throw breach('PING on a stream');
        if (end - start !== 8) throw wrongSize('PING');
        this.#handler.onPing(bytes.subarray(start, end), (flags & flag.ack) !== 0);
        break;
      case frameType.goaway:
        if (streamId !== 0) throw breach('GOAWAY on a stream');
        if (end - start < 8) throw wrongSize('GOAWAY');
        this.#handler.onGoaway(
          bytes.readUInt32BE(start) & 0x7fffffff,
          bytes.readUInt32BE(start + 4),
          bytes.toString('utf8', start + 8, end),
        );
        break;
      case frameType.windowUpdate:
        this.#windowUpdate(streamId, bytes, start, end);
        break;
      case frameType.continuation:
        this.#continuation(flags, streamId, bytes.subarray(start, end));
        break;
      // Types that are not known are passed over (section 5.5).
    }
  }

  #data(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId === 0) throw breach('DATA without a stream');
    const [from, to] = withoutPadding(flags, bytes, start, end);
    this.#handler.onData(streamId, bytes.subarray(from, to), end - start, (flags & flag.endStream) !== 0);
  }

  #headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId === 0 || streamId % 2 === 0) throw breach('HEADERS on a stream that cannot be');
    let [from, to] = withoutPadding(flags, bytes, start, end);
    if (flags & flag.priority) from += 5;
    if (from > to) throw wrongSize('HEADERS');
    const block = bytes.subarray(from, to);
    const endStream = (flags & flag.endStream) !== 0;
    if (flags & flag.endHeaders) this.#handler.onHeaders(streamId, this.#decoder.decode(block), endStream);
    else this.#block = { streamId, endStream, parts: [Buffer.from(block)], size: block.length };
  }

  #continuation(flags: number, streamId: number, part: Buffer): void {
    const block = this.#block;
    if (block === undefined || block.streamId !== streamId) throw breach('CONTINUATION without HEADERS');
    block.parts.push(Buffer.from(part));
    block.size += part.length;
    if (block.size > this.#headerListBytesMax * 2 || block.parts.length > CONTINUATIONS_MAX) {
      throw new Http2Error(errorCode.enhanceYourCalm, 'the header block is too large');
    }
    if ((flags & flag.endHeaders) === 0) return;
    this.#block = undefined;
    this.#handler.onHeaders(streamId, this.#decoder.decode(Buffer.concat(block.parts)), block.endStream);
  }

  #settings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw breach('SETTINGS on a stream');
    if (flags & flag.ack) {
      if (end > start) throw wrongSize('SETTINGS');
      return;
    }
    if ((end - start) % 6 !== 0) throw wrongSize('SETTINGS');
    this.#sawSettings = true;
    for (let at = start; at < end; at += 6) {
      this.#handler.onSetting(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
    }
    this.#handler.onSettingsEnd();
  }

  #windowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw wrongSize('WINDOW_UPDATE');
    const increment = bytes.readUInt32BE(start) & 0x7fffffff;
    if (increment === 0) throw breach('WINDOW_UPDATE by nothing', streamId === 0 ? undefined : streamId);
    this.#handler.onWindowUpdate(streamId, increment);
  }
}

/** A breach of the protocol, by the connection or by one of its streams. */
export function breach(message: string, streamId?: number): Http2Error {
  return new Http2Error(errorCode.protocolError, message, streamId);
}

function wrongSize(frame: string, streamId?: number): Http2Error {
  return new Http2Error(errorCode.frameSizeError, `a ${frame} frame of a wrong size`, streamId);
}

/** Where the payload begins and ends without its padding. */
function withoutPadding(flags: number, bytes: Buffer, start: number, end: number): [from: number, to: number] {
  if ((flags & flag.padded) === 0) return [start, end];
  if (start === end) throw new Http2Error(errorCode.frameSizeError, 'padding without a length');
  const to = end - (bytes[start] as number);
  if (to < start + 1) throw breach('more padding than payload');
  return [start + 1, to];
}
