/** `logs POD`, or of the first pod of a workload (`deployment/web`). */
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import { labelText } from '../printers/table.ts';

export interface LogsOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: number;
  readonly since?: number;
  readonly limitBytes?: number;
}

interface Pod extends KubeObject {
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
}

export async function logs(
  context: Context,
  target: string,
  container: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const resources = await context.resources();
  const pods = resources.find('pods');
  const name = await podName(context, target, pods, (typed) => resources.find(typed));
  const chosen = options.container ?? container;
  const pod = await context.rest.json<Pod>({ path: pathOf(pods, context.namespace, name) });
  const names = pod.spec.containers.map((each) => each.name);
  const [first = ''] = names;
  if (chosen === undefined && names.length > 1)
    context.host.err(`Defaulted container "${first}" out of: ${names.join(', ')}\n`);
  const query = {
    container: chosen ?? first,
    follow: options.follow === true ? 'true' : undefined,
    previous: options.previous === true ? 'true' : undefined,
    timestamps: options.timestamps === true ? 'true' : undefined,
    tailLines: options.tail === undefined || options.tail < 0 ? undefined : String(options.tail),
    sinceSeconds: options.since === undefined ? undefined : String(options.since),
    limitBytes: options.limitBytes === undefined ? undefined : String(options.limitBytes),
  };
  const chunks = context.rest.chunks({
    path: pathOf(pods, context.namespace, name, 'log'),
    query,
    accept: '*/*',
    signal: context.host.signal,
  });
  for await (const chunk of chunks) context.print(chunk);
}

async function podName(
  context: Context,
  target: string,
  pods: Resource,
  find: (typed: string) => Resource,
): Promise<string> {
  const at = target.indexOf('/');
  if (at < 0) return target;
  const resource = find(target.slice(0, at));
  const name = target.slice(at + 1);
  if (resource.name === 'pods') return name;
  const owner = await context.rest.json<{
    spec?: { selector?: { matchLabels?: Record<string, string> } & Record<string, unknown> };
  }>({ path: pathOf(resource, context.namespace, name) });
  const labels =
    owner.spec?.selector?.matchLabels ??
    (resource.name === 'services' ? (owner.spec?.selector as Record<string, string> | undefined) : undefined);
  if (labels === undefined)
    throw new Failure(`error: cannot get the logs from ${resource.kind}: selecting pods through it is not supported`);
  const list = await context.rest.json<{ items?: readonly KubeObject[] | null }>({
    path: pathOf(pods, context.namespace),
    query: { labelSelector: labelText(labels) },
  });
  const [first, ...others] = list.items ?? [];
  if (first === undefined) throw new Failure(`error: no pod of ${target} exists`);
  if (others.length > 0) context.host.err(`Found ${others.length + 1} pods, using pod/${first.metadata.name}\n`);
  return first.metadata.name ?? '';
}
