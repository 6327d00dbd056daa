/** `logs POD`, of a workload's pod (`deployment/web`), or of all pods with some labels. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { bool, duration, integer, text } from '../command-line/flag.ts';
import { selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import { Failure, isNotFound, type ServerFailure } from '../failure.ts';
import { fetchedAs } from '../selection.ts';
import { allContainers, containerList, firstToLog, type Pod, selectorOf } from '../writing/pods.ts';

const USAGE =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

export const logs: Leaf = {
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [flags]',
  summary: "show containers' logs",
  flags: [
    selectorFlag,
    text('container,c', 'the container'),
    bool('all-containers', 'of all containers'),
    bool('all-pods', 'of all pods of the workload'),
    bool('follow,f', 'go on as lines come'),
    bool('previous,p', 'of the run before'),
    bool('timestamps', 'with times'),
    bool('prefix', 'say before each line where it comes from'),
    bool('ignore-errors', 'go on when a log cannot be read'),
    bool('insecure-skip-tls-verify-backend', "do not check the kubelet's certificate"),
    integer('tail', 'only so many lines from the end; -1: all', { initial: -1 }),
    duration('since', 'only lines of the last so long'),
    text('since-time', 'only lines after this time'),
    integer('limit-bytes', 'at most so many bytes'),
    integer('max-log-requests', 'with -f: at most so many logs at once', { initial: 5 }),
    duration('pod-running-timeout', 'how long to wait for a pod to run', { initial: 20_000 }),
  ],
  run,
};

interface Stream {
  readonly pod: string;
  readonly container: string;
  readonly path: string;
}

const SELECTOR_TAIL = 10;

async function run(context: Context, flags: FlagSet): Promise<void> {
  const [target, inline, third] = flags.args;
  const selector = flags.text('selector');
  if (third !== undefined || (target === undefined && selector === '')) throw usageError(context, USAGE);
  if (target !== undefined && inline === undefined && selector !== '')
    throw usageError(context, 'only a selector (-l) or a POD name is allowed');
  const container = inline ?? flags.text('container');
  const resources = await context.resources();
  const pods = await resources.resolve('pods');
  const found = await podsOf(context, flags, pods, target);
  validate(flags, container);
  const streams = found.flatMap((pod) => streamsOf(context, flags, pods, pod, container));
  const query = queryOf(flags);
  if (flags.bool('follow') && streams.length > 1) {
    const most = flags.number('max-log-requests');
    if (streams.length > most)
      throw new Failure(
        `you are attempting to follow ${streams.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
      );
    await Promise.all(streams.map((stream) => copy(context, flags, stream, query)));
    return;
  }
  for (const stream of streams) await copy(context, flags, stream, query);
}

function validate(flags: FlagSet, container: string): void {
  if (flags.text('since-time') !== '' && flags.changed('since'))
    throw new Failure('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags.bool('all-containers') && container !== '')
    throw new Failure(`--all-containers=true should not be specified with container name ${container}`);
  if (flags.changed('container') && flags.args.length === 2)
    throw new Failure('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags.number('limit-bytes') < 0) throw new Failure('--limit-bytes must be greater than 0');
  if (flags.number('since') < 0) throw new Failure('--since must be greater than 0');
  if (flags.number('tail') < -1) throw new Failure('--tail must be greater than or equal to -1');
}

function queryOf(flags: FlagSet): Record<string, string | undefined> {
  const flag = (name: string): string | undefined => (flags.bool(name) ? 'true' : undefined);
  const tail =
    flags.text('selector') !== '' && !flags.changed('tail')
      ? SELECTOR_TAIL
      : flags.number('tail') === -1
        ? undefined
        : flags.number('tail');
  const since = Math.round(flags.number('since') / 1000);
  const bytes = flags.number('limit-bytes');
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    tailLines: tail === undefined ? undefined : String(tail),
    sinceSeconds: since === 0 ? undefined : String(since),
    sinceTime: flags.given('since-time'),
    limitBytes: bytes === 0 ? undefined : String(bytes),
  };
}

async function podsOf(
  context: Context,
  flags: FlagSet,
  pods: Resource,
  target: string | undefined,
): Promise<readonly Pod[]> {
  const list = async (labelSelector: string): Promise<readonly Pod[]> => {
    const path = pathOf(pods, context.namespace);
    return (await context.rest.json<{ items?: readonly Pod[] | null }>({ path, query: { labelSelector } })).items ?? [];
  };
  if (target === undefined) {
    const found = await list(flags.text('selector'));
    if (found.length === 0) context.host.err(`No resources found in ${context.namespace} namespace.\n`);
    return found;
  }
  const [type = '', name, ...more] = target.includes('/') ? target.split('/') : ['pods', target];
  if (more.length > 0) throw new Failure('arguments in resource/name form may not have more than one slash');
  if (name === undefined || name === '')
    throw new Failure('arguments in resource/name form must have a single resource and name');
  const resource = await (await context.resources()).resolve(type);
  let object: Pod & { spec?: { selector?: unknown } };
  try {
    object = await fetchedAs(context, { resource, namespace: resource.namespaced ? context.namespace : '', name });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new Failure(
      `error from server (NotFound): ${(thrown as ServerFailure).message} in namespace "${context.namespace}"`,
    );
  }
  if (resource.kind === 'Pod') return [object];
  const matching = await list(selectorOf('get the logs from', object.spec?.selector, resource));
  const [first] = firstToLog(matching);
  if (first === undefined) throw new Failure('timed out waiting for the condition');
  if (flags.bool('all-pods')) return matching;
  if (matching.length > 1) context.host.err(`Found ${matching.length} pods, using pod/${first.metadata.name ?? ''}\n`);
  return [first];
}

function streamsOf(context: Context, flags: FlagSet, pods: Resource, pod: Pod, container: string): Stream[] {
  const { name = '', namespace = context.namespace, annotations } = pod.metadata;
  const stream = (of: string): Stream => ({ pod: name, container: of, path: pathOf(pods, namespace, name, 'log') });
  const all = allContainers(pod);
  if (flags.bool('all-containers')) return all.map(stream);
  if (container !== '') {
    if (!all.includes(container)) throw new Failure(`container ${container} is not valid for pod ${name}`);
    return [stream(container)];
  }
  const marked = annotations?.['kubectl.kubernetes.io/default-container'] ?? '';
  if (marked !== '') {
    if (all.includes(marked)) return [stream(marked)];
    context.host.err(`Default container name ${JSON.stringify(marked)} not found in pod ${name}\n`);
  }
  const first = pod.spec?.containers?.[0]?.name ?? '';
  if (all.length > 1 && !flags.bool('all-pods'))
    context.host.err(`Defaulted container ${JSON.stringify(first)} out of: ${containerList(pod)}\n`);
  return [stream(first)];
}

async function copy(
  context: Context,
  flags: FlagSet,
  { pod, container, path }: Stream,
  query: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const prefix = flags.bool('prefix') || flags.bool('all-pods') ? `[pod/${pod}/${container}] ` : '';
  const call = { path, query: { ...query, container }, accept: '*/*', signal: context.host.signal };
  try {
    let rest = '';
    for await (const chunk of context.rest.chunks(call)) {
      if (prefix === '') {
        context.print(chunk);
        continue;
      }
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      context.print(lines.map((line) => `${prefix}${line}\n`).join(''));
    }
    if (rest !== '') context.print(`${prefix}${rest}`);
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !flags.bool('ignore-errors')) throw thrown;
    context.print(`error: ${thrown.message}\n`);
  }
}
