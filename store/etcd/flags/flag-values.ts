/**
 * etcd's configuration as names and values, from one of two places: the command line (Go's flag syntax: `-x v`, `--x v`,
 * `--x=v`; a switch needs no value) with `ETCD_X_Y` for every flag that the line does not give; or a file, and then
 * nothing else counts. Nothing is interpreted beyond the kind.
 */
import { parseDuration } from '../../../base/duration.ts';
import { UsageError } from '../../../base/errors.ts';
import { type FlagRow, flagNames, flagTable } from './flag-table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A command line that cannot be read at all: etcd ends with 2 then. */
export class FlagSyntaxError extends UsageError {}

export class FlagValues {
  readonly #values = new Map<string, string>();

  /** Flags that were given, in whatever way. */
  get names(): Iterable<string> {
    return this.#values.keys();
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  isOn(name: string): boolean {
    return parseSwitch(this.#values.get(name) ?? 'false') === true;
  }

  integer(name: string): number | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : Number(value);
  }

  durationMs(name: string): number | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : parseDuration(value);
  }

  /** Comma-separated; empty parts are left out. */
  list(name: string): string[] | undefined {
    return this.#values
      .get(name)
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }

  /** Takes one value; throws a `UsageError` that begins with what `place` says of it. */
  set(name: string, value: string, place: (problem: string) => string): void {
    const row = flagTable.get(name);
    const problem = row && problemOf(name, value, row.kind);
    if (problem !== undefined) throw new FlagSyntaxError(place(problem));
    this.#values.set(name, value);
  }
}

/** Throws a `FlagSyntaxError` for what is no flag, or not of its kind. */
export function readLine(args: readonly string[]): FlagValues {
  const values = new FlagValues();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
    if (match?.[1] === undefined) {
      const stray = arg === '--' ? args[at + 1] : arg;
      if (stray === undefined) break;
      throw new UsageError(`"${stray}" is not a valid flag`);
    }
    const given = match[1];
    const name = given === 'h' ? 'help' : flagNames.get(given);
    const row = name === undefined ? undefined : flagTable.get(name);
    if (name === undefined || row === undefined) throw new FlagSyntaxError(`flag provided but not defined: -${given}`);
    let value = match[2];
    if (value === undefined && row.kind === 'switch') value = 'true';
    if (value === undefined) {
      at++;
      value = args[at];
    }
    if (value === undefined) throw new FlagSyntaxError(`flag needs an argument: -${given}`);
    const what = row.kind === 'switch' ? `boolean value "${value}" for` : `value "${value}" for flag`;
    values.set(name, value, (problem) => `invalid ${what} -${given}: ${problem}`);
  }
  return values;
}

/**
 * Adds what the environment gives. As etcd, refuses a variable beside the flag that it stands for: one of the two would
 * be forgotten. Returns the variables that begin like flags and are none.
 */
export function addEnvironment(values: FlagValues, environment: Environment): string[] {
  const onLine = new Set(values.names);
  const unknown: string[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('ETCD_') || value === undefined || value === '') continue;
    const name = nameOf(variable);
    if (name === undefined) {
      unknown.push(variable);
      continue;
    }
    if (onLine.has(name)) {
      throw new UsageError(
        `conflicting environment variable ${variable} is shadowed by corresponding command-line flag (either unset environment variable or disable flag)`,
      );
    }
    values.set(name, value, (problem) => `invalid value "${value}" for ${variable}: ${problem}`);
  }
  return unknown;
}

const variables = new Map(
  [...flagNames].map(([given, name]) => [`ETCD_${given.toUpperCase().replaceAll(/[-.]/g, '_')}`, name]),
);

/** `ETCD_VERSION` is set by others than those who want to know it. */
function nameOf(variable: string): string | undefined {
  return variable === 'ETCD_VERSION' || variable === 'ETCD_HELP' ? undefined : variables.get(variable);
}

function problemOf(name: string, value: string, kind: FlagRow['kind']): string | undefined {
  switch (kind) {
    case 'switch':
      return parseSwitch(value) === undefined ? 'give true or false' : undefined;
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(value) ? undefined : 'give a whole number';
    case 'unsigned':
      return /^\d{1,15}$/.test(value) ? undefined : 'give a whole number, 0 or more';
    case 'duration':
      return parseDuration(value) === undefined ? 'give a duration, such as 10s or 5m' : undefined;
    case 'text':
      if (name !== 'initial-cluster-state' || value === 'new' || value === 'existing') return undefined;
      return 'give new or existing';
    default:
      return undefined;
  }
}

/** What Go takes for a boolean. */
function parseSwitch(value: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : undefined;
}
