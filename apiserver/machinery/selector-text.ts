/**
 * Label selectors as queries spell them (`app=web,tier in (a,b),!old`), read into `LabelRequirement`s, and field
 * selectors (`metadata.name=a,status.phase!=Running`). Grammar and complaints are k8s.io/apimachinery/pkg/labels and
 * pkg/fields; a complaint is thrown as a `SelectorError` and becomes a 400.
 */
import type { LabelOperator, LabelRequirement } from '../../base/label-selector.ts';
import { showValue } from './field-errors.ts';
import { labelValueComplaints, qualifiedNameComplaints } from './name-formats.ts';
import { aggregateTexts } from './status.ts';

export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

type Token = 'end' | 'error' | 'identifier' | ')' | ',' | '!' | '==' | '=' | '>' | 'in' | '<' | '!=' | 'notin' | '(';

interface Scanned {
  readonly token: Token;
  readonly literal: string;
}

const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

const OPERATOR_OF: Readonly<Partial<Record<Token, LabelOperator>>> = {
  in: 'In',
  notin: 'NotIn',
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
};

/** @throws SelectorError */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  if (text === '') return [];
  return new LabelParser(scan(text)).parse();
}

function scan(text: string): Scanned[] {
  const items: Scanned[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (isSpace(character)) {
      at++;
    } else if (isSymbol(character)) {
      const [item, next] = scanSymbol(text, at);
      items.push(item);
      at = next;
    } else {
      const start = at;
      while (at < text.length && !isSpace(text[at] ?? '') && !isSymbol(text[at] ?? '')) at++;
      const literal = text.slice(start, at);
      items.push({ token: literal === 'in' || literal === 'notin' ? literal : 'identifier', literal });
    }
  }
  items.push({ token: 'end', literal: '' });
  return items;
}

/** The longest symbol at `start`; a run of special characters that is none is an error token. */
function scanSymbol(text: string, start: number): [Scanned, number] {
  let found: string | undefined;
  let buffer = '';
  let at = start;
  while (at < text.length && isSymbol(text[at] ?? '')) {
    buffer += text[at];
    if (SYMBOLS.has(buffer)) found = buffer;
    else if (found !== undefined) break;
    at++;
  }
  if (found === undefined) return [{ token: 'error', literal: `error expected: keyword found '${buffer}'` }, at];
  return [{ token: found as Token, literal: found }, start + found.length];
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}

function isSymbol(character: string): boolean {
  return '=!(),><'.includes(character) && character !== '';
}

class LabelParser {
  readonly #items: readonly Scanned[];
  #at = 0;

  constructor(items: readonly Scanned[]) {
    this.#items = items;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const { token, literal } = this.#look();
      if (token === 'end') break;
      if (token !== 'identifier' && token !== '!') {
        throw new SelectorError(`found '${literal}', expected: !, identifier, or 'end of string'`);
      }
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
        throw error;
      }
      const after = this.#take();
      if (after.token === 'end') break;
      if (after.token !== ',') {
        throw new SelectorError(`found '${after.literal}', expected: ',' or 'end of string'`);
      }
      const next = this.#look();
      if (next.token !== 'identifier' && next.token !== '!') {
        throw new SelectorError(`found '${next.literal}', expected: identifier after ','`);
      }
    }
    return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  #requirement(): LabelRequirement {
    let item = this.#take();
    const negated = item.token === '!';
    if (negated) item = this.#take();
    if (item.token !== 'identifier') throw new SelectorError(`found '${item.literal}', expected: identifier`);
    const key = item.literal;
    checkKey(key);
    const next = this.#look().token;
    if (next === 'end' || next === ',') return { key, operator: negated ? 'DoesNotExist' : 'Exists', values: [] };
    if (negated) return { key, operator: 'DoesNotExist', values: [] };
    const symbol = this.#take(true);
    const operator = OPERATOR_OF[symbol.token];
    if (operator === undefined) throw new SelectorError(`found '${symbol.literal}', expected: ${BINARY_OPERATORS}`);
    const set = symbol.token === 'in' || symbol.token === 'notin';
    const values = [...new Set(set ? this.#values() : [this.#exactValue()])].sort();
    checkValues(key, operator, values);
    return { key, operator, values };
  }

  #values(): string[] {
    const open = this.#take();
    if (open.token !== '(') throw new SelectorError(`found '${open.literal}' expected: '('`);
    const first = this.#look();
    if (first.token === ')') {
      this.#take();
      return [''];
    }
    if (first.token !== 'identifier' && first.token !== ',') {
      throw new SelectorError(`found '${first.literal}', expected: ',', ')' or identifier`);
    }
    const values = this.#identifiers();
    if (this.#take().token !== ')') throw new SelectorError(`found '${first.literal}', expected: ')'`);
    return values;
  }

  #identifiers(): string[] {
    const values: string[] = [];
    for (;;) {
      const { token, literal } = this.#take();
      if (token === 'identifier') {
        values.push(literal);
        const next = this.#look();
        if (next.token === ',') continue;
        if (next.token === ')') return values;
        throw new SelectorError(`found '${next.literal}', expected: ',' or ')'`);
      }
      if (token !== ',') throw new SelectorError(`found '${literal}', expected: ',', or identifier`);
      if (values.length === 0) values.push('');
      const next = this.#look().token;
      if (next === ')') {
        values.push('');
        return values;
      }
      if (next === ',') values.push('');
    }
  }

  #exactValue(): string {
    const next = this.#look().token;
    if (next === 'end' || next === ',') return '';
    const { token, literal } = this.#take();
    if (token === 'identifier') return literal;
    throw new SelectorError(`found '${literal}', expected: identifier`);
  }

  /** `in` and `notin` are operators only where one is expected; elsewhere they are plain words. */
  #look(operator = false): Scanned {
    const item = this.#items[this.#at] ?? { token: 'end', literal: '' };
    if (!operator && (item.token === 'in' || item.token === 'notin')) return { ...item, token: 'identifier' };
    return item;
  }

  #take(operator = false): Scanned {
    const item = this.#look(operator);
    this.#at++;
    return item;
  }
}

function checkKey(key: string): void {
  const complaints = qualifiedNameComplaints(key);
  if (complaints.length > 0) {
    throw new SelectorError(`<nil>: Invalid value: ${showValue(key)}: ${complaints.join('; ')}`);
  }
}

function checkValues(key: string, operator: LabelOperator, values: readonly string[]): void {
  const errors: string[] = [];
  if (operator === 'Gt' || operator === 'Lt') {
    for (const [index, value] of values.entries()) {
      if (!/^[+-]?[0-9]{1,19}$/.test(value)) {
        const complaint = "for 'Gt', 'Lt' operators, the value must be an integer";
        errors.push(`values[${index}]: Invalid value: ${showValue(value)}: ${complaint}`);
      }
    }
  }
  for (const [index, value] of values.entries()) {
    const complaints = labelValueComplaints(value);
    if (complaints.length > 0) {
      errors.push(`values[${index}][${key}]: Invalid value: ${showValue(value)}: ${complaints.join('; ')}`);
    }
  }
  if (errors.length > 0) throw new SelectorError(aggregateTexts(errors));
}

/** One term of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** @throws SelectorError */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const match = /^([\s\S]*?)(!=|==|=)([\s\S]*)$/.exec(term);
    if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const requirement = { field: match[1] ?? '', equal: match[2] !== '!=', value: unescapeValue(match[3] ?? '') };
    // `=` alone says nothing.
    if (requirement.field !== '' || requirement.value !== '') requirements.push(requirement);
  }
  return requirements;
}

/** The value that one field must have, when the selector allows only one. */
export function exactField(requirements: readonly FieldRequirement[], field: string): string | undefined {
  return requirements.find((each) => each.equal && each.field === field)?.value;
}

function splitTerms(text: string): string[] {
  if (text === '') return [];
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): string {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\\') {
      const next = text[++at];
      if (next !== '\\' && next !== ',' && next !== '=') {
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`);
      }
      value += next;
    } else if (character === ',' || character === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else value += character;
  }
  return value;
}
