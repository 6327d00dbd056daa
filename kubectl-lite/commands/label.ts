/** `label TYPE NAME key=value other-`. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Failure, Failures } from '../failure.ts';
import type { Info } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import type { Pairs } from '../writing/pairs.ts';
import { patchObject } from '../writing/patching.ts';
import type { Report } from '../writing/report.ts';
import { entriesCommand } from './metadata-entries.ts';

export const label = entriesCommand({
  usage: '[--overwrite] (-f FILE | TYPE NAME) KEY_1=VAL_1 ... KEY_N- [flags]',
  summary: 'set and remove labels',
  manager: 'kubectl-label',
  kind: 'label',
  field: 'labels',
  parse: parseLabels,
  change: labelOne,
});

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
  report: Report,
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
