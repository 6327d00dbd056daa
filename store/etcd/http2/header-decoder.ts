/** HPACK's decoder (RFC 7541): header blocks to fields. Its table is state of the connection: every block must pass here. */
import { DEFAULT_TABLE_BYTES, DynamicTable, fieldSize, staticFields } from './header-table.ts';
import { huffmanDecode } from './huffman.ts';
import { errorCode, type HeaderField, Http2Error } from './protocol.ts';

export class HeaderDecoder {
  readonly #table = new DynamicTable();
  readonly #listBytesMax: number;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @param listBytesMax the largest list (names, values, 32 a field) that is taken */
  constructor(listBytesMax: number) {
    this.#listBytesMax = listBytesMax;
  }

  /** The fields of one whole block, or undefined when they are too many: the table is right all the same. */
  decode(block: Buffer): HeaderField[] | undefined {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    let size = 0;
    while (this.#at < block.length) {
      const first = block[this.#at] as number;
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw compressionError('table size update after a field');
        const sizeMax = this.#integer(5);
        if (sizeMax > DEFAULT_TABLE_BYTES) throw compressionError('table size beyond the setting');
        this.#table.resize(sizeMax);
        continue;
      }
      const field = this.#field(first);
      size += fieldSize(field);
      if (size <= this.#listBytesMax) fields.push(field);
    }
    return size <= this.#listBytesMax ? fields : undefined;
  }

  #field(first: number): HeaderField {
    if (first & 0x80) return this.#indexed(this.#integer(7));
    if (first & 0x40) {
      const field = this.#literal(this.#integer(6));
      this.#table.add(field);
      return field;
    }
    const neverIndexed = (first & 0x10) !== 0;
    const field = this.#literal(this.#integer(4));
    return neverIndexed ? { ...field, neverIndexed } : field;
  }

  #indexed(index: number): HeaderField {
    const field =
      index <= staticFields.length ? staticFields[index - 1] : this.#table.get(index - staticFields.length - 1);
    if (field === undefined) throw compressionError('index beyond the table');
    return field;
  }

  #literal(nameIndex: number): HeaderField {
    const name = nameIndex === 0 ? this.#string() : this.#indexed(nameIndex).name;
    return { name, value: this.#string() };
  }

  #string(): string {
    const huffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw compressionError('string reaches beyond the block');
    this.#at = end;
    return huffman ? huffmanDecode(this.#block, start, end) : this.#block.toString('latin1', start, end);
  }

  /** An integer in the low bits of the next byte, continued in the following ones (section 5.1). */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw compressionError('integer is too large');
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw compressionError('block ends too early');
    return byte;
  }
}

function compressionError(message: string): Http2Error {
  return new Http2Error(errorCode.compressionError, message);
}
