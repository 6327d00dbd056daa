/** Short ways to write pods and nodes in tests. */
import type { V1Node, V1Pod, V1PodSpec, V1Taint } from '../../generated/kubernetes.d.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export function at(secondsAfterStart: number): string {
  return `${new Date(START_MS + secondsAfterStart * 1000).toISOString().slice(0, 19)}Z`;
}

export interface PodParts {
  readonly labels?: Record<string, string>;
  readonly node?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly priority?: number;
  readonly spec?: Partial<V1PodSpec>;
  readonly phase?: string;
  readonly ready?: boolean | number;
  readonly created?: number;
  readonly deleting?: boolean;
  readonly annotations?: Record<string, string>;
  readonly namespace?: string;
  readonly restarts?: number;
}

/** `ready` may be the second since when. */
export function pod(name: string, parts: PodParts = {}): V1Pod {
  const requests = {
    ...(parts.cpu === undefined ? {} : { cpu: parts.cpu }),
    ...(parts.memory === undefined ? {} : { memory: parts.memory }),
  };
  const since = typeof parts.ready === 'number' ? parts.ready : 0;
  const isReady = parts.ready !== undefined && parts.ready !== false;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: parts.namespace ?? 'default',
      uid: name,
      creationTimestamp: at(parts.created ?? 0),
      labels: parts.labels ?? {},
      ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
      ...(parts.deleting === true ? { deletionTimestamp: at(0) } : {}),
    },
    spec: {
      containers: [{ name: 'main', image: 'x', resources: { requests } }],
      ...(parts.node === undefined ? {} : { nodeName: parts.node }),
      ...(parts.priority === undefined ? {} : { priority: parts.priority }),
      ...parts.spec,
    },
    status: {
      phase: parts.phase ?? (parts.node === undefined ? 'Pending' : 'Running'),
      conditions: isReady ? [{ type: 'Ready', status: 'True', lastTransitionTime: at(since) }] : [],
      containerStatuses: [{ name: 'main', image: 'x', imageID: '', ready: isReady, restartCount: parts.restarts ?? 0 }],
    },
  };
}

export interface NodeParts {
  readonly labels?: Record<string, string>;
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly taints?: V1Taint[];
  readonly unschedulable?: boolean;
}

export function node(name: string, parts: NodeParts = {}): V1Node {
  const { cpu = '4', memory = '8Gi', pods = '110' } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, labels: { 'kubernetes.io/hostname': name, ...parts.labels } },
    spec: {
      ...(parts.taints === undefined ? {} : { taints: parts.taints }),
      ...(parts.unschedulable === undefined ? {} : { unschedulable: parts.unschedulable }),
    },
    status: { allocatable: { cpu, memory, pods }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
