/** The pods of a DaemonSet: what is added to its template, and for which node each is meant. All pure. */
import type { V1DaemonSet, V1Pod, V1PodSpec, V1PodTemplateSpec, V1Toleration } from '../../generated/kubernetes.d.ts';
import { annotationsOf, createdMs, isBeingDeleted, labelsOf, nameOf } from '../runtime/metadata.ts';
import { pinnedNodeName } from '../scheduler/node-affinity.ts';
import { NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT } from '../scheduler/tolerations.ts';
import { isPodFinished } from '../workload/pod-state.ts';

export const CONTROLLER_REVISION_HASH = 'controller-revision-hash';
const TEMPLATE_GENERATION_LABEL = 'pod-template-generation';
const TEMPLATE_GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

const ALWAYS_TOLERATED: readonly V1Toleration[] = [
  { key: NOT_READY_TAINT, operator: 'Exists', effect: 'NoExecute' },
  { key: UNREACHABLE_TAINT, operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: UNSCHEDULABLE_TAINT, operator: 'Exists', effect: 'NoSchedule' },
];
const TOLERATED_ON_HOST_NETWORK: V1Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** The template's tolerations, and those that keep daemons on nodes that are in trouble. */
export function daemonTolerations(spec: V1PodSpec | undefined): V1Toleration[] {
  const added = spec?.hostNetwork === true ? [...ALWAYS_TOLERATED, TOLERATED_ON_HOST_NETWORK] : ALWAYS_TOLERATED;
  const sameTaint = (a: V1Toleration, b: V1Toleration): boolean =>
    a.key === b.key && a.operator === b.operator && a.effect === b.effect && (a.value ?? '') === '';
  const own = (spec?.tolerations ?? []).filter((toleration) => !added.some((other) => sameTaint(toleration, other)));
  return [...own, ...added];
}

/** The template of the pod for one node, pinned to it so that the scheduler binds it there or nowhere. */
export function daemonTemplate(daemonSet: V1DaemonSet, hash: string, nodeName: string): V1PodTemplateSpec {
  const { metadata, spec } = daemonSet.spec?.template ?? {};
  const generation = templateGeneration(daemonSet);
  const pinned = {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }],
  };
  const nodeAffinity = {
    ...spec?.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: pinned,
  };
  return {
    metadata: {
      ...metadata,
      labels: {
        ...metadata?.labels,
        ...(generation === undefined ? {} : { [TEMPLATE_GENERATION_LABEL]: generation }),
        [CONTROLLER_REVISION_HASH]: hash,
      },
    },
    spec: {
      containers: [],
      ...spec,
      tolerations: daemonTolerations(spec),
      affinity: { ...spec?.affinity, nodeAffinity },
    },
  };
}

export function isUpdated(daemonSet: V1DaemonSet, pod: V1Pod, hash: string): boolean {
  const labels = labelsOf(pod);
  if (hash !== '' && labels[CONTROLLER_REVISION_HASH] === hash) return true;
  const generation = templateGeneration(daemonSet);
  return generation !== undefined && labels[TEMPLATE_GENERATION_LABEL] === generation;
}

function templateGeneration(daemonSet: V1DaemonSet): string | undefined {
  const generation = annotationsOf(daemonSet)[TEMPLATE_GENERATION_ANNOTATION];
  return generation !== undefined && /^-?[0-9]+$/.test(generation) ? generation : undefined;
}

/** The node it runs on, or is meant for. */
export function targetNodeName(pod: V1Pod): string | undefined {
  const { nodeName } = pod.spec ?? {};
  return nodeName !== undefined && nodeName !== '' ? nodeName : pinnedNodeName(pod.spec);
}

/** Pods by node; those that are both finished and being deleted no longer matter. Oldest first, placed ones before others. */
export function podsByNode(pods: readonly V1Pod[]): Map<string, V1Pod[]> {
  const byNode = new Map<string, V1Pod[]>();
  for (const pod of [...pods].sort(byPlacedAndAge)) {
    if (isPodFinished(pod) && isBeingDeleted(pod)) continue;
    const node = targetNodeName(pod);
    if (node === undefined) continue;
    const onNode = byNode.get(node);
    if (onNode === undefined) byNode.set(node, [pod]);
    else onNode.push(pod);
  }
  return byNode;
}

function byPlacedAndAge(a: V1Pod, b: V1Pod): number {
  const placed = (pod: V1Pod): boolean => (pod.spec?.nodeName ?? '') !== '';
  if (placed(a) !== placed(b)) return placed(a) ? -1 : 1;
  return createdMs(a) - createdMs(b) || (nameOf(a) < nameOf(b) ? -1 : 1);
}
