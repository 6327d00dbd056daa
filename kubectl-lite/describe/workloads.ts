/** `describe` of what makes pods: deployments, replica sets, daemon sets, stateful sets. */
import type { Outline } from './outline.ts';
import { annotations, type Condition, conditions, controlledBy, longTime, type Meta, pairs } from './parts.ts';
import { type PodSpec, podTemplate } from './pod.ts';

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface Workload {
  readonly metadata: Meta;
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly template?: { readonly metadata?: Meta; readonly spec: PodSpec };
    readonly minReadySeconds?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string; readonly maxSurge?: number | string };
    };
  };
  readonly status?: Readonly<Record<string, number | undefined>> & { readonly conditions?: readonly Condition[] };
}

export function selectorText(selector: LabelSelector | undefined): string {
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    return operator === 'DoesNotExist'
      ? `!${key}`
      : `${key} ${operator.toLowerCase()} (${[...values].sort().join(',')})`;
  });
  return [...pairs(selector?.matchLabels), ...expressions].join(',');
}

export function describeDeployment(
  outline: Outline,
  { metadata, spec, status }: Workload,
  sets: readonly Workload[],
): void {
  const count = (field: string): number => Number(status?.[field] ?? 0);
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .field('CreationTimestamp', longTime(metadata.creationTimestamp))
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata))
    .field('Selector', selectorText(spec.selector))
    .field(
      'Replicas',
      `${spec.replicas ?? 0} desired | ${count('updatedReplicas')} updated | ${count('replicas')} total | ${count('availableReplicas')} available | ${count('unavailableReplicas')} unavailable`,
    )
    .field('StrategyType', spec.strategy?.type)
    .field('MinReadySeconds', spec.minReadySeconds ?? 0);
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling !== undefined)
    outline.field('RollingUpdateStrategy', `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  podTemplate(outline, spec.template);
  conditions(outline, status?.conditions);
  const owned = sets.filter((set) =>
    set.metadata.ownerReferences?.some(
      ({ kind, name, controller }) => controller === true && kind === 'Deployment' && name === metadata.name,
    ),
  );
  const revision = (set: Workload): string | undefined =>
    set.metadata.annotations?.['deployment.kubernetes.io/revision'];
  const current = owned.find((set) => revision(set) === metadata.annotations?.['deployment.kubernetes.io/revision']);
  const text = (set: Workload): string =>
    `${set.metadata.name} (${Number(set.status?.replicas ?? 0)}/${set.spec.replicas ?? 0} replicas created)`;
  outline
    .field(
      'OldReplicaSets',
      owned
        .filter((set) => set !== current && ((set.spec.replicas ?? 0) > 0 || owned.length > 1))
        .map(text)
        .join(', '),
    )
    .field('NewReplicaSet', current === undefined ? undefined : text(current));
}

export function describeReplicaSet(
  outline: Outline,
  { metadata, spec, status }: Workload,
  podPhases: Readonly<Record<string, number>>,
): void {
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .field('Selector', selectorText(spec.selector))
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata))
    .fieldIf('Controlled By', controlledBy(metadata))
    .field('Replicas', `${Number(status?.replicas ?? 0)} current / ${spec.replicas ?? 0} desired`)
    .field('Pods Status', phaseText(podPhases));
  podTemplate(outline, spec.template);
  conditions(outline, status?.conditions);
}

export function describeDaemonSet(
  outline: Outline,
  { metadata, spec, status }: Workload,
  podPhases: Readonly<Record<string, number>>,
): void {
  const count = (field: string): number => Number(status?.[field] ?? 0);
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .field('Selector', selectorText(spec.selector))
    .list('Node-Selector', pairs(spec.template?.spec.nodeSelector))
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata))
    .field('Desired Number of Nodes Scheduled', count('desiredNumberScheduled'))
    .field('Current Number of Nodes Scheduled', count('currentNumberScheduled'))
    .field('Number of Nodes Scheduled with Up-to-date Pods', count('updatedNumberScheduled'))
    .field('Number of Nodes Scheduled with Available Pods', count('numberAvailable'))
    .field('Number of Nodes Misscheduled', count('numberMisscheduled'))
    .field('Pods Status', phaseText(podPhases));
  podTemplate(outline, spec.template);
}

function phaseText(phases: Readonly<Record<string, number>>): string {
  return ['Running', 'Pending', 'Waiting', 'Succeeded', 'Failed']
    .filter((phase) => phase !== 'Waiting')
    .map((phase) => `${phases[phase] ?? 0} ${phase === 'Pending' ? 'Waiting' : phase}`)
    .join(' / ');
}
