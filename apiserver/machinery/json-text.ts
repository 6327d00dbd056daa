/**
 * JSON as clients send it: parsing with Go's complaints, and the fields that occur twice.
 *
 * `JSON.parse` keeps the last of two equal keys and says nothing. Counting keys in the text and in the result tells
 * cheaply that there were none to lose; only when there were is the text walked a second time to name them.
 */
/** The text is not JSON (or YAML). The message is Go's. */
export class TextError extends Error {
  override readonly name = 'TextError';
}

export interface ParsedText {
  readonly value: unknown;
  /** `duplicate field "metadata.labels.app"`, in order; found only when asked for. */
  readonly duplicates: readonly string[];
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
  const { colons, depth } = shapeOf(text);
  if (depth > DEPTH_MAX) throw new TextError('exceeded max depth');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TextError(goSyntaxError(text));
  }
  if (!wantDuplicates || colons === countKeys(value)) return { value, duplicates: [] };
  return { value, duplicates: new DuplicateFinder(text).find() };
}

const ESCAPES = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)/g;

/** Halves of surrogate pairs that stand alone are U+FFFD, as in Go: no text that is stored holds any. */
function withWholeCharacters(text: string): string {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return text;
  return text.replace(ESCAPES, (found) => (/^\\u[dD][89a-fA-F]..$/.test(found) ? '\\ufffd' : found));
}

/** Colons outside of strings, one for each key, and how deep it is nested. */
function shapeOf(text: string): { readonly colons: number; readonly depth: number } {
  let colons = 0;
  let depth = 0;
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 58) colons++;
    else if (code === 34) at = endOfString(text, at);
    else if (code === 123 || code === 91) depth = Math.max(depth, ++open);
    else if (code === 125 || code === 93) open--;
  }
  return { colons, depth };
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

/** Walks text that is known to be JSON. */
class DuplicateFinder {
  readonly #text: string;
  readonly #found: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  find(): string[] {
    this.#value('');
    return this.#found;
  }

  #value(path: string): void {
    const character = this.#next();
    if (character === '{') this.#object(path);
    else if (character === '[') this.#array(path);
    else if (character === '"') this.#at = endOfString(this.#text, this.#at) + 1;
    else while (this.#at < this.#text.length && !',]} \t\r\n'.includes(this.#text[this.#at] ?? '')) this.#at++;
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    while (this.#next() !== '}') {
      const end = endOfString(this.#text, this.#at);
      const key = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
      const inner = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) this.#found.push(`duplicate field "${inner}"`);
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
