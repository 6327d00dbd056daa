/**
 * Reads what `binary-writer.ts` wrote. Every read is checked against the end: damaged or foreign input is a
 * `BinaryFormatError`, never a read of something else's bytes.
 */
import type { ByteString } from './bytes.ts';

const TWO_32 = 4294967296;

export class BinaryFormatError extends Error {
  override readonly name = 'BinaryFormatError';
}

export class BinaryReader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  u8(): number {
    const at = this.#take(1);
    return this.#buffer[at] ?? 0;
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new BinaryFormatError(`byte ${this.#position - 1} is ${value}, neither true nor false`);
    return value === 1;
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#buffer.readUInt32LE(at) + this.#buffer.readUInt32LE(at + 4) * TWO_32;
    if (!Number.isSafeInteger(value)) throw new BinaryFormatError(`the number at byte ${at} is beyond 2^53-1`);
    return value;
  }

  bigU64(): bigint {
    return this.#buffer.readBigUInt64LE(this.#take(8));
  }

  bigI64(): bigint {
    return this.#buffer.readBigInt64LE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
      if (scale > 2 ** 49) throw new BinaryFormatError(`the number before byte ${this.#position} is too long`);
    }
    if (!Number.isSafeInteger(value))
      throw new BinaryFormatError(`the number before byte ${this.#position} is too large`);
    return value;
  }

  f64(): number {
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  /** The next `length` bytes, a view of the input. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** Bytes with their length before them, a view of the input. */
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  byteString(): ByteString {
    const length = this.varint();
    const at = this.#take(length);
    return this.#buffer.toString('latin1', at, at + length);
  }

  text(): string {
    const length = this.varint();
    const at = this.#take(length);
    return this.#buffer.toString('utf8', at, at + length);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.remaining !== 0) throw new BinaryFormatError(`${this.remaining} bytes too many`);
  }

  #take(bytes: number): number {
    const at = this.#position;
    if (bytes > this.#buffer.length - at) {
      throw new BinaryFormatError(`${bytes} bytes wanted at byte ${at} of ${this.#buffer.length}`);
    }
    this.#position = at + bytes;
    return at;
  }
}
