/** The objects that every cluster has from the start, as data: namespaces, priority classes, ranges of services. */
import { timestamp } from '../../../base/clock.ts';
import type { GroupResource, KubeObject } from '../../machinery/resource-row.ts';

export interface BuiltinObject {
  readonly resource: GroupResource;
  readonly object: KubeObject;
}

const NAMESPACES: GroupResource = { group: '', resource: 'namespaces' };
const PRIORITY_CLASSES: GroupResource = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };
const SERVICE_CIDRS: GroupResource = { group: 'networking.k8s.io', resource: 'servicecidrs' };

const priorityClasses = {
  'system-cluster-critical': {
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  'system-node-critical': {
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
};

export const systemNamespaces: readonly BuiltinObject[] = [
  'default',
  'kube-node-lease',
  'kube-public',
  'kube-system',
].map((name) => ({
  resource: NAMESPACES,
  object: {
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  },
}));

export const systemPriorityClasses: readonly BuiltinObject[] = Object.entries(priorityClasses).map(
  ([name, { value, description }]) => ({
    resource: PRIORITY_CLASSES,
    object: { metadata: { name, generation: 1 }, value, description, preemptionPolicy: 'PreemptLowerPriority' },
  }),
);

/** The ranges that services get their addresses from, in an object that tells of them. */
export function defaultServiceCidr(cidrs: readonly string[], nowMs: number): BuiltinObject {
  const ready = {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: timestamp(nowMs),
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
  };
  return {
    resource: SERVICE_CIDRS,
    object: { metadata: { name: 'kubernetes' }, spec: { cidrs: [...cidrs] }, status: { conditions: [ready] } },
  };
}
