/** `apply --prune` deletes what an earlier apply made and the files do not hold any more; `diff --prune` shows it. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, isNotFound } from '../failure.ts';
import { nameText } from '../printers/objects.ts';
import { type Info, infoOfItem, pages, typedItem } from '../selection.ts';
import { type DryRun, dryRunSuffix } from '../writing/dry-run.ts';
import { LAST_APPLIED } from '../writing/patching.ts';

/** What is pruned when no type is named. */
const STANDARD = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/Namespace',
  'core/v1/PersistentVolumeClaim',
  'core/v1/PersistentVolume',
  'core/v1/Pod',
  'core/v1/ReplicationController',
  'core/v1/Secret',
  'core/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
];

/** The types of `--prune-allowlist`, or the standard ones. @throws Failure for what is none */
export async function prunedTypes(context: Context, flags: FlagSet): Promise<Resource[]> {
  const listed = flags.texts('prune-allowlist');
  return typesOf(context, listed.length > 0 ? listed : STANDARD);
}

/** Objects of earlier applies that are not among these, where these are. */
export async function* prunable(
  context: Context,
  flags: FlagSet,
  types: readonly Resource[],
  applied: readonly Pick<Info, 'namespace' | 'object'>[],
): AsyncIterable<Info> {
  const kept = new Set(applied.map(({ object }) => String(object.metadata.uid)));
  const namespaces = new Set(applied.map(({ namespace }) => namespace).filter((each) => each !== ''));
  if (namespaces.size === 0) namespaces.add(context.namespace);
  for (const resource of types) {
    for (const namespace of resource.namespaced ? namespaces : ['']) {
      const of: Info<undefined> = { resource, namespace, name: '', source: '', object: undefined };
      const query = { labelSelector: flags.given('selector') };
      for await (const { items } of pages<Page>(context, of, 500, query))
        for (const item of items ?? []) {
          const { annotations, uid } = item.metadata;
          if (annotations?.[LAST_APPLIED] !== undefined && !kept.has(String(uid)))
            yield infoOfItem(of, typedItem(item, resource));
        }
    }
  }
}

interface Page {
  readonly items?: readonly KubeObject[] | null;
  readonly metadata?: { readonly continue?: string };
}

export async function prune(
  context: Context,
  flags: FlagSet,
  dryRun: DryRun,
  types: readonly Resource[],
  applied: readonly Info[],
): Promise<void> {
  for await (const info of prunable(context, flags, types, applied)) {
    if (dryRun !== 'client') await deleted(context, dryRun, info);
    context.print(`${nameText(info.resource, info.name)} pruned${dryRunSuffix(dryRun)}\n`);
  }
}

async function deleted(context: Context, dryRun: DryRun, { resource, namespace, name }: Info): Promise<void> {
  try {
    await context.rest.json({
      method: 'DELETE',
      path: pathOf(resource, namespace, name),
      query: dryRun === 'server' ? { dryRun: 'All' } : {},
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
    });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
}

async function typesOf(context: Context, names: readonly string[]): Promise<Resource[]> {
  const resources = await context.resources();
  const found: Resource[] = [];
  for (const name of names) {
    const [group = '', version = '', kind, ...more] = name.split('/');
    if (kind === undefined || more.length > 0)
      throw new Failure(`invalid GroupVersionKind format: ${name}, please follow <group/version/kind>`);
    const apiVersion = group === 'core' || group === '' ? version : `${group}/${version}`;
    const resource = await resources.ofKind(apiVersion, kind);
    if (resource === undefined) throw new Failure(`no matches for kind "${kind}" in version "${apiVersion}"`);
    found.push(resource);
  }
  return found;
}
