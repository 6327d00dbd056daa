/** `describe`: one or more objects in words, with their events. */
import type { Leaf } from '../command-line/command.ts';
import { bool } from '../command-line/flag.ts';
import { allNamespacesFlag, chunkSizeFlag, fileFlags, selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { describeObject } from '../describe/describers.ts';
import { asFailure, Failure, isNotFound, throwGathered } from '../failure.ts';
import { type Info, select, selectionFlags } from '../selection.ts';

export const describe: Leaf = {
  usage: '(-f FILE | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [flags]',
  summary: 'tell all about objects, with their events',
  flags: [
    ...fileFlags,
    selectorFlag,
    allNamespacesFlag,
    chunkSizeFlag,
    bool('show-events', 'with their events', { initial: true }),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  if (flags.args.length === 0 && flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure(
      'You must specify the type of resource to describe. Use "kubectl-lite api-resources" for a complete list of supported resources.\n',
    );
  const options = {
    ...selectionFlags(flags),
    typeAloneIsAll: true,
    enforceNamespace: !flags.bool('all-namespaces'),
    continueOnError: true,
  };
  const { infos, failures } = await select(context, options);
  const [failure, another] = failures;
  if (failure !== undefined && another === undefined && isNotFound(failure) && flags.args.length === 2) {
    await describeBegunAlike(context, flags, failure);
    return;
  }
  const all = [...failures];
  let first = true;
  for (const info of infos) {
    try {
      const text = await describeObject(context, info, flags.bool('show-events'));
      context.print(first ? text : `\n\n${text}`);
      first = false;
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  if (infos.length === 0 && all.length === 0)
    context.host.err(
      flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${context.namespace} namespace.\n`,
    );
  throwGathered(all);
}

/** A name that nothing has: all whose names begin so. */
async function describeBegunAlike(context: Context, flags: FlagSet, failure: Failure): Promise<void> {
  const [type = '', prefix = ''] = flags.args;
  const { infos } = await select(context, { ...selectionFlags(flags), args: [type], typeAloneIsAll: true });
  const alike = infos.filter(({ name }: Info) => name.startsWith(prefix));
  if (alike.length === 0) throw failure;
  for (const info of alike) context.print(`${await describeObject(context, info, flags.bool('show-events'))}\n`);
}
