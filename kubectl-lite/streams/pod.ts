/** The pod and container that `exec`, `attach`, `cp` and `port-forward` mean. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { Failure } from '../failure.ts';
import { fetchedAs } from '../selection.ts';
import { allContainers, containerList, firstToLog, type Pod, selectorOf } from '../writing/pods.ts';

const POLL_MS = 500;

export interface Attachable {
  readonly pod: Pod;
  /** What was named: the pod itself, or what it belongs to. */
  readonly object: Pod & { readonly kind: string };
}

/** @param target `web-1`, `pod/web-1` or `deployment/web`, for whose first pod is waited */
export async function attachablePod(context: Context, target: string, timeoutMs: number): Promise<Attachable> {
  const [type = '', name, ...more] = target.includes('/') ? target.split('/') : ['pods', target];
  if (more.length > 0) throw new Failure('arguments in resource/name form may not have more than one slash');
  if (type === '' || name === undefined || name === '')
    throw new Failure('arguments in resource/name form must have a single resource and name');
  const resources = await context.resources();
  const resource = await resources.resolve(type);
  const namespace = resource.namespaced ? context.namespace : '';
  const object = await fetchedAs<Pod & { spec?: { selector?: unknown } }>(context, { resource, namespace, name });
  if (resource.kind === 'Pod') return { pod: object, object };
  const selector = selectorOf('attach to', object.spec?.selector, resource);
  if (resource.kind === 'Service' && selector === '')
    throw new Failure(`cannot attach to *v1.Service: invalid service '${name}': Service is defined without a selector`);
  const path = pathOf(await resources.resolve('pods'), context.namespace);
  const { clock, signal } = context.host;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const list = await context.rest.json<{ items?: readonly Pod[] | null }>({
      path,
      query: { labelSelector: selector },
    });
    const [first] = firstToLog(list.items ?? []);
    if (first !== undefined) return { pod: first, object };
    if (clock.monotonicMs() >= deadlineMs || signal.aborted) throw new Failure('timed out waiting for the condition');
    await clock.sleep(POLL_MS, signal);
  }
}

/** The container that a flag names, that the pod marks, or its first one, which is told where there are others. */
export function containerFor(flags: FlagSet, pod: Pod, tell: (text: string) => void): string {
  const named = flags.text('container');
  if (named !== '') return named;
  const all = allContainers(pod);
  const marked = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? '';
  if (marked !== '') {
    if (all.includes(marked)) return marked;
    tell(`Default container name ${JSON.stringify(marked)} not found in pod ${pod.metadata.name ?? ''}\n`);
  }
  const first = pod.spec?.containers?.[0]?.name ?? '';
  if (all.length > 1 && !flags.bool('quiet'))
    tell(`Defaulted container ${JSON.stringify(first)} out of: ${containerList(pod)}\n`);
  return first;
}

export function refuseCompleted(pod: Pod, doing: string): void {
  const phase = pod.status?.phase ?? '';
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new Failure(`cannot ${doing} a container in a completed pod; current phase is ${phase}`);
}

/**
 * Asks for a stream into a pod. Containers of Sampan's nodes are simulated and its server refuses, in words that are
 * passed on; a server that would begin one is left to kubectl.
 * @throws Failure always
 */
export async function askForStream(
  context: Context,
  pod: Pod,
  subresource: 'exec' | 'attach' | 'portforward',
  query: readonly (readonly [string, string])[],
): Promise<never> {
  const pods = await (await context.resources()).resolve('pods');
  const path = pathOf(pods, pod.metadata.namespace, pod.metadata.name, subresource);
  await context.rest.json({ method: 'POST', path: `${path}?${new URLSearchParams(query.map(([...pair]) => pair))}` });
  throw new Failure(`kubectl-lite cannot speak the streams of ${subresource}: use kubectl`);
}
