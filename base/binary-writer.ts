/**
 * Writes binary records into a buffer that grows: little-endian fixed integers, LEB128 variable ones, byte strings with
 * their length before them. `binary-reader.ts` reads what this writes.
 *
 * Invariant: `length` bytes of the buffer are written; everything behind them is scratch.
 */
import { assert } from './assert.ts';
import type { ByteString } from './bytes.ts';

const TWO_32 = 4294967296;

const POOLED_BYTES_MAX = 512;

export class BinaryWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written and keeps the memory, unless it grew beyond `keepBytesMax`. */
  reset(keepBytesMax = 1 << 20): void {
    this.#length = 0;
    if (this.#buffer.length > keepBytesMax) this.#buffer = Buffer.allocUnsafe(keepBytesMax);
  }

  /** What was written, in place: valid until the next write or reset. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    // A copy may be kept for long, and would keep the whole block alive that Node's pool cut it from: worth it for a small one.
    const out =
      this.#length < POOLED_BYTES_MAX ? Buffer.allocUnsafe(this.#length) : Buffer.allocUnsafeSlow(this.#length);
    this.#buffer.copy(out, 0, 0, this.#length);
    return out;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  /** A whole number from 0 to 2^53-1, in eight bytes. */
  u64(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is not a whole number from 0 to 2^53-1`);
    this.#reserve(8);
    this.#buffer.writeUInt32LE(value % TWO_32, this.#length);
    this.#length = this.#buffer.writeUInt32LE(Math.floor(value / TWO_32), this.#length + 4);
  }

  /** A bigint from 0n to 2^64-1, in eight bytes. */
  bigU64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigUInt64LE(value, this.#length);
  }

  /** A bigint from -2^63 to 2^63-1, in eight bytes. */
  bigI64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigInt64LE(value, this.#length);
  }

  /** A whole number from 0 to 2^53-1, seven bits a byte, least first. */
  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is not a whole number from 0 to 2^53-1`);
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Any number, in eight bytes. */
  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Bytes, their length before them. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  byteString(bytes: ByteString): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#length += this.#buffer.write(bytes, this.#length, bytes.length, 'latin1');
  }

  /** A text, in UTF-8. */
  text(text: string): void {
    this.bytes(Buffer.from(text, 'utf8'));
  }

  /** Overwrites four bytes that were written before. */
  patchU32(position: number, value: number): void {
    assert(position + 4 <= this.#length, `patch at ${position} of ${this.#length} bytes`);
    this.#buffer.writeUInt32LE(value, position);
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): void {
    const rest = this.#length % alignment;
    if (rest === 0) return;
    this.#reserve(alignment - rest);
    this.#buffer.fill(0, this.#length, this.#length + alignment - rest);
    this.#length += alignment - rest;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
