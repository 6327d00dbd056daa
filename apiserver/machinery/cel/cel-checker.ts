/**
 * CEL expressions that are stored to be evaluated by others or later: whether they compile over the variables that they
 * will have, and to which type. What is wrong is told in cel-go's words.
 *
 * What this library does not know of the language (messages like `Object{spec: …}`, comprehensions over two variables,
 * some functions) is not judged beyond its words: better let in what is wrong than keep out what is right.
 */
import { type ASTNode, TypeError as CelTypeError, Environment, ParseError } from '@marcbachmann/cel-js';
import { deepEqual } from '../../../base/deep-equal.ts';
import { registerAuthorizer } from './authorizer-library.ts';
import { isPattern, registerKubernetesFunctions } from './cel-functions.ts';
import { goType, syntaxIssue, typeIssue } from './cel-issues.ts';
import { type CelIssue, type CelText, isName, printIssues, readCelText } from './cel-tokens.ts';

/** `map<string, dyn>`, or the fields of an object. */
export type CelType = string | CelFields;

export interface CelFields {
  readonly [field: string]: CelType;
}

export type CelVariables = Readonly<Record<string, CelType>>;

export type CelChecked = { readonly type: string } | { readonly complaint: string };

/** Functions of Kubernetes' environment that this library does not have, and those that it checks otherwise. */
const UNJUDGED: ReadonlySet<string> = new Set([
  ...['format', 'quote', 'flatten', 'slice', 'sort', 'sortBy', 'distinct', 'range', 'first', 'last'],
  ...[
    'transformList',
    'transformMap',
    'transformMapEntry',
    'existsOne',
    'escapeKey',
    'optMap',
    'optFlatMap',
    'bind',
    'includes',
  ],
]);
const TWO_VARIABLES = /\b(?:all|exists|exists_one)\s*\(\s*[A-Za-z_]\w*\s*,\s*[A-Za-z_]\w*\s*,/;
const ISSUES_MAX = 100;

let base: Environment | undefined;

function baseEnvironment(): Environment {
  base ??= registerAuthorizer(
    registerKubernetesFunctions(new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: true })),
  );
  return base;
}

export class CelChecker {
  readonly #environment: Environment;

  /** @param types fields of the types that variables are of, by the types' names */
  constructor(variables: CelVariables, types: Readonly<Record<string, Readonly<Record<string, string>>>> = {}) {
    this.#environment = baseEnvironment().clone();
    // A type is registered after those that its fields are of.
    for (const [name, fields] of Object.entries(types).reverse()) {
      this.#environment.registerType(name, { fields });
      this.#environment.registerOperator(`${name} == ${name}`, deepEqual);
    }
    for (const [name, type] of Object.entries(variables)) declare(this.#environment, name, type);
  }

  /** The type that the expression evaluates to, or why it does not compile. */
  check(text: string): CelChecked {
    const read = readCelText(text);
    const found = read.issues.length > 0 ? this.#syntax(read) : this.#issues(read);
    if (typeof found === 'string') return { type: found };
    return { complaint: `compilation failed: ${printIssues(text, found)}` };
  }

  /** Why it cannot be stored where one of these types is needed; undefined: it can. */
  complaint(text: string, ...types: readonly string[]): string | undefined {
    const checked = this.check(text);
    if ('complaint' in checked) return checked.complaint;
    if (checked.type === UNKNOWN || types.length === 0 || types.includes(checked.type)) return undefined;
    const wanted = types.length === 1 ? types[0] : `one of [${types.join(' ')}]`;
    return `must evaluate to ${wanted} but got ${checked.type}`;
  }

  #syntax(read: CelText): readonly CelIssue[] {
    try {
      this.#environment.parse(read.readable);
    } catch (error) {
      if (error instanceof ParseError && read.readable.trim() !== '') return [...read.issues, syntaxIssue(error, read)];
      if (error instanceof ParseError) return [...read.issues, syntaxIssue(error, { ...read, tokens: [] })];
      throw error;
    }
    return read.issues;
  }

  /** The type, or what is wrong. */
  #issues(read: CelText): string | readonly CelIssue[] {
    if (isUnjudged(read)) return UNKNOWN;
    const issues: CelIssue[] = [];
    let environment = this.#environment;
    for (;;) {
      const outcome = checkOnce(environment, read);
      if (typeof outcome === 'string') return issues.length === 0 ? outcome : issues;
      issues.push(outcome.issue);
      // What is not declared is taken for anything, so that the rest is told, too.
      if (outcome.undeclared === undefined || issues.length === ISSUES_MAX) return issues;
      environment = environment.clone().registerVariable(outcome.undeclared, 'dyn');
    }
  }
}

/** The type of what is not judged. */
export const UNKNOWN = '';

function checkOnce(
  environment: Environment,
  read: CelText,
): string | { readonly issue: CelIssue; readonly undeclared?: string } {
  try {
    const parsed = environment.parse(read.readable);
    const { valid, type = 'dyn', error } = parsed.check();
    if (valid) {
      const issue = literalIssue(parsed.ast) ?? absenceIssue(parsed.ast, environment, read);
      return issue === undefined ? goType(type) : { issue };
    }
    if (error === undefined) return UNKNOWN;
    if (!(error instanceof CelTypeError)) return { issue: syntaxIssue(error as ParseError, read) };
    const node = error.node as ASTNode | undefined;
    if (comparesLikes(error, node)) return UNKNOWN;
    const issue = typeIssue(error, read, functionsOf(environment));
    return error.code === 'unknown_variable' ? { issue, undeclared: String(node?.args) } : { issue };
  } catch (error) {
    if (error instanceof ParseError) return { issue: syntaxIssue(error, read) };
    throw error;
  }
}

/** A literal that the function it is given to cannot read. */
function literalIssue(node: unknown): CelIssue | undefined {
  if (Array.isArray(node)) {
    for (const each of node) {
      const issue = literalIssue(each);
      if (issue !== undefined) return issue;
    }
    return undefined;
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return undefined;
  const { op, args } = node as ASTNode;
  if (op === 'rcall' || op === 'call') {
    const [name] = args;
    const literal = op === 'rcall' ? args[2][0] : args[1].at(-1);
    const read = literal?.op === 'value' && typeof literal.args === 'string' ? LITERALS[name] : undefined;
    if (literal !== undefined && read !== undefined && !read(String(literal.args))) {
      return { at: literal.start, says: `invalid ${name} argument` };
    }
  }
  return literalIssue(args);
}

/** `has(self.x)` of a field that cannot be there: the library looks at no types here. */
function absenceIssue(node: unknown, environment: Environment, read: CelText): CelIssue | undefined {
  if (Array.isArray(node)) {
    for (const each of node) {
      const issue = absenceIssue(each, environment, read);
      if (issue !== undefined) return issue;
    }
    return undefined;
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return undefined;
  const { op, args } = node as ASTNode;
  if (op !== 'call' || args[0] !== 'has') return absenceIssue(args, environment, read);
  const field = args[1][0];
  if (field === undefined) return undefined;
  const blank = (text: string): string => ' '.repeat(text.length);
  const { readable } = read;
  const alone = blank(readable.slice(0, field.start)) + readable.slice(field.start, field.end);
  const { error } = environment.parse(alone).check();
  if (!(error instanceof CelTypeError) || error.code !== 'no_such_key') return undefined;
  const { says } = typeIssue(error, read, new Set());
  return { at: read.tokens.findLast(({ at, text }) => at < field.start && text === '(')?.at ?? field.start, says };
}

/** What is given to these functions is read when the expression is compiled. */
const LITERALS: Readonly<Record<string, (text: string) => boolean>> = {
  matches: isPattern,
  duration: (text) => /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text),
  timestamp: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)),
};

/** Values of one type can be compared, whatever it is: the library knows that of its own types alone. */
function comparesLikes(error: CelTypeError, node: ASTNode | undefined): boolean {
  if (error.code !== 'no_such_overload' || (node?.op !== '==' && node?.op !== '!=')) return false;
  const [left, right] = node.args.map((each) => (each as { checkedType?: { name?: string } }).checkedType?.name ?? '');
  // The fields of a declared object have a type that is called by their place.
  return left === right || (left?.startsWith('$') === true && right?.startsWith('$') === true);
}

function functionsOf(environment: Environment): ReadonlySet<string> {
  return new Set(environment.getDefinitions().functions.map(({ name }) => name));
}

function isUnjudged({ tokens, readable }: CelText): boolean {
  return (
    TWO_VARIABLES.test(readable) ||
    tokens.some(({ text }, index) => {
      const next = tokens[index + 1]?.text;
      if (/^\.\d/.test(text)) return true;
      return isName(text) && (next === '{' || text.startsWith('`') || (next === '(' && UNJUDGED.has(text)));
    })
  );
}

function declare(environment: Environment, name: string, type: CelType): void {
  if (typeof type === 'string') environment.registerVariable(name, type);
  else environment.registerVariable({ name, schema: type as Record<string, never> });
}
