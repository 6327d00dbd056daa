/**
 * JSON as clients send it: parsing with Go's complaints, the fields that occur twice, and the numbers whose spelling counts.
 *
 * `JSON.parse` keeps the last of two equal keys and says nothing, and takes `1.0` for `1`. Counting keys in the text and in
 * the result tells cheaply that there were none to lose, and a look at every digit that no number is spelled so; only when
 * there were is the text walked a second time to name them.
 */
import { quoted } from './status.ts';

/** The text is not JSON (or YAML). The message is Go's. */
export class TextError extends Error {
  override readonly name = 'TextError';
}

export interface ParsedText {
  readonly value: unknown;
  /** `duplicate field "metadata.labels.app"`, in order; found only when asked for. */
  readonly duplicates: readonly string[];
  /** Where in the text which field is first found, when there are duplicates: what else is to be told is told in that order. */
  readonly places?: ReadonlyMap<string, number>;
  /** How a number at a path is spelled, of those that are not just some digits. */
  readonly literals?: ReadonlyMap<string, string>;
}

/** Nobody means what is nested deeper, and walking through it would take more stack than there is. */
export const DEPTH_MAX = 1000;

/** A byte order mark is no part of JSON, and stays to be complained about. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** @throws TextError */
export function parseJson(sent: string, wantDuplicates: boolean): ParsedText {
  const text = withWholeCharacters(sent);
  const { colons, depth, literals } = shapeOf(text);
  if (depth > DEPTH_MAX) throw new TextError('exceeded max depth');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TextError(goSyntaxError(text));
  }
  const repeats = wantDuplicates && colons !== countKeys(value);
  if (!repeats && !literals) return { value, duplicates: [] };
  const found = new TextWalk(text);
  return {
    value,
    duplicates: repeats ? found.duplicates : [],
    ...(repeats ? { places: found.places } : {}),
    ...(literals ? { literals: found.literals } : {}),
  };
}

/** Numbers with fewer digits are exact, however they are kept. */
const PLAIN_DIGITS_MAX = 15;

const ESCAPES = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)/g;

/** Halves of surrogate pairs that stand alone are U+FFFD, as in Go: no text that is stored holds any. */
function withWholeCharacters(text: string): string {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return text;
  return text.replace(ESCAPES, (found) => (/^\\u[dD][89a-fA-F]..$/.test(found) ? '\\ufffd' : found));
}

interface TextShape {
  /** Outside of strings: one for each key. */
  readonly colons: number;
  readonly depth: number;
  /** There are numbers with a fraction, an exponent or many digits. */
  readonly literals: boolean;
}

function shapeOf(text: string): TextShape {
  let colons = 0;
  let depth = 0;
  let open = 0;
  let digits = 0;
  let literals = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      if (++digits > PLAIN_DIGITS_MAX) literals = true;
      continue;
    }
    if (digits > 0) {
      if (code === 46 || code === 69 || code === 101) literals = true;
      digits = 0;
    }
    if (code === 58) colons++;
    else if (code === 34) at = endOfString(text, at);
    else if (code === 123 || code === 91) depth = Math.max(depth, ++open);
    else if (code === 125 || code === 93) open--;
  }
  return { colons, depth, literals };
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') keys += countKeys(item);
    return keys;
  }
  for (const key in value) {
    keys++;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object') keys += countKeys(item);
  }
  return keys;
}

/** Walks text that is known to be JSON, and finds what `ParsedText` tells of it. */
class TextWalk {
  readonly duplicates: string[] = [];
  readonly places = new Map<string, number>();
  readonly literals = new Map<string, string>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#value('');
  }

  #value(path: string): void {
    const character = this.#next();
    if (character === '{') this.#object(path);
    else if (character === '[') this.#array(path);
    else if (character === '"') this.#at = endOfString(this.#text, this.#at) + 1;
    else this.#word(path);
  }

  #word(path: string): void {
    const start = this.#at;
    while (this.#at < this.#text.length && !',]} \t\r\n'.includes(this.#text[this.#at] ?? '')) this.#at++;
    const word = this.#text.slice(start, this.#at);
    if (/^-?\d/.test(word) && (word.length > PLAIN_DIGITS_MAX || /[.eE]/.test(word))) this.literals.set(path, word);
    else this.literals.delete(path);
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    while (this.#next() !== '}') {
      const end = endOfString(this.#text, this.#at);
      const key = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
      const inner = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) {
        const complaint = `duplicate field ${quoted(inner)}`;
        if (!this.places.has(complaint)) {
          this.duplicates.push(complaint);
          this.places.set(complaint, this.#at);
        }
      } else this.places.set(`unknown field ${quoted(inner)}`, this.#at);
      seen.add(key);
      this.#at = end + 1;
      this.#next();
      this.#at++;
      this.#value(inner);
      if (this.#next() === ',') this.#at++;
    }
    this.#at++;
  }

  #array(path: string): void {
    this.#at++;
    for (let index = 0; this.#next() !== ']'; index++) {
      this.#value(`${path}[${index}]`);
      if (this.#next() === ',') this.#at++;
    }
    this.#at++;
  }

  /** The next character that is not white space. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '.')) this.#at++;
    return this.#text[this.#at] ?? ']';
  }
}

/** What encoding/json's scanner would complain about. */
export function goSyntaxError(text: string): string {
  const scanner = new SyntaxScanner(text);
  return scanner.complaint() ?? 'unexpected end of JSON input';
}

/** Finds the first character that JSON does not allow, and says after what, in Go's words. */
class SyntaxScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  complaint(): string | undefined {
    const failed = this.#value('looking for beginning of value');
    if (failed !== undefined) return failed === '' ? undefined : failed;
    this.#space();
    if (this.#at < this.#text.length) return this.#invalid('after top-level value');
    return undefined;
  }

  /** undefined: fine; '': the text ended too early. */
  #value(context: string): string | undefined {
    this.#space();
    const character = this.#text[this.#at];
    if (character === undefined) return '';
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    if (character === '"') return this.#string();
    if (character === '-' || (character >= '0' && character <= '9')) return this.#number();
    for (const word of ['true', 'false', 'null']) if (character === word[0]) return this.#word(word);
    return this.#invalid(context);
  }

  #object(): string | undefined {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return undefined;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] === undefined) return '';
      if (this.#text[this.#at] !== '"') return this.#invalid('looking for beginning of object key string');
      const key = this.#string();
      if (key !== undefined) return key;
      this.#space();
      if (this.#text[this.#at] === undefined) return '';
      if (this.#text[this.#at] !== ':') return this.#invalid('after object key');
      this.#at++;
      const value = this.#value('looking for beginning of value');
      if (value !== undefined) return value;
      this.#space();
      const next = this.#text[this.#at];
      if (next === undefined) return '';
      if (next !== ',' && next !== '}') return this.#invalid('after object key:value pair');
      this.#at++;
      if (next === '}') return undefined;
    }
  }

  #array(): string | undefined {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return undefined;
    }
    for (;;) {
      const value = this.#value('looking for beginning of value');
      if (value !== undefined) return value;
      this.#space();
      const next = this.#text[this.#at];
      if (next === undefined) return '';
      if (next !== ',' && next !== ']') return this.#invalid('after array element');
      this.#at++;
      if (next === ']') return undefined;
    }
  }

  #string(): string | undefined {
    for (this.#at++; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) return '';
      if (character === '"') {
        this.#at++;
        return undefined;
      }
      if (character < ' ') return this.#invalid('in string literal');
      if (character !== '\\') continue;
      this.#at++;
      const escaped = this.#text[this.#at];
      if (escaped === undefined) return '';
      if (escaped === 'u') {
        for (let digit = 0; digit < 4; digit++) {
          this.#at++;
          if (this.#text[this.#at] === undefined) return '';
          if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? ''))
            return this.#invalid('in \\u hexadecimal character escape');
        }
      } else if (!'bfnrt\\/"'.includes(escaped)) return this.#invalid('in string escape code');
    }
  }

  #number(): string | undefined {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === undefined) return '';
    if (!isDigit(this.#text[this.#at])) return this.#invalid('in numeric literal');
    if (this.#text[this.#at] === '0') this.#at++;
    else while (isDigit(this.#text[this.#at])) this.#at++;
    if (this.#text[this.#at] === '.') {
      this.#at++;
      if (this.#text[this.#at] === undefined) return '';
      if (!isDigit(this.#text[this.#at])) return this.#invalid('after decimal point in numeric literal');
      while (isDigit(this.#text[this.#at])) this.#at++;
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at++;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at++;
      if (this.#text[this.#at] === undefined) return '';
      if (!isDigit(this.#text[this.#at])) return this.#invalid('in exponent of numeric literal');
      while (isDigit(this.#text[this.#at])) this.#at++;
    }
    return undefined;
  }

  #word(word: string): string | undefined {
    for (let index = 1; index < word.length; index++) {
      this.#at++;
      if (this.#text[this.#at] === undefined) return '';
      if (this.#text[this.#at] !== word[index]) return this.#invalid(`in literal ${word} (expecting '${word[index]}')`);
    }
    this.#at++;
    return undefined;
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '.')) this.#at++;
  }

  #invalid(context: string): string {
    return `invalid character ${quoteCharacter(this.#text[this.#at] ?? '')} ${context}`;
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** A character as Go's strconv.Quote shows it between single quotes. */
function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const code = character.charCodeAt(0);
  const named: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f' };
  if (named[character] !== undefined) return `'${named[character]}'`;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code < 0xa0 && code > 0x7f) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${character}'`;
}
