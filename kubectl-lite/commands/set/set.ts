/** `set`: changes of one kind in pod templates; the table of its subcommands, and what they share. */
import { deepEqual } from '../../../base/deep-equal.ts';
import { strategicPatch } from '../../apply/three-way-patch.ts';
import type { Group } from '../../command-line/command.ts';
import { bool } from '../../command-line/flag.ts';
import { dryRunFlag, fieldManager, fileFlags, printFlags, selectorFlag } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import type { KubeObject } from '../../documents.ts';
import { asFailure, Failure, throwGathered } from '../../failure.ts';
import { type Info, select, selectionFlags } from '../../selection.ts';
import { dryRunOf, writeQuery } from '../../writing/dry-run.ts';
import { patchObject } from '../../writing/patching.ts';
import { reporter } from '../../writing/report.ts';

export const setFlags = [
  ...printFlags,
  ...fileFlags,
  selectorFlag,
  dryRunFlag,
  fieldManager('kubectl-set'),
  bool('all', 'all of the type in the namespace'),
  bool('local', 'change only what the files hold, and print it'),
];

/** Changes each object and sends the difference. @param operation is told of what was changed */
export async function changeEach(
  context: Context,
  flags: FlagSet,
  args: readonly string[],
  operation: string,
  change: (info: Info) => KubeObject,
): Promise<void> {
  const dryRun = dryRunOf(flags);
  const report = await reporter(context, flags, dryRun);
  const { infos, failures } = await select(context, {
    ...selectionFlags(flags),
    args,
    typeAloneIsAll: flags.bool('all'),
    enforceNamespace: true,
    continueOnError: true,
  });
  const all = [...failures];
  for (const info of infos) {
    try {
      const after = change(structuredClone(info) as Info);
      if (dryRun === 'client' || flags.bool('local')) {
        report(after, operation);
        continue;
      }
      if (deepEqual(info.object, after)) continue;
      const patch = strategicPatch(info.resource.kind, info.object, after, info.object);
      const sent = await patchObject(context, info, 'strategic', patch, writeQuery(flags, dryRun)).catch((thrown) => {
        throw new Failure(
          `failed to patch ${operation.startsWith('image') ? 'image update' : operation.split(' ')[0]} to pod template: ${asFailure(thrown).message}`,
        );
      });
      report(sent, operation);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

export const set: Group = {
  summary: 'change one thing in objects',
  subcommands: {
    env: { summary: 'environment variables', load: async () => (await import('./env.ts')).env },
    image: { summary: 'images', load: async () => (await import('./image.ts')).image },
    resources: { summary: 'requests and limits', load: async () => (await import('./resources.ts')).resources },
    selector: { summary: "a service's selector", load: async () => (await import('./others.ts')).selector },
    serviceaccount: {
      summary: 'the service account',
      aliases: ['sa'],
      load: async () => (await import('./others.ts')).serviceAccount,
    },
    subject: { summary: "a binding's subjects", load: async () => (await import('./others.ts')).subject },
  },
};
