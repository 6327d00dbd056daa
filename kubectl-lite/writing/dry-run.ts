/** `--dry-run`: whether a change is only printed, only tried by the server, or made. */
import type { FlagSet } from '../command-line/flag-set.ts';
import { Failure } from '../failure.ts';

export type DryRun = 'none' | 'client' | 'server';

export function dryRunOf(flags: FlagSet): DryRun {
  const value = flags.text('dry-run');
  switch (value) {
    case '':
    case 'none':
    case 'false':
      return 'none';
    case 'client':
    case 'unchanged':
    case 'true':
      return 'client';
    case 'server':
      return 'server';
    default:
      throw new Failure(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  }
}

/** ` (dry run)`: what a message says of it. */
export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
}

/** What requests say of `--dry-run`, `--field-manager` and `--validate`. */
export function writeQuery(flags: FlagSet, dryRun: DryRun): Record<string, string | undefined> {
  const manager = flags.text('field-manager');
  return {
    dryRun: dryRun === 'server' ? 'All' : undefined,
    fieldManager: manager === '' ? undefined : manager,
    fieldValidation: flags.text('validate') === '' ? undefined : validationOf(flags),
  };
}

export function validationOf(flags: FlagSet): string {
  const value = flags.text('validate');
  if (/^(strict|1|t|true|T|True|TRUE)$/.test(value)) return 'Strict';
  if (value === 'warn') return 'Warn';
  if (/^(ignore|0|f|false|F|False|FALSE)$/.test(value)) return 'Ignore';
  throw new Failure(`invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`);
}
