/** `apply --prune`: deletes what an earlier apply made and the files do not hold any more. */
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
  'v1/ConfigMap',
  'v1/Endpoints',
  'v1/Namespace',
  'v1/PersistentVolumeClaim',
  'v1/PersistentVolume',
  'v1/Pod',
  'v1/ReplicationController',
  'v1/Secret',
  'v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
];

export async function prune(context: Context, flags: FlagSet, dryRun: DryRun, applied: readonly Info[]): Promise<void> {
  const kept = new Set(applied.map(({ object }) => String(object.metadata.uid)));
  const namespaces = new Set(applied.map(({ namespace }) => namespace).filter((each) => each !== ''));
  if (namespaces.size === 0) namespaces.add(context.namespace);
  const listed = flags.texts('prune-allowlist');
  for (const resource of await typesOf(context, listed.length > 0 ? listed : STANDARD)) {
    for (const namespace of resource.namespaced ? namespaces : ['']) {
      const of: Info<undefined> = { resource, namespace, name: '', source: '', object: undefined };
      const query = { labelSelector: flags.given('selector') };
      for await (const page of pages<{ items?: KubeObject[] | null; metadata?: { continue?: string } }>(
        context,
        of,
        500,
        query,
      ))
        for (const item of page.items ?? [])
          await pruneOne(context, dryRun, kept, infoOfItem(of, typedItem(item, resource)));
    }
  }
}

async function pruneOne(context: Context, dryRun: DryRun, kept: ReadonlySet<string>, info: Info): Promise<void> {
  const { metadata } = info.object;
  if (metadata.annotations?.[LAST_APPLIED] === undefined || kept.has(String(metadata.uid))) return;
  if (dryRun !== 'client') {
    await context.rest
      .json({
        method: 'DELETE',
        path: pathOf(info.resource, info.namespace, info.name),
        query: dryRun === 'server' ? { dryRun: 'All' } : {},
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
      })
      .catch((thrown) => {
        if (!isNotFound(thrown)) throw thrown;
      });
  }
  context.print(`${nameText(info.resource, info.name)} pruned${dryRunSuffix(dryRun)}\n`);
}

async function typesOf(context: Context, names: readonly string[]): Promise<Resource[]> {
  const resources = await context.resources();
  const found: Resource[] = [];
  for (const name of names) {
    const parts = name.split('/');
    if (parts.length < 2 || parts.length > 3)
      throw new Failure(`invalid GroupVersionKind format: ${name}, please follow <group/version/kind>`);
    const kind = parts.pop() ?? '';
    const resource = await resources.ofKind(parts.join('/').replace(/^core\//, ''), kind);
    if (resource !== undefined) found.push(resource);
  }
  return found;
}
