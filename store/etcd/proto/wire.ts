/**
 * Protocol buffers' wire form (protobuf.dev/programming-guides/encoding): the reader and the writer under the generated
 * codecs in `gen/`.
 *
 * The writer works backwards: a message's last field first, and of a field its payload, then its length, then its tag.
 * So the length of a nested message is known when it is due, nothing is measured beforehand, and a byte is written once.
 */
import { isUtf8 } from 'node:buffer';
import type { ByteString } from '../../../base/bytes.ts';

/** What arrived is not a message of the kind that was expected. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** What arrived is nested too deeply to be read; whatever may be nested so deeply is also too much. */
export class NestingError extends ProtobufError {
  constructor() {
    super('proto: message is nested too deeply');
  }
}

/** How one message type is written and read; `into` is an earlier part of the same message, to be merged with. */
export interface Codec<T> {
  readonly write: (writer: Writer, message: T) => void;
  readonly read: (reader: Reader, end: number, into?: T) => T;
  /** By number; for other forms than the wire's. */
  readonly fields: readonly MessageField[];
}

export type ScalarKind =
  | 'bytes'
  | 'byteString'
  | 'string'
  | 'bool'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'int64Number'
  | 'uint64Number';

export type MessageField = {
  /** As the proto file has it: `create_revision`. */
  readonly name: string;
  /** As the TypeScript type has it: `createRevision`. */
  readonly property: string;
  readonly repeated?: true;
  /** A message that is there even if the wire has none. */
  readonly always?: true;
  /** The property that holds the one that was chosen of several fields, as `{ case, value }`. */
  readonly oneof?: string;
  /** What the proto file calls that. */
  readonly oneofName?: string;
} & (
  | { readonly kind: ScalarKind }
  /** By number: the proto file's name and ours. */
  | { readonly kind: 'enum'; readonly values: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'message'; readonly fields: () => readonly MessageField[] }
);

/** Messages nested deeper than this are refused: they would exhaust the stack. */
const DEPTH_MAX = 1000;

/** 64 bits as one bigint and as two halves, low half first on every platform Node runs on. */
const wide = new BigUint64Array(1);
const halves = new Uint32Array(wide.buffer);

export class Reader {
  readonly bytes: Buffer;
  at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next field's tag: its number and wire type, `number << 3 | type`. */
  tag(): number {
    const tag = this.uint32();
    if (tag >>> 3 === 0) throw new ProtobufError(`proto: illegal tag ${tag}`);
    return tag;
  }

  /** A varint, its low 32 bits. */
  uint32(): number {
    const byte = this.bytes[this.at];
    if (byte !== undefined && byte < 0x80) {
      this.at++;
      return byte;
    }
    this.#varint();
    return halves[0] as number;
  }

  /** A varint as an enum's number: its low 32 bits, signed. */
  int32(): number {
    return this.uint32() | 0;
  }

  bool(): boolean {
    this.#varint();
    return halves[0] !== 0 || halves[1] !== 0;
  }

  /** A varint as a signed 64-bit integer; beyond 2^53 the nearest double. */
  int64Number(): number {
    const byte = this.bytes[this.at];
    if (byte !== undefined && byte < 0x80) {
      this.at++;
      return byte;
    }
    this.#varint();
    return ((halves[1] as number) | 0) * 4294967296 + (halves[0] as number);
  }

  /** A varint as an unsigned 64-bit integer; beyond 2^53 the nearest double. */
  uint64Number(): number {
    this.#varint();
    return (halves[1] as number) * 4294967296 + (halves[0] as number);
  }

  int64(): bigint {
    this.#varint();
    return BigInt.asIntN(64, wide[0] as bigint);
  }

  uint64(): bigint {
    this.#varint();
    return wide[0] as bigint;
  }

  /** A view of the message's bytes, not a copy. */
  byteArray(): Uint8Array {
    const end = this.length();
    const start = this.at;
    this.at = end;
    return this.bytes.subarray(start, end);
  }

  byteString(): ByteString {
    const end = this.length();
    const start = this.at;
    this.at = end;
    return this.bytes.toString('latin1', start, end);
  }

  string(): string {
    const bytes = this.byteArray();
    if (!isUtf8(bytes)) throw new ProtobufError('proto: string field contains invalid UTF-8');
    return this.bytes.toString('utf8', this.at - bytes.length, this.at);
  }

  /** Reads a length; returns where the payload ends. */
  length(): number {
    const length = this.uint64Number();
    const end = this.at + length;
    if (end > this.bytes.length) throw new ProtobufError('unexpected EOF');
    return end;
  }

  /** Reads a nested message with its length. */
  message<T>(codec: Codec<T>, into?: T): T {
    if (++this.#depth > DEPTH_MAX) throw new NestingError();
    const end = this.length();
    const message = codec.read(this, end, into);
    this.finish(end);
    this.#depth--;
    return message;
  }

  /** A message's last field must end where the message does. */
  finish(end: number): void {
    if (this.at !== end) throw new ProtobufError('proto: field reaches beyond its message');
  }

  /** Passes over a field that is not known. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#advance(8);
        return;
      case 2:
        this.at = this.length();
        return;
      case 3:
        this.#skipGroup(tag >>> 3);
        return;
      case 5:
        this.#advance(4);
        return;
      default:
        throw new ProtobufError(`proto: illegal wire type ${tag & 7}`);
    }
  }

  /** Without recursion: groups may be nested as deeply as there are bytes. */
  #skipGroup(field: number): void {
    const open = [field];
    while (open.length > 0) {
      const tag = this.tag();
      if ((tag & 7) === 3) open.push(tag >>> 3);
      else if ((tag & 7) !== 4) this.skip(tag);
      else if (open.pop() !== tag >>> 3) throw new ProtobufError('proto: mismatched end of group');
    }
  }

  #advance(length: number): void {
    this.at += length;
    if (this.at > this.bytes.length) throw new ProtobufError('unexpected EOF');
  }

  /** Reads a varint of up to ten bytes into the halves. */
  #varint(): void {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let count = 0; count < 10; count++) {
      const byte = bytes[this.at];
      if (byte === undefined) throw new ProtobufError('unexpected EOF');
      this.at++;
      const bits = byte & 0x7f;
      if (count < 4) low |= bits << (7 * count);
      else if (count === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * count - 32);
      if (byte < 0x80) {
        halves[0] = low;
        halves[1] = high;
        return;
      }
    }
    throw new ProtobufError('proto: variable length quantity is too long');
  }
}

/** Above this many bytes the writer hands out its buffer instead of copying from it. */
const SCRATCH_BYTES = 64 * 1024;

export class Writer {
  #buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #at = this.#buffer.length;

  /** Bytes written so far; the difference of two positions is the length of what lies between. */
  get written(): number {
    return this.#buffer.length - this.#at;
  }

  /** Everything written, and starts anew. */
  take(): Buffer {
    let taken = this.#buffer.subarray(this.#at);
    if (this.#buffer.length > SCRATCH_BYTES) this.#buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    else taken = Buffer.from(taken);
    this.#at = this.#buffer.length;
    return taken;
  }

  /** Drops what was written, after a failure. */
  reset(): void {
    this.#at = this.#buffer.length;
  }

  tag(tag: number): void {
    this.uint32(tag);
  }

  uint32(value: number): void {
    if (value < 0x80) {
      this.#reserve(1);
      this.#buffer[--this.#at] = value;
      return;
    }
    this.#varint(value >>> 0, 0);
  }

  /** An enum's number; negative ones take ten bytes, as the format has it. */
  int32(value: number): void {
    this.#varint(value >>> 0, value < 0 ? 0xffffffff : 0);
  }

  bool(value: boolean): void {
    this.uint32(value ? 1 : 0);
  }

  /** A safe integer. */
  int64Number(value: number): void {
    if (value >= 0 && value < 0x80) this.uint32(value);
    else this.#varint(value >>> 0, Math.floor(value / 4294967296) >>> 0);
  }

  uint64Number(value: number): void {
    this.int64Number(value);
  }

  int64(value: bigint): void {
    wide[0] = value;
    this.#varint(halves[0] as number, halves[1] as number);
  }

  uint64(value: bigint): void {
    this.int64(value);
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }

  byteArray(bytes: Uint8Array): void {
    this.raw(bytes);
    this.uint32(bytes.length);
  }

  byteString(bytes: ByteString): void {
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#buffer.write(bytes, this.#at, bytes.length, 'latin1');
    this.uint32(bytes.length);
  }

  string(text: string): void {
    const length = Buffer.byteLength(text, 'utf8');
    this.#reserve(length);
    this.#at -= length;
    this.#buffer.write(text, this.#at, length, 'utf8');
    this.uint32(length);
  }

  /** A nested message with its length. */
  message<T>(codec: Codec<T>, message: T): void {
    const before = this.written;
    codec.write(this, message);
    this.uint32(this.written - before);
  }

  /** A big-endian 32-bit integer, for gRPC's framing. */
  fixed32BigEndian(value: number): void {
    this.#reserve(4);
    this.#at -= 4;
    this.#buffer.writeUInt32BE(value, this.#at);
  }

  #varint(low: number, high: number): void {
    this.#reserve(10);
    const length = varintLength(low, high);
    this.#at -= length;
    let at = this.#at;
    const buffer = this.#buffer;
    for (let left = length; left > 1; left--) {
      buffer[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    buffer[at] = low;
  }

  #reserve(length: number): void {
    if (this.#at >= length) return;
    const { written } = this;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, written + length));
    this.#buffer.copy(grown, grown.length - written, this.#at);
    this.#buffer = grown;
    this.#at = grown.length - written;
  }
}

function varintLength(low: number, high: number): number {
  const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
  return Math.max(1, Math.ceil(bits / 7));
}

/** One writer serves all: writing is synchronous, and whoever wrote takes at once. */
const writer = new Writer();

export function encode<T>(codec: Codec<T>, message: T): Buffer {
  try {
    codec.write(writer, message);
    return writer.take();
  } catch (thrown) {
    writer.reset();
    throw thrown;
  }
}

/** A message as gRPC frames it: a flag (0: not compressed), the length in 32 bits, the message. */
export function encodeFrame<T>(codec: Codec<T>, message: T): Buffer {
  try {
    codec.write(writer, message);
    writer.fixed32BigEndian(writer.written);
    writer.uint32(0);
    return writer.take();
  } catch (thrown) {
    writer.reset();
    throw thrown;
  }
}

/** Throws `ProtobufError`. The message's byte arrays are views of `bytes`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const message = codec.read(reader, bytes.length);
  reader.finish(bytes.length);
  return message;
}
