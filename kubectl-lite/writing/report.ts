/** What a command says of an object that it changed: `deployment.apps/web scaled`, or the object itself with `-o`. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { printerOf } from '../printers/choose.ts';
import { objectName } from '../printers/objects.ts';
import { type DryRun, dryRunSuffix } from './dry-run.ts';

type Reported = {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: string };
};

/** @param operation `created`, or `''` where only the name is told */
export type Report = (object: Reported, operation: string) => void;

/** @throws Failure for an `-o` that no printer has */
export async function reporter(context: Context, flags: FlagSet, dryRun: DryRun): Promise<Report> {
  const printer = await printerOf(flags);
  return (object, operation) => {
    if (printer !== undefined) context.print(printer(object as Record<string, unknown>));
    else context.print(`${objectName(object as never)} ${operation}${dryRunSuffix(dryRun)}\n`);
  };
}
