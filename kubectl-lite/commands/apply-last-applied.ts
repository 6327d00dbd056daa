/**
 * `apply view-last-applied|set-last-applied|edit-last-applied`: the configuration that was applied last, in the annotation
 * that keeps it for the next apply to compare with.
 */
import type { Leaf } from '../command-line/command.ts';
import { bool, list, text } from '../command-line/flag.ts';
import {
  dryRunFlag,
  fieldManager,
  fileFlags,
  printFlags,
  selectorFlag,
  validateFlag,
} from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, failureDuring, isNotFound } from '../failure.ts';
import { goJson, sortedKeys } from '../printers/objects.ts';
import { fetched, type Info, infoOf, select, selectionFlags, targetsOf } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import { infoText, LAST_APPLIED, patchObject } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';
import { yamlOf } from '../yaml/write.ts';

export const viewLastApplied: Leaf = {
  usage: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILE) [flags]',
  summary: 'show the configuration that was applied last',
  flags: [
    ...fileFlags,
    selectorFlag,
    bool('all', 'all of the type in the namespace'),
    text('output,o', 'yaml or json', { initial: 'yaml' }),
  ],
  async run(context, flags) {
    const output = flags.text('output');
    if (output !== 'yaml' && output !== 'json')
      throw new Failure(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
    const { infos } = await select(context, { ...selectionFlags(flags), enforceNamespace: true });
    for (const { name, object } of infos) {
      const kept = object.metadata.annotations?.[LAST_APPLIED];
      if (kept === undefined) throw new Failure(`no last-applied-configuration annotation found on resource: ${name}`);
      const value: unknown = JSON.parse(kept);
      context.print(output === 'json' ? `${goJson(value, 2)}\n` : yamlOf(value));
    }
  },
};

export const setLastApplied: Leaf = {
  usage: '-f FILE [flags]',
  summary: 'say that this configuration was applied last, without applying it',
  flags: [
    list('filename,f', 'a file or directory, - for standard input; may be repeated'),
    ...printFlags,
    dryRunFlag,
    bool('create-annotation', 'also for objects that were never applied'),
  ],
  async run(context, flags) {
    const dryRun = dryRunOf(flags);
    const report = await reporter(context, flags, dryRun);
    const files = flags.texts('filename');
    const { targets } = await targetsOf(context, { args: [], files, enforceNamespace: true });
    const changed: { info: Info; configuration: string }[] = [];
    for (const target of targets) {
      if (target.object === undefined) continue;
      const configuration = `${goJson(sortedKeys(target.object))}\n`;
      const info = await present(context, target as Info);
      const kept = info.object.metadata.annotations?.[LAST_APPLIED];
      if (kept === undefined && !flags.bool('create-annotation'))
        throw new Failure(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      if (kept?.trim() === configuration.trim()) context.print(`set-last-applied ${info.name}: no changes required.\n`);
      else changed.push({ info, configuration });
    }
    for (const { info, configuration } of changed) {
      const query = { dryRun: dryRun === 'server' ? 'All' : undefined };
      report(dryRun === 'client' ? info.object : await annotate(context, info, configuration, query), 'configured');
    }
  },
};

async function present(context: Context, info: Info): Promise<Info> {
  try {
    return await fetched(context, info);
  } catch (thrown) {
    if (isNotFound(thrown)) throw thrown;
    throw failureDuring(
      thrown,
      `retrieving current configuration of:\n${infoText(info)}\nfrom server for: ${JSON.stringify(info.source)}`,
    );
  }
}

function annotate(
  context: Context,
  info: Info,
  configuration: string,
  query: Readonly<Record<string, string | undefined>>,
): Promise<KubeObject> {
  return patchObject(context, info, 'merge', { metadata: { annotations: { [LAST_APPLIED]: configuration } } }, query);
}

const EDIT_HEADER = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`;

export const editLastApplied: Leaf = {
  usage: '(TYPE/NAME | -f FILE) [flags]',
  summary: 'change the configuration that was applied last in an editor, without applying it',
  about: 'The editor is KUBE_EDITOR, EDITOR, or vi.',
  flags: [
    ...fileFlags,
    ...printFlags,
    validateFlag,
    fieldManager('kubectl-client-side-apply'),
    bool('windows-line-endings', 'lines end as on Windows'),
  ],
  run: edit,
};

async function edit(context: Context, flags: FlagSet): Promise<void> {
  const { infos } = await select(context, { ...selectionFlags(flags), enforceNamespace: true });
  const configurations = infos.flatMap(({ object }) => {
    const kept = object.metadata.annotations?.[LAST_APPLIED];
    return kept === undefined ? [] : [JSON.parse(kept) as KubeObject];
  });
  const [only] = configurations;
  if (only === undefined)
    throw new Failure(
      'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl-lite apply set-last-applied --create-annotation`',
    );
  const report = await reporter(context, flags, 'none');
  const body =
    configurations.length === 1 ? only : { apiVersion: 'v1', kind: 'List', metadata: {}, items: configurations };
  const { editing } = await import('./edit.ts');
  const query = writeQuery(flags, 'none');
  await editing(
    context,
    flags,
    body,
    async (edited) => {
      for (const object of edited) {
        const info = await infoOf(context, { object, source: 'edited-file' }, true);
        await annotate(context, info, `${goJson(sortedKeys(object))}\n`, query);
        report(object, 'edited');
      }
      return { reasons: [], retryable: false, gone: false };
    },
    EDIT_HEADER,
  );
}
