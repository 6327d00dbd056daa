/** The wire format of protocol buffers (protobuf.dev, "Encoding"), as far as Kubernetes' messages need it. */

export class WireError extends Error {
  override readonly name = 'WireError';
}

export const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Reads the fields of one message, one after the other. Every read checks that the bytes are there. */
export class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next field's number and wire type. */
  tag(): readonly [number: number, type: number] {
    const tag = Number(this.#varint());
    return [Math.floor(tag / 8), tag % 8];
  }

  /** A signed 64-bit integer; beyond 2^53 it loses precision, as JSON numbers do. */
  integer(): number {
    return Number(BigInt.asIntN(64, this.#varint()));
  }

  bool(): boolean {
    return this.#varint() !== 0n;
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bytes(): Uint8Array {
    const length = Number(this.#varint());
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    const bytes = this.bytes();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }

  skip(type: number): void {
    switch (type) {
      case wireType.varint:
        this.#varint();
        return;
      case wireType.fixed64:
        this.#take(8);
        return;
      case wireType.delimited:
        this.bytes();
        return;
      case wireType.fixed32:
        this.#take(4);
        return;
      default:
        throw new WireError(`proto: illegal wireType ${type}`);
    }
  }

  #varint(): bigint {
    let small = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      small |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(small);
    }
    let value = BigInt(small);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('proto: integer overflow');
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new WireError('unexpected EOF');
    this.#at += length;
    return start;
  }
}

/** Writes one message. Fields that are unset are left out; the caller decides. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  text(field: number, text: string): this {
    return this.bytes(field, Buffer.from(text, 'utf8'));
  }

  bool(field: number, value: boolean): this {
    this.#varint(field * 8 + wireType.varint);
    this.#varint(value ? 1 : 0);
    return this;
  }

  /** A whole number of at least 0. */
  integer(field: number, value: number): this {
    this.#varint(field * 8 + wireType.varint);
    this.#varint(value);
    return this;
  }

  message(field: number, inner: MessageWriter): this {
    return this.bytes(field, inner.finish());
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + wireType.delimited);
    this.#varint(bytes.length);
    this.#add(bytes);
    return this;
  }

  finish(): Uint8Array {
    return this.#parts.length === 1 && this.#parts[0] !== undefined
      ? this.#parts[0]
      : Buffer.concat(this.#parts, this.#length);
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let left = value;
    while (left >= 0x80) {
      bytes.push((left % 0x80) | 0x80);
      left = Math.floor(left / 0x80);
    }
    bytes.push(left);
    this.#add(Uint8Array.from(bytes));
  }

  #add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}
