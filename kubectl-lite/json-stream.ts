/** JSON values one after another, with Go's words for what is wrong and where. */

export class JsonFailure extends Error {
  /** Bytes read when the mistake was met. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;

  constructor(message: string, text: string, at: number) {
    super(message);
    const before = text.slice(0, at);
    this.offset = Buffer.byteLength(before) + 1;
    this.line = before.split('\n').length;
    this.column = at - before.lastIndexOf('\n');
  }
}

/** @throws JsonFailure */
export function parseJsonStream(text: string): unknown[] {
  const scanner = new Scanner(text);
  const values: unknown[] = [];
  while (!scanner.atEnd()) values.push(scanner.value('looking for beginning of value'));
  return values;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at >= this.#text.length || this.#text.slice(this.#at).startsWith('---');
  }

  value(where: string): unknown {
    this.#space();
    const letter = this.#text[this.#at];
    if (letter === '{') return this.#object();
    if (letter === '[') return this.#array();
    if (letter === '"') return this.#string();
    const [word] =
      /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(
        this.#text.slice(this.#at, this.#at + 400),
      ) ?? [];
    if (word === undefined) return this.#fail(where);
    this.#at += word.length;
    return JSON.parse(word);
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at++;
    this.#space();
    if (this.#take('}')) return object;
    for (let first = true; ; first = false) {
      this.#space();
      if (this.#text[this.#at] !== '"')
        this.#fail(first ? 'looking for beginning of object key string' : 'looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (!this.#take(':')) this.#fail('after object key');
      const value = this.value('looking for beginning of value');
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
      this.#space();
      if (this.#take('}')) return object;
      if (!this.#take(',')) this.#fail('after object key:value pair');
    }
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    this.#space();
    if (this.#take(']')) return items;
    for (;;) {
      items.push(this.value('looking for beginning of value'));
      this.#space();
      if (this.#take(']')) return items;
      if (!this.#take(',')) this.#fail('after array element');
    }
  }

  #string(): string {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"') {
      if ((this.#text.charCodeAt(end) ?? 0) < 0x20) {
        this.#at = end;
        this.#fail('in string literal');
      }
      end += this.#text[end] === '\\' ? 2 : 1;
    }
    if (end >= this.#text.length) {
      this.#at = this.#text.length;
      this.#fail('in string literal');
    }
    const literal = this.#text.slice(this.#at, end + 1);
    try {
      const value = JSON.parse(literal) as string;
      this.#at = end + 1;
      return value;
    } catch {
      this.#at += literal.indexOf('\\') + 1;
      return this.#fail('in string escape code');
    }
  }

  #take(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #fail(where: string): never {
    const letter = this.#text[this.#at];
    if (letter === undefined) throw new JsonFailure('unexpected EOF', this.#text, this.#at);
    const shown =
      letter === "'"
        ? `'\\''`
        : letter === '"'
          ? `'"'`
          : `'${letter === '\n' ? '\\n' : letter === '\t' ? '\\t' : letter}'`;
    throw new JsonFailure(`invalid character ${shown} ${where}`, this.#text, this.#at);
  }
}
