/** `replace -f`: puts whole objects in the place of what is there. */
import type { Leaf } from '../command-line/command.ts';
import { bool, duration, integer, text } from '../command-line/flag.ts';
import { creationFlags, fileFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, qualified } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, failureDuring, throwGathered } from '../failure.ts';
import { fetched, type Info, selectionFlags, targetsOf } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import { LAST_APPLIED, withConfiguration } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';

export const replace: Leaf = {
  usage: '-f FILE [flags]',
  summary: 'put whole objects in the place of what is there',
  flags: [
    ...fileFlags,
    ...creationFlags('kubectl-replace'),
    bool('force', 'delete, then make anew'),
    integer('grace-period', 'with --force: seconds to end', { initial: -1 }),
    duration('timeout', 'with --force: how long to wait'),
    bool('wait', 'with --force: wait until what was there is gone, which it always does'),
    text('cascade', 'with --force: background, foreground or orphan', { initial: 'background', bare: 'background' }),
    text('subresource', 'a subresource to replace: status, scale'),
    text('raw', 'send the file as it is to this path'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  if (flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('must specify one of -f and -k');
  const force = flags.bool('force');
  if (flags.number('grace-period') >= 0 && !force) throw new Failure('--grace-period must have --force specified');
  if (flags.number('timeout') !== 0 && !force) throw new Failure('--timeout must have --force specified');
  if (force && dryRun !== 'none') throw new Failure('--dry-run can not be used when --force is set');
  const report = await reporter(context, flags, dryRun);
  const { targets, failures } = await targetsOf(context, {
    ...selectionFlags(flags),
    args: [],
    enforceNamespace: true,
    continueOnError: true,
  });
  const all = [...failures];
  const infos = targets.flatMap((info) => (info.object === undefined ? [] : [info as Info]));
  if (force) for (const info of infos) await removed(context, flags, info);
  for (const info of infos) {
    try {
      const object = await annotated(context, flags, info);
      if (dryRun === 'client') report(object, 'replaced');
      else report(await sent(context, flags, { ...info, object }, force), 'replaced');
    } catch (thrown) {
      all.push(asFailure(failureDuring(thrown, `error when replacing ${JSON.stringify(info.source)}`)));
    }
  }
  throwGathered(all);
}

async function removed(context: Context, flags: FlagSet, info: Info): Promise<void> {
  const { removeForRecreation } = await import('../apply/recreate.ts');
  const there = await fetched(context, info).catch(() => undefined);
  if (there === undefined) return;
  const grace = flags.number('grace-period');
  context.print(`${qualified(info.resource)} "${info.name}" ${grace === 0 ? 'force deleted' : 'deleted'}\n`);
  await removeForRecreation(context, info, grace >= 0 ? { gracePeriodSeconds: Math.max(1, grace) } : {});
}

/** An object that `apply` made goes on being applied. */
async function annotated(_context: Context, flags: FlagSet, info: Info): Promise<KubeObject> {
  if (flags.bool('save-config')) return withConfiguration(info.object);
  return info.object.metadata.annotations?.[LAST_APPLIED] === undefined ? info.object : withConfiguration(info.object);
}

async function sent(context: Context, flags: FlagSet, info: Info, anew: boolean): Promise<KubeObject> {
  const { resource, namespace, name, object } = info;
  const query = writeQuery(flags, dryRunOf(flags));
  const subresource = flags.given('subresource');
  if (anew) {
    const { resourceVersion: _version, uid: _uid, ...metadata } = object.metadata;
    return context.rest.json<KubeObject>({
      method: 'POST',
      path: pathOf(resource, namespace),
      query,
      body: { ...object, metadata },
    });
  }
  const current =
    object.metadata.resourceVersion ?? (await fetched(context, info, subresource)).object.metadata.resourceVersion;
  const body = { ...object, metadata: { ...object.metadata, resourceVersion: current } };
  return context.rest.json<KubeObject>({
    method: 'PUT',
    path: pathOf(resource, namespace, name, subresource),
    query,
    body,
  });
}
