/**
 * A command line as pflag reads it, for commands that take kube-apiserver's flags: words may be joined by `_`, a switch
 * takes its value only after `=`, everything else takes the next word, whatever that begins with; and what is wrong is
 * said in pflag's sentences. What the flags are is declared with commander, which gets the line in one plain form.
 */
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { UsageError } from '../../base/errors.ts';
import { parse } from '../flags.ts';

export interface GoFlags<T> {
  readonly flags: T;
  /** The text of a flag as it was given last. */
  given(name: string): string | undefined;
}

/** Throws a `UsageError` for the first thing that is wrong, `HelpShown` after --help. */
export function parseGoLine<T extends object>(parser: Command, args: readonly string[]): GoFlags<T> {
  const line = new GoLine(parser);
  line.read(args);
  const [...stray] = line.stray;
  if (line.wantsHelp) parse(parser, ['--help']);
  if (stray.length > 0) {
    throw new UsageError(
      `"${parser.name()}" does not take any arguments, got [${stray.map((each) => JSON.stringify(each)).join(' ')}]`,
    );
  }
  return { flags: parse<T>(parser, line.words), given: (name) => line.texts.get(name) };
}

class GoLine {
  readonly words: string[] = [];
  readonly texts = new Map<string, string>();
  readonly stray: string[] = [];
  wantsHelp = false;
  readonly #options: ReadonlyMap<string, Option>;

  constructor(parser: Command) {
    this.#options = new Map(
      parser.options.flatMap((option) =>
        [option.long, option.short]
          .filter((name) => name !== undefined)
          .map((name): [string, Option] => [name, option]),
      ),
    );
  }

  read(args: readonly string[]): void {
    const rest = [...args];
    for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
      if (arg === '--') {
        this.stray.push(...rest);
        return;
      }
      if (arg.startsWith('--')) this.#long(arg, rest);
      else if (arg.startsWith('-') && arg !== '-') this.#short(arg, rest);
      else this.stray.push(arg);
    }
  }

  #long(arg: string, rest: string[]): void {
    const sign = arg.indexOf('=');
    const given = sign < 0 ? arg : arg.slice(0, sign);
    if (/^--(?:$|-)/.test(given) || given === '--') throw new UsageError(`bad flag syntax: ${arg}`);
    const name = given.replaceAll('_', '-');
    if (name === '--help') {
      this.wantsHelp = true;
      return;
    }
    const option = this.#options.get(name);
    if (option === undefined) throw new UsageError(`unknown flag: ${name} (--help tells the flags)`);
    this.#take(option, name, sign < 0 ? undefined : arg.slice(sign + 1), rest);
  }

  /** `-v 2`, `-v2`, `-v=2`. */
  #short(arg: string, rest: string[]): void {
    const name = arg.slice(0, 2);
    if (name === '-h') {
      this.wantsHelp = true;
      return;
    }
    const option = this.#options.get(name);
    if (option === undefined)
      throw new UsageError(`unknown shorthand flag: '${name.slice(1)}' in ${arg} (--help tells the flags)`);
    const value = arg.length > 2 ? arg.slice(arg[2] === '=' ? 3 : 2) : undefined;
    if (value === undefined && rest.length === 0)
      throw new UsageError(`flag needs an argument: '${name.slice(1)}' in ${arg}`);
    this.#take(option, option.long ?? name, value, rest);
  }

  #take(option: Option, name: string, given: string | undefined, rest: string[]): void {
    if (!option.required && !option.optional) {
      this.words.push(name);
      return;
    }
    const preset = option.presetArg === undefined ? 'true' : String(option.presetArg);
    const value = given ?? (option.optional && !option.required ? preset : rest.shift());
    if (value === undefined) throw new UsageError(`flag needs an argument: ${name}`);
    check(option, value);
    this.words.push(`${name}=${value}`);
    this.texts.set(name.slice(2), value);
  }
}

function check(option: Option, value: string): void {
  try {
    option.parseArg?.(value, undefined as never);
  } catch (thrown) {
    if (!(thrown instanceof InvalidArgumentError)) throw thrown;
    const shown = option.short === undefined ? option.long : `${option.short}, ${option.long}`;
    throw new UsageError(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${thrown.message}`);
  }
}
