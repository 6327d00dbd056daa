/** `create configmap`, and the literals and files that config maps and secrets are made of. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { array, bool, list } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import { Failure } from '../../failure.ts';
import { goFileError } from '../../kubeconfig.ts';
import { goJson } from '../../printers/objects.ts';
import { creation, metadataOf } from './creation.ts';

export const dataFlags = [
  array('from-literal', 'KEY=VALUE; may be repeated'),
  list('from-file', '[KEY=]FILE, or a directory; may be repeated'),
  list('from-env-file', 'a file of KEY=VALUE lines; may be repeated'),
  bool('append-hash', 'append a hash of the content to the name'),
];

export const configMap = creation({
  usage: 'NAME [--from-file=[KEY=]FILE] [--from-literal=KEY=VALUE] [--from-env-file=FILE] [flags]',
  summary: 'make a config map',
  flags: dataFlags,
  build(context, flags, name) {
    const entries = entriesOf(flags, 'ConfigMap', name);
    const texts = [...entries].filter(([, value]) => isText(value));
    const others = [...entries].filter(([, value]) => !isText(value));
    const data = Object.fromEntries(texts.map(([key, value]) => [key, value.toString('utf8')]));
    const binaryData = Object.fromEntries(others.map(([key, value]) => [key, value.toString('base64')]));
    const hashed = flags.bool('append-hash')
      ? `${name}-${hashOf({ data: texts.length === 0 ? '' : data, kind: 'ConfigMap', name, ...(others.length === 0 ? {} : { binaryData }) })}`
      : name;
    return {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: metadataOf(context, hashed),
      ...(texts.length === 0 ? {} : { data }),
      ...(others.length === 0 ? {} : { binaryData }),
    };
  },
});

/** A short hash of content, in letters that form no words. */
export function hashOf(content: object): string {
  const letters: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  const hex = createHash('sha256').update(goJson(content)).digest('hex').slice(0, 10);
  return [...hex].map((letter) => letters[letter] ?? letter).join('');
}

function isText(value: Buffer): boolean {
  return Buffer.from(value.toString('utf8'), 'utf8').equals(value);
}

/** @throws Failure for a literal that is none, a file that cannot be read, a key that is there already */
export function entriesOf(flags: FlagSet, kind: string, name: string): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const add = (key: string, value: Buffer): void => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key))
      throw new Failure(
        `${JSON.stringify(key)} is not a valid key name for a ${kind}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      );
    if (entries.has(key))
      throw new Failure(
        kind === 'Secret'
          ? `cannot add key ${key}, another key by that name already exists`
          : `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap ${JSON.stringify(name)}`,
      );
    entries.set(key, value);
  };
  const envFiles = flags.texts('from-env-file');
  if (envFiles.length > 0 && (flags.texts('from-file').length > 0 || flags.texts('from-literal').length > 0))
    throw new Failure('from-env-file cannot be combined with from-file or from-literal');
  for (const file of flags.texts('from-file')) for (const [key, value] of filesOf(file)) add(key, value);
  for (const literal of flags.texts('from-literal')) {
    const at = literal.indexOf('=');
    if (at < 0) throw new Failure(`invalid literal source ${literal}, expected key=value`);
    if (at === 0) throw new Failure(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, at), Buffer.from(unquoted(literal.slice(at + 1))));
  }
  for (const file of envFiles) for (const [key, value] of envEntries(file)) add(key, value);
  return entries;
}

function unquoted(value: string): string {
  const match = /^(["'])([\s\S]*)\1$/.exec(value);
  return match?.[2] ?? value;
}

function filesOf(source: string): [string, Buffer][] {
  const [first = '', ...rest] = source.split('=');
  if (rest.length > 1 || first === '' || (rest.length === 1 && rest[0] === ''))
    throw new Failure(
      rest.length > 1
        ? "key names or file paths cannot contain '='"
        : first === ''
          ? `key name for file path ${rest[0] ?? ''} missing`
          : `file path for key name ${first} missing`,
    );
  const file = rest[0] ?? first;
  const key = rest.length === 1 ? first : path.basename(file);
  if (isDirectory(file)) {
    if (rest.length === 1) throw new Failure('cannot give a key name for a directory path');
    return fs
      .readdirSync(file, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[-._a-zA-Z0-9]+$/.test(entry.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => [entry.name, read(path.join(file, entry.name))]);
  }
  return [[key, read(file)]];
}

function isDirectory(file: string): boolean {
  try {
    return fs.statSync(file).isDirectory();
  } catch (thrown) {
    throw new Failure(`error reading ${file}: ${goFileError(thrown, '', '').replace(/^.*?: /, '')}`);
  }
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (thrown) {
    throw new Failure(`error reading ${file}: ${goFileError(thrown, '', '').replace(/^.*?: /, '')}`);
  }
}

function envEntries(file: string): [string, Buffer][] {
  isDirectory(file);
  return read(file)
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const at = line.indexOf('=');
      const key = at < 0 ? line : line.slice(0, at);
      if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key))
        throw new Failure(
          `"${key}" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
        );
      return [key, Buffer.from(at < 0 ? (process.env[key] ?? '') : line.slice(at + 1))];
    });
}
