/** `cordon` and `uncordon`: whether pods may be placed on a node. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { dryRunFlag, selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { asFailure, Failure, throwGathered } from '../failure.ts';
import { type Info, type Selected, select } from '../selection.ts';
import { type DryRun, dryRunOf, dryRunSuffix } from '../writing/dry-run.ts';
import { patchObject } from '../writing/patching.ts';

function leafOf(name: string, desired: boolean, summary: string): Leaf {
  return {
    usage: 'NODE [flags]',
    summary,
    flags: [selectorFlag, dryRunFlag],
    async run(context, flags) {
      const dryRun = dryRunOf(flags);
      const { infos, failures } = await nodesOf(context, flags, name);
      const all: Failure[] = [];
      for (const node of infos)
        await mark(context, node, desired, dryRun).catch((thrown) => all.push(asFailure(thrown)));
      throwGathered([...failures, ...all]);
    },
  };
}

export const cordon = leafOf('cordon', true, 'let no new pods be placed on nodes');
export const uncordon = leafOf('uncordon', false, 'let pods be placed on nodes again');

/** The nodes that a command line names. */
export async function nodesOf(context: Context, flags: FlagSet, command: string): Promise<Selected> {
  const selector = flags.given('selector');
  if (flags.args.length === 0 && selector === undefined) throw usageError(context, `USAGE: ${command} NODE [flags]`);
  if (flags.args.length > 0 && selector !== undefined)
    throw new Failure('error: cannot specify both a node name and a --selector option');
  return select(context, {
    args:
      selector === undefined && !flags.args.some((arg) => arg.includes('/'))
        ? ['nodes', ...flags.args]
        : flags.args.length > 0
          ? flags.args
          : ['nodes'],
    ...(selector === undefined ? {} : { selector }),
  });
}

/** Cordons, or not, and says so. */
export async function mark(context: Context, node: Info, desired: boolean, dryRun: DryRun): Promise<void> {
  const word = desired ? 'cordoned' : 'uncordoned';
  const present = (node.object.spec as { unschedulable?: boolean } | undefined)?.unschedulable === true;
  if (present === desired) {
    context.print(`node/${node.name} already ${word}${dryRunSuffix(dryRun)}\n`);
    return;
  }
  if (dryRun !== 'client') {
    const query = { dryRun: dryRun === 'server' ? 'All' : undefined };
    await patchObject(context, node, 'strategic', { spec: { unschedulable: desired ? true : null } }, query);
  }
  context.print(`node/${node.name} ${word}${dryRunSuffix(dryRun)}\n`);
}
