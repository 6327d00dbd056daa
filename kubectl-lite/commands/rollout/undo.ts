/** `rollout undo`: back to an earlier revision. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { Leaf } from '../../command-line/command.ts';
import { integer } from '../../command-line/flag.ts';
import { dryRunFlag } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { asFailure, Failure, throwGathered } from '../../failure.ts';
import type { Info } from '../../selection.ts';
import { type DryRun, dryRunOf } from '../../writing/dry-run.ts';
import { LAST_APPLIED, patchObject } from '../../writing/patching.ts';
import { reporter } from '../../writing/report.ts';
import { templateText } from './history.ts';
import { type Revision, revisionsOf, type Template } from './revisions.ts';
import { rolloutFlags, workloads } from './rollout.ts';

export const undo: Leaf = {
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'go back to an earlier revision',
  flags: [...rolloutFlags, dryRunFlag, integer('to-revision', 'to this one; 0: to the last but one')],
  run,
};

const HASH = 'pod-template-hash';
/** Annotations that belong to the deployment and not to a revision. */
const KEPT = new Set([
  LAST_APPLIED,
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]);

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { infos, failures } = await workloads(context, flags);
  const report = await reporter(context, flags, dryRun);
  const all = [...failures];
  for (const info of infos) {
    try {
      report(info.object, await rollBack(context, info, flags.number('to-revision'), dryRun));
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

async function rollBack(context: Context, info: Info, to: number, dryRun: DryRun): Promise<string> {
  if (to < 0) throw new Failure(`unable to find specified revision ${to} in history`);
  const { resource, name } = info;
  if (resource.group !== 'apps' || !['Deployment', 'DaemonSet', 'StatefulSet'].includes(resource.kind))
    throw new Failure(
      `no rollbacker has been implemented for "${resource.kind}${resource.group === '' ? '' : `.${resource.group}`}"`,
    );
  const revisions = await revisionsOf(context, info);
  const isDeployment = resource.kind === 'Deployment';
  const target = to > 0 ? revisions.find(({ number }) => number === to) : revisions.at(-2);
  if (target === undefined) {
    if (to > 0) throw new Failure(`unable to find specified revision ${to} in history`);
    throw new Failure(
      isDeployment
        ? `no rollout history found for deployment ${JSON.stringify(name)}`
        : 'no last revision to roll back to',
    );
  }
  if (dryRun === 'client')
    return isDeployment ? templateText(target.template) : `will roll back to ${templateText(target.template)}`;
  const query = { dryRun: dryRun === 'server' ? 'All' : undefined };
  const skipped = `skipped rollback (current template already matches revision ${to})`;
  const current = (info.object.spec as { template?: Template; paused?: boolean } | undefined) ?? {};
  if (isDeployment) {
    if (current.paused === true)
      throw new Failure(
        "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
      );
    const original = (target.keeper.spec as { template: Template }).template;
    if (deepEqual(withoutHash(original), withoutHash(current.template ?? {}))) return skipped;
    await patchObject(context, info, 'json', restoration(info, target, withoutHash(original)), query);
  } else {
    if (deepEqual(target.template, current.template)) return skipped;
    await patchObject(context, info, 'strategic', target.keeper.data, query);
  }
  return 'rolled back';
}

function restoration(info: Info, { keeper }: Revision, template: Template): object[] {
  const own = Object.entries(info.object.metadata.annotations ?? {}).filter(([key]) => KEPT.has(key));
  const kept = Object.entries(keeper.metadata.annotations ?? {}).filter(([key]) => !KEPT.has(key));
  return [
    { op: 'replace', path: '/spec/template', value: template },
    { op: 'replace', path: '/metadata/annotations', value: Object.fromEntries([...own, ...kept]) },
  ];
}

function withoutHash(template: Template): Template {
  const { [HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
