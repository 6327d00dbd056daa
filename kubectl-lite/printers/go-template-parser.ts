/** Reads Go templates into a tree; `go-template.ts` runs it. */
import { Failure } from '../failure.ts';

export type Expression =
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'field'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: 'parens'; readonly pipeline: readonly Call[]; readonly names: readonly string[] }
  | { readonly kind: 'function'; readonly name: string };

export interface Call {
  readonly words: readonly Expression[];
}

interface Block {
  readonly pipeline: readonly Call[];
  readonly variable?: string;
  readonly keyVariable?: string;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: readonly Call[]; readonly variable?: string }
  | ({ readonly kind: 'if' } & Block)
  | ({ readonly kind: 'with' } & Block)
  | ({ readonly kind: 'range' } & Block)
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

type Piece = { readonly text: string } | { readonly action: string };

/** @throws Failure for what is no template, or uses what is not supported */
export function readTemplate(text: string): readonly TemplateNode[] {
  const pieces = piecesOf(text);
  const { nodes, stop } = nodesOf(pieces, text);
  if (stop !== undefined) throw failure(text, `unexpected {{${stop}}}`);
  return nodes;
}

function failure(text: string, message: string): Failure {
  return new Failure(`error: error parsing template ${text}, template: output:1: ${message}`);
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = text;
  let trimNext = false;
  const addText = (plain: string): void => {
    const trimmed = trimNext ? plain.trimStart() : plain;
    trimNext = false;
    if (trimmed !== '') pieces.push({ text: trimmed });
  };
  for (;;) {
    const open = rest.indexOf('{{');
    if (open < 0) {
      addText(rest);
      return pieces;
    }
    const end = closing(rest, open + 2);
    if (end < 0) throw failure(text, 'unclosed action');
    let inner = rest.slice(open + 2, end);
    let before = rest.slice(0, open);
    if (/^-\s/.test(inner)) {
      before = before.trimEnd();
      inner = inner.slice(1);
    }
    addText(before);
    if (/\s-$/.test(inner)) {
      trimNext = true;
      inner = inner.slice(0, -1);
    }
    if (!inner.trim().startsWith('/*')) pieces.push({ action: inner.trim() });
    rest = rest.slice(end + 2);
  }
}

function closing(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const letter = text.charAt(at);
    if (quote !== '') {
      if (letter === '\\' && quote !== '`') at++;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === '`') quote = letter;
    else if (letter === '}' && text[at + 1] === '}') return at;
  }
  return -1;
}

/** Nodes up to an `end` or `else` that belongs to an outer block; `stop` is that action. */
function nodesOf(pieces: Piece[], text: string): { nodes: TemplateNode[]; stop: string | undefined } {
  const nodes: TemplateNode[] = [];
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    if ('text' in piece) {
      nodes.push({ kind: 'text', text: piece.text });
      continue;
    }
    const { action } = piece;
    const [word = ''] = /^\w+/.exec(action) ?? [];
    if (word === 'end' || word === 'else') return { nodes, stop: action };
    if (word === 'if' || word === 'with' || word === 'range')
      nodes.push(blockOf(word, action.slice(word.length), pieces, text));
    else if (action === 'break' || action === 'continue') nodes.push({ kind: action });
    else if (word === 'define' || word === 'template' || word === 'block')
      throw failure(text, `kubectl-lite does not support {{${word}}}`);
    else {
      const { variable, pipeline } = declaration(action, text);
      nodes.push({ kind: 'print', pipeline, ...(variable === undefined ? {} : { variable }) });
    }
  }
  return { nodes, stop: undefined };
}

function blockOf(kind: 'if' | 'with' | 'range', head: string, pieces: Piece[], text: string): TemplateNode {
  const { variable, keyVariable, pipeline } = declaration(head, text);
  const body = nodesOf(pieces, text);
  let otherwise: readonly TemplateNode[] = [];
  if (body.stop === undefined) throw failure(text, 'unexpected EOF');
  if (body.stop.startsWith('else')) {
    const more = body.stop.slice(4).trim();
    const nested = /^(if|with)\b(.*)$/s.exec(more);
    if (nested !== null) otherwise = [blockOf(nested[1] === 'if' ? 'if' : 'with', nested[2] ?? '', pieces, text)];
    else {
      const rest = nodesOf(pieces, text);
      if (rest.stop === undefined) throw failure(text, 'unexpected EOF');
      otherwise = rest.nodes;
    }
  }
  return {
    kind,
    pipeline,
    body: body.nodes,
    otherwise,
    ...(variable === undefined ? {} : { variable }),
    ...(keyVariable === undefined ? {} : { keyVariable }),
  };
}

function declaration(
  text: string,
  template: string,
): { variable?: string; keyVariable?: string; pipeline: readonly Call[] } {
  const match = /^\s*\$(\w*)\s*(?:,\s*\$(\w*)\s*)?:?=(?!=)(.*)$/s.exec(text);
  if (match === null) return { pipeline: new PipelineReader(text, template).pipeline() };
  const [, first = '', second, rest = ''] = match;
  const pipeline = new PipelineReader(rest, template).pipeline();
  return second === undefined
    ? { variable: `$${first}`, pipeline }
    : { keyVariable: `$${first}`, variable: `$${second}`, pipeline };
}

class PipelineReader {
  readonly #tokens: string[];
  readonly #template: string;

  constructor(text: string, template: string) {
    this.#template = template;
    this.#tokens = text.match(/"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])*'|[()|]|[^\s()|"`]+/g) ?? [];
  }

  pipeline(): readonly Call[] {
    const calls: Call[] = [{ words: this.#words() }];
    while (this.#tokens[0] === '|') {
      this.#tokens.shift();
      calls.push({ words: this.#words() });
    }
    if (calls.some(({ words }) => words.length === 0)) throw failure(this.#template, 'missing value for command');
    return calls;
  }

  #words(): Expression[] {
    const words: Expression[] = [];
    for (let token = this.#tokens[0]; token !== undefined && token !== '|' && token !== ')'; token = this.#tokens[0]) {
      this.#tokens.shift();
      words.push(this.#expression(token));
    }
    return words;
  }

  #expression(token: string): Expression {
    if (token === '(') {
      const pipeline = this.pipeline();
      if (this.#tokens.shift() !== ')') throw failure(this.#template, 'unclosed left paren');
      const names = /^\.\w/.test(this.#tokens[0] ?? '') ? namesOf(this.#tokens.shift() ?? '') : [];
      return { kind: 'parens', pipeline, names };
    }
    if (token === '.') return { kind: 'dot' };
    if (token === 'nil') return { kind: 'nil' };
    if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
    if (token.startsWith('"')) return { kind: 'literal', value: JSON.parse(token) as string };
    if (token.startsWith('`')) return { kind: 'literal', value: token.slice(1, -1) };
    if (/^[-+]?\d/.test(token)) return { kind: 'literal', value: Number(token) };
    if (token.startsWith('.')) return { kind: 'field', names: namesOf(token) };
    if (token.startsWith('$')) {
      const [name = '$', ...names] = token.split('.');
      return { kind: 'variable', name, names };
    }
    if (/^\w+$/.test(token)) return { kind: 'function', name: token };
    throw failure(this.#template, `unexpected ${JSON.stringify(token)} in command`);
  }
}

function namesOf(token: string): string[] {
  return token.split('.').filter((name) => name !== '');
}
