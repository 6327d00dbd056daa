/**
 * Objects from files, directories and standard input, YAML or JSON, several to a file. What cannot be read names the
 * file, the line and the column.
 */
import fs from 'node:fs';
import path from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { codeOf } from '../base/errors.ts';
import { Failure } from './failure.ts';

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; generateName?: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
}

export interface SourcedObject {
  /** The file, or `STDIN`. */
  readonly source: string;
  readonly object: KubeObject;
}

const EXTENSIONS = new Set(['.json', '.yaml', '.yml']);

/** @param names files, directories, or `-` */
export async function readObjects(
  names: readonly string[],
  recursive: boolean,
  stdin: NodeJS.ReadableStream,
): Promise<SourcedObject[]> {
  const objects: SourcedObject[] = [];
  for (const name of names) {
    if (/^https?:\/\//.test(name)) {
      throw new Failure(
        `error: ${name}: kubectl-lite reads files, directories and standard input only; fetch the address first and pass the file`,
      );
    }
    if (name === '-') objects.push(...parseObjects(await readAll(stdin), 'STDIN'));
    else
      for (const file of filesOf(name, recursive)) objects.push(...parseObjects(fs.readFileSync(file, 'utf8'), file));
  }
  if (objects.length === 0) throw new Failure('error: no objects passed to apply or create');
  return objects;
}

export function parseObjects(text: string, source: string): SourcedObject[] {
  if (path.extname(source) === '.json' || /^\s*[{[]/.test(text)) return [...flatten(parseJson(text, source), source)];
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, merge: true });
  const objects: SourcedObject[] = [];
  for (const document of documents) {
    const error = document.errors[0];
    if (error !== undefined) {
      const { line, col } = lineCounter.linePos(error.pos[0]);
      throw new Failure(`error: ${source}:${line}:${col}: ${error.message}`);
    }
    // Aliases are bounded, so that a small file cannot become a large object.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value !== null && value !== undefined) objects.push(...flatten(value, source));
  }
  return objects;
}

/** A list's items, or the object itself. */
function* flatten(value: unknown, source: string): Iterable<SourcedObject> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure(
      `error: ${source}: expected an object with apiVersion and kind, found ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`,
    );
  }
  const object = value as Partial<KubeObject> & { items?: unknown };
  if (typeof object.kind !== 'string' || object.kind === '')
    throw new Failure(`error: unable to decode "${source}": Object 'Kind' is missing in '${excerpt(value)}'`);
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '')
    throw new Failure(`error: unable to decode "${source}": Object 'apiVersion' is missing in '${excerpt(value)}'`);
  if (object.kind.endsWith('List') && Array.isArray(object.items)) {
    for (const item of object.items) yield* flatten(item, source);
    return;
  }
  const { metadata } = object;
  const named = typeof metadata === 'object' && metadata !== null ? metadata : {};
  yield { source, object: { ...object, apiVersion: object.apiVersion, kind: object.kind, metadata: named } };
}

function excerpt(value: object): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    // YAML's parser takes JSON too, and knows where it failed.
    const lineCounter = new LineCounter();
    const error = parseAllDocuments(text, { lineCounter, prettyErrors: false })[0]?.errors[0];
    const message = error?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
    const position = /position (\d+)/.exec(thrown instanceof Error ? thrown.message : '')?.[1];
    const { line, col } = lineCounter.linePos(error?.pos[0] ?? Number(position ?? text.length));
    throw new Failure(`error: ${source}:${line}:${col}: ${message}`);
  }
}

function filesOf(name: string, recursive: boolean): string[] {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(name);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') throw new Failure(`error: the path "${name}" does not exist`);
    throw new Failure(`error: the path "${name}" cannot be accessed: ${codeOf(thrown) ?? String(thrown)}`);
  }
  if (!stat.isDirectory()) return [name];
  return fs
    .readdirSync(name, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = path.join(name, entry.name);
      if (entry.isDirectory()) return recursive ? filesOf(inside, true) : [];
      return EXTENSIONS.has(path.extname(entry.name)) ? [inside] : [];
    });
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
