/**
 * etcd's command line and environment as names and values: Go's flag syntax (`-x v`, `--x v`, `--x=v`; a switch needs
 * no value), then `ETCD_X_Y` for every flag that the line does not give. Nothing is interpreted beyond the kind.
 */
import { parseDuration } from '../../base/duration.ts';
import { UsageError } from '../../base/errors.ts';
import { type FlagRow, flagTable } from './flag-table.ts';

export class FlagValues {
  readonly #values = new Map<string, string>();

  /** Throws a `UsageError` that names the flag. */
  constructor(args: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
    this.#readLine(args);
    for (const [name, row] of flagTable) {
      const value = environment[`ETCD_${name.toUpperCase().replaceAll('-', '_')}`];
      // Other programs' variables share the prefix: ETCD_VERSION is not the flag.
      if (value === undefined || value === '' || this.#values.has(name) || name === 'version' || name === 'help')
        continue;
      this.#set(name, value, row);
    }
  }

  /** Flags that were given, in either way. */
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

  #readLine(args: readonly string[]): void {
    for (let at = 0; at < args.length; at++) {
      const arg = args[at] ?? '';
      const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
      if (match?.[1] === undefined) throw new UsageError(`"${arg}" is not a valid flag`);
      const name = match[1] === 'h' ? 'help' : match[1];
      const row = flagTable.get(name);
      if (row === undefined) throw new UsageError(`flag provided but not defined: -${name}`);
      let value = match[2];
      if (value === undefined && row.kind === 'switch') value = 'true';
      if (value === undefined) {
        at++;
        value = args[at];
      }
      if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`);
      this.#set(name, value, row);
    }
  }

  #set(name: string, value: string, { kind }: FlagRow): void {
    const problem = problemOf(value, kind);
    if (problem !== undefined) throw new UsageError(`invalid value "${value}" for flag -${name}: ${problem}`);
    this.#values.set(name, value);
  }
}

function problemOf(value: string, kind: FlagRow['kind']): string | undefined {
  switch (kind) {
    case 'switch':
      return parseSwitch(value) === undefined ? 'give true or false' : undefined;
    case 'integer':
      return /^-?\d{1,15}$/.test(value) ? undefined : 'give a whole number';
    case 'duration':
      return parseDuration(value) === undefined ? 'give a duration, such as 10s or 5m' : undefined;
    default:
      return undefined;
  }
}

/** What Go takes for a boolean. */
function parseSwitch(value: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : undefined;
}
