/** `drain`: cordons nodes and moves their pods away, asking budgets first. */
import type { Leaf } from '../command-line/command.ts';
import { bool, duration, integer, text } from '../command-line/flag.ts';
import { chunkSizeFlag, dryRunFlag, selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Exit, Failure, isNotFound, ServerFailure, throwGathered } from '../failure.ts';
import type { Info } from '../selection.ts';
import { type DryRun, dryRunOf, dryRunSuffix } from '../writing/dry-run.ts';
import { mark, nodesOf } from './cordon.ts';

export const drain: Leaf = {
  usage: 'NODE [flags]',
  summary: 'cordon nodes and move their pods away',
  flags: [
    selectorFlag,
    dryRunFlag,
    chunkSizeFlag,
    bool('force', 'also pods that no controller would make anew'),
    bool('ignore-daemonsets', 'leave pods of daemon sets'),
    bool('delete-emptydir-data', 'also pods whose data is lost with them'),
    bool('disable-eviction', 'delete pods and ask no budget'),
    integer('grace-period', 'seconds to end; -1: as the pod says', { initial: -1 }),
    duration('timeout', 'how long to wait; 0: as long as it takes'),
    text('pod-selector', 'only pods with these labels'),
    integer('skip-wait-for-delete-timeout', 'do not wait for pods that end for longer than so many seconds'),
  ],
  run,
};

interface Pod extends KubeObject {
  readonly spec?: { readonly volumes?: readonly { readonly emptyDir?: unknown }[] };
  readonly status?: { readonly phase?: string };
}

interface Verdict {
  readonly pod: Pod;
  readonly remove: boolean;
  readonly warning?: string;
  readonly error?: string;
}

const RETRY_MS = 5000;
const POLL_MS = 200;

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { infos, failures } = await nodesOf(context, flags, 'drain');
  throwGathered(failures);
  for (const node of infos) await mark(context, node, true, dryRun);
  const all: Failure[] = [];
  const pending: string[] = [];
  for (const node of infos) {
    try {
      await drainOne(context, flags, node, dryRun);
      context.print(`node/${node.name} drained${dryRunSuffix(dryRun)}\n`);
    } catch (thrown) {
      const failure = asFailure(thrown);
      all.push(failure);
      pending.push(node.name);
      context.host.err(
        `error: unable to drain node ${JSON.stringify(node.name)} due to error: ${failure.message}, continuing command...\n`,
      );
    }
  }
  if (pending.length === 0) return;
  context.host.err(`There are pending nodes to be drained:\n${pending.map((name) => ` ${name}\n`).join('')}`);
  context.host.err(`${all.map(({ message }) => message).join('\n')}\n`);
  throw new Exit(1);
}

async function drainOne(context: Context, flags: FlagSet, node: Info, dryRun: DryRun): Promise<void> {
  const resources = await context.resources();
  const pods = await resources.resolve('pods');
  const { items } = await context.rest.json<{ items?: readonly Pod[] | null }>({
    path: pathOf(pods, undefined),
    query: { fieldSelector: `spec.nodeName=${node.name}`, labelSelector: flags.given('pod-selector') },
  });
  const verdicts: Verdict[] = [];
  for (const pod of items ?? []) verdicts.push(await judge(context, flags, pod));
  const errors = grouped(verdicts, 'error').map(
    ([message, names]) => new Failure(`cannot delete ${message}: ${names.join(', ')}`),
  );
  if (errors.length > 0)
    throw new Failure(
      errors.length === 1 ? (errors[0]?.message ?? '') : `[${errors.map(({ message }) => message).join(', ')}]`,
    );
  const warnings = grouped(verdicts, 'warning').map(([message, names]) => `${message}: ${names.join(', ')}`);
  if (warnings.length > 0) context.host.err(`Warning: ${warnings.join('; ')}\n`);
  const doomed = verdicts.filter(({ remove }) => remove).map(({ pod }) => pod);
  if (dryRun === 'client') {
    const verb = flags.bool('disable-eviction') ? 'deleting' : 'evicting';
    for (const { metadata } of doomed) context.print(`${verb} pod ${metadata.namespace}/${metadata.name} (dry run)\n`);
    return;
  }
  const results = await Promise.allSettled(doomed.map((pod) => evict(context, flags, pods, pod, dryRun)));
  throwGathered(results.flatMap((result) => (result.status === 'rejected' ? [asFailure(result.reason)] : [])));
}

function grouped(verdicts: readonly Verdict[], field: 'warning' | 'error'): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const message = verdict[field];
    if (message === undefined) continue;
    const { namespace = '', name = '' } = verdict.pod.metadata;
    groups.set(message, [...(groups.get(message) ?? []), `${namespace}/${name}`]);
  }
  return [...groups];
}

/** What is to become of a pod: the last rule that has something to say is heard. */
async function judge(context: Context, flags: FlagSet, pod: Pod): Promise<Verdict> {
  const { metadata, spec, status } = pod;
  const finished = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const owners = (metadata.ownerReferences ?? []) as {
    kind: string;
    apiVersion: string;
    name: string;
    controller?: boolean;
  }[];
  const controller = owners.find((owner) => owner.controller === true);
  if (controller?.kind === 'DaemonSet' && controller.apiVersion === 'apps/v1' && !finished) {
    const verdict = await judgeDaemonSet(context, flags, pod, controller.name);
    if (!verdict.remove || verdict.error !== undefined) return verdict;
  }
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { pod, remove: false };
  let warning: string | undefined;
  if (!finished && spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined && emptyDir !== null) === true) {
    if (!flags.bool('delete-emptydir-data'))
      return { pod, remove: false, error: 'Pods with local storage (use --delete-emptydir-data to override)' };
    warning = 'deleting Pods with local storage';
  }
  if (finished || controller !== undefined) return { pod, remove: true };
  if (!flags.bool('force'))
    return { pod, remove: false, error: 'Pods that declare no controller (use --force to override)' };
  warning = 'deleting Pods that declare no controller';
  return { pod, remove: true, warning };
}

async function judgeDaemonSet(context: Context, flags: FlagSet, pod: Pod, name: string): Promise<Verdict> {
  const sets = await (await context.resources()).resolve('daemonsets.apps');
  try {
    await context.rest.json({ path: pathOf(sets, pod.metadata.namespace, name) });
  } catch (thrown) {
    const { message } = asFailure(thrown);
    if (isNotFound(thrown) && flags.bool('force')) return { pod, remove: true, warning: message };
    return { pod, remove: false, error: message };
  }
  return flags.bool('ignore-daemonsets')
    ? { pod, remove: false, warning: 'ignoring DaemonSet-managed Pods' }
    : { pod, remove: false, error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
}

async function evict(context: Context, flags: FlagSet, pods: Resource, pod: Pod, dryRun: DryRun): Promise<void> {
  const { name = '', namespace = '', uid } = pod.metadata;
  const { clock, signal } = context.host;
  const grace = flags.number('grace-period');
  const timeoutMs = flags.number('timeout');
  const endMs = timeoutMs > 0 ? clock.monotonicMs() + timeoutMs : Number.POSITIVE_INFINITY;
  const deleteOptions = {
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
    ...(dryRun === 'server' ? { dryRun: ['All'] } : {}),
  };
  const direct = flags.bool('disable-eviction');
  for (;;) {
    if (!direct) context.print(`evicting pod ${namespace}/${name}${dryRunSuffix(dryRun)}\n`);
    try {
      await context.rest.json(
        direct
          ? {
              method: 'DELETE',
              path: pathOf(pods, namespace, name),
              body: { kind: 'DeleteOptions', apiVersion: 'v1', ...deleteOptions },
            }
          : {
              method: 'POST',
              path: pathOf(pods, namespace, name, 'eviction'),
              body: { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name, namespace }, deleteOptions },
            },
      );
      break;
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      const where = `pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`;
      if (!(thrown instanceof ServerFailure) || thrown.code !== 429)
        throw new Failure(`error when evicting ${where}: ${asFailure(thrown).message}`);
      if (clock.monotonicMs() > endMs)
        throw new Failure(`error when evicting ${where}: global timeout reached: ${timeoutMs / 1000}s`);
      context.host.err(`error when evicting ${where} (will retry after 5s): ${thrown.message}\n`);
      await clock.sleep(RETRY_MS, signal);
    }
  }
  if (dryRun === 'server') return;
  while (!signal.aborted) {
    try {
      const present = await context.rest.json<KubeObject>({ path: pathOf(pods, namespace, name) });
      if (present.metadata.uid !== uid) break;
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      break;
    }
    if (clock.monotonicMs() > endMs)
      throw new Failure(
        `error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)} to terminate: global timeout reached: ${timeoutMs / 1000}s`,
      );
    await clock.sleep(POLL_MS, signal);
  }
  context.print(`pod/${name} ${direct ? 'deleted' : 'evicted'}\n`);
}
