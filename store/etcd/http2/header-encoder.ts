/**
 * HPACK's encoder (RFC 7541): fields to header blocks. A field that was sent before is one byte; strings are sent as
 * they are (one byte a character; whoever sends other text encodes it before), without the Huffman code: it would save
 * bytes that loopback and local networks do not miss.
 */
import { DEFAULT_TABLE_BYTES, DynamicTable, staticFields } from './header-table.ts';
import type { HeaderField } from './protocol.ts';

/** Index of the first static field with the name, and of the static field with name and value. */
const staticNames = new Map<string, number>();
const staticPairs = new Map<string, number>();
staticFields.forEach(({ name, value }, index) => {
  if (!staticNames.has(name)) staticNames.set(name, index + 1);
  staticPairs.set(`${name}\0${value}`, index + 1);
});

export class HeaderEncoder {
  /** Fields ever added to the table; the newest has number `#added`, index 62. */
  #added = 0;
  readonly #numbers = new Map<string, number>();
  readonly #table = new DynamicTable(DEFAULT_TABLE_BYTES, (field) => {
    const pair = `${field.name}\0${field.value}`;
    if (this.#numbers.get(pair) === this.#oldest()) this.#numbers.delete(pair);
  });
  #sizeUpdate: number | undefined;
  #block: Buffer = Buffer.allocUnsafeSlow(1024);
  #at = 0;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  setTableSize(sizeMax: number): void {
    const size = Math.min(sizeMax, DEFAULT_TABLE_BYTES);
    this.#table.resize(size);
    this.#sizeUpdate = size;
  }

  /** The returned bytes are valid until the next call. */
  encode(fields: readonly HeaderField[]): Buffer {
    this.#at = 0;
    if (this.#sizeUpdate !== undefined) {
      this.#integer(0x20, 5, this.#sizeUpdate);
      this.#sizeUpdate = undefined;
    }
    for (const field of fields) this.#field(field);
    return this.#block.subarray(0, this.#at);
  }

  #field(field: HeaderField): void {
    const pair = `${field.name}\0${field.value}`;
    const fixed = staticPairs.get(pair);
    if (fixed !== undefined) {
      this.#integer(0x80, 7, fixed);
      return;
    }
    const name = staticNames.get(field.name) ?? 0;
    if (field.neverIndexed) {
      this.#literal(0x10, 4, name, field);
      return;
    }
    const number = this.#numbers.get(pair);
    if (number !== undefined) {
      this.#integer(0x80, 7, staticFields.length + 1 + (this.#added - number));
      return;
    }
    this.#literal(0x40, 6, name, field);
    if (this.#table.add(field)) this.#numbers.set(pair, ++this.#added);
  }

  /** The number of the field that the table evicts now: it is already out of the table when it says so. */
  #oldest(): number {
    return this.#added - this.#table.length;
  }

  #literal(pattern: number, prefixBits: number, nameIndex: number, field: HeaderField): void {
    this.#integer(pattern, prefixBits, nameIndex);
    if (nameIndex === 0) this.#string(field.name);
    this.#string(field.value);
  }

  #string(text: string): void {
    this.#integer(0, 7, text.length);
    this.#reserve(text.length);
    this.#at += this.#block.write(text, this.#at, text.length, 'latin1');
  }

  #integer(pattern: number, prefixBits: number, value: number): void {
    this.#reserve(8);
    const mask = (1 << prefixBits) - 1;
    if (value < mask) {
      this.#block[this.#at++] = pattern | value;
      return;
    }
    this.#block[this.#at++] = pattern | mask;
    let rest = value - mask;
    while (rest >= 0x80) {
      this.#block[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#block[this.#at++] = rest;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#block.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#block.length * 2, this.#at + length));
    this.#block.copy(grown, 0, 0, this.#at);
    this.#block = grown;
  }
}
