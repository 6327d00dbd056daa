/**
 * JSON's syntax (RFC 8259) with the place of every value and the text of every number: 64-bit integers do not survive
 * `JSON.parse`, and who sent something wrong is told where. Faults are named as Go's `encoding/json` names them.
 */

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

export type JsonValue = {
  /** Where it begins and ends in the text. */
  readonly at: number;
  readonly end: number;
} & (
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  /** As it was written. */
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly items: readonly JsonValue[] }
  | { readonly type: 'object'; readonly members: readonly JsonMember[] }
);

export interface JsonMember {
  readonly at: number;
  readonly name: string;
  readonly value: JsonValue;
}

/** Of objects and arrays in one another: far above what a message may have, far below what the stack holds. */
const DEPTH_MAX = 1000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
/** Up to the end of the string, an escape, or what a string must not hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be found
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * The first value of the text, from `start` on; undefined where there is only white space. What follows the value is not
 * looked at. Throws `JsonSyntaxError`.
 */
export function parseJson(text: string, start = 0): JsonValue | undefined {
  const parser = new JsonParser(text, start);
  return parser.atEnd() ? undefined : parser.value('looking for beginning of value');
}

class JsonParser {
  readonly #text: string;
  #at: number;
  #depth = 0;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  atEnd(): boolean {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return this.#at >= this.#text.length;
  }

  value(wanted: string): JsonValue {
    const first = this.#next(wanted);
    const at = this.#at;
    switch (first) {
      case '{':
        return this.#object(at);
      case '[':
        return this.#array(at);
      case '"':
        return { type: 'string', at, value: this.#string(), end: this.#at };
      case 't':
        this.#literal('true');
        return { type: 'bool', at, value: true, end: this.#at };
      case 'f':
        this.#literal('false');
        return { type: 'bool', at, value: false, end: this.#at };
      case 'n':
        this.#literal('null');
        return { type: 'null', at, end: this.#at };
      default:
        if (first !== '-' && (first < '0' || first > '9')) this.#refuse(wanted);
        return { type: 'number', at, text: this.#number(), end: this.#at };
    }
  }

  #object(at: number): JsonValue {
    const members: JsonMember[] = [];
    this.#enter();
    for (let next = this.#next('looking for beginning of object key string'); next !== '}' || members.length > 0; ) {
      if (next !== '"') this.#refuse('looking for beginning of object key string');
      const nameAt = this.#at;
      const name = this.#string();
      if (this.#next('after object key') !== ':') this.#refuse('after object key');
      this.#at++;
      members.push({ at: nameAt, name, value: this.value('looking for beginning of value') });
      next = this.#next('after object key:value pair');
      if (next === '}') break;
      if (next !== ',') this.#refuse('after object key:value pair');
      this.#at++;
      next = this.#next('looking for beginning of object key string');
    }
    this.#leave();
    return { type: 'object', at, members, end: this.#at };
  }

  #array(at: number): JsonValue {
    const items: JsonValue[] = [];
    this.#enter();
    for (let next = this.#next('looking for beginning of value'); next !== ']' || items.length > 0; ) {
      items.push(this.value('looking for beginning of value'));
      next = this.#next('after array element');
      if (next === ']') break;
      if (next !== ',') this.#refuse('after array element');
      this.#at++;
    }
    this.#leave();
    return { type: 'array', at, items, end: this.#at };
  }

  #enter(): void {
    if (++this.#depth > DEPTH_MAX) throw new JsonSyntaxError('exceeded max depth');
    this.#at++;
  }

  #leave(): void {
    this.#depth--;
    this.#at++;
  }

  #string(): string {
    let value = '';
    this.#at++;
    for (;;) {
      PLAIN.lastIndex = this.#at;
      const plain = PLAIN.exec(this.#text)?.[0] ?? '';
      value += plain;
      this.#at += plain.length;
      const next = this.#text[this.#at];
      if (next === undefined) throw new JsonSyntaxError('unexpected EOF');
      if (next === '"') {
        this.#at++;
        return value;
      }
      if (next !== '\\') this.#refuse('in string literal');
      this.#at++;
      value += this.#escape();
    }
  }

  #escape(): string {
    const kind = this.#text[this.#at] ?? '';
    if (kind === 'u') {
      for (let digit = 1; digit <= 4; digit++) {
        this.#at++;
        if (this.#at >= this.#text.length) throw new JsonSyntaxError('unexpected EOF');
        if (!/[\dA-Fa-f]/.test(this.#text[this.#at] ?? '')) this.#refuse('in \\u hexadecimal character escape');
      }
      this.#at++;
      return String.fromCharCode(Number.parseInt(this.#text.slice(this.#at - 4, this.#at), 16));
    }
    if (kind === '') throw new JsonSyntaxError('unexpected EOF');
    const escaped = ESCAPES[kind];
    if (escaped === undefined) this.#refuse('in string escape code');
    this.#at++;
    return escaped;
  }

  #literal(word: string): void {
    for (const [index, letter] of [...word].entries()) {
      if (this.#at >= this.#text.length) throw new JsonSyntaxError('unexpected EOF');
      if (this.#text[this.#at] !== letter) this.#refuse(`in literal ${word} (expecting '${word[index]}')`);
      this.#at++;
    }
  }

  #number(): string {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) {
      this.#at++;
      if (this.#at >= this.#text.length) throw new JsonSyntaxError('unexpected EOF');
      this.#refuse('in numeric literal');
    }
    this.#at += text.length;
    return text;
  }

  /** The next character that is not white space. */
  #next(wanted: string): string {
    if (this.atEnd()) throw new JsonSyntaxError('unexpected EOF');
    return this.#text[this.#at] ?? wanted;
  }

  #refuse(where: string): never {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    throw new JsonSyntaxError(`invalid character ${quoted(character)} ${where}`);
  }
}

/** As Go quotes a character: of one that is several bytes, the first. */
function quoted(whole: string): string {
  const character = String.fromCharCode(Buffer.from(whole, 'utf8')[0] ?? 0);
  if (character === "'") return `'\\''`;
  const text = JSON.stringify(character).slice(1, -1);
  return `'${text === '\\"' ? '"' : text}'`;
}
