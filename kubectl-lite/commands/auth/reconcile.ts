/**
 * `auth reconcile`: sees to it that roles grant at least what files say, and bindings bind at least whom they say
 * (component-helpers/auth/rbac/reconciliation). What is not of roles is passed over.
 */
import type { Leaf } from '../../command-line/command.ts';
import { bool } from '../../command-line/flag.ts';
import { dryRunFlag, fileFlags, printFlags } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { pathOf, type Resource } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { Failure, isConflict, isNotFound, ServerFailure, throwGathered } from '../../failure.ts';
import { type Info, selectionFlags, targetsOf } from '../../selection.ts';
import { dryRunOf } from '../../writing/dry-run.ts';
import { type Operation, plan, type RbacObject, type Reconciliation } from '../../writing/rbac-plan.ts';
import { reporter } from '../../writing/report.ts';

const GROUP = 'rbac.authorization.k8s.io';
const KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];
const ATTEMPTS_MAX = 3;

export const reconcile: Leaf = {
  usage: '-f FILE [flags]',
  summary: 'see to it that roles and bindings grant what files say',
  about: 'What names no namespace is of the one of the flag or the kubeconfig; kubectl fails there.',
  flags: [
    ...fileFlags,
    ...printFlags,
    dryRunFlag,
    bool('remove-extra-permissions', 'remove rules that the file does not have'),
    bool('remove-extra-subjects', 'remove subjects that the file does not have'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  if (flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('must specify one of -f and -k');
  if (flags.args.length > 0) throw new Failure('no arguments are allowed');
  const dryRun = dryRunOf(flags);
  if (dryRun === 'server') throw new Failure('--dry-run=server for command reconcile is not supported yet');
  const report = await reporter(context, flags, dryRun);
  const options = { ...selectionFlags(flags), args: [], enforceNamespace: true, continueOnError: true };
  const { targets, failures } = await targetsOf(context, options);
  for (const target of targets) {
    const { resource, object } = target;
    if (object === undefined || resource.group !== GROUP || !KINDS.includes(resource.kind)) continue;
    const info = target as Info<RbacObject>;
    const done = await reconciled(context, info, flags, dryRun === 'none');
    report(done.object, 'reconciled');
    context.host.err(told(done, flags));
  }
  throwGathered(failures);
}

/** Begins anew when somebody else changed the object meanwhile. */
async function reconciled(
  context: Context,
  info: Info<RbacObject>,
  flags: FlagSet,
  confirmed: boolean,
): Promise<Reconciliation> {
  const extra = {
    permissions: flags.bool('remove-extra-permissions'),
    subjects: flags.bool('remove-extra-subjects'),
  };
  for (let attempt = 1; ; attempt++) {
    const existing = await existingOf(context, info);
    const planned = plan(existing, info.object, extra);
    if (planned.isProtected || !confirmed) return planned;
    try {
      return { ...planned, object: await carriedOut(context, info, planned, existing) };
    } catch (thrown) {
      const moved = isConflict(thrown) || isNotFound(thrown) || isAlreadyThere(thrown);
      if (!moved || attempt === ATTEMPTS_MAX) throw thrown;
    }
  }
}

const isAlreadyThere = (thrown: unknown): boolean =>
  thrown instanceof ServerFailure && thrown.reason === 'AlreadyExists';

async function existingOf(context: Context, { resource, namespace, name }: Info): Promise<RbacObject | undefined> {
  try {
    return await context.rest.json<RbacObject>({ path: pathOf(resource, namespace, name) });
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

async function carriedOut(
  context: Context,
  { resource, namespace, name }: Info,
  { operation, object }: Reconciliation,
  existing: RbacObject | undefined,
): Promise<RbacObject> {
  const path = pathOf(resource, namespace, name);
  switch (operation) {
    case 'none':
      return object;
    case 'update':
      return context.rest.json<RbacObject>({ method: 'PUT', path, body: object });
    case 'recreate':
      await removed(context, path, existing);
      return made(context, resource, namespace, object);
    case 'create':
      return made(context, resource, namespace, object);
  }
}

async function made(context: Context, resource: Resource, namespace: string, body: RbacObject): Promise<RbacObject> {
  if (resource.namespaced) await ensureNamespace(context, namespace);
  return context.rest.json<RbacObject>({ method: 'POST', path: pathOf(resource, namespace), body });
}

async function removed(context: Context, path: string, existing: RbacObject | undefined): Promise<void> {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: existing?.metadata.uid } };
  try {
    await context.rest.json({ method: 'DELETE', path, body });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
}

/** Whoever may not see or make namespaces is left to the server's answer. */
async function ensureNamespace(context: Context, name: string): Promise<void> {
  const isForbidden = (thrown: unknown): boolean => thrown instanceof ServerFailure && thrown.code === 403;
  try {
    await context.rest.json({ path: `/api/v1/namespaces/${encodeURIComponent(name)}` });
    return;
  } catch (thrown) {
    if (!isNotFound(thrown) && !isForbidden(thrown)) throw thrown;
  }
  const body: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  try {
    await context.rest.json({ method: 'POST', path: '/api/v1/namespaces', body });
  } catch (thrown) {
    if (!isAlreadyThere(thrown) && !isForbidden(thrown)) throw thrown;
  }
}

const SAID: Readonly<Record<Operation, string>> = {
  none: '',
  create: 'create',
  update: 'update',
  recreate: 'recreate',
};

function told(done: Reconciliation, flags: FlagSet): string {
  if (done.operation === 'none') return '';
  const caveat = done.isProtected
    ? `, but object opted out (${GROUP.replace('k8s', 'kubernetes')}/autoupdate: false)`
    : '';
  const listed = (title: string, items: readonly string[], wanted = true): string =>
    items.length === 0 || !wanted ? '' : `\t${title}:\n${items.map((item) => `\t\t${item}\n`).join('')}`;
  return [
    `\treconciliation required ${SAID[done.operation]}${caveat}\n`,
    listed('missing subjects added', done.missingSubjects.map(subjectText)),
    listed('extra subjects removed', done.extraSubjects.map(subjectText), flags.bool('remove-extra-subjects')),
    listed('missing rules added', done.missingRules.map(ruleText)),
    listed('extra rules removed', done.extraRules.map(ruleText), flags.bool('remove-extra-permissions')),
  ].join('');
}

/** As Go prints a struct. */
function subjectText({ kind = '', apiGroup = '', name = '', namespace = '' }: Reconciliation['extraSubjects'][number]) {
  return `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`;
}

function ruleText(rule: Reconciliation['extraRules'][number]): string {
  const shown = (values: readonly string[] = []): string => `[${values.join(' ')}]`;
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return `{Verbs:${shown(verbs)} APIGroups:${shown(apiGroups)} Resources:${shown(resources)} ResourceNames:${shown(resourceNames)} NonResourceURLs:${shown(nonResourceURLs)}}`;
}
