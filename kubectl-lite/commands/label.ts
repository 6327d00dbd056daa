/** `label TYPE NAME key=value other-`. */
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
import { asFailure, Failure, Failures, throwGathered } from '../failure.ts';
import { type Info, select, selectionFlags } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import { type Pairs, splitPairs } from '../writing/pairs.ts';
import { patchObject } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';

export const metadataFlags = (manager: string) => [
  ...printFlags,
  ...fileFlags,
  selectorFlag,
  fieldSelectorFlag,
  allNamespacesFlag,
  dryRunFlag,
  fieldManager(manager),
  bool('overwrite', 'change what is there already'),
  bool('all', 'all of the type in the namespace'),
  bool('list', 'show what is there'),
  bool('local', 'change only what the files hold, and print it'),
  text('resource-version', 'only at this version'),
];

export const label: Leaf = {
  usage: '[--overwrite] (-f FILE | TYPE NAME) KEY_1=VAL_1 ... KEY_N- [flags]',
  summary: 'set and remove labels',
  flags: metadataFlags('kubectl-label'),
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { resources, pairs } = splitPairs(flags.args, 'label');
  const changes = parseLabels(pairs);
  if (flags.bool('list') && flags.text('output') !== '')
    throw new Failure('--list and --output may not be specified together');
  checkSelection(flags, resources, 'label', changes);
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
      if (flags.bool('list')) list(context, info, 'labels', single);
      else await labelOne(context, flags, info, changes, report);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

export function checkSelection(flags: FlagSet, resources: readonly string[], kind: string, changes: Pairs): void {
  if (flags.bool('all') && flags.text('selector') !== '')
    throw new Failure('cannot set --all and --selector at the same time');
  if (flags.bool('all') && flags.text('field-selector') !== '')
    throw new Failure('cannot set --all and --field-selector at the same time');
  if (resources.length === 0 && flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (Object.keys(changes.set).length === 0 && changes.remove.length === 0 && !flags.bool('list'))
    throw new Failure(`at least one ${kind} update is required`);
}

export function list(context: Context, info: Info, field: 'labels' | 'annotations', single: boolean): void {
  const { resource, name, object } = info;
  if (!single) context.print(`Listing ${field} for ${resource.kind}.${resource.group}/${name}:\n`);
  for (const [key, value] of Object.entries(object.metadata[field] ?? {}))
    context.print(`${single ? '' : ' '}${key}=${value}\n`);
}

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

function parseLabels(pairs: readonly string[]): Pairs {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const pair of pairs) {
    const [key = '', value, ...more] = pair.split('=');
    if (value === undefined) remove.push(pair.slice(0, -1));
    else {
      if (more.length > 0) throw new Failure(`invalid label spec: ${pair}`);
      const complaint = labelComplaint(value);
      if (complaint !== undefined) throw new Failure(`invalid label value: ${JSON.stringify(pair)}: ${complaint}`);
      set[key] = value;
    }
  }
  if (remove.some((key) => Object.hasOwn(set, key)))
    throw new Failure('can not both modify and remove a label in the same command');
  return { set, remove };
}

export function labelComplaint(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  return LABEL_VALUE.test(value)
    ? undefined
    : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

async function labelOne(
  context: Context,
  flags: FlagSet,
  info: Info,
  { set, remove }: Pairs,
  report: Awaited<ReturnType<typeof reporter>>,
): Promise<void> {
  const dryRun = dryRunOf(flags);
  const local = dryRun === 'client' || flags.bool('local');
  const labels = info.object.metadata.labels ?? {};
  if (!local) {
    for (const key of remove)
      if (!Object.hasOwn(labels, key)) context.print(`label ${JSON.stringify(key)} not found.\n`);
  }
  if (!flags.bool('overwrite')) {
    const clashes = Object.entries(set).filter(([key, value]) => Object.hasOwn(labels, key) && labels[key] !== value);
    if (clashes.length > 0)
      throw new Failures(
        clashes.map(
          ([key]) => new Failure(`'${key}' already has a value (${labels[key] ?? ''}), and --overwrite is false`),
        ),
      );
  }
  const added = Object.entries(set).filter(([key, value]) => labels[key] !== value);
  const removed = remove.filter((key) => Object.hasOwn(labels, key));
  const after = { ...labels, ...set };
  for (const key of remove) delete after[key];
  let object = { ...info.object, metadata: { ...info.object.metadata, labels: after } };
  if (!local && added.length + removed.length > 0) {
    const patch = { ...Object.fromEntries(added), ...Object.fromEntries(removed.map((key) => [key, null])) };
    const version = flags.text('resource-version');
    const metadata = { labels: patch, ...(version === '' ? {} : { resourceVersion: version }) };
    await patchObject(context, info, 'merge', { metadata }, writeQuery(flags, dryRun));
    object = { ...info.object, metadata: { ...info.object.metadata, labels: after } };
  }
  const operation =
    added.length > 0 && removed.length > 0
      ? 'modified'
      : added.length > 0
        ? 'labeled'
        : removed.length > 0
          ? 'unlabeled'
          : 'not labeled';
  report(object, operation);
}
