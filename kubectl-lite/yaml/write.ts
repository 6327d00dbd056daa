/**
 * YAML as kubectl writes it (go-yaml 2): keys in natural order, lists not indented under their key, quotes only where
 * needed, blocks for text of several lines, long lines broken after column 80.
 */
import { needsQuotes } from './scalar.ts';

const WIDTH = 80;

export function yamlOf(value: unknown): string {
  const writer = new YamlWriter();
  writer.node(value, 0, 'root');
  return writer.finish();
}

type Place = 'root' | 'value' | 'item';

class YamlWriter {
  #text = '';
  #column = 0;

  finish(): string {
    return `${this.#text}\n`;
  }

  /** @param indent of the collection that holds the node; text goes two deeper */
  node(value: unknown, indent: number, place: Place): void {
    if (Array.isArray(value)) this.#list(value, indent, place);
    else if (typeof value === 'object' && value !== null) this.#map(value as Record<string, unknown>, indent, place);
    else this.#scalar(value, place === 'root' ? 0 : indent + 2, false, place !== 'root');
  }

  #list(list: readonly unknown[], indent: number, place: Place): void {
    if (list.length === 0) {
      this.#write(place === 'root' ? '[]' : ' []');
      return;
    }
    // Under a key a list keeps the key's own indentation.
    const own = place === 'item' ? indent + 2 : indent;
    for (const [at, item] of list.entries()) {
      if (at > 0 || place === 'value') this.#newline(own);
      else if (place === 'item') this.#write(' ');
      this.#write('-');
      this.node(item, own, 'item');
    }
  }

  #map(map: Readonly<Record<string, unknown>>, indent: number, place: Place): void {
    const keys = Object.keys(map)
      .filter((key) => map[key] !== undefined)
      .sort(compareKeys);
    if (keys.length === 0) {
      this.#write(place === 'root' ? '{}' : ' {}');
      return;
    }
    const own = place === 'root' ? 0 : indent + 2;
    for (const [at, key] of keys.entries()) {
      if (at > 0 || place === 'value') this.#newline(own);
      else if (place === 'item') this.#write(' ');
      if (key.includes('\n') || Buffer.byteLength(key) > 128) {
        this.#write('?');
        this.#scalar(key, own + 2, false, true);
        this.#newline(own);
        this.#write(':');
      } else {
        this.#scalar(key, own + 2, true, false);
        this.#write(':');
      }
      this.node(map[key], own, 'value');
    }
  }

  #scalar(value: unknown, indent: number, isKey: boolean, spaced: boolean): void {
    if (spaced) this.#write(' ');
    if (typeof value !== 'string') {
      this.#write(
        value === null || value === undefined ? 'null' : typeof value === 'number' ? goFloat(value) : String(value),
      );
      return;
    }
    const shape = analyze(value);
    if (value.includes('\n') && !isKey && shape.blockAllowed) this.#literal(value, indent);
    else if (value.includes('\n') || needsQuotes(value)) this.#doubleQuoted(value, indent, !isKey);
    else if (shape.plainAllowed && !(value === '' && isKey)) this.#folded(value, indent, !isKey);
    else if (shape.singleAllowed) {
      this.#write("'");
      this.#folded(value, indent, !isKey, true);
      this.#write("'");
    } else this.#doubleQuoted(value, indent, !isKey);
  }

  /** Text that breaks at a single space beyond the width. */
  #folded(value: string, indent: number, mayBreak: boolean, quoted = false): void {
    const letters = [...value];
    let afterSpace = false;
    for (const [at, letter] of letters.entries()) {
      if (letter === ' ') {
        const inside = !quoted || (at > 0 && at < letters.length - 1);
        if (mayBreak && !afterSpace && this.#column > WIDTH && inside && letters[at + 1] !== ' ') this.#newline(indent);
        else this.#write(' ');
        afterSpace = true;
      } else {
        this.#write(quoted && letter === "'" ? "''" : letter);
        afterSpace = false;
      }
    }
  }

  #doubleQuoted(value: string, indent: number, mayBreak: boolean): void {
    this.#write('"');
    const letters = [...value];
    let afterSpace = false;
    for (const [at, letter] of letters.entries()) {
      if (letter === ' ') {
        if (mayBreak && !afterSpace && this.#column > WIDTH && at > 0 && at < letters.length - 1) {
          this.#newline(indent);
          if (letters[at + 1] === ' ') this.#write('\\');
        } else this.#write(' ');
        afterSpace = true;
        continue;
      }
      this.#write(
        isPrintable(letter) && !isBreak(letter) && letter !== '"' && letter !== '\\' ? letter : escaped(letter),
      );
      afterSpace = false;
    }
    this.#write('"');
  }

  #literal(value: string, indent: number): void {
    const [first = ''] = value;
    const hint = first === ' ' || isBreak(first) ? '2' : '';
    const chomp = !value.endsWith('\n') ? '-' : value === '\n' || value.endsWith('\n\n') ? '+' : '';
    this.#write(`|${hint}${chomp}`);
    const lines = (value.endsWith('\n') ? value.slice(0, -1) : value).split('\n');
    for (const line of lines) {
      if (line === '') this.#text += '\n';
      else this.#newline(indent);
      this.#write(line);
    }
  }

  #newline(indent: number): void {
    this.#text += `\n${' '.repeat(indent)}`;
    this.#column = indent;
  }

  #write(text: string): void {
    this.#text += text;
    this.#column += text.length === 1 ? 1 : [...text].length;
  }
}

interface Shape {
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

const FIRST_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');

/** Which of YAML's forms can hold the text outside flow collections. */
function analyze(value: string): Shape {
  if (value === '') return { plainAllowed: true, singleAllowed: true, blockAllowed: false };
  const letters = [...value];
  let indicators = value.startsWith('---') || value.startsWith('...');
  let special = false;
  let breaks = false;
  let breakThenSpace = false;
  let spaceThenBreak = false;
  for (const [at, letter] of letters.entries()) {
    const before = letters[at - 1];
    const after = letters[at + 1];
    const blankAfter = after === undefined || after === ' ' || after === '\t';
    if (at === 0) {
      if (FIRST_INDICATORS.has(letter) || (/[?:-]/.test(letter) && blankAfter)) indicators = true;
    } else if ((letter === ':' && blankAfter) || (letter === '#' && isBlank(before))) indicators = true;
    if (!isPrintable(letter)) special = true;
    if (letter === ' ' && before !== undefined && isBreak(before)) breakThenSpace = true;
    if (isBreak(letter)) {
      breaks = true;
      if (before === ' ') spaceThenBreak = true;
    }
  }
  const [first = ''] = letters;
  const last = letters.at(-1) ?? '';
  const edges = first === ' ' || last === ' ' || isBreak(first) || isBreak(last);
  const hard = spaceThenBreak || special;
  return {
    plainAllowed: !edges && !breakThenSpace && !hard && !breaks && !indicators,
    singleAllowed: !breakThenSpace && !hard,
    blockAllowed: last !== ' ' && !hard,
  };
}

function isBlank(letter: string | undefined): boolean {
  return letter === ' ' || letter === '\t' || (letter !== undefined && isBreak(letter));
}

function isBreak(letter: string): boolean {
  return letter === '\n' || letter === '\r' || letter === '\u0085' || letter === '\u2028' || letter === '\u2029';
}

function isPrintable(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escaped(letter: string): string {
  const short = ESCAPES[letter];
  if (short !== undefined) return `\\${short}`;
  const code = letter.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Go's shortest text of a number: `1e+06` from a million parts on, unless it is whole. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 21 && !(exponent >= 6 && !Number.isInteger(value))) return String(value);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** The order of keys: runs of digits by their number, letters after everything else. */
export function compareKeys(one: string, other: string): number {
  const a = [...one];
  const b = [...other];
  for (let at = 0; at < a.length && at < b.length; at++) {
    const x = a[at] ?? '';
    const y = b[at] ?? '';
    if (x === y) continue;
    const xLetter = isLetter(x);
    const yLetter = isLetter(y);
    if (xLetter && yLetter) return x < y ? -1 : 1;
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    const zeroes = x === '0' || y === '0' ? significantBefore(a, at) : '';
    const xDigits = digitsFrom(a, at);
    const yDigits = digitsFrom(b, at);
    const xNumber = BigInt(`${zeroes}${xDigits}` || '0');
    const yNumber = BigInt(`${zeroes}${yDigits}` || '0');
    if (xNumber !== yNumber) return xNumber < yNumber ? -1 : 1;
    if (xDigits.length !== yDigits.length) return xDigits.length - yDigits.length;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

/** `1` when a digit other than zero stands before this place in the same run of digits. */
function significantBefore(letters: readonly string[], at: number): string {
  for (let back = at - 1; back >= 0 && /\d/.test(letters[back] ?? ''); back--) if (letters[back] !== '0') return '1';
  return '';
}

function digitsFrom(letters: readonly string[], at: number): string {
  let end = at;
  while (end < letters.length && /\d/.test(letters[end] ?? '')) end++;
  return letters.slice(at, end).join('');
}

function isLetter(letter: string): boolean {
  return /\p{L}/u.test(letter);
}
