/**
 * Reads a command line as kubectl does (github.com/spf13/pflag): flags anywhere, `--name=value`, `--name value`,
 * `-n value`, `-nvalue`, bundled short flags, `--bool=false`, `--` before what is no flag.
 *
 * Why not commander: it cannot say `--watch=false`, lets an optional value swallow the next word (`--dry-run pod.yaml`),
 * and words errors its own way, while the promise here is kubectl's output for any command line.
 */
import { parseDuration } from '../../base/duration.ts';
import { Failure } from '../failure.ts';
import type { Flag } from './flag.ts';

type Value = string | number | boolean | readonly string[];

export class FlagSet {
  readonly #flags: readonly Flag[];
  readonly #values = new Map<string, Value>();
  readonly #changed = new Set<string>();
  /** What is no flag, in order. */
  readonly args: string[] = [];
  /** How many of `args` stood before a `--`; undefined without one. */
  argsBeforeDash: number | undefined;

  constructor(flags: readonly Flag[]) {
    this.#flags = flags;
  }

  /** Whether the flag was given. */
  changed(name: string): boolean {
    return this.#changed.has(name);
  }

  text(name: string): string {
    const value = this.#values.get(name) ?? this.#initial(name);
    return value === undefined ? '' : String(value);
  }

  /** The text of a flag that was given; undefined otherwise. */
  given(name: string): string | undefined {
    return this.#changed.has(name) ? this.text(name) : undefined;
  }

  bool(name: string): boolean {
    return (this.#values.get(name) ?? this.#initial(name)) === true;
  }

  /** Durations are in milliseconds. */
  number(name: string): number {
    const value = this.#values.get(name) ?? this.#initial(name);
    return typeof value === 'number' ? value : 0;
  }

  texts(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : [];
  }

  parse(words: readonly string[]): void {
    const rest = [...words];
    for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
      if (word === '--') {
        this.argsBeforeDash = this.args.length;
        this.args.push(...rest);
        return;
      }
      if (word.startsWith('--')) this.#long(word, rest);
      else if (word.startsWith('-') && word.length > 1) this.#shorts(word, rest);
      else this.args.push(word);
    }
  }

  checkRequired(): void {
    const missing = this.#flags.filter(({ required, name }) => required === true && !this.#changed.has(name));
    if (missing.length > 0)
      throw new Failure(
        `error: required flag(s) ${missing
          .map(({ name }) => `"${name}"`)
          .sort()
          .join(', ')} not set`,
      );
  }

  #initial(name: string): Value | undefined {
    return this.#flags.find((flag) => flag.name === name)?.initial;
  }

  #long(word: string, rest: string[]): void {
    const at = word.indexOf('=');
    const name = word.slice(2, at < 0 ? undefined : at);
    if (name === '' || name.startsWith('-')) throw new UsageFailure(`bad flag syntax: ${word}`);
    const flag = this.#flags.find((each) => each.name === name);
    if (flag === undefined) {
      if (name === 'help') throw new HelpWanted();
      throw new UsageFailure(`unknown flag: --${name}`);
    }
    if (at >= 0) this.#set(flag, word.slice(at + 1));
    else if (flag.kind === 'bool') this.#set(flag, 'true');
    else if (flag.bare !== undefined) this.#set(flag, flag.bare);
    else {
      const value = rest.shift();
      if (value === undefined) throw new UsageFailure(`flag needs an argument: --${name}`);
      this.#set(flag, value);
    }
  }

  #shorts(word: string, rest: string[]): void {
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      const flag = this.#flags.find((each) => each.short === letter);
      if (flag === undefined) {
        if (letter === 'h') throw new HelpWanted();
        throw new UsageFailure(`unknown shorthand flag: '${letter}' in -${word.slice(at)}`);
      }
      const after = word.slice(at + 1);
      if (after.startsWith('=')) {
        this.#set(flag, after.slice(1));
        return;
      }
      if (flag.kind === 'bool') this.#set(flag, 'true');
      else if (flag.bare !== undefined) this.#set(flag, flag.bare);
      else if (after !== '') {
        this.#set(flag, after);
        return;
      } else {
        const value = rest.shift();
        if (value === undefined) throw new UsageFailure(`flag needs an argument: '${letter}' in ${word}`);
        this.#set(flag, value);
        return;
      }
    }
  }

  #set(flag: Flag, value: string): void {
    const { name, kind, short } = flag;
    const before = this.#values.get(name);
    const parsed = parseValue(kind, value);
    if (parsed instanceof Error) {
      const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
      throw new UsageFailure(`invalid argument ${JSON.stringify(value)} for "${names}" flag: ${parsed.message}`);
    }
    this.#values.set(name, Array.isArray(parsed) && Array.isArray(before) ? [...before, ...parsed] : parsed);
    this.#changed.add(name);
  }
}

/** A mistake in the flags: told with where to read how they are used. */
export class UsageFailure extends Failure {}

/** `--help` was given. */
export class HelpWanted extends Error {}

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const LARGEST = 2n ** 63n - 1n;

function parseValue(kind: Flag['kind'], value: string): Value | Error {
  switch (kind) {
    case 'text':
      return value;
    case 'bool':
      if (TRUE.has(value) || FALSE.has(value)) return TRUE.has(value);
      return new Error(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
    case 'integer': {
      if (!/^[+-]?\d+$/.test(value))
        return new Error(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
      const wide = BigInt(value.replace(/^\+/, ''));
      if (wide > LARGEST || wide < -LARGEST)
        return new Error(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`);
      return Number(wide);
    }
    case 'duration': {
      return parseDuration(value) ?? new Error(durationComplaint(value));
    }
    case 'list':
      return value === '' ? [] : splitCsv(value);
    case 'array':
      return [value];
  }
}

/** Why a text is no duration, in Go's words. */
function durationComplaint(value: string): string {
  const quoted = JSON.stringify(value);
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) return `time: missing unit in duration ${quoted}`;
  const unit = /^[+-]?(?:\d+\.?\d*|\.\d+)([^\d.]+)/.exec(value)?.[1];
  if (unit !== undefined && parseDuration(`1${unit}`) === undefined)
    return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
  return `time: invalid duration ${quoted}`;
}

/** One line of comma-separated values, where quotes hold a comma. */
function splitCsv(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields = line.match(/("(?:[^"]|"")*"|[^,]*)(?=,|$)/g) ?? [];
  return fields
    .filter((field, at) => field !== '' || at === 0)
    .map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}
