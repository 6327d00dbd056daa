/** `rollout`: the table of its subcommands, and what they share. */
import type { Group } from '../../command-line/command.ts';
import { fileFlags, printFlags, selectorFlag } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { type Selected, select, selectionFlags } from '../../selection.ts';

export const rolloutFlags = [...printFlags, ...fileFlags, selectorFlag];

/** The workloads of the command line. */
export async function workloads(context: Context, flags: FlagSet): Promise<Selected> {
  if (flags.args.length === 0 && flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('required resource not specified');
  return select(context, {
    ...selectionFlags(flags),
    typeAloneIsAll: true,
    enforceNamespace: true,
    continueOnError: true,
  });
}

export function noneFound(context: Context): void {
  context.host.err(`No resources found in ${context.namespace} namespace.\n`);
}

/** `deployments.apps`. */
export function groupResource({ name, group }: { readonly name: string; readonly group: string }): string {
  return group === '' ? name : `${name}.${group}`;
}

export const rollout: Group = {
  summary: 'follow and steer the rollouts of deployments, daemon sets and stateful sets',
  subcommands: {
    history: { summary: 'show the revisions', load: async () => (await import('./history.ts')).history },
    pause: { summary: 'let changes of the template wait', load: async () => (await import('./steering.ts')).pause },
    restart: { summary: 'replace all pods', load: async () => (await import('./steering.ts')).restart },
    resume: { summary: 'roll out what waited', load: async () => (await import('./steering.ts')).resume },
    status: { summary: 'follow a rollout to its end', load: async () => (await import('./status.ts')).status },
    undo: { summary: 'go back to an earlier revision', load: async () => (await import('./undo.ts')).undo },
  },
  bare: { to: 'out', fails: true },
};
