/**
 * etcd's configuration file (server/embed/config.go, `configYAML`) as flag values: YAML or JSON, with the flags' names as
 * keys; the TLS files of clients and of peers in a section each. Keys that etcd does not know are passed over, as etcd
 * does. Durations are whole nanoseconds there, because that is what Go makes of them; written out, they are taken too.
 */
import { parse } from 'yaml';
import { messageOf, UsageError } from '../../../base/errors.ts';
import { flagNames, flagTable } from './flag-table.ts';
import { FlagValues } from './flag-values.ts';

/** What stands in a section for which flag; `peer-` and nothing else in front of it. */
const sections: Readonly<Record<string, (key: string) => string | undefined>> = {
  'client-transport-security': (key) =>
    key === 'allowed-hostname' ? 'client-cert-allowed-hostname' : tlsKeys.get(key),
  'peer-transport-security': (key) => {
    if (key === 'allowed-cn' || key === 'allowed-hostname') return `peer-cert-${key}`;
    const flag = tlsKeys.get(key);
    return flag && `peer-${flag}`;
  },
};

const tlsKeys = new Map(
  [
    'cert-file',
    'key-file',
    'client-cert-file',
    'client-key-file',
    'client-cert-auth',
    'trusted-ca-file',
    'auto-tls',
  ].map((key) => [key, key]),
);

/** `path` is only named. Throws a `UsageError` that says where in the file it is wrong. */
export function readDocument(text: string, path: string): FlagValues {
  const values = new FlagValues();
  for (const [key, value] of entriesOf(parsed(text, path), path, 'the document')) {
    const section = sections[key];
    if (section === undefined) {
      const name = flagNames.get(key);
      if (name !== undefined && name !== 'config-file') take(values, name, value, `${path}: ${key}`);
      continue;
    }
    for (const [inner, innerValue] of entriesOf(value, path, key)) {
      const name = section(inner);
      if (name !== undefined) take(values, name, innerValue, `${path}: ${key}.${inner}`);
    }
  }
  return values;
}

function parsed(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    throw new UsageError(`${path} is not YAML: ${messageOf(thrown).split('\n')[0]}`);
  }
}

/** Keys without a value are as if they were not there. */
function entriesOf(value: unknown, path: string, what: string): [string, unknown][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) throw new UsageError(`${path}: ${what} is not a mapping`);
  return Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
}

function take(values: FlagValues, name: string, value: unknown, where: string): void {
  const kind = flagTable.get(name)?.kind;
  const text = kind === 'duration' && typeof value === 'number' ? `${value}ns` : textOf(value);
  if (text === undefined) throw new UsageError(`${where}: neither a plain value nor a list of such`);
  // What stands for the default where a flag cannot be left empty.
  if (text === '' && (kind !== 'text' || name === 'initial-cluster-state')) return;
  values.set(name, text, (problem) => `${where}: "${text}" does not fit: ${problem}`);
}

function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default: {
      if (!Array.isArray(value)) return undefined;
      const parts = value.map((part: unknown) => (Array.isArray(part) ? undefined : textOf(part)));
      return parts.includes(undefined) ? undefined : parts.join(',');
    }
  }
}
