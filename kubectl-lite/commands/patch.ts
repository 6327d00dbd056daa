/** `patch TYPE NAME -p PATCH`. */
import fs from 'node:fs';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { dryRunFlag, fieldManager, fileFlags, printFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { asFailure, Failure, ServerFailure, throwGathered } from '../failure.ts';
import { goFileError } from '../kubeconfig.ts';
import { type Info, select, selectionFlags } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import { PATCH_TYPES, patchObject } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';
import { isBuiltIn } from './apply.ts';

export const patch: Leaf = {
  usage: '(-f FILE | TYPE NAME) [-p PATCH|--patch-file FILE] [flags]',
  summary: 'change some fields of objects',
  flags: [
    ...printFlags,
    ...fileFlags,
    dryRunFlag,
    fieldManager('kubectl-patch'),
    text('patch,p', 'the patch, JSON or YAML'),
    text('patch-file', 'a file with it'),
    text('type', 'strategic, merge or json', { initial: 'strategic' }),
    bool('local', 'change only what the files hold, and print it'),
    text('subresource', 'a subresource to change: status, scale'),
  ],
  run,
};

type PatchType = 'strategic' | 'merge' | 'json';

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const file = flags.text('patch-file');
  const inline = flags.text('patch');
  const type = flags.text('type').toLowerCase();
  if (inline !== '' && file !== '') throw new Failure('cannot specify --patch and --patch-file together');
  if (inline === '' && file === '')
    throw new Failure('must specify --patch or --patch-file containing the contents of the patch');
  if (flags.bool('local') && flags.args.length > 0) throw new Failure('cannot specify --local and server resources');
  if (flags.bool('local') && dryRun === 'server')
    throw new Failure('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (!(type in PATCH_TYPES) || type === 'apply')
    throw new Failure(`--type must be one of [json merge strategic], not "${flags.text('type')}"`);
  const body = await patchText(inline, file);
  // kubectl does not say of a patch that it was not kept.
  const report = await reporter(context, flags, 'none');
  const { infos, failures } = await select(context, {
    ...selectionFlags(flags),
    enforceNamespace: true,
    continueOnError: true,
  });
  const all = [...failures];
  for (const info of infos) {
    try {
      const after =
        dryRun === 'client' || flags.bool('local')
          ? await patchedHere(info, type as PatchType, body)
          : await sent(context, flags, info, type as PatchType, body);
      report(after as never, deepEqual(info.object, after) ? 'patched (no change)' : 'patched');
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
  if (infos.length === 0) throw new Failure('no objects passed to patch');
}

async function sent(context: Context, flags: FlagSet, info: Info, type: PatchType, body: string): Promise<object> {
  try {
    return await patchObject(context, info, type, body, writeQuery(flags, dryRunOf(flags)), flags.given('subresource'));
  } catch (thrown) {
    if (!(thrown instanceof ServerFailure) || thrown.code !== 415) throw thrown;
    const { resource } = info;
    const group = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
    throw new Failure(`${PATCH_TYPES[type]} is not supported by ${group}: ${thrown.message}`);
  }
}

async function patchText(inline: string, file: string): Promise<string> {
  let text = inline;
  if (file !== '') {
    try {
      text = fs.readFileSync(file, 'utf8');
    } catch (thrown) {
      throw new Failure(`unable to read patch file: ${goFileError(thrown, 'open', file)}`);
    }
  }
  // What begins like an object is sent as it is, right or wrong.
  if (/^\s*\{/.test(text)) return text;
  const { readYaml, YamlFailure } = await import('../yaml/read.ts');
  try {
    return JSON.stringify(readYaml(text)[0] ?? null);
  } catch (thrown) {
    if (!(thrown instanceof YamlFailure)) throw thrown;
    const where = thrown.goLine > 0 ? `line ${thrown.goLine}: ` : '';
    throw new Failure(`unable to parse ${JSON.stringify(inline)}: yaml: ${where}${thrown.message}`);
  }
}

async function patchedHere(info: Info, type: PatchType, body: string): Promise<object> {
  const value = JSON.parse(body) as Record<string, unknown>;
  if (type === 'json') {
    const { applyJsonPatch } = await import('../apply/json-patch.ts');
    return applyJsonPatch(info.object, value) as object;
  }
  const { resource } = info;
  if (type === 'strategic' && !isBuiltIn(resource.group))
    throw new Failure(
      `strategic merge patch is not supported for ${resource.group}/${resource.version}, Kind=${resource.kind} locally, try --type merge`,
    );
  const { applyPatch } = await import('../apply/local-patch.ts');
  return applyPatch(info.object, value, type === 'strategic' ? resource.kind : undefined) as object;
}
