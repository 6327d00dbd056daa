/**
 * JSONPath templates as kubectl has them (client-go/util/jsonpath): `{.a.b}`, `['x']`, `[1:3:2]`, `[-1]`, `[*]`, `..`,
 * `[?(@.a=="b")]`, unions, `{range …}{end}`, `{"text"}`, and text outside braces.
 */
import { Failure } from '../failure.ts';
import { goValue } from './go-value.ts';
import { goJson, sortedKeys } from './objects.ts';

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly body: readonly Part[] };

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | {
      readonly kind: 'slice';
      readonly from?: number;
      readonly to?: number;
      readonly step?: number;
      readonly one: boolean;
    }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator: string; readonly right?: Operand }
  | { readonly kind: 'union'; readonly choices: readonly (readonly Step[])[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean };

type Operand = { readonly steps: readonly Step[] } | { readonly value: string | number | boolean };

export interface JsonPathOptions {
  readonly allowMissing: boolean;
}

export class JsonPath {
  readonly #parts: readonly Part[];
  readonly #options: JsonPathOptions;

  /** @throws Failure for a template that cannot be read */
  constructor(template: string, options: JsonPathOptions) {
    this.#parts = new TemplateReader(template).parts();
    this.#options = options;
  }

  /** The template filled in. */
  render(data: unknown): string {
    return this.#render(this.#parts, data, data);
  }

  /** What each path of the template finds. */
  results(data: unknown): unknown[][] {
    return this.#parts.flatMap((part) =>
      part.kind === 'text' ? [] : [find(part.steps, [data], data, this.#options.allowMissing)],
    );
  }

  #render(parts: readonly Part[], current: unknown, root: unknown): string {
    return parts
      .map((part) => {
        if (part.kind === 'text') return part.text;
        const found = find(part.steps, [current], root, this.#options.allowMissing);
        if (part.kind === 'range') return found.map((each) => this.#render(part.body, each, root)).join('');
        return found.map(resultText).join(' ');
      })
      .join('');
  }
}

/** Text as it is, numbers and words plainly, collections as JSON. */
function resultText(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? goJson(sortedKeys(value))
    : value === null
      ? 'null'
      : goValue(value);
}

/** `.metadata.name`, `metadata.name`, `{.metadata.name}`: all mean `{.metadata.name}`. */
export function relaxedPath(text: string): string {
  if (text === '') return text;
  const [, inner] = /^\{?\.?([^{}]*)\}?$/.exec(text) ?? [];
  if (inner === undefined) {
    throw new Failure(
      `error: unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return `{.${inner}}`;
}

function find(steps: readonly Step[], values: readonly unknown[], root: unknown, allowMissing: boolean): unknown[] {
  let current = [...values];
  for (const [at, step] of steps.entries()) {
    if (step.kind === 'recursive') {
      const rest = steps.slice(at + 1);
      return current.flatMap((value) => descend(value)).flatMap((value) => quiet(rest, value, root));
    }
    current = current.flatMap((value) => take(step, value, root, allowMissing));
  }
  return current;
}

function quiet(steps: readonly Step[], value: unknown, root: unknown): unknown[] {
  return find(steps, [value], root, true);
}

/** All within a value: what it holds, then what that holds. */
function descend(value: unknown): unknown[] {
  const inner = Array.isArray(value) ? value : typeof value === 'object' && value !== null ? ordered(value) : [];
  return [...inner, ...inner.flatMap(descend)];
}

function ordered(object: object): unknown[] {
  return Object.entries(object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, inner]) => inner);
}

function take(
  step: Exclude<Step, { kind: 'recursive' }>,
  value: unknown,
  root: unknown,
  allowMissing: boolean,
): unknown[] {
  switch (step.kind) {
    case 'literal':
      return [step.value];
    case 'field': {
      if (step.name === '$') return [root];
      if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, step.name))
        return [(value as Record<string, unknown>)[step.name]];
      if (allowMissing || value === null || value === undefined) return [];
      throw new Failure(`${step.name} is not found`);
    }
    case 'wildcard':
      return Array.isArray(value) ? value : typeof value === 'object' && value !== null ? ordered(value) : [];
    case 'slice':
      return sliced(step, value, allowMissing);
    case 'filter':
      return Array.isArray(value) ? value.filter((each) => holds(step, each, root)) : [];
    case 'union':
      return step.choices.flatMap((choice) => find(choice, [value], root, allowMissing));
  }
}

function sliced(step: Step & { kind: 'slice' }, value: unknown, allowMissing: boolean): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) {
    if (allowMissing && typeof value !== 'object') return [];
    throw new Failure(`${goValue(value)} is not array or slice`);
  }
  const { length } = value;
  if (step.one) {
    const at = step.from ?? 0;
    const index = at < 0 ? at + length : at;
    if (index >= 0 && index < length) return [value[index]];
    if (allowMissing && length === 0) return [];
    throw new Failure(`array index out of bounds: index ${index}, length ${length}`);
  }
  const from = Math.max(0, step.from === undefined ? 0 : step.from < 0 ? step.from + length : step.from);
  const to = Math.min(length, step.to === undefined ? length : step.to < 0 ? step.to + length : step.to);
  return value.slice(from, to).filter((_, at) => at % (step.step ?? 1) === 0);
}

function holds(step: Step & { kind: 'filter' }, each: unknown, root: unknown): boolean {
  const valuesOf = (operand: Operand): unknown[] =>
    'steps' in operand ? find(operand.steps, [each], root, true) : [operand.value];
  const left = valuesOf(step.left);
  if (step.right === undefined) return left.length > 0;
  const right = valuesOf(step.right);
  if (left.length === 0 || right.length === 0) return false;
  const [a] = left;
  const [b] = right;
  switch (step.operator) {
    case '==':
      return same(a, b);
    case '!=':
      return !same(a, b);
    default: {
      if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
      const [x, y] = [a, b as typeof a];
      return step.operator === '<' ? x < y : step.operator === '<=' ? x <= y : step.operator === '>' ? x > y : x >= y;
    }
  }
}

function same(a: unknown, b: unknown): boolean {
  return typeof a === typeof b
    ? a === b
    : typeof a === 'boolean' || typeof b === 'boolean'
      ? String(a) === String(b)
      : false;
}

/** Reads templates: text, and actions in braces. */
class TemplateReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parts(): readonly Part[] {
    const { parts, ended } = this.#parts();
    if (ended) throw this.#failure('not in range, nothing to end');
    return parts;
  }

  #parts(): { parts: Part[]; ended: boolean } {
    const parts: Part[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at);
      const plain = this.#text.slice(this.#at, open < 0 ? undefined : open);
      if (plain !== '') parts.push({ kind: 'text', text: plain });
      if (open < 0) {
        this.#at = this.#text.length;
        break;
      }
      const action = this.#action(open + 1).trim();
      if (action === 'end') return { parts, ended: true };
      const range = /^range(?=[\s.$@['"{(*]|$)\s*(.*)$/s.exec(action);
      if (range !== null) {
        const body = this.#parts();
        if (!body.ended) throw this.#failure('unclosed range');
        parts.push({ kind: 'range', steps: new PathReader(range[1] ?? '', this.#text).steps(), body: body.parts });
      } else parts.push(...actionParts(action, this.#text));
    }
    return { parts, ended: false };
  }

  /** What stands up to the brace that closes an action; quotes hide braces. */
  #action(from: number): string {
    let quote = '';
    for (let at = from; at < this.#text.length; at++) {
      const letter = this.#text.charAt(at);
      if (letter === '\\') at++;
      else if (quote !== '') quote = letter === quote ? '' : quote;
      else if (letter === '"' || letter === "'") quote = letter;
      else if (letter === '}') {
        this.#at = at + 1;
        return this.#text.slice(from, at);
      }
    }
    throw this.#failure(/\[[^\]]*$/.test(this.#text.slice(from)) ? 'unterminated array' : 'unclosed action');
  }

  #failure(message: string): Failure {
    return new Failure(`error: error parsing jsonpath ${this.#text}, ${message}`);
  }
}

/** An action is one path or several with spaces between; quoted text prints itself. */
function actionParts(action: string, template: string): Part[] {
  const words =
    action.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\[[^\]]*(?:'[^']*'|"[^"]*")?[^\]]*\]|[^\s"'[])+/g) ?? [];
  return words.map((word): Part => {
    if (/^(["']).*\1$/s.test(word)) return { kind: 'text', text: unquoted(word) };
    return { kind: 'path', steps: new PathReader(word, template).steps() };
  });
}

function unquoted(word: string): string {
  const inner = word.slice(1, -1);
  return inner.replace(/\\(.)/gs, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter);
}

class PathReader {
  readonly #text: string;
  readonly #template: string;
  #at = 0;

  constructor(text: string, template: string) {
    this.#text = text.trim();
    this.#template = template;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) {
      const rest = this.#text.slice(this.#at);
      const [letter = ''] = rest;
      if (rest.startsWith('..')) {
        steps.push({ kind: 'recursive' });
        this.#at += 2;
        if (/^[\w*$]/.test(this.#text[this.#at] ?? '')) {
          this.#at--;
          this.#at += this.#name(steps);
        }
      } else if (letter === '.') this.#at += this.#name(steps);
      else if (letter === '[') steps.push(this.#bracket());
      else if (letter === '@') this.#at++;
      else if (letter === '$') {
        if (this.#at === 0) steps.push({ kind: 'field', name: '$' });
        this.#at++;
      } else if (letter === ' ') this.#at++;
      else if (this.#at === 0 && /^-?\d+(\.\d+)?$/.test(rest)) {
        steps.push({ kind: 'literal', value: Number(rest) });
        this.#at = this.#text.length;
      } else if (this.#at === 0 && /^(true|false)$/.test(rest)) {
        steps.push({ kind: 'literal', value: rest === 'true' });
        this.#at = this.#text.length;
      } else if (this.#at === 0 && /^\w+$/.test(rest)) throw this.#failure(`unrecognized identifier ${rest}`);
      else
        throw this.#failure(
          `unrecognized character in action: U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${letter}'`,
        );
    }
    return steps;
  }

  /** A name after a dot; returns how far it went. */
  #name(steps: Step[]): number {
    const rest = this.#text.slice(this.#at + 1);
    const [name = ''] = /^(?:\\.|[^.[\]\s\\@$(){}'"])*/s.exec(rest) ?? [];
    if (name === '*') steps.push({ kind: 'wildcard' });
    else if (name !== '') steps.push({ kind: 'field', name: name.replace(/\\(.)/gs, '$1') });
    return name.length + 1;
  }

  #bracket(): Step {
    const inner = this.#inside();
    const text = inner.trim();
    if (text === '*') return { kind: 'wildcard' };
    const quoted = /^(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")$/s.exec(text);
    if (quoted !== null) return { kind: 'field', name: (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/gs, '$1') };
    if (text.startsWith('?(') && text.endsWith(')')) return this.#filter(text.slice(2, -1));
    if (/,/.test(text)) {
      const choices = text.split(/,(?=(?:[^'"]*['"][^'"]*['"])*[^'"]*$)/);
      return {
        kind: 'union',
        choices: choices.map((choice) => new PathReader(`[${choice.trim()}]`, this.#template).steps()),
      };
    }
    const slice = /^(-?\d+)?(:)?(-?\d+)?(?::(-?\d+))?$/.exec(text);
    if (slice === null || text === '') throw this.#failure(`invalid array index ${text}`);
    const number = (part: string | undefined): number | undefined => (part === undefined ? undefined : Number(part));
    const [, from, colon, to, step] = slice;
    return {
      kind: 'slice',
      one: colon === undefined,
      ...(from === undefined ? {} : { from: number(from) ?? 0 }),
      ...(to === undefined ? {} : { to: number(to) ?? 0 }),
      ...(step === undefined ? {} : { step: number(step) ?? 1 }),
    };
  }

  /** What stands between brackets, nested ones and quotes counted. */
  #inside(): string {
    let depth = 0;
    let quote = '';
    for (let at = this.#at; at < this.#text.length; at++) {
      const letter = this.#text.charAt(at);
      if (letter === '\\') at++;
      else if (quote !== '') quote = letter === quote ? '' : quote;
      else if (letter === '"' || letter === "'") quote = letter;
      else if (letter === '[') depth++;
      else if (letter === ']' && --depth === 0) {
        const inner = this.#text.slice(this.#at + 1, at);
        this.#at = at + 1;
        return inner;
      }
    }
    throw this.#failure('unterminated array');
  }

  #filter(text: string): Step {
    const match = /^(.*?)\s*(==|!=|<=|>=|<|>|=)\s*(.*)$/s.exec(text);
    if (match === null) return { kind: 'filter', left: this.#operand(text), operator: 'exists' };
    const [, left = '', operator = '==', right = ''] = match;
    if (operator === '=') throw this.#failure(`unrecognized filter operator =`);
    return { kind: 'filter', left: this.#operand(left), operator, right: this.#operand(right) };
  }

  #operand(text: string): Operand {
    const trimmed = text.trim();
    const quoted = /^(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")$/s.exec(trimmed);
    if (quoted !== null) return { value: (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/gs, '$1') };
    if (/^-?\d+(\.\d+)?$/.test(trimmed)) return { value: Number(trimmed) };
    if (trimmed === 'true' || trimmed === 'false') return { value: trimmed === 'true' };
    return { steps: new PathReader(trimmed, this.#template).steps() };
  }

  #failure(message: string): Failure {
    return new Failure(`error: error parsing jsonpath ${this.#template}, ${message}`);
  }
}
