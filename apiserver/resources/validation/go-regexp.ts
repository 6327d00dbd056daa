/**
 * Regular expressions as Go reads them (regexp/syntax, RE2's syntax with Perl's flags): whether one is valid, and what it
 * is in JavaScript. Invariant: what is found valid here is a valid pattern there.
 */

const MAX_REPEAT = 1000;
const POSIX: Readonly<Record<string, string>> = {
  ...{ alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\x00-\\x7f', blank: '\\t ', cntrl: '\\x00-\\x1f\\x7f' },
  ...{ digit: '0-9', graph: '!-~', lower: 'a-z', print: ' -~', punct: '!-/:-@\\[-`{-~', space: '\\t\\n\\v\\f\\r ' },
  ...{ upper: 'A-Z', word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f' },
};
const PERL: Readonly<Record<string, string>> = { d: '0-9', s: '\\t\\n\\f\\r ', w: '0-9A-Za-z_' };
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

class BadRegexp extends Error {
  constructor(what: string, where: string) {
    super(`error parsing regexp: ${what}: \`${where}\``);
  }
}

/** Go's message about an expression; undefined when it compiles. */
export function goRegexpProblem(expression: string): string | undefined {
  try {
    new Translator(expression).translate();
    return undefined;
  } catch (error) {
    if (error instanceof BadRegexp) return error.message;
    throw error;
  }
}

/** The same expression in JavaScript; undefined when Go refuses it. Flags inside of it count from its beginning on. */
export function goRegexp(expression: string): RegExp | undefined {
  try {
    const translator = new Translator(expression);
    const source = translator.translate();
    return new RegExp(source, `u${[...translator.flags].join('')}`);
  } catch (error) {
    if (error instanceof BadRegexp || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Translator {
  readonly flags = new Set<string>();
  readonly #whole: string;
  #rest: string;

  constructor(expression: string) {
    this.#whole = expression;
    this.#rest = expression;
  }

  translate(): string {
    let source = '';
    let depth = 0;
    let repeatable = false;
    /** Where the repetition before this place began. */
    let lastRepeat: string | undefined;
    while (this.#rest !== '') {
      const before = this.#rest;
      const letter = this.#take();
      const repetition = this.#repetition(letter, before);
      if (repetition !== undefined) {
        if (!repeatable) throw new BadRegexp('missing argument to repetition operator', this.#since(before));
        if (lastRepeat !== undefined)
          throw new BadRegexp('invalid nested repetition operator', this.#since(lastRepeat));
        source += repetition;
        lastRepeat = before;
        continue;
      }
      lastRepeat = undefined;
      if (letter === '(') {
        const opening = this.#group(before);
        if (opening === '') continue;
        source += opening;
        depth += 1;
        repeatable = false;
        continue;
      }
      repeatable = true;
      if (letter === ')') {
        if (depth === 0) throw new BadRegexp('unexpected )', this.#whole);
        depth -= 1;
        source += ')';
      } else if (letter === '|') {
        source += '|';
        repeatable = false;
      } else if (letter === '[') source += this.#class(before);
      else if (letter === '\\') source += this.#escaped(before);
      else if (letter === '^' || letter === '$' || letter === '.') source += letter;
      else source += literal(letter.codePointAt(0) ?? 0);
    }
    if (depth > 0) throw new BadRegexp('missing closing )', this.#whole);
    return source;
  }

  #take(): string {
    const letter = String.fromCodePoint(this.#rest.codePointAt(0) ?? 0);
    this.#rest = this.#rest.slice(letter.length);
    return letter;
  }

  #skip(count: number): void {
    this.#rest = this.#rest.slice(count);
  }

  /** What was read from a place on. */
  #since(before: string): string {
    return before.slice(0, before.length - this.#rest.length);
  }

  #repetition(letter: string, before: string): string | undefined {
    let operator: string | undefined;
    if (letter === '*' || letter === '+' || letter === '?') operator = letter;
    else if (letter === '{') {
      const [all, min = '', comma = '', max = ''] = /^\{(0|[1-9]\d*)(,?)((?:0|[1-9]\d*)?)\}/.exec(before) ?? [];
      if (all === undefined || (comma === '' && max !== '')) return undefined;
      this.#skip(all.length - 1);
      const most = max === '' ? Number(min) : Number(max);
      if (Number(min) > MAX_REPEAT || most > MAX_REPEAT || Number(min) > most) {
        throw new BadRegexp('invalid repeat count', all);
      }
      operator = all;
    }
    if (operator === undefined) return undefined;
    if (!this.#rest.startsWith('?')) return operator;
    this.#skip(1);
    return `${operator}?`;
  }

  /** The opening of a group; empty when only flags are set. */
  #group(before: string): string {
    if (!this.#rest.startsWith('?')) return '(';
    const named = /^\((?:\?P<|\?<)/.exec(before);
    if (named !== null && before.length > named[0].length) {
      const end = before.indexOf('>');
      if (end < 0) throw new BadRegexp('invalid named capture', before);
      const name = before.slice(named[0].length, end);
      const capture = before.slice(0, end + 1);
      if (!/^[A-Za-z0-9_]+$/.test(name)) throw new BadRegexp('invalid named capture', capture);
      this.#rest = before.slice(end + 1);
      return '(';
    }
    this.#skip(1);
    let negative = false;
    let seen = false;
    while (this.#rest !== '') {
      const flag = this.#take();
      if (flag === ')' || flag === ':') {
        if (negative && !seen) break;
        return flag === ':' ? '(?:' : '';
      }
      if (flag === '-' && !negative) {
        negative = true;
        seen = false;
      } else if ('imsU'.includes(flag)) {
        seen = true;
        if (!negative && flag !== 'U') this.flags.add(flag);
      } else break;
    }
    throw new BadRegexp('invalid or unsupported Perl syntax', this.#since(before));
  }

  #escaped(before: string): string {
    const [, letter = ''] = before;
    if (letter === 'A' || letter === 'z') {
      this.#skip(1);
      return letter === 'A' ? '(?<![\\s\\S])' : '(?![\\s\\S])';
    }
    if (letter === 'b' || letter === 'B') {
      this.#skip(1);
      return `\\${letter}`;
    }
    if (letter === 'C') {
      this.#skip(1);
      throw new BadRegexp('invalid escape sequence', '\\C');
    }
    if (letter === 'Q') return this.#quoted();
    const set = this.#namedSet(before);
    return set === undefined ? literal(this.#escapedLetter(before)) : `[${set}]`;
  }

  #quoted(): string {
    this.#skip(1);
    const end = this.#rest.indexOf('\\E');
    const text = end < 0 ? this.#rest : this.#rest.slice(0, end);
    this.#skip(end < 0 ? text.length : end + 2);
    return [...text].map((letter) => literal(letter.codePointAt(0) ?? 0)).join('');
  }

  /** `\d`, `\p{Greek}`, as what stands inside a class; undefined for what is no set. The backslash is read. */
  #namedSet(before: string): string | undefined {
    const [, letter = ''] = before;
    const perl = PERL[letter.toLowerCase()];
    if (perl !== undefined) {
      this.#skip(1);
      return letter === letter.toLowerCase() ? perl : complement(letter);
    }
    if (letter !== 'p' && letter !== 'P') return undefined;
    const [all = before, mark = '', name = ''] = /^\\[pP](?:\{(\^?)([^}]*)\}|[^{])/u.exec(before) ?? [];
    this.#rest = before.slice(all.length);
    const negative = (letter === 'P') !== (mark === '^');
    const property = all.includes('{') ? name : all.slice(2);
    const source = `\\${negative ? 'P' : 'p'}`;
    for (const each of [`${source}{${property}}`, `${source}{Script=${property}}`]) {
      try {
        new RegExp(each, 'u');
        return each;
      } catch {
        // Not a category: perhaps a script.
      }
    }
    throw new BadRegexp('invalid character class range', all);
  }

  /** One letter behind a backslash; the backslash is read. */
  #escapedLetter(before: string): number {
    if (this.#rest === '') throw new BadRegexp('trailing backslash at end of expression', '');
    const [octal] = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(this.#rest) ?? [];
    if (octal !== undefined) {
      this.#skip(octal.length);
      return Number.parseInt(octal, 8);
    }
    const [hex, braced, plain] = /^x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(this.#rest) ?? [];
    const code = Number.parseInt(braced ?? plain ?? '', 16);
    if (hex !== undefined && code <= 0x10ffff) {
      this.#skip(hex.length);
      return code;
    }
    const letter = this.#take();
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    if (letter < '\u0080' && !/[0-9A-Za-z]/.test(letter)) return letter.charCodeAt(0);
    throw new BadRegexp('invalid escape sequence', this.#since(before));
  }

  /** A class from behind its bracket on. */
  #class(before: string): string {
    let source = '[';
    if (this.#rest.startsWith('^')) {
      this.#skip(1);
      source += '^';
    }
    for (let first = true; first || !this.#rest.startsWith(']'); first = false) {
      if (this.#rest === '') throw new BadRegexp('missing closing ]', before);
      source += this.#classPart(before);
    }
    this.#skip(1);
    return `${source}]`;
  }

  #classPart(whole: string): string {
    const before = this.#rest;
    const [posix, not = '', name = ''] = /^\[:(\^?)(.*?):\]/.exec(before) ?? [];
    if (posix !== undefined) {
      const set = POSIX[name];
      if (set === undefined) throw new BadRegexp('invalid character class range', posix);
      this.#skip(posix.length);
      return not === '' ? set : outside(set);
    }
    if (before.startsWith('\\')) {
      this.#skip(1);
      const set = this.#namedSet(before);
      if (set !== undefined) return set;
      this.#rest = before;
    }
    const low = this.#classLetter(whole);
    if (!/^-[^\]]/s.test(this.#rest)) return literal(low);
    this.#skip(1);
    const high = this.#classLetter(whole);
    if (high < low) throw new BadRegexp('invalid character class range', this.#since(before));
    return `${literal(low)}-${literal(high)}`;
  }

  #classLetter(whole: string): number {
    if (this.#rest === '') throw new BadRegexp('missing closing ]', whole);
    const before = this.#rest;
    const letter = this.#take();
    return letter === '\\' ? this.#escapedLetter(before) : (letter.codePointAt(0) ?? 0);
  }
}

function literal(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** What is in none of `\d`, `\s`, `\w`, as what stands inside a class. */
function complement(letter: string): string {
  return outside(PERL[letter.toLowerCase()] ?? '');
}

/** Everything but a set of ASCII letters, as ranges. */
function outside(set: string): string {
  const inside = new RegExp(`[${set}]`, 'u');
  const codes = Array.from({ length: 128 }, (_, code) => code).filter(
    (code) => !inside.test(String.fromCharCode(code)),
  );
  return `${codes.map(literal).join('')}\\u{80}-\\u{10ffff}`;
}
