/**
 * Objects from files, directories and standard input, YAML or JSON, several to a file. What cannot be read names the
 * file, the line and the column, after kubectl's own words.
 */
import fs from 'node:fs';
import path from 'node:path';
import { codeOf } from '../base/errors.ts';
import { Failure } from './failure.ts';
import { goFileError } from './kubeconfig.ts';

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name?: string;
    generateName?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    resourceVersion?: string;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export interface SourcedObject {
  /** The file, or `STDIN`. */
  readonly source: string;
  readonly object: KubeObject;
}

const EXTENSIONS = new Set(['.json', '.yaml', '.yml']);

/** One file, or standard input, to be read. */
export interface Source {
  readonly name: string;
  read(): Promise<string>;
}

/** @param names files, directories, globs, or `-` */
export function sourcesOf(
  names: readonly string[],
  recursive: boolean,
  stdin: NodeJS.ReadableStream,
): { readonly sources: Source[]; readonly single: boolean } {
  if (names.filter((name) => name === '-').length > 1)
    throw new Failure('standard input cannot be used for multiple arguments');
  let single = names.length === 1;
  const sources = names.flatMap((name) => {
    if (/^https?:\/\//.test(name)) {
      throw new Failure(
        `error: ${name}: kubectl-lite reads files, directories and standard input only; fetch the address first and pass the file`,
      );
    }
    if (name === '-') {
      single = false;
      return [{ name: 'STDIN', read: () => readAll(stdin) }];
    }
    const files = expand(name).flatMap((each) => filesOf(each, recursive, true));
    if (files.length !== 1 || files[0] !== name) single = false;
    if (files.length === 0)
      throw new Failure(`error reading [${name}]: recognized file extensions are [${[...EXTENSIONS].join(' ')}]`);
    return files.map((file) => ({ name: file, read: async () => readFile(file) }));
  });
  return { sources, single };
}

/** A name that matches nothing but is a pattern: the files that it matches. */
function expand(name: string): string[] {
  if (fs.existsSync(name) || !/[*?[]/.test(name)) return [name];
  const directory = path.dirname(name);
  const pattern = new RegExp(
    `^${path
      .basename(name)
      .replace(/[.+^$(){}|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  if (!fs.existsSync(directory)) return [name];
  const matches = fs
    .readdirSync(directory)
    .filter((entry) => pattern.test(entry))
    .sort();
  return matches.length === 0 ? [name] : matches.map((entry) => path.join(directory, entry));
}

/** Every object of the sources, in order. */
export async function readObjects(
  names: readonly string[],
  recursive: boolean,
  stdin: NodeJS.ReadableStream,
): Promise<SourcedObject[]> {
  const objects: SourcedObject[] = [];
  for (const source of sourcesOf(names, recursive, stdin).sources)
    objects.push(...(await parseObjects(await source.read(), source.name)));
  return objects;
}

export async function parseObjects(text: string, source: string): Promise<SourcedObject[]> {
  const objects: SourcedObject[] = [];
  for (const value of await parseValues(text, source)) {
    if (value !== null && value !== undefined) objects.push(...flattenObject(value, source));
  }
  return objects;
}

/** The documents of a text as they are. @throws Failure naming file, line and column */
export async function parseValues(text: string, source: string): Promise<unknown[]> {
  const plain = text.replace(/^\ufeff/, '');
  if (/^\s*\{/.test(plain)) {
    const { parseJsonStream, JsonFailure } = await import('./json-stream.ts');
    try {
      return parseJsonStream(plain);
    } catch (thrown) {
      if (!(thrown instanceof JsonFailure)) throw thrown;
      throw new Failure(
        `error parsing ${source}: ${thrown.message === 'unexpected EOF' ? '' : `json: offset ${thrown.offset}: `}${thrown.message} (${source}:${thrown.line}:${thrown.column})`,
      );
    }
  }
  const { readYaml, YamlFailure } = await import('./yaml/read.ts');
  try {
    return readYaml(plain);
  } catch (thrown) {
    if (!(thrown instanceof YamlFailure)) throw thrown;
    const where = thrown.goLine > 0 ? `line ${thrown.goLine}: ` : '';
    throw new Failure(
      `error parsing ${source}: error converting YAML to JSON: yaml: ${where}${thrown.message} (${source}:${thrown.line}:${thrown.column})`,
    );
  }
}

/** A list's items, or the object itself. */
export function* flattenObject(value: unknown, source: string): Iterable<SourcedObject> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw new Failure(
      `error: unable to decode "${source}": json: cannot unmarshal ${kind} into Go value of type struct { Kind string "json:\\"kind\\""; APIVersion string "json:\\"apiVersion\\"" }`.replace(
        /^error: /,
        '',
      ),
    );
  }
  const object = value as Partial<KubeObject> & { items?: unknown };
  if (typeof object.kind !== 'string' || object.kind === '')
    throw new Failure(`unable to decode "${source}": Object 'Kind' is missing in '${compact(value)}'`);
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '')
    throw new Failure(`unable to decode "${source}": Object 'apiVersion' is missing in '${compact(value)}'`);
  if (object.kind.endsWith('List') && Array.isArray(object.items)) {
    for (const item of object.items) yield* flattenObject(item, source);
    return;
  }
  const { metadata } = object;
  const named = typeof metadata === 'object' && metadata !== null ? metadata : {};
  yield { source, object: { ...object, apiVersion: object.apiVersion, kind: object.kind, metadata: named } };
}

function compact(value: object): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function filesOf(name: string, recursive: boolean, named: boolean): string[] {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(name);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') throw new Failure(`the path "${name}" does not exist`);
    throw new Failure(`the path "${name}" cannot be accessed: ${goFileError(thrown, 'stat', name)}`);
  }
  if (!stat.isDirectory()) return named || EXTENSIONS.has(path.extname(name)) ? [name] : [];
  return fs
    .readdirSync(name, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = path.join(name, entry.name);
      if (entry.isDirectory()) return recursive ? filesOf(inside, true, false) : [];
      return EXTENSIONS.has(path.extname(entry.name)) ? [inside] : [];
    });
}

function readFile(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new Failure(goFileError(thrown, 'open', file));
  }
}

export async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
