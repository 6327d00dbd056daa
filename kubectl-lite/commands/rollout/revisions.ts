/** The revisions of a workload: replica sets of a deployment, controller revisions of the others. */
import { applyPatch } from '../../apply/local-patch.ts';
import type { Context } from '../../context.ts';
import { pathOf } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { Failure } from '../../failure.ts';
import { type Info, typedItem } from '../../selection.ts';

export interface Revision {
  readonly number: number;
  readonly changeCause: string;
  readonly template: Template;
  /** What `-o` shows of it. */
  readonly object: KubeObject;
  /** The replica set or controller revision that keeps it. */
  readonly keeper: KubeObject;
}

export interface Template {
  readonly metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  readonly spec?: unknown;
}

const REVISION = 'deployment.kubernetes.io/revision';
const CHANGE_CAUSE = 'kubernetes.io/change-cause';

interface Workload extends KubeObject {
  readonly spec: {
    readonly selector?: { readonly matchLabels?: Record<string, string> };
    readonly template?: Template;
  };
}

/** Oldest first. @throws Failure for a kind without revisions */
export async function revisionsOf(context: Context, info: Info): Promise<Revision[]> {
  const { resource } = info;
  if (resource.group !== 'apps' || !['Deployment', 'DaemonSet', 'StatefulSet'].includes(resource.kind))
    throw new Failure(
      `no history viewer has been implemented for "${resource.kind}${resource.group === '' ? '' : `.${resource.group}`}"`,
    );
  const revisions =
    resource.kind === 'Deployment'
      ? await fromReplicaSets(context, info)
      : await fromControllerRevisions(context, info);
  return revisions.sort((a, b) => a.number - b.number);
}

async function owned(context: Context, info: Info, type: string): Promise<KubeObject[]> {
  const kept = await (await context.resources()).resolve(type);
  const labels = Object.entries((info.object as Workload).spec.selector?.matchLabels ?? {});
  const { items } = await context.rest.json<{ items?: readonly KubeObject[] | null }>({
    path: pathOf(kept, info.namespace),
    query: { labelSelector: labels.map(([key, value]) => `${key}=${value}`).join(',') },
  });
  const isOwned = ({ metadata }: KubeObject): boolean =>
    ((metadata.ownerReferences ?? []) as { uid?: string; controller?: boolean }[]).some(
      ({ uid, controller }) => controller === true && uid === info.object.metadata.uid,
    );
  return (items ?? []).filter(isOwned).map((item) => typedItem(item, kept));
}

async function fromReplicaSets(context: Context, info: Info): Promise<Revision[]> {
  const sets = await owned(context, info, 'replicasets.apps');
  return sets.flatMap((set) => {
    const number = Number(set.metadata.annotations?.[REVISION] ?? Number.NaN);
    const { template = {} } = (set as Workload).spec;
    const changeCause = set.metadata.annotations?.[CHANGE_CAUSE] ?? '';
    const annotations =
      changeCause === ''
        ? template.metadata?.annotations
        : { ...template.metadata?.annotations, [CHANGE_CAUSE]: changeCause };
    const shown = {
      ...template,
      metadata: { ...template.metadata, ...(annotations === undefined ? {} : { annotations }) },
    };
    return Number.isNaN(number) ? [] : [{ number, changeCause, template: shown, object: set, keeper: set }];
  });
}

async function fromControllerRevisions(context: Context, info: Info): Promise<Revision[]> {
  const kept = await owned(context, info, 'controllerrevisions.apps');
  return kept.map((keeper) => {
    const object = applyPatch(
      info.object,
      (keeper.data ?? {}) as Record<string, unknown>,
      info.resource.kind,
    ) as Workload;
    return {
      number: Number(keeper.revision),
      changeCause: keeper.metadata.annotations?.[CHANGE_CAUSE] ?? '',
      template: object.spec.template ?? {},
      object,
      keeper,
    };
  });
}
