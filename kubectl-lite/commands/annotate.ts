/** `annotate TYPE NAME key=value other-`. */
import type { Leaf } from '../command-line/command.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { asFailure, Failure, throwGathered } from '../failure.ts';
import { type Info, select, selectionFlags } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import { type Pairs, splitPairs } from '../writing/pairs.ts';
import { patchObject } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';
import { checkSelection, list, metadataFlags } from './label.ts';

export const annotate: Leaf = {
  usage: '[--overwrite] (-f FILE | TYPE NAME) KEY_1=VAL_1 ... KEY_N- [flags]',
  summary: 'set and remove annotations',
  flags: metadataFlags('kubectl-annotate'),
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { resources, pairs } = splitPairs(flags.args, 'annotation');
  const changes = parseAnnotations(pairs);
  if (flags.bool('list') && flags.text('output') !== '')
    throw new Failure('--list and --output may not be specified together');
  checkSelection(flags, resources, 'annotation', changes);
  const both = changes.remove.filter((key) => Object.hasOwn(changes.set, key));
  if (both.length > 0)
    throw new Failure(
      `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
    );
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
      if (flags.bool('list')) list(context, info, 'annotations', single);
      else report(await annotateOne(context, flags, info, changes), 'annotated');
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

function parseAnnotations(pairs: readonly string[]): Pairs {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  const wrong: string[] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at > 0) set[pair.slice(0, at)] = pair.slice(at + 1);
    else if (at < 0 && pair.endsWith('-') && pair !== '-') remove.push(pair.slice(0, -1));
    else wrong.push(pair);
  }
  if (wrong.length > 0) throw new Failure(`invalid annotation format: ${wrong.join(', ')}`);
  return { set, remove };
}

async function annotateOne(context: Context, flags: FlagSet, info: Info, { set, remove }: Pairs) {
  const { metadata } = info.object;
  const before = metadata.annotations ?? {};
  if (!flags.bool('overwrite')) {
    const clashes = Object.entries(set).filter(([key, value]) => Object.hasOwn(before, key) && before[key] !== value);
    if (clashes.length > 0)
      throw new Failure(
        `--overwrite is false but found the following declared annotation(s): ${clashes
          .map(([key]) => `'${key}' already has a value (${before[key] ?? ''})`)
          .join('; ')}`,
      );
  }
  const dryRun = dryRunOf(flags);
  if (dryRun === 'client' || flags.bool('local')) {
    const annotations = { ...before, ...set };
    for (const key of remove) delete annotations[key];
    return { ...info.object, metadata: { ...metadata, annotations } };
  }
  const changed = Object.entries(set).filter(([key, value]) => before[key] !== value);
  const removed = remove.filter((key) => Object.hasOwn(before, key));
  const annotations = { ...Object.fromEntries(changed), ...Object.fromEntries(removed.map((key) => [key, null])) };
  const version = flags.text('resource-version');
  const patch = {
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(version === '' ? {} : { resourceVersion: version }),
  };
  const body = Object.keys(patch).length === 0 ? {} : { metadata: patch };
  return patchObject(context, info, 'merge', body, writeQuery(flags, dryRun));
}
