/**
 * Randomness, as every part of Sampan sees it: injected, so that one seed repeats a run. The machine's own source is
 * in `base/system.ts`; secrets (tokens, keys) are drawn from that one only.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A uniform integer in [0, exclusiveMax); exclusiveMax from 1 to 2^32. */
  below(exclusiveMax: number): number;
  /** `length` uniform bytes. */
  bytes(length: number): Uint8Array;
  /** A version 4 UUID in lower case. */
  uuid(): string;
  /** An independent source, determined by this one's seed and `label` alone, not by what was drawn so far. */
  fork(label: string): Random;
}

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter): 128 bits of state, passes PractRand. Not for secrets. */
export class SeededRandom implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string | number) {
    this.#seed = String(seed);
    [this.#a, this.#b, this.#c] = hash96(this.#seed);
    for (let warmup = 0; warmup < 15; warmup++) this.#uint32();
  }

  next(): number {
    return this.#uint32() / 4294967296;
  }

  below(exclusiveMax: number): number {
    return Math.floor(this.next() * exclusiveMax);
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.#uint32() >>> 24;
    return out;
  }

  uuid(): string {
    return formatUuid(this.bytes(16));
  }

  fork(label: string): Random {
    return new SeededRandom(`${this.#seed}/${label}`);
  }

  #uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

/** Formats 16 bytes as a version 4 UUID (RFC 9562), setting the version and variant bits. */
export function formatUuid(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < 16; i++) {
    let byte = bytes[i] ?? 0;
    if (i === 6) byte = (byte & 0x0f) | 0x40;
    if (i === 8) byte = (byte & 0x3f) | 0x80;
    hex += byte.toString(16).padStart(2, '0');
    if (i === 3 || i === 5 || i === 7 || i === 9) hex += '-';
  }
  return hex;
}

/** The characters Kubernetes draws name suffixes from: no vowels and nothing that looks alike. */
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A suffix as Kubernetes appends it to `generateName`: `x2x9q`. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += NAME_ALPHABET[random.below(NAME_ALPHABET.length)];
  return suffix;
}

/** Three 32-bit words from a string (xmur3 by Chris Doty-Humphrey). */
function hash96(text: string): [number, number, number] {
  let h = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  const word = (): number => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    h ^= h >>> 16;
    return h | 0;
  };
  return [word(), word(), word()];
}
