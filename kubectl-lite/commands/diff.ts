/** `diff -f`: what an apply would change, as `diff -u` shows it. Exit code 0: nothing; 1: something; more: a failure. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { mergePatch, strategicPatch } from '../apply/three-way-patch.ts';
import type { Leaf } from '../command-line/command.ts';
import { array, bool, integer } from '../command-line/flag.ts';
import { fieldManager, fileFlags, selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Exit, Failure, isNotFound } from '../failure.ts';
import { fetched, type Info, selectionFlags, targetsOf } from '../selection.ts';
import { LAST_APPLIED, patchObject } from '../writing/patching.ts';
import { yamlOf } from '../yaml/write.ts';
import { isBuiltIn } from './apply.ts';

export const diff: Leaf = {
  usage: '-f FILE [flags]',
  summary: 'show what an apply would change',
  flags: [
    ...fileFlags,
    selectorFlag,
    fieldManager('kubectl-client-side-apply'),
    bool('server-side', 'as the server would merge'),
    bool('force-conflicts', 'with --server-side: take fields from others'),
    bool('show-managed-fields', 'keep managedFields'),
    bool('prune', 'also show what an apply --prune would delete'),
    array('prune-allowlist', 'with --prune: only these types, group/version/Kind'),
    integer('concurrency', 'taken for compatibility', { initial: 1 }),
  ],
  async run(context, flags) {
    try {
      await compare(context, flags);
    } catch (thrown) {
      if (thrown instanceof Exit) throw thrown;
      if (!(thrown instanceof Failure)) throw thrown;
      throw new DiffFailure(thrown.alone);
    }
  },
};

/** A failure that is not taken for a difference. */
class DiffFailure extends Failure {
  override readonly exitCode = 2;

  override get alone(): string {
    return this.message;
  }
}

async function compare(context: Context, flags: FlagSet): Promise<void> {
  if (flags.args.length > 0)
    throw new Failure(
      `Unexpected args: [${flags.args.join(' ')}]\nSee '${context.commandPath} -h' for help and examples`,
    );
  if (flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('must specify one of -f and -k');
  if (flags.bool('force-conflicts') && !flags.bool('server-side'))
    throw new Failure('--force-conflicts only works with --server-side');
  const types = flags.bool('prune') ? await (await pruning()).prunedTypes(context, flags) : undefined;
  const { targets } = await targetsOf(context, { ...selectionFlags(flags), enforceNamespace: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kubectl-lite-diff-'));
  try {
    const live = path.join(folder, 'LIVE');
    const merged = path.join(folder, 'MERGED');
    for (const side of [live, merged]) fs.mkdirSync(side);
    const seen: Info[] = [];
    for (const target of targets) {
      if (target.object === undefined) continue;
      const info = target as Info;
      const { before, after } = await sides(context, flags, info);
      if (before !== undefined) seen.push({ ...info, object: before });
      const file = fileOf(info);
      fs.writeFileSync(path.join(live, file), before === undefined ? '' : yamlOf(shown(before, flags)));
      fs.writeFileSync(path.join(merged, file), after === undefined ? '' : yamlOf(shown(after, flags)));
    }
    // What would be deleted is on one side only, whole.
    if (types !== undefined)
      for await (const info of (await pruning()).prunable(context, flags, types, seen))
        fs.writeFileSync(path.join(live, fileOf(info)), yamlOf(info.object));
    const [program = 'diff', ...args] = (context.host.env.KUBECTL_EXTERNAL_DIFF ?? 'diff -u -N').split(/\s+/);
    const { status, error, stdout } = spawnSync(program, [...args, live, merged], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    if (error !== undefined) throw new Failure(`failed to run ${JSON.stringify(program)}: ${error.message}`);
    context.print(stdout);
    if (status !== 0) throw new Exit(status ?? 2);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const pruning = () => import('../apply/prune.ts');

function fileOf({ resource, namespace, name }: Info): string {
  const { group, version, kind } = resource;
  return `${group === '' ? '' : `${group}.`}${version}.${kind}.${namespace}.${name}`;
}

async function sides(
  context: Context,
  flags: FlagSet,
  info: Info,
): Promise<{ before?: KubeObject; after?: KubeObject }> {
  const query = { dryRun: 'All', fieldManager: flags.text('field-manager') };
  let current: Info | undefined;
  try {
    current = await fetched(context, info);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
  if (flags.bool('server-side')) {
    const force = String(flags.bool('force-conflicts'));
    const after = await patchObject(context, info, 'apply', info.object, { ...query, fieldManager: 'kubectl', force });
    return { ...(current === undefined ? {} : { before: current.object }), after };
  }
  if (current === undefined) {
    const path = pathOf(info.resource, info.namespace);
    return { after: await context.rest.json<KubeObject>({ method: 'POST', path, query, body: info.object }) };
  }
  // The annotation is not part of the comparison: it stays as it is.
  const { metadata } = info.object;
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {};
  const modified = { ...info.object, metadata: { ...metadata, annotations } };
  const kept = current.object.metadata.annotations?.[LAST_APPLIED];
  const original = kept === undefined ? {} : (JSON.parse(kept) as Record<string, unknown>);
  const builtIn = isBuiltIn(info.resource.group);
  const patch = builtIn
    ? strategicPatch(info.resource.kind, original, modified, current.object)
    : mergePatch(original, modified, current.object);
  return {
    before: current.object,
    after: await patchObject(context, current, builtIn ? 'strategic' : 'merge', patch, query),
  };
}

/** What a comparison shows: no bookkeeping, no values of secrets. */
function shown(object: KubeObject, flags: FlagSet): object {
  const { managedFields, ...metadata } = object.metadata;
  const kept = { ...metadata, ...(flags.bool('show-managed-fields') ? { managedFields } : {}) };
  if (object.kind !== 'Secret') return { ...object, metadata: kept };
  const masked = Object.fromEntries(Object.keys((object.data as object | undefined) ?? {}).map((key) => [key, '***']));
  return { ...object, metadata: kept, data: masked };
}
