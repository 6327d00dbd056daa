/** The shape of a command: a leaf that runs, or a group of subcommands, each loaded only when it is called. */
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import type { Flag } from './flag.ts';
import type { FlagSet } from './flag-set.ts';

export interface Leaf {
  /** What follows the command's name: `TYPE NAME [flags]`. */
  readonly usage: string;
  readonly summary: string;
  /** More than the summary: limits, examples. */
  readonly about?: string;
  readonly flags: readonly Flag[];
  /** @throws Failure in kubectl's words */
  run(context: Context, flags: FlagSet): Promise<void>;
}

export interface Group {
  readonly summary: string;
  readonly subcommands: Readonly<Record<string, Subcommand>>;
  /** What runs when no subcommand is named (`create -f`). */
  readonly self?: Leaf;
  /** Called without a subcommand it shows its help: on standard error, and fails, unless this says otherwise. */
  readonly bare?: { readonly to: 'out'; readonly fails: boolean };
}

export interface Subcommand {
  readonly summary: string;
  readonly aliases?: readonly string[];
  /** Not listed in help. */
  readonly hidden?: true;
  readonly load: () => Promise<Leaf | Group>;
}

export function isGroup(command: Leaf | Group): command is Group {
  return 'subcommands' in command;
}

/** A mistake in how a command was called. */
export function usageError(context: Context, message: string): Failure {
  return new Failure(`${message}\nSee '${context.commandPath} -h' for help and examples`);
}

/** The only argument of `create KIND NAME`. */
export function onlyName(context: Context, args: readonly string[]): string {
  const [name, ...others] = args;
  if (name === undefined || others.length > 0)
    throw usageError(context, `exactly one NAME is required, got ${args.length}`);
  return name;
}
