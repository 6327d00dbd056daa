/** What `label` and `annotate` share: both change, or show, entries of an object's metadata. */
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldManager,
  fieldSelectorFlag,
  fileFlags,
  printFlags,
  selectorFlag,
} from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { asFailure, Failure, throwGathered } from '../failure.ts';
import { type Info, select, selectionFlags } from '../selection.ts';
import { dryRunOf } from '../writing/dry-run.ts';
import { type Pairs, splitPairs } from '../writing/pairs.ts';
import { type Report, reporter } from '../writing/report.ts';

export interface EntriesCommand {
  readonly usage: string;
  readonly summary: string;
  readonly manager: string;
  readonly kind: 'label' | 'annotation';
  readonly field: 'labels' | 'annotations';
  /** @throws Failure for what is no change of an entry */
  parse(pairs: readonly string[]): Pairs;
  /** @throws Failure for changes that contradict each other, once it is known of what */
  check?(changes: Pairs): void;
  change(context: Context, flags: FlagSet, info: Info, changes: Pairs, report: Report): Promise<void>;
}

export function entriesCommand(command: EntriesCommand): Leaf {
  return {
    usage: command.usage,
    summary: command.summary,
    flags: [
      ...printFlags,
      ...fileFlags,
      selectorFlag,
      fieldSelectorFlag,
      allNamespacesFlag,
      dryRunFlag,
      fieldManager(command.manager),
      bool('overwrite', 'change what is there already'),
      bool('all', 'all of the type in the namespace'),
      bool('list', 'show what is there'),
      bool('local', 'change only what the files hold, and print it'),
      text('resource-version', 'only at this version'),
    ],
    run: (context, flags) => run(context, flags, command),
  };
}

async function run(context: Context, flags: FlagSet, command: EntriesCommand): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { kind, field } = command;
  const { resources, pairs } = splitPairs(flags.args, kind);
  const changes = command.parse(pairs);
  if (flags.bool('list') && flags.text('output') !== '')
    throw new Failure('--list and --output may not be specified together');
  checkSelection(flags, resources, kind, changes);
  command.check?.(changes);
  const report = await reporter(context, flags, dryRun);
  const { infos, failures, single } = await select(context, {
    ...selectionFlags(flags),
    args: resources,
    typeAloneIsAll: flags.bool('all'),
    continueOnError: true,
  });
  if (!single && flags.text('resource-version') !== '')
    throw new Failure('--resource-version may only be used with a single resource');
  const all = [...failures];
  for (const info of infos) {
    try {
      if (flags.bool('list')) list(context, info, field, single);
      else await command.change(context, flags, info, changes, report);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

function checkSelection(flags: FlagSet, resources: readonly string[], kind: string, changes: Pairs): void {
  if (flags.bool('all') && flags.text('selector') !== '')
    throw new Failure('cannot set --all and --selector at the same time');
  if (flags.bool('all') && flags.text('field-selector') !== '')
    throw new Failure('cannot set --all and --field-selector at the same time');
  if (resources.length === 0 && flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (Object.keys(changes.set).length === 0 && changes.remove.length === 0 && !flags.bool('list'))
    throw new Failure(`at least one ${kind} update is required`);
}

function list(context: Context, info: Info, field: 'labels' | 'annotations', single: boolean): void {
  const { resource, name, object } = info;
  if (!single) context.print(`Listing ${field} for ${resource.kind}.${resource.group}/${name}:\n`);
  for (const [key, value] of Object.entries(object.metadata[field] ?? {}))
    context.print(`${single ? '' : ' '}${key}=${value}\n`);
}
