/**
 * The binary form that messages, entries and membership changes share: numbers as LEB128 varints, bytes and texts with
 * their length before them. The reader trusts nothing: it never reads beyond the end, and never allocates what the
 * input does not contain.
 */

/** Bytes that are not what they should be; the message says what and where. */
export class WireFormatError extends Error {
  override readonly name = 'WireFormatError';
}

const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

export class BinaryWriter {
  #buffer: Buffer;
  #length = 0;

  /** @param bytesExpected room to begin with; it grows as needed. */
  constructor(bytesExpected = 64) {
    this.#buffer = Buffer.allocUnsafe(Math.max(bytesExpected, 16));
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  /** A safe integer from 0 on, in 1 to 8 bytes. */
  uint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not an unsigned safe integer`);
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
    return this;
  }

  /** An unsigned integer of 64 bits, in 1 to 10 bytes. */
  uint64(value: bigint): this {
    if (value < 0n || value > UINT64_MAX) throw new RangeError(`${value} is not an unsigned integer of 64 bits`);
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80n) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.uint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  /** What was written. The writer must not be used after. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

export class BinaryReader {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  byte(what: string): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) this.fail(`${what} is cut off`);
    this.#position++;
    return value;
  }

  uint(what: string): number {
    let value = 0;
    let scale = 1;
    for (let length = 1; length <= 8; length++) {
      const byte = this.byte(what);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) this.fail(`${what} is too large`);
        return value;
      }
      scale *= 0x80;
    }
    return this.fail(`${what} is too long a number`);
  }

  uint64(what: string): bigint {
    let value = 0n;
    for (let length = 0; length < 10; length++) {
      const byte = this.byte(what);
      value |= BigInt(byte & 0x7f) << BigInt(7 * length);
      if (byte < 0x80) {
        if (value > UINT64_MAX) this.fail(`${what} is too large`);
        return value;
      }
    }
    return this.fail(`${what} is too long a number`);
  }

  /** How many items follow, each of at least `itemBytesMin`: more than can fit is refused before anything is allocated. */
  count(what: string, itemBytesMin: number): number {
    const count = this.uint(what);
    if (count * itemBytesMin > this.remaining) this.fail(`${what}: ${count} cannot fit in ${this.remaining} bytes`);
    return count;
  }

  /** A view of the input, not a copy. */
  bytes(what: string): Uint8Array {
    const length = this.count(what, 1);
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  text(what: string): string {
    const bytes = this.bytes(what);
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail(`${what} is not UTF-8`);
    }
  }

  /** @throws WireFormatError if anything is left. */
  end(): void {
    if (this.remaining > 0) this.fail(`${this.remaining} bytes too many`);
  }

  fail(problem: string): never {
    throw new WireFormatError(`${problem} (at byte ${this.#position} of ${this.#bytes.length})`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
