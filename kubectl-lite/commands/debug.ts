/**
 * `debug`: a container to look around with, in a running pod (an ephemeral container), in a copy of a pod, or in a pod on
 * a node.
 */
import type { Leaf } from '../command-line/command.ts';
import { bool, list, text } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { copyOf, type Made, onNode, withEphemeralContainer } from '../debug/debug-pods.ts';
import { type DebugOptions, debugOptions } from '../debug/options.ts';
import type { DebugPod } from '../debug/pod-shape.ts';
import { pathOf, type Resource } from '../discovery.ts';
import { Failure, isNotFound, type ServerFailure } from '../failure.ts';
import { fetched, targetsOf } from '../selection.ts';
import type { ContainerStatus, Pod } from '../writing/pods.ts';

export const debug: Leaf = {
  usage: '(POD | TYPE/NAME) [flags] [-- COMMAND [args...]]',
  summary: 'look into pods and nodes with a container of your own',
  flags: [
    list('filename,f', 'a file with the pod to debug'),
    text('image', 'the image of the container'),
    text('container,c', 'the name of the container'),
    text('target', 'in a running pod: see the processes of this container'),
    text('copy-to', 'leave the pod as it is, and make a copy of this name'),
    bool('replace', 'with --copy-to: delete the original'),
    bool('same-node', 'with --copy-to: on the same node'),
    bool('share-processes', 'with --copy-to: containers see the processes of each other', { initial: true }),
    list('set-image', 'with --copy-to: other images, NAME=IMAGE'),
    bool('keep-labels', 'with --copy-to: keep labels'),
    bool('keep-annotations', 'with --copy-to: keep annotations'),
    bool('keep-liveness', 'with --copy-to: keep liveness probes'),
    bool('keep-readiness', 'with --copy-to: keep readiness probes'),
    bool('keep-startup', 'with --copy-to: keep startup probes'),
    bool('keep-init-containers', 'with --copy-to: keep init containers', { initial: true }),
    text('profile', 'legacy, general, baseline, netadmin, restricted or sysadmin', { initial: 'legacy' }),
    text('custom', 'a file with a part of a container, to change what the profile makes'),
    list('env', 'KEY=VALUE; may be repeated'),
    text('image-pull-policy', 'Always, IfNotPresent or Never'),
    bool('arguments-only', 'the words after -- are arguments, not the command'),
    bool('attach', 'wait until the container runs, and attach to it'),
    bool('stdin,i', 'keep the standard input of the container open; implies --attach'),
    bool('tty,t', 'the container has a terminal; needs -i'),
    bool('quiet,q', 'tell only what the container prints'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const options = await debugOptions(context, flags);
  const args = options.targets.map((name) => (name.includes('/') ? name : `pods/${name}`));
  const selection = { args, files: flags.texts('filename'), enforceNamespace: true };
  const pods = await (await context.resources()).resolve('pods');
  const { targets } = await targetsOf(context, selection);
  for (const target of targets) {
    const { object, resource } = target.object === undefined ? await fetched(context, target) : target;
    if (object === undefined) continue;
    const made = await debugged(context, options, pods, resource, object as DebugPod);
    if (options.attach && made.container !== undefined) await attach(context, options, made.pod, made.container.name);
  }
}

async function debugged(
  context: Context,
  options: DebugOptions,
  pods: Resource,
  { kind, group, version }: Resource,
  object: DebugPod,
): Promise<Made> {
  const { random } = context.host;
  const tell = context.print.bind(context);
  if (kind === 'Node' && group === '') {
    const made = onNode(object.metadata.name ?? '', options, random, tell);
    const pod = await created(context, pods, context.namespace, made.pod);
    return { pod, container: pod.spec.containers[0] };
  }
  if (kind !== 'Pod' || group !== '')
    throw new Failure(`"${group === '' ? `/${version}` : `${group}/${version}`}, Kind=${kind}" not supported by debug`);
  if (options.text('copy-to') === '') return addedTo(context, options, pods, object);
  const made = copyOf(object, options, random, tell);
  warn(context, made);
  const { namespace = '', name = '' } = object.metadata;
  const pod = await created(context, pods, namespace, made.pod);
  if (options.bool('replace'))
    await context.rest.json({
      method: 'DELETE',
      path: pathOf(pods, namespace, name),
      body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    });
  return { pod, container: made.container };
}

async function created(context: Context, pods: Resource, namespace: string, body: DebugPod): Promise<DebugPod> {
  return context.rest.json<DebugPod>({ method: 'POST', path: pathOf(pods, namespace), body });
}

async function addedTo(context: Context, options: DebugOptions, pods: Resource, pod: DebugPod): Promise<Made> {
  const made = withEphemeralContainer(pod, options, context.host.random, context.print.bind(context));
  warn(context, made);
  const { namespace = context.namespace, name = '' } = pod.metadata;
  try {
    const answer = await context.rest.json<DebugPod>({
      method: 'PATCH',
      path: pathOf(pods, namespace, name, 'ephemeralcontainers'),
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: addition(made) },
    });
    return { pod: answer, container: made.container };
  } catch (thrown) {
    if (!isNotFound(thrown) || ((thrown as ServerFailure).details?.name ?? '') !== '') throw thrown;
    throw new Failure(
      `ephemeral containers are disabled for this cluster (error from server: ${JSON.stringify((thrown as Failure).message)})`,
    );
  }
}

/** Elements merge by name: the others stay, and stay before it. */
function addition({ pod, container }: Made): object {
  const order = (pod.spec.ephemeralContainers ?? []).map(({ name }) => ({ name }));
  return { '$setElementOrder/ephemeralContainers': order, ephemeralContainers: [container] };
}

/** A user that the whole pod runs as takes most of what a profile grants. */
function warn({ host }: Context, { pod, container }: Made): void {
  const security = container?.securityContext;
  const user = pod.spec.securityContext?.runAsUser ?? 0;
  if (user === 0 || security === undefined || security.runAsUser === 0) return;
  if (security.privileged !== true && (security.capabilities?.add ?? []).length === 0) return;
  host.err(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
}

async function attach(context: Context, options: DebugOptions, pod: DebugPod, name: string): Promise<void> {
  const { attachOrLog, podWhen } = await import('../streams/attaching.ts');
  const quiet = options.bool('quiet');
  let told = '';
  const begun = await podWhen(context, pod as Pod, 0, (each) => {
    const { running, terminated, waiting } = statusOf(each, name)?.state ?? {};
    const message = waiting?.message ?? '';
    if (!quiet && message !== '' && message !== told) {
      told = message;
      context.host.err(`Warning: container ${name}: ${message}\n`);
    }
    return running !== undefined || terminated !== undefined;
  });
  const { containers = [], ephemeralContainers = [], initContainers = [] } = begun.spec ?? {};
  const container = [...containers, ...initContainers, ...ephemeralContainers].find((each) => each.name === name);
  if (container === undefined) return;
  const hasEnded = statusOf(begun, name)?.state?.terminated !== undefined;
  const { stdin, tty } = { stdin: options.bool('stdin'), tty: options.bool('tty') };
  await attachOrLog(context, begun, container, hasEnded, { stdin, tty, quiet });
}

function statusOf({ status }: Pod, name: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].find(
    (each) => each.name === name,
  );
}
