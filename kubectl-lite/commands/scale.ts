/** `scale --replicas N TYPE/NAME`: through the `scale` subresource, as an autoscaler would. */
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { Failure } from '../failure.ts';
import { nameText } from '../printers/objects.ts';
import { targetsOf } from '../targets.ts';

interface Scale {
  readonly spec?: { readonly replicas?: number };
}

export async function scale(
  context: Context,
  args: readonly string[],
  options: { readonly replicas: number; readonly currentReplicas?: number },
): Promise<void> {
  for (const { resource, name } of targetsOf(await context.resources(), args)) {
    if (name === undefined) throw new Failure('error: resource(s) were provided, but no name was specified');
    const path = pathOf(resource, context.namespace, name, 'scale');
    if (options.currentReplicas !== undefined) {
      const now = (await context.rest.json<Scale>({ path })).spec?.replicas ?? 0;
      if (now !== options.currentReplicas)
        throw new Failure(`error: Expected replicas to be ${options.currentReplicas}, was ${now}`);
    }
    await context.rest.json({
      method: 'PATCH',
      path,
      query: { fieldManager: 'kubectl-lite' },
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas: options.replicas } },
    });
    context.print(`${nameText(resource, name)} scaled\n`);
  }
}
