/** Flags of the commands: `commander` parses, this file gives the types and the errors one shape. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import { HelpShown } from './help-shown.ts';

export { Option };

/** A command whose parse errors are UsageErrors and whose --help prints and ends with `HelpShown`. */
export function command(name: string, description: string): Command {
  return new Command(`sampan ${name}`)
    .description(description)
    .allowExcessArguments(false)
    .showHelpAfterError(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
}

/** Parses, or throws a UsageError that says what is wrong and where help is. */
export function parse<T extends object>(parser: Command, args: readonly string[]): T {
  try {
    parser.parse([...args], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.code === 'commander.helpDisplayed' || thrown.code === 'commander.help') throw new HelpShown();
    throw new UsageError(`${thrown.message.replace(/^error: /, '')} (--help tells the flags)`);
  }
  return parser.opts<T>();
}

/** A whole number of at least `least`. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(
        `It must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}.`,
      );
    }
    return value;
  };
}

/** A TCP port; 0 picks a free one. */
export const port = integer(0, 65_535);

/** Milliseconds from a Go duration. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw new InvalidArgumentError('It must be a duration such as 40s or 1m30s.');
  return ms;
}

/** Go's comma-separated list, which may also be given by repeating the flag. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter((part) => part !== '')];
}

/** Go's booleans: `--flag`, `--flag=true`, `--flag=false`. */
export function boolean(text: string): boolean {
  if (['true', 't', 'T', 'TRUE', 'True', '1'].includes(text)) return true;
  if (['false', 'f', 'F', 'FALSE', 'False', '0'].includes(text)) return false;
  throw new InvalidArgumentError('It must be true or false.');
}

/** One of these words. */
export function choice<T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
  };
}

/** `key=value`, once for every time that the flag is given. */
export function pairs(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const sign = text.indexOf('=');
  if (sign < 1) throw new InvalidArgumentError('It must be key=value.');
  return [...before, [text.slice(0, sign), text.slice(sign + 1)]];
}
