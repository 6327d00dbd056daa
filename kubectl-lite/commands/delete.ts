/** `delete`: by name, by selector, by file; waits until the objects are gone unless told not to. */
import type { Context } from '../context.ts';
import { pathOf, qualified, type Resource } from '../discovery.ts';
import { type KubeObject, readObjects } from '../documents.ts';
import { Failure, isNotFound, ServerFailure } from '../failure.ts';
import { targetsOf } from '../targets.ts';

export interface DeleteOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  readonly gracePeriod?: number;
  readonly force?: boolean;
  readonly now?: boolean;
  readonly wait: boolean;
  readonly cascade: string;
  readonly ignoreNotFound?: boolean;
  readonly output?: string;
  /** The namespace was given by flag, and is then named in the messages. */
  readonly namespaceGiven: boolean;
}

interface Doomed {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

const PROPAGATION: Readonly<Record<string, string>> = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
};
const POLL_MS = 200;

export async function remove(context: Context, args: readonly string[], options: DeleteOptions): Promise<void> {
  const propagationPolicy = PROPAGATION[options.cascade];
  if (propagationPolicy === undefined)
    throw new Failure(
      `error: invalid cascade value (${options.cascade}). Must be "background", "foreground", or "orphan".`,
    );
  const doomed = await doomedOf(context, args, options);
  if (doomed.length === 0 && options.ignoreNotFound !== true) context.print('No resources found\n');
  const gracePeriodSeconds =
    options.force === true ? (options.gracePeriod ?? 0) : options.now === true ? 1 : options.gracePeriod;
  const failures: ServerFailure[] = [];
  const deleted: (Doomed & { readonly uid: string | undefined })[] = [];
  for (const each of doomed) {
    const path = pathOf(each.resource, each.namespace, each.name);
    try {
      const answer = await context.rest.json<KubeObject & { details?: { uid?: string } }>({
        method: 'DELETE',
        path,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, gracePeriodSeconds },
      });
      const uid = answer.metadata?.uid;
      deleted.push({ ...each, uid: typeof uid === 'string' ? uid : answer.details?.uid });
      const verb = options.force === true ? 'force deleted' : 'deleted';
      const place =
        each.resource.namespaced && (options.namespaceGiven || each.namespace !== context.namespace)
          ? ` from ${each.namespace} namespace`
          : '';
      context.print(
        options.output === 'name'
          ? `${qualified(each.resource)}/${each.name}\n`
          : `${qualified(each.resource)} "${each.name}" ${verb}${place}\n`,
      );
    } catch (thrown) {
      if (!(thrown instanceof ServerFailure)) throw thrown;
      if (!(isNotFound(thrown) && options.ignoreNotFound === true)) failures.push(thrown);
    }
  }
  if (options.wait && options.force !== true) for (const each of deleted) await gone(context, each);
  const [failure] = failures;
  if (failures.length > 1) throw new Failure(failures.map(({ text }) => text).join('\n'));
  if (failure !== undefined) throw failure;
}

async function doomedOf(context: Context, args: readonly string[], options: DeleteOptions): Promise<Doomed[]> {
  const resources = await context.resources();
  if (options.filename !== undefined && options.filename.length > 0) {
    const objects = await readObjects(options.filename, options.recursive === true, context.host.stdin);
    return objects.map(({ object, source }) => ({
      resource: resources.ofObject(object.apiVersion, object.kind, source),
      namespace: object.metadata.namespace ?? context.namespace,
      name: object.metadata.name ?? '',
    }));
  }
  const targets = targetsOf(resources, args);
  const doomed: Doomed[] = [];
  for (const { resource, name } of targets) {
    if (name !== undefined) {
      doomed.push({ resource, namespace: context.namespace, name });
      continue;
    }
    if (options.selector === undefined && options.all !== true)
      throw new Failure('error: resource(s) were provided, but no name was specified');
    const path = pathOf(resource, options.allNamespaces === true ? undefined : context.namespace);
    const list = await context.rest.json<{ items?: readonly KubeObject[] | null }>({
      path,
      query: { labelSelector: options.selector },
    });
    for (const { metadata } of list.items ?? [])
      doomed.push({ resource, namespace: metadata.namespace ?? context.namespace, name: metadata.name ?? '' });
  }
  return doomed;
}

/** Resolves when this very object is there no more. */
async function gone(
  context: Context,
  { resource, namespace, name, uid }: Doomed & { readonly uid: string | undefined },
): Promise<void> {
  while (!context.host.signal.aborted) {
    try {
      const present = await context.rest.json<KubeObject>({ path: pathOf(resource, namespace, name) });
      if (uid !== undefined && present.metadata.uid !== uid) return;
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      throw thrown;
    }
    await context.host.clock.sleep(POLL_MS, context.host.signal);
  }
}
