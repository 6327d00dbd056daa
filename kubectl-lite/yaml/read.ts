/**
 * YAML as kubectl reads it: YAML 1.1's plain scalars, merge keys, the last of two equal keys; several documents to a text.
 * What cannot be read names its line and column.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { resolveScalar } from './scalar.ts';

export class YamlFailure extends Error {
  /** As go-yaml counts it: from the start of the document. */
  readonly goLine: number;
  /** From the start of the text. */
  readonly line: number;
  readonly column: number;

  constructor(message: string, goLine: number, line: number, column: number) {
    super(message);
    this.goLine = goLine;
    this.line = line;
    this.column = column;
  }
}

/** More nodes than this, aliases counted each time, is no honest document. */
const NODES_MAX = 1_000_000;

/** The values of all documents. @throws YamlFailure */
export function readYaml(text: string): unknown[] {
  return splitDocuments(text).map(({ body, firstLine }) => readDocument(body, firstLine));
}

/** Documents end at lines of three dashes, also inside what YAML would take for text, as in kubectl. */
export function splitDocuments(text: string): { readonly body: string; readonly firstLine: number }[] {
  const documents: { body: string; firstLine: number }[] = [];
  let lines: string[] = [];
  let firstLine = 0;
  const all = text.split('\n');
  for (const [at, line] of all.entries()) {
    if (/^---\s*(#.*)?$/.test(line)) {
      documents.push({ body: lines.join('\n'), firstLine });
      lines = [];
      firstLine = at + 1;
    } else lines.push(line);
  }
  documents.push({ body: lines.join('\n'), firstLine });
  return documents.filter(({ body }) => body.trim() !== '');
}

function readDocument(body: string, firstLine: number): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(body, {
    lineCounter,
    prettyErrors: false,
    schema: 'failsafe',
    version: '1.1',
    uniqueKeys: false,
    strict: false,
  });
  const fail = (message: string, offset: number, kind: MistakeKind): never => {
    const { line, col } = lineCounter.linePos(offset);
    // Go counts lines from none, tells none for the first, and for a parser's mistake the line before.
    const at = kind === 'unnamed' ? 0 : kind === 'end' || kind === 'flow' ? body.split('\n').length - 1 : line - 1;
    const goLine = at === 0 ? 0 : kind === 'scanner' || kind === 'end' ? at + 1 : at;
    throw new YamlFailure(message, goLine, firstLine + line, col);
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const { text, kind } = goWords(error);
    fail(text, error.pos[0], kind);
  }
  return new Reader(document, fail).value(document.contents);
}

/** Where go-yaml says that a mistake is: where its scanner met it, a line before, at the end of the text, nowhere. */
type MistakeKind = 'scanner' | 'parser' | 'flow' | 'end' | 'unnamed';

/** What go-yaml says of the same mistake. */
function goWords({ code, message }: YAMLError): { text: string; kind: MistakeKind } {
  if (/flow sequence/i.test(message)) return { text: "did not find expected ',' or ']'", kind: 'flow' };
  if (/flow map/i.test(message)) return { text: "did not find expected ',' or '}'", kind: 'flow' };
  switch (code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { text: 'mapping values are not allowed in this context', kind: 'scanner' };
    case 'TAB_AS_INDENT':
    case 'BAD_SCALAR_START':
      return { text: 'found character that cannot start any token', kind: 'scanner' };
    case 'MULTILINE_IMPLICIT_KEY':
      return { text: "could not find expected ':'", kind: 'scanner' };
    case 'BAD_DQ_ESCAPE':
      return { text: 'found unknown escape character', kind: 'scanner' };
    case 'BAD_INDENT':
    case 'UNEXPECTED_TOKEN':
      return { text: 'did not find expected key', kind: 'parser' };
    case 'MISSING_CHAR':
      if (/quote/.test(message)) return { text: 'found unexpected end of stream', kind: 'end' };
      if (/implicit (map )?key|Implicit keys/.test(message))
        return { text: "could not find expected ':'", kind: 'scanner' };
      return { text: message, kind: 'scanner' };
    default:
      return { text: message, kind: 'scanner' };
  }
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #fail: (message: string, offset: number, kind: MistakeKind) => never;
  #nodes = 0;

  constructor(document: Document.Parsed, fail: (message: string, offset: number, kind: MistakeKind) => never) {
    this.#document = document;
    this.#fail = fail;
  }

  value(node: unknown): unknown {
    if (++this.#nodes > NODES_MAX) this.#fail('document contains excessive aliasing', 0, 'unnamed');
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined)
        this.#fail(`unknown anchor '${node.source}' referenced`, node.range?.[0] ?? 0, 'unnamed');
      return this.value(target);
    }
    if (isScalar(node)) return this.#scalar(node as Node & { value: unknown; type?: string });
    if (isSeq(node)) return node.items.map((item) => this.value(item));
    if (!isMap(node)) return null;
    const object: Record<string, unknown> = {};
    const merged: unknown[] = [];
    for (const { key, value } of node.items) {
      const name = this.value(key);
      if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<') merged.push(this.value(value));
      else define(object, name === null ? 'null' : String(name), this.value(value));
    }
    for (const source of merged.flat())
      for (const [name, value] of Object.entries((source ?? {}) as object))
        if (!Object.hasOwn(object, name)) define(object, name, value);
    return object;
  }

  #scalar(node: Node & { value: unknown; type?: string }): unknown {
    const text = typeof node.value === 'string' ? node.value : String(node.value ?? '');
    if (node.tag === 'tag:yaml.org,2002:str' || node.tag === '!') return text;
    if (node.tag === 'tag:yaml.org,2002:binary') return Buffer.from(text, 'base64').toString('latin1');
    const isPlain = node.type === 'PLAIN' || node.type === undefined;
    return isPlain || node.tag !== undefined ? resolveScalar(text) : text;
  }
}

/** Also a key like `__proto__` becomes a field of its own. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}
