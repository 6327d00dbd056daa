/** `delete`: by name, by selector, by file; waits until the objects are gone unless told not to. */
import type { Leaf } from '../command-line/command.ts';
import { bool, duration, integer, text } from '../command-line/flag.ts';
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldSelectorFlag,
  fileFlags,
  selectorFlag,
} from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, qualified } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, failureDuring, isNotFound, ServerFailure, throwGathered } from '../failure.ts';
import { type Info, infoOfItem, pages, selectionFlags, targetsOf, typedItem } from '../selection.ts';
import { type DryRun, dryRunOf, dryRunSuffix } from '../writing/dry-run.ts';

export const remove: Leaf = {
  usage: '([-f FILE] | TYPE [(NAME | -l label | --all)]) [flags]',
  summary: 'delete objects by name, selector or file',
  flags: [
    ...fileFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    dryRunFlag,
    bool('all', 'all of the type in the namespace'),
    integer('grace-period', 'seconds to end; -1: as the object says', { initial: -1 }),
    bool('force', 'do not wait for them to end'),
    bool('now', 'one second to end'),
    text('cascade', 'background, foreground or orphan', { initial: 'background', bare: 'background' }),
    bool('ignore-not-found', 'say nothing of what does not exist'),
    text('output,o', 'name'),
    duration('timeout', 'how long to wait for them to be gone; 0: as long as it takes'),
    bool('wait', 'wait until they are gone', { initial: true }),
    bool('interactive,i', 'ask first'),
    text('raw', 'delete this path'),
  ],
  run,
};

const PROPAGATION: Readonly<Record<string, string>> = {
  background: 'Background',
  true: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
  false: 'Orphan',
};
const POLL_MS = 50;
const WEEK_MS = 168 * 3_600_000;

interface Options {
  readonly dryRun: DryRun;
  readonly gracePeriod: number;
  readonly propagationPolicy: string;
  readonly nameOnly: boolean;
  readonly ignoreNotFound: boolean;
}

async function run(context: Context, flags: FlagSet): Promise<void> {
  const options = optionsOf(context, flags);
  if (flags.text('raw') !== '') {
    for await (const chunk of context.rest.chunks({ method: 'DELETE', path: flags.text('raw') })) context.print(chunk);
    return;
  }
  const { infos, failures } = await doomedOf(context, flags, options);
  if (flags.bool('interactive') && !(await confirmed(context, infos))) return;
  const all = [...failures];
  const deleted: { info: Info<unknown>; uid: string | undefined }[] = [];
  let warned = !(context.connection.namespaceGiven && !flags.bool('all-namespaces'));
  let found = 0;
  for (const info of infos) {
    if (!warned && !info.resource.namespaced) {
      context.host.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
      warned = true;
    }
    try {
      found++;
      const uid = await deleteOne(context, info, options);
      deleted.push({ info, uid });
    } catch (thrown) {
      if (isNotFound(thrown) && options.ignoreNotFound) continue;
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
  if (found === 0) {
    context.print('No resources found\n');
    return;
  }
  if (flags.bool('wait') && options.dryRun === 'none') {
    const timeoutMs = flags.number('timeout') === 0 ? WEEK_MS : flags.number('timeout');
    for (const { info, uid } of deleted) await gone(context, info, uid, timeoutMs);
  }
}

function optionsOf(context: Context, flags: FlagSet): Options {
  const output = flags.text('output');
  const propagationPolicy = PROPAGATION[flags.text('cascade')];
  if (propagationPolicy === undefined)
    throw new Failure(
      `invalid cascade value (${flags.text('cascade')}). Must be "background", "foreground", or "orphan"`,
    );
  let gracePeriod = flags.number('grace-period');
  const force = flags.bool('force');
  if (flags.bool('now')) {
    if (gracePeriod !== -1) throw new Failure('--now and --grace-period cannot be specified together');
    gracePeriod = 1;
  }
  if (gracePeriod === 0 && !force) gracePeriod = 1;
  if (force && gracePeriod < 0) gracePeriod = 0;
  const bySelector = flags.bool('all') || flags.text('selector') !== '' || flags.text('field-selector') !== '';
  const dryRun = dryRunOf(flags);
  if (output !== '' && output !== 'name')
    throw new Failure(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (gracePeriod === 0 && force) {
    context.host.err(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    );
  } else if (gracePeriod > 0 && force)
    throw new Failure('--force and --grace-period greater than 0 cannot be specified together');
  return {
    dryRun,
    gracePeriod,
    propagationPolicy,
    nameOnly: output === 'name',
    ignoreNotFound: flags.bool('ignore-not-found') || (bySelector && !flags.changed('ignore-not-found')),
  };
}

/** Objects of selectors are listed first; what is named is deleted without asking whether it is there. */
async function doomedOf(
  context: Context,
  flags: FlagSet,
  { ignoreNotFound }: Options,
): Promise<{ infos: Info<unknown>[]; failures: Failure[] }> {
  const selection = { ...selectionFlags(flags), enforceNamespace: true, continueOnError: true };
  const { targets, failures, query } = await targetsOf(context, selection);
  const infos: Info<unknown>[] = [];
  const all = [...failures];
  for (const target of targets) {
    if (target.name !== '' || target.source !== '') {
      infos.push(target);
      continue;
    }
    try {
      for await (const page of pages<{ items?: readonly KubeObject[] | null; metadata?: { continue?: string } }>(
        context,
        target,
        500,
        query,
      ))
        for (const item of page.items ?? []) infos.push(infoOfItem(target, typedItem(item, target.resource)));
    } catch (thrown) {
      if (!(isNotFound(thrown) && ignoreNotFound)) all.push(asFailure(thrown));
    }
  }
  return { infos, failures: all };
}

async function confirmed(context: Context, infos: readonly Info<unknown>[]): Promise<boolean> {
  if (infos.length === 0) {
    context.print('No resources found\n');
    return false;
  }
  context.print(`You are about to delete the following ${infos.length} resource(s):\n`);
  for (const { resource, name } of infos) context.print(`${qualified(resource)}/${name}\n`);
  context.print('Do you want to continue? (y/N): ');
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: context.host.stdin });
  for await (const line of lines) {
    lines.close();
    if (/^y$/i.test(line.trim())) return true;
    break;
  }
  context.print('deletion is cancelled\n');
  return false;
}

async function deleteOne(context: Context, info: Info<unknown>, options: Options): Promise<string | undefined> {
  const { resource, namespace, name, source } = info;
  let uid: string | undefined;
  if (options.dryRun !== 'client') {
    try {
      // A path without a name is that of the whole collection.
      if (name === '') throw new Failure('resource name may not be empty');
      const answer = await context.rest.json<KubeObject & { details?: { uid?: string } }>({
        method: 'DELETE',
        path: pathOf(resource, namespace, name),
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          ...(options.gracePeriod >= 0 ? { gracePeriodSeconds: options.gracePeriod } : {}),
          propagationPolicy: options.propagationPolicy,
          ...(options.dryRun === 'server' ? { dryRun: ['All'] } : {}),
        },
      });
      uid = answer.details?.uid ?? (typeof answer.metadata?.uid === 'string' ? answer.metadata.uid : undefined);
    } catch (thrown) {
      throw source === '' ? thrown : failureDuring(thrown, `error when deleting ${JSON.stringify(source)}`);
    }
  }
  const operation = `${options.gracePeriod === 0 ? 'force deleted' : 'deleted'}${dryRunSuffix(options.dryRun)}`;
  context.print(
    options.nameOnly ? `${qualified(resource)}/${name}\n` : `${qualified(resource)} "${name}" ${operation}\n`,
  );
  return uid;
}

/** Resolves when this very object is there no more. */
async function gone(context: Context, info: Info<unknown>, uid: string | undefined, timeoutMs: number): Promise<void> {
  const { resource, namespace, name } = info;
  const { clock, signal } = context.host;
  const endMs = clock.monotonicMs() + timeoutMs;
  for (let waitMs = POLL_MS; !signal.aborted; waitMs = Math.min(waitMs * 1.5, 1000)) {
    try {
      const present = await context.rest.json<KubeObject>({ path: pathOf(resource, namespace, name) });
      if (uid !== undefined && present.metadata.uid !== uid) return;
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      // Who may delete need not be allowed to look.
      if (thrown instanceof ServerFailure && (thrown.code === 403 || thrown.code === 405)) return;
      throw thrown;
    }
    if (clock.monotonicMs() >= endMs)
      throw new Failure(`timed out waiting for the condition on ${resource.name}/${name}`);
    await clock.sleep(waitMs, signal);
  }
}
