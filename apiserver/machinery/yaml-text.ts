/**
 * YAML as clients send it, read as sigs.k8s.io/yaml reads it: version 1.1 (`yes` is true, `0644` is octal), but without
 * its times and base-60 numbers, which stay texts.
 *
 *     at: 2026-01-31      the text, no date
 *     ports: 80:8080      the text, no number
 *     mode: 0o17          15
 */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
  type ScalarTag,
  type Tags,
  type YAMLError,
} from 'yaml';
import { DEPTH_MAX, type ParsedText, TextError } from './json-text.ts';
import { setOwn } from './typed-decode.ts';

const ALIASES_MAX = 1000;

/** Go's third way to write an octal number. */
const octal: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => (text.startsWith('-') ? -1 : 1) * Number.parseInt(text.replace(/^[-+]?0o|_/g, ''), 8),
};

function goTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => {
    if (typeof tag === 'string') return true;
    const format = 'format' in tag ? tag.format : undefined;
    return format !== 'TIME' && tag.tag !== 'tag:yaml.org,2002:timestamp';
  });
  return [octal, ...kept];
}

/** The first document. @throws TextError */
export function parseYaml(text: string, wantDuplicates: boolean): ParsedText {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    uniqueKeys: false,
    version: '1.1',
    maxAliasCount: ALIASES_MAX,
    intAsBigInt: true,
    customTags: goTags,
  } as const;
  const stream = /^---/m.test(text) ? parseAllDocuments(text, options) : [parseDocument(text, options)];
  const document = Array.isArray(stream) ? stream[0] : undefined;
  if (document === undefined) return { value: null, duplicates: [] };
  const error = document.errors[0];
  if (error !== undefined) throw new TextError(`yaml: ${goComplaint(error, lines)}`);
  const duplicates: string[] = [];
  if (wantDuplicates && document.contents !== null) findDuplicates(document.contents as Node, lines, duplicates);
  let value: unknown;
  try {
    value = document.toJS({ mapAsMap: false, maxAliasCount: ALIASES_MAX });
  } catch (thrown) {
    const message = thrown instanceof Error ? firstLine(thrown.message) : String(thrown);
    const alias = /^Unresolved alias .*: (.*)$/.exec(message)?.[1];
    throw new TextError(`yaml: ${alias === undefined ? message : `unknown anchor '${alias}' referenced`}`);
  }
  if (deeperThan(value, DEPTH_MAX)) throw new TextError('yaml: exceeded max depth');
  const literals = new Map<string, string>();
  value = asJson(value, '', literals);
  if (/\\u[dD][89a-fA-F]/.test(text) && /\\ud[89a-f]/.test(JSON.stringify(value) ?? '')) {
    throw new TextError('yaml: found invalid Unicode character escape code');
  }
  return { value: value ?? null, duplicates, ...(literals.size === 0 ? {} : { literals }) };
}

/**
 * As it is once it was written as JSON, which is what Go decodes: with its keys in order, and integers as numbers.
 * @param literals gets those that no number holds exactly
 */
function asJson(value: unknown, path: string, literals: Map<string, string>): unknown {
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) literals.set(path, String(value));
    return Number(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each, index) => asJson(each, `${path}[${index}]`, literals));
  const fields = value as Record<string, unknown>;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(fields).sort()) {
    setOwn(sorted, key, asJson(fields[key], path === '' ? key : `${path}.${key}`, literals));
  }
  return sorted;
}

function deeperThan(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((each) => deeperThan(each, most - 1));
}

/** How a strict reader tells of all repeated keys at once. */
export function strictComplaint(duplicates: readonly string[]): string {
  return `yaml: unmarshal errors:\n${duplicates.map((each) => `  ${each}`).join('\n')}`;
}

/** What Go's parser says where this one says something else; the parts of Go's that parse tell the line before. */
const GO_COMPLAINTS: readonly (readonly [found: RegExp, says: string, by: 'scanner' | 'parser'])[] = [
  [/^Nested mappings are not allowed/, 'mapping values are not allowed in this context', 'scanner'],
  [/ end with a ]/, "did not find expected ',' or ']'", 'parser'],
  [/ end with a }/, "did not find expected ',' or '}'", 'parser'],
  [/^Missing closing/, 'found unexpected end of stream', 'scanner'],
  [/^Tabs are not allowed/, 'found character that cannot start any token', 'scanner'],
  [/^Plain value cannot start with/, 'found character that cannot start any token', 'scanner'],
  [/^Anchor cannot be an empty string/, 'did not find expected alphabetic or numeric character', 'scanner'],
  [/^(All mapping items must start|Implicit keys need to be|Unexpected scalar)/, 'did not find expected key', 'parser'],
];

function goComplaint(error: YAMLError, lines: LineCounter): string {
  const message = firstLine(error.message);
  const known = GO_COMPLAINTS.find(([found]) => found.test(message));
  const line = (error.linePos?.[0].line ?? lines.linePos(error.pos[0]).line) - (known?.[2] === 'parser' ? 1 : 0);
  // Go counts from zero, and leaves out what it takes for unknown.
  const first = known?.[2] === 'scanner' ? 1 : 0;
  return `${line > first ? `line ${line}: ` : ''}${known?.[1] ?? message}`;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?\s*$/, '');
}

/** `line 5: key "a" already set in map`, as sigs.k8s.io/yaml's strict mode says it. */
function findDuplicates(node: Node, lines: LineCounter, found: string[]): void {
  if (isSeq(node)) {
    for (const item of node.items) findDuplicates(item as Node, lines, found);
  } else if (isMap(node)) {
    const seen = new Set<string>();
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      if (seen.has(key)) {
        const at = isScalar(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : 0;
        found.push(`line ${at}: key ${JSON.stringify(key)} already set in map`);
      }
      seen.add(key);
      if (pair.value !== null) findDuplicates(pair.value as Node, lines, found);
    }
  }
}
