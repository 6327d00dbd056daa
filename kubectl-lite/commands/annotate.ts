/** `annotate TYPE NAME key=value other-`. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import type { Info } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import type { Pairs } from '../writing/pairs.ts';
import { patchObject } from '../writing/patching.ts';
import { entriesCommand } from './metadata-entries.ts';

export const annotate = entriesCommand({
  usage: '[--overwrite] (-f FILE | TYPE NAME) KEY_1=VAL_1 ... KEY_N- [flags]',
  summary: 'set and remove annotations',
  manager: 'kubectl-annotate',
  kind: 'annotation',
  field: 'annotations',
  parse: parseAnnotations,
  check({ set, remove }) {
    const both = remove.filter((key) => Object.hasOwn(set, key));
    if (both.length > 0)
      throw new Failure(
        `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
      );
  },
  async change(context, flags, info, changes, report) {
    report(await annotateOne(context, flags, info, changes), 'annotated');
  },
});

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
