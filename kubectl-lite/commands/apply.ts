/**
 * `apply -f`: declares what each object shall be. The server merges it (server-side apply) under our name, and takes
 * fields over from other writers, as client-side apply would.
 */
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, isNotFound } from '../failure.ts';
import { forEachObject, report, type WriteFileOptions } from './create.ts';

export async function apply(context: Context, options: WriteFileOptions): Promise<void> {
  await forEachObject(context, options, async ({ object, source }, resource, namespace) => {
    const { name } = object.metadata;
    if (name === undefined || name === '')
      throw new Failure(`error: error when applying "${source}": resource name may not be empty`);
    const path = pathOf(resource, namespace, name);
    const before = await context.rest.json<KubeObject>({ path }).catch((thrown) => {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    });
    const { managedFields: _owned, ...metadata } = object.metadata;
    const { code, body } = await context.rest.answer({
      method: 'PATCH',
      path,
      query: {
        fieldManager: 'kubectl-lite',
        force: 'true',
        fieldValidation: 'Strict',
        dryRun: options.dryRun === true ? 'All' : undefined,
      },
      contentType: 'application/apply-patch+yaml',
      body: { ...object, metadata },
    });
    const after = body as KubeObject;
    const same = before?.metadata.resourceVersion === after.metadata.resourceVersion;
    report(context, resource, after, code === 201 ? 'created' : same ? 'unchanged' : 'configured', options);
  });
}
