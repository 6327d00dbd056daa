/**
 * A subset of Go's text/template: text, fields, variables, pipelines, `if`/`else`/`with`/`range`/`end`, `{{-` and `-}}`,
 * comments, and the functions below. Not here, and refused by name: `define`, `template`, `block`, method calls.
 */
import { Failure } from '../failure.ts';
import { type Call, type Expression, readTemplate, type TemplateNode } from './go-template-parser.ts';
import { goValue } from './go-value.ts';
import { goJson, sortedKeys } from './objects.ts';

type Scope = Map<string, unknown>;
class Break extends Error {}
class Continue extends Error {}

/** A value that is not there: `<no value>`. */
const MISSING = Symbol('missing');

export class GoTemplate {
  readonly #nodes: readonly TemplateNode[];
  readonly #allowMissing: boolean;
  readonly #text: string;

  constructor(text: string, allowMissing: boolean) {
    this.#text = text;
    this.#nodes = readTemplate(text);
    this.#allowMissing = allowMissing;
  }

  render(data: unknown): string {
    try {
      return this.#all(this.#nodes, data, new Map([['$', data]]));
    } catch (thrown) {
      if (!(thrown instanceof TemplateFailure)) throw thrown;
      throw new Failure(`error: error executing template "${this.#text}": template: output:${thrown.message}`);
    }
  }

  #all(nodes: readonly TemplateNode[], dot: unknown, scope: Scope): string {
    let out = '';
    for (const node of nodes) out += this.#one(node, dot, scope);
    return out;
  }

  #one(node: TemplateNode, dot: unknown, scope: Scope): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'print': {
        const value = this.#pipeline(node.pipeline, dot, scope);
        if (node.variable !== undefined) {
          scope.set(node.variable, value);
          return '';
        }
        return value === MISSING ? '<no value>' : printed(value);
      }
      case 'if':
      case 'with': {
        const inner = new Map(scope);
        const value = this.#pipeline(node.pipeline, dot, inner);
        if (node.variable !== undefined) inner.set(node.variable, value);
        if (!isTrue(value)) return this.#all(node.otherwise, dot, inner);
        const text = this.#all(node.body, node.kind === 'with' ? value : dot, inner);
        for (const key of scope.keys()) scope.set(key, inner.get(key));
        return text;
      }
      case 'range':
        return this.#range(node, dot, scope);
      case 'break':
        throw new Break();
      case 'continue':
        throw new Continue();
    }
  }

  #range(node: TemplateNode & { kind: 'range' }, dot: unknown, scope: Scope): string {
    const value = this.#pipeline(node.pipeline, dot, scope);
    const entries = entriesOf(value);
    if (entries.length === 0) return this.#all(node.otherwise, dot, new Map(scope));
    let out = '';
    for (const [key, each] of entries) {
      const inner = new Map(scope);
      if (node.variable !== undefined) inner.set(node.variable, each);
      if (node.keyVariable !== undefined) inner.set(node.keyVariable, key);
      try {
        out += this.#all(node.body, each, inner);
      } catch (thrown) {
        if (thrown instanceof Break) break;
        if (!(thrown instanceof Continue)) throw thrown;
      }
      for (const name of scope.keys()) scope.set(name, inner.get(name));
    }
    return out;
  }

  #pipeline(calls: readonly Call[], dot: unknown, scope: Scope): unknown {
    let value: unknown = MISSING;
    for (const [at, call] of calls.entries()) {
      const [head, ...rest] = call.words;
      if (head === undefined) throw new TemplateFailure('empty command');
      const args = rest.map((word) => this.#value(word, dot, scope));
      if (at > 0) args.push(value);
      if (head.kind === 'function') value = this.#call(head.name, args, call, dot, scope);
      else if (args.length > 0) throw new TemplateFailure(`can't give argument to non-function ${head.kind}`);
      else value = this.#value(head, dot, scope);
    }
    return value;
  }

  #call(name: string, args: unknown[], call: Call, dot: unknown, scope: Scope): unknown {
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, call, args, dot, scope);
    const known = FUNCTIONS[name];
    if (known === undefined)
      throw new Failure(
        `error: error parsing template ${this.#text}, template: output:1: function "${name}" not defined`,
      );
    return known(args);
  }

  #shortCircuit(name: 'and' | 'or', _call: Call, args: unknown[], _dot: unknown, _scope: Scope): unknown {
    for (const value of args) if (isTrue(value) === (name === 'or')) return value;
    return args.at(-1);
  }

  #value(expression: Expression, dot: unknown, scope: Scope): unknown {
    switch (expression.kind) {
      case 'dot':
        return dot;
      case 'literal':
        return expression.value;
      case 'nil':
        return null;
      case 'field':
        return this.#fields(dot, expression.names);
      case 'variable': {
        if (!scope.has(expression.name)) throw new TemplateFailure(`undefined variable "${expression.name}"`);
        return this.#fields(scope.get(expression.name), expression.names);
      }
      case 'parens':
        return this.#fields(this.#pipeline(expression.pipeline, dot, scope), expression.names);
      case 'function': {
        const known = FUNCTIONS[expression.name];
        if (known === undefined) throw new TemplateFailure(`function "${expression.name}" not defined`);
        return known([]);
      }
    }
  }

  #fields(start: unknown, names: readonly string[]): unknown {
    let value = start;
    for (const name of names) {
      if (value === MISSING || value === null || value === undefined) {
        if (this.#allowMissing) return MISSING;
        throw new TemplateFailure(`1: map has no entry for key "${name}"`);
      }
      if (typeof value !== 'object' || Array.isArray(value))
        throw new TemplateFailure(`1: can't evaluate field ${name} in type interface {}`);
      const present: boolean = Object.hasOwn(value, name);
      if (!present && !this.#allowMissing) throw new TemplateFailure(`1: map has no entry for key "${name}"`);
      value = present ? (value as Record<string, unknown>)[name] : MISSING;
    }
    return value;
  }
}

class TemplateFailure extends Error {}

function printed(value: unknown): string {
  return value === null || value === undefined ? '<no value>' : goValue(value);
}

function isTrue(value: unknown): boolean {
  if (value === MISSING || value === null || value === undefined || value === false || value === 0 || value === '')
    return false;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((each, at) => [at, each]);
  if (typeof value === 'number') return Array.from({ length: value }, (_, at) => [at, at]);
  if (typeof value === 'object' && value !== null) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  if (value === MISSING || value === null || value === undefined) return [];
  throw new TemplateFailure(`1: range can't iterate over ${goValue(value)}`);
}

function compare(a: unknown, b: unknown): number {
  if ((typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string'))
    return a < b ? -1 : a > b ? 1 : 0;
  throw new TemplateFailure('1: error calling lt: incompatible types for comparison');
}

function plain(value: unknown): unknown {
  return value === MISSING ? null : value;
}

function at(values: readonly unknown[]): unknown {
  let [value, ...keys] = values;
  for (const key of keys) {
    if (Array.isArray(value)) {
      const index = Number(key);
      if (index < 0 || index >= value.length)
        throw new TemplateFailure(`1: error calling index: index out of range: ${index}`);
      value = value[index];
    } else if (typeof value === 'object' && value !== null)
      value = Object.hasOwn(value, String(key)) ? (value as Record<string, unknown>)[String(key)] : MISSING;
    else throw new TemplateFailure('1: error calling index: index of untyped nil');
  }
  return value;
}

function formatted([format, ...values]: readonly unknown[]): string {
  let next = 0;
  return String(format).replace(
    /%([-+# 0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      const value = plain(values[next++]);
      if (value === null && verb !== 'v') return `%!${verb}(<nil>)`;
      let text =
        verb === 'q'
          ? JSON.stringify(String(value))
          : verb === 'x'
            ? Number(value).toString(16)
            : verb === 'f'
              ? Number(value).toFixed(Number(precision ?? 6))
              : goValue(value);
      if (precision !== undefined && verb === 's') text = text.slice(0, Number(precision));
      const size = Number(width || 0);
      if (flags.includes('-')) return text.padEnd(size);
      return text.padStart(size, flags.includes('0') ? '0' : ' ');
    },
  );
}

const FUNCTIONS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  eq: ([first, ...others]) => others.some((each) => plain(each) === plain(first)),
  ne: ([a, b]) => plain(a) !== plain(b),
  lt: ([a, b]) => compare(a, b) < 0,
  le: ([a, b]) => compare(a, b) <= 0,
  gt: ([a, b]) => compare(a, b) > 0,
  ge: ([a, b]) => compare(a, b) >= 0,
  not: ([value]) => !isTrue(value),
  len: ([value]) =>
    typeof value === 'string'
      ? Buffer.byteLength(value)
      : Array.isArray(value)
        ? value.length
        : Object.keys((plain(value) ?? {}) as object).length,
  index: at,
  print: (values) => values.map((value) => printed(plain(value))).join(' '),
  println: (values) => `${values.map((value) => printed(plain(value))).join(' ')}\n`,
  printf: formatted,
  html: ([value]) => printed(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`),
  js: ([value]) => printed(value).replace(/["'\\]/g, '\\$&'),
  urlquery: ([value]) => encodeURIComponent(printed(value)).replaceAll('%20', '+'),
  slice: ([value, from, to]) =>
    (value as string | unknown[]).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  base64decode: ([value]) => Buffer.from(String(plain(value) ?? ''), 'base64').toString('utf8'),
  base64encode: ([value]) => Buffer.from(String(plain(value) ?? '')).toString('base64'),
  exists: ([value, ...keys]) => {
    try {
      const found = at([value, ...keys]);
      return found !== MISSING && found !== null;
    } catch {
      return false;
    }
  },
  toJson: ([value]) => goJson(sortedKeys(plain(value))),
};

export const TEMPLATE_FUNCTIONS = ['and', 'or', ...Object.keys(FUNCTIONS)];
