/** `create -f`: makes each object; the first word after the name is what happened. */
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import { type KubeObject, readObjects, type SourcedObject } from '../documents.ts';
import { Failure, ServerFailure } from '../failure.ts';
import { jsonText, nameText, yamlText } from '../printers/objects.ts';

export interface WriteFileOptions {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly output?: string;
  readonly dryRun?: boolean;
  /** The flag itself was given: objects may not say another namespace. */
  readonly enforceNamespace: boolean;
}

export async function create(context: Context, options: WriteFileOptions): Promise<void> {
  await forEachObject(context, options, async ({ object }, resource, namespace) => {
    const created = await context.rest.json<KubeObject>({
      method: 'POST',
      path: pathOf(resource, namespace),
      query: {
        fieldManager: 'kubectl-lite-create',
        fieldValidation: 'Strict',
        dryRun: options.dryRun === true ? 'All' : undefined,
      },
      body: object,
    });
    report(context, resource, created, 'created', options);
  });
}

/** Reads, and does `action` with each object; goes on after a refusal, and fails at the end if there was one. */
export async function forEachObject(
  context: Context,
  options: WriteFileOptions,
  action: (sourced: SourcedObject, resource: Resource, namespace: string) => Promise<void>,
): Promise<void> {
  const [objects, resources] = await Promise.all([
    readObjects(options.filename, options.recursive === true, context.host.stdin),
    context.resources(),
  ]);
  const failures: Failure[] = [];
  for (const sourced of objects) {
    const { object, source } = sourced;
    try {
      const resource = resources.ofObject(object.apiVersion, object.kind, source);
      const own = object.metadata.namespace;
      if (options.enforceNamespace && resource.namespaced && own !== undefined && own !== context.namespace) {
        throw new Failure(
          `error: the namespace from the provided object "${own}" does not match the namespace "${context.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
        );
      }
      await action(sourced, resource, own ?? context.namespace);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const refused = thrown instanceof ServerFailure && thrown.code !== 401;
      if (!refused && objects.length === 1) throw thrown;
      failures.push(refused ? new Failure(refusal(thrown, source)) : thrown);
    }
  }
  if (failures.length > 0) throw new Failure(failures.map(({ message }) => message).join('\n'));
}

function refusal(failure: ServerFailure, source: string): string {
  if (failure.reason === 'Invalid') return failure.text;
  return `Error from server (${failure.reason}): error when processing "${source}": ${failure.message}`;
}

/** `deployment.apps/web created`, or the object itself. */
export function report(
  context: Context,
  resource: Resource,
  object: KubeObject,
  what: string,
  options: Pick<WriteFileOptions, 'output' | 'dryRun'>,
): void {
  const { output } = options;
  const name = nameText(resource, object.metadata.name ?? '');
  if (output === 'json') context.print(jsonText(object, false));
  else if (output === 'yaml') context.print(yamlText(object, false));
  else if (output === 'name') context.print(`${name}\n`);
  else context.print(`${name} ${what}${options.dryRun === true ? ' (server dry run)' : ''}\n`);
}
