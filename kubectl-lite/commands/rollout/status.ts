/** `rollout status`: tells how far a rollout is, until it is done. */
import type { Leaf } from '../../command-line/command.ts';
import { bool, duration, integer } from '../../command-line/flag.ts';
import { fileFlags, selectorFlag } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { pathOf } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { asFailure, Failure, throwGathered } from '../../failure.ts';
import type { Info } from '../../selection.ts';
import { noneFound, workloads } from './rollout.ts';

export const status: Leaf = {
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'follow a rollout to its end',
  flags: [
    ...fileFlags,
    selectorFlag,
    bool('watch,w', 'until it is done', { initial: true }),
    integer('revision', 'only of this revision'),
    duration('timeout', 'how long to wait; 0: as long as it takes'),
  ],
  run,
};

interface Workload extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status?: Readonly<Record<string, number | undefined>> & {
    readonly updateRevision?: string;
    readonly currentRevision?: string;
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  };
}

interface State {
  readonly text: string;
  readonly done: boolean;
}

async function run(context: Context, flags: FlagSet): Promise<void> {
  const revision = flags.number('revision');
  if (flags.args.length > 0 && revision < 0) throw new Failure(`revision must be a positive integer: ${revision}`);
  const { infos, failures } = await workloads(context, flags);
  if (infos.length === 0 && failures.length === 0) return noneFound(context);
  const all = [...failures];
  for (const info of infos) {
    try {
      await follow(context, flags, info);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

async function follow(context: Context, flags: FlagSet, info: Info): Promise<void> {
  const { resource, namespace, name } = info;
  const view = VIEWS[resource.group === 'apps' ? resource.kind : ''];
  if (view === undefined)
    throw new Failure(
      `no status viewer has been implemented for ${resource.kind}.${resource.group}`.replace(/\.$/, ''),
    );
  const { host } = context;
  const timeoutMs = flags.number('timeout');
  const ended = new AbortController();
  const timer =
    timeoutMs > 0
      ? host.clock
          .sleep(timeoutMs, ended.signal)
          .then(() => ended.abort())
          .catch(() => {})
      : undefined;
  const signal = AbortSignal.any([host.signal, ended.signal]);
  const show = (object: Workload): boolean => {
    const { text, done } = view(object, flags.number('revision'));
    context.print(text);
    return done || !flags.bool('watch');
  };
  try {
    const fieldSelector = `metadata.name=${name}`;
    const list = await context.rest.json<{
      items?: readonly Workload[] | null;
      metadata?: { resourceVersion?: string };
    }>({
      path: pathOf(resource, namespace),
      query: { fieldSelector },
    });
    for (const item of list.items ?? []) if (show(item)) return;
    const lines = context.rest.lines<{ type: string; object: Workload }>({
      path: pathOf(resource, namespace),
      query: { fieldSelector, watch: 'true', resourceVersion: list.metadata?.resourceVersion },
      signal,
    });
    for await (const { type, object } of lines) {
      if (type === 'DELETED') throw new Failure('object has been deleted');
      if ((type === 'ADDED' || type === 'MODIFIED') && show(object)) return;
    }
    if (ended.signal.aborted) throw new Failure('timed out waiting for the condition');
  } finally {
    ended.abort();
    await timer;
  }
}

const VIEWS: Readonly<Record<string, (object: Workload, revision: number) => State>> = {
  Deployment: deployment,
  DaemonSet: daemonSet,
  StatefulSet: statefulSet,
};

const waiting = (text: string): State => ({ text: `${text}\n`, done: false });
const finished = (text: string): State => ({ text: `${text}\n`, done: true });

function count(object: Workload, field: string): number {
  return Number(object.status?.[field] ?? 0);
}

function isObserved(object: Workload): boolean {
  return Number(object.metadata.generation ?? 0) <= count(object, 'observedGeneration');
}

function deployment(object: Workload, revision: number): State {
  const name = JSON.stringify(object.metadata.name);
  if (revision > 0) {
    const running = Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
    if (running !== revision)
      throw new Failure(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  if (!isObserved(object)) return waiting('Waiting for deployment spec update to be observed...');
  const progressing = object.status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    throw new Failure(`deployment ${name} exceeded its progress deadline`);
  const updated = count(object, 'updatedReplicas');
  const replicas = count(object, 'replicas');
  const available = count(object, 'availableReplicas');
  const wanted = object.spec.replicas;
  if (wanted !== undefined && updated < wanted)
    return waiting(
      `Waiting for deployment ${name} rollout to finish: ${updated} out of ${wanted} new replicas have been updated...`,
    );
  if (replicas > updated)
    return waiting(
      `Waiting for deployment ${name} rollout to finish: ${replicas - updated} old replicas are pending termination...`,
    );
  if (available < updated)
    return waiting(
      `Waiting for deployment ${name} rollout to finish: ${available} of ${updated} updated replicas are available...`,
    );
  return finished(`deployment ${name} successfully rolled out`);
}

function daemonSet(object: Workload): State {
  const name = JSON.stringify(object.metadata.name);
  if (object.spec.updateStrategy?.type !== 'RollingUpdate')
    throw new Failure('rollout status is only available for RollingUpdate strategy type');
  if (!isObserved(object)) return waiting('Waiting for daemon set spec update to be observed...');
  const desired = count(object, 'desiredNumberScheduled');
  const updated = count(object, 'updatedNumberScheduled');
  const available = count(object, 'numberAvailable');
  if (updated < desired)
    return waiting(
      `Waiting for daemon set ${name} rollout to finish: ${updated} out of ${desired} new pods have been updated...`,
    );
  if (available < desired)
    return waiting(
      `Waiting for daemon set ${name} rollout to finish: ${available} of ${desired} updated pods are available...`,
    );
  return finished(`daemon set ${name} successfully rolled out`);
}

function statefulSet(object: Workload): State {
  const { spec, status } = object;
  if (spec.updateStrategy?.type !== 'RollingUpdate')
    throw new Failure('rollout status is only available for RollingUpdate strategy type');
  if (count(object, 'observedGeneration') === 0 || !isObserved(object))
    return waiting('Waiting for statefulset spec update to be observed...');
  const ready = count(object, 'readyReplicas');
  const updated = count(object, 'updatedReplicas');
  if (spec.replicas !== undefined && ready < spec.replicas)
    return waiting(`Waiting for ${spec.replicas - ready} pods to be ready...`);
  if (spec.updateStrategy.rollingUpdate !== undefined) {
    const partition = spec.updateStrategy.rollingUpdate.partition;
    if (spec.replicas !== undefined && partition !== undefined && updated < spec.replicas - partition)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${spec.replicas - partition} new pods have been updated...`,
      );
    return finished(`partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  if (status?.updateRevision !== status?.currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${status?.updateRevision ?? ''}...`,
    );
  return finished(
    `statefulset rolling update complete ${count(object, 'currentReplicas')} pods at revision ${status?.currentRevision ?? ''}...`,
  );
}
