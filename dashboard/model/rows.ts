/**
 * Objects as the page keeps them: of each kind the few facts that are shown, so that ten thousand pods fit. The server
 * side cuts them out of the real objects (`cluster/dashboard/object-rows.ts`); whole objects are asked for one by one.
 */

interface Common {
  /** `namespace/name`, or `name` for what has no namespace. */
  readonly key: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  /** The store's revision of its last change. */
  readonly revision: number;
  readonly createdMs: number;
  /** Its deletion was asked for. */
  readonly deleting?: true;
  /** The uid of the controller that owns it. */
  readonly owner?: string;
}

export interface ContainerRow {
  readonly name: string;
  readonly image: string;
  /** `running`, `waiting`, `terminated`, or `unknown` before anybody reported. */
  readonly state: string;
  readonly reason?: string;
  readonly ready: boolean;
  readonly restarts: number;
}

export interface PodRow extends Common {
  readonly resource: 'pods';
  readonly node?: string;
  readonly phase: string;
  /** Why it is not (or no longer) running, as kubectl's STATUS column says it: `CrashLoopBackOff`. */
  readonly reason?: string;
  readonly ready: boolean;
  readonly containers: readonly ContainerRow[];
}

export interface NodeRow extends Common {
  readonly resource: 'nodes';
  /** The Ready condition: `True`, `False`, or `Unknown` when nothing is heard of it. */
  readonly ready: string;
  readonly cordoned: boolean;
  readonly taints: readonly string[];
  readonly podsMax: number;
  readonly cpu: string;
  readonly memory: string;
}

export type WorkloadResource = 'deployments' | 'replicasets' | 'statefulsets' | 'daemonsets' | 'jobs';

export interface WorkloadRow extends Common {
  readonly resource: WorkloadResource;
  readonly desired: number;
  readonly current: number;
  readonly ready: number;
  readonly updated: number;
  readonly images: readonly string[];
  /** Of the specification, and how far its controller has come. */
  readonly generation: number;
  readonly observed: number;
  /** `deployment.kubernetes.io/revision` of a ReplicaSet or Deployment. */
  readonly rollout?: string;
}

export interface FaultRow extends Common {
  readonly resource: 'faults';
  readonly type: string;
  /** A name, or a selector in words. */
  readonly target: string;
  readonly phase: string;
  readonly targets: readonly string[];
  readonly duration?: string;
  readonly message?: string;
  /** Of a fault of the network between members: the other ends; absent: all other members. */
  readonly peers?: readonly string[];
  readonly delay?: string;
}

export interface NamespaceRow extends Common {
  readonly resource: 'namespaces';
}

export type ObjectRow = PodRow | NodeRow | WorkloadRow | FaultRow | NamespaceRow;
export type RowResource = ObjectRow['resource'];

export const WORKLOADS: readonly WorkloadResource[] = [
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
];
