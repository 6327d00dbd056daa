/**
 * What is wrong with a CEL expression, in cel-go's words and with its places: translated from what this library finds. Of
 * syntax errors that its parser (ANTLR's) tells with everything that could have followed, the usual ones are the same.
 */
import type { ASTNode, TypeError as CelTypeError, ParseError } from '@marcbachmann/cel-js';
import type { CelIssue, CelText, CelToken } from './cel-tokens.ts';
import { isName } from './cel-tokens.ts';

const LITERALS = ["'true'", "'false'", "'null'", 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER'];

/** What may begin an operand, by what stands before it. */
function operands(before: CelToken | undefined, beforeThat: CelToken | undefined): string {
  const called =
    beforeThat !== undefined && (isName(beforeThat.text) || beforeThat.text === ')' || beforeThat.text === ']');
  const symbols = ((): string[] => {
    switch (before?.text) {
      case '[':
        return called ? ['[', '{', '(', '.', '-', '!', '?'] : ['[', ']', '{', '(', '.', ',', '-', '!', '?'];
      case '{':
        return ['[', '{', '}', '(', '.', ',', '-', '!', '?'];
      case '(':
        return called ? ['[', '{', '(', ')', '.', '-', '!'] : ['[', '{', '(', '.', '-', '!'];
      default:
        return ['[', '{', '(', '.', '-', '!'];
    }
  })();
  return `{${[...symbols.map((symbol) => `'${symbol}'`), ...LITERALS].join(', ')}}`;
}

const CLOSING: Readonly<Record<string, string>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}', COLON: ':' };

/** Of an expression that cannot be parsed. */
export function syntaxIssue(error: ParseError, { tokens, readable }: CelText): CelIssue {
  const at = error.range?.start ?? readable.length;
  const found = tokens.findIndex((token) => token.at >= at);
  const index = found < 0 ? tokens.length : found;
  const word = tokens[index]?.text ?? '<EOF>';
  const next = tokens[index + 1];
  const place = tokens[index]?.at ?? readable.length;
  const issue = (says: string): CelIssue => ({ at: place, says: `Syntax error: ${says}` });
  switch (error.code) {
    case 'reserved_identifier':
      return { at, says: `reserved identifier: ${word}` };
    case 'unexpected_character':
      return issue(`${next === undefined ? 'extraneous' : 'mismatched'} input '${word}' expecting <EOF>`);
    case 'unexpected_token': {
      const before = tokens[index - 1];
      if (word === '.') {
        const text = next?.text ?? '';
        return { at: next?.at ?? readable.length, says: `Syntax error: no viable alternative at input '.${text}'` };
      }
      const open = word === '<EOF>' && before?.text === ',' ? openBracket(tokens.slice(0, index)) : undefined;
      if (open !== undefined) return issue(`missing '${open}' at '<EOF>'`);
      const expected = operands(before, tokens[index - 2]);
      const skipped = next !== undefined && startsOperand(next.text);
      return issue(`${skipped ? 'extraneous' : 'mismatched'} input '${word}' expecting ${expected}`);
    }
    case 'expected_token': {
      const wanted = /^Expected (\w+),/.exec(error.summary)?.[1] ?? '';
      if (wanted === 'IDENTIFIER') {
        const shown = word === '<EOF>' ? '' : word;
        return issue(`no viable alternative at input '.${shown}'`);
      }
      const symbol = CLOSING[wanted] ?? wanted;
      if (next?.text === symbol) return issue(`extraneous input '${word}' expecting '${symbol}'`);
      const missing = word === '<EOF>' && symbol !== ':';
      return issue(missing ? `missing '${symbol}' at '<EOF>'` : `mismatched input '${word}' expecting '${symbol}'`);
    }
    case 'invalid_macro_argument':
      return { at, says: 'argument is not an identifier' };
    default:
      return issue(error.summary);
  }
}

function startsOperand(word: string): boolean {
  return isName(word) || /^[\d"'([{!-]/.test(word);
}

/** What closes the innermost list that is open at the end; undefined for what is no list. */
function openBracket(tokens: readonly CelToken[]): string | undefined {
  const open: string[] = [];
  for (const { text } of tokens) {
    if (text === '[' || text === '{' || text === '(') open.push(text);
    else if (text === ']' || text === '}' || text === ')') open.pop();
  }
  return open.at(-1) === '[' ? ']' : undefined;
}

/** Of an expression whose types do not fit. @param functions names of functions that there are */
export function typeIssue(error: CelTypeError, text: CelText, functions: ReadonlySet<string>): CelIssue {
  const node = error.node as ASTNode | undefined;
  const at = node?.pos ?? error.range?.start ?? 0;
  if (node === undefined) return { at, says: error.summary };
  switch (error.code) {
    case 'unknown_variable':
      return { at, says: `undeclared reference to '${text.rooted.has(at) ? '.' : ''}${node.args}' (in container '')` };
    case 'no_such_key':
      return { at: before(text, at, '.'), says: `undefined field '${/: (.*)$/.exec(error.summary)?.[1] ?? ''}'` };
    case 'cannot_index_type':
      return { at: before(text, at, '.'), says: `type '${typeOf(operandOf(node))}' does not support field selection` };
    case 'no_such_overload':
    case 'invalid_logical_operand':
    case 'incompatible_ternary_branches':
      return operatorIssue(node, text);
    case 'no_matching_overload':
      return callIssue(node, text, functions);
    case 'heterogeneous_list_element':
    case 'heterogeneous_map_key':
    case 'heterogeneous_map_value':
      return { at: node.start, says: inGo(error.summary.replace(/^.*?, (?=expected)/, '')) };
    case 'invalid_macro_argument':
      return { at, says: 'invalid argument to has() macro' };
    case 'invalid_comprehension_range':
      return {
        at: node.start,
        says: `expression of type '${typeOf(node)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      };
    case 'invalid_condition_type':
      return { at: node.start, says: `expected type 'bool' but found '${typeOf(node)}'` };
    default:
      return { at, says: error.summary };
  }
}

function operandOf(node: ASTNode): unknown {
  return Array.isArray(node.args) ? node.args[0] : node.args;
}

function operatorIssue(node: ASTNode, text: CelText): CelIssue {
  const operands = (Array.isArray(node.args) ? node.args : [node.args]) as ASTNode[];
  const types = operands.map(typeOf).join(', ');
  const [first, second] = operands;
  const at =
    second === undefined || first === undefined ? node.start : after(text, first.end, node.op === '?:' ? '?' : node.op);
  const name = node.op === '?:' ? '_?_:_' : node.op === 'in' ? '@in' : second === undefined ? node.op : `_${node.op}_`;
  return { at, says: `found no matching overload for '${name}' applied to '(${types})'` };
}

function callIssue(node: ASTNode, text: CelText, functions: ReadonlySet<string>): CelIssue {
  const [name, receiver, given] = (
    node.op === 'rcall' ? node.args : [(node.args as [string, ASTNode[]])[0], undefined, (node.args as unknown[])[1]]
  ) as [string, ASTNode | undefined, readonly ASTNode[]];
  const at = after(text, receiver === undefined ? node.start : receiver.end, '(', name);
  if (!functions.has(name)) return { at, says: `undeclared reference to '${name}' (in container '')` };
  const types = `(${given.map(typeOf).join(', ')})`;
  const applied = receiver === undefined ? types : `${typeOf(receiver)}.${types}`;
  return { at, says: `found no matching overload for '${name}' applied to '${applied}'` };
}

/** Where a word is found after a place, or after another word. */
function after({ tokens }: CelText, place: number, word: string, past?: string): number {
  const rest = tokens.filter(({ at }) => at >= place);
  const from = past === undefined ? 0 : rest.findIndex(({ text }) => text === past) + 1;
  return rest.slice(from).find(({ text }) => text === word)?.at ?? place;
}

function before({ tokens }: CelText, place: number, word: string): number {
  return tokens.findLast(({ at, text }) => at < place && text === word)?.at ?? place;
}

function typeOf(node: unknown): string {
  return goType((node as { checkedType?: { name?: string } }).checkedType?.name ?? 'dyn');
}

/** A type as cel-go prints it. */
export function goType(name: string): string {
  if (name === 'list') return 'list(dyn)';
  if (name === 'map') return 'map(dyn, dyn)';
  if (name === 'null') return 'null_type';
  const [, outer, inner] = /^(\w+)<(.*)>$/.exec(name) ?? [];
  if (outer === undefined || inner === undefined) return name;
  const parts = splitTypes(inner).map(goType).join(', ');
  return `${outer === 'optional' ? 'optional_type' : outer}(${parts})`;
}

function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '<') depth++;
    else if (text[at] === '>') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}

function inGo(text: string): string {
  return text.replaceAll(/'([^']*)'/g, (_, type: string) => `'${goType(type)}'`);
}
