/** The objects that live tests begin with. */
import type { V1DaemonSet, V1Deployment, V1PodSpec, V1ReplicaSet } from '../../../generated/kubernetes.d.ts';

function workload(name: string, spec: Partial<V1PodSpec> = {}) {
  return {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name, image: `${name}:1` }], ...spec },
    },
  };
}

export function deployment(name: string, replicas: number, spec: Partial<V1PodSpec> = {}): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas, ...workload(name, spec) },
  };
}

export function replicaSet(name: string, replicas: number, spec: Partial<V1PodSpec> = {}): V1ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: { replicas, ...workload(name, spec) },
  };
}

export function daemonSet(name: string, spec: Partial<V1PodSpec> = {}): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: workload(name, spec),
  };
}
