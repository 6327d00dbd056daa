/** Cuts out of an object the few facts that the page shows of its kind. Pure. */
import type { ApiObject } from '../../controllers/runtime/client.ts';
import type {
  ContainerRow,
  FaultRow,
  NodeRow,
  ObjectRow,
  PodRow,
  WorkloadResource,
  WorkloadRow,
} from '../../dashboard/model/rows.ts';
import type {
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1ReplicaSet,
  V1StatefulSet,
} from '../../generated/kubernetes.d.ts';
import type { Fault } from '../../nodes/faults/fault.ts';

function common(metadata: V1ObjectMeta = {}) {
  const { name = '', namespace, uid = '', resourceVersion = '0', creationTimestamp, deletionTimestamp } = metadata;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
  return {
    key: namespace === undefined ? name : `${namespace}/${name}`,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    revision: Number(resourceVersion),
    createdMs: Date.parse(String(creationTimestamp ?? '')) || 0,
    ...(deletionTimestamp === undefined ? {} : { deleting: true as const }),
    ...(owner === undefined ? {} : { owner }),
  };
}

export function podRow(pod: V1Pod): PodRow {
  const { spec, status } = pod;
  const statuses = new Map((status?.containerStatuses ?? []).map((each) => [each.name, each]));
  const containers = (spec?.containers ?? []).map(({ name, image }): ContainerRow => {
    const now = statuses.get(name);
    const { running, waiting, terminated } = now?.state ?? {};
    const reason = waiting?.reason ?? terminated?.reason;
    return {
      name,
      image: image ?? '',
      state:
        running !== undefined
          ? 'running'
          : waiting !== undefined
            ? 'waiting'
            : terminated !== undefined
              ? 'terminated'
              : 'unknown',
      ...(reason === undefined ? {} : { reason }),
      ready: now?.ready ?? false,
      restarts: now?.restartCount ?? 0,
    };
  });
  const reason = status?.reason ?? containers.find((each) => each.reason !== undefined)?.reason;
  return {
    resource: 'pods',
    ...common(pod.metadata),
    ...(spec?.nodeName === undefined ? {} : { node: spec.nodeName }),
    phase: status?.phase ?? 'Pending',
    ...(reason === undefined ? {} : { reason }),
    ready: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    containers,
  };
}

export function nodeRow(node: V1Node): NodeRow {
  const { spec, status } = node;
  return {
    resource: 'nodes',
    ...common(node.metadata),
    ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown',
    cordoned: spec?.unschedulable ?? false,
    taints: (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`),
    podsMax: Number(status?.allocatable?.['pods'] ?? 0),
    cpu: String(status?.allocatable?.['cpu'] ?? ''),
    memory: String(status?.allocatable?.['memory'] ?? ''),
  };
}

interface Numbers {
  readonly desired: number | undefined;
  readonly current: number | undefined;
  readonly ready: number | undefined;
  readonly updated: number | undefined;
  readonly observed: number | undefined;
}

function workloadRow(
  resource: WorkloadResource,
  metadata: V1ObjectMeta | undefined,
  template: V1PodSpec | undefined,
  numbers: Numbers,
): WorkloadRow {
  const rollout = metadata?.annotations?.['deployment.kubernetes.io/revision'];
  return {
    resource,
    ...common(metadata),
    desired: numbers.desired ?? 0,
    current: numbers.current ?? 0,
    ready: numbers.ready ?? 0,
    updated: numbers.updated ?? 0,
    images: (template?.containers ?? []).map(({ image }) => image ?? ''),
    generation: metadata?.generation ?? 0,
    observed: numbers.observed ?? 0,
    ...(rollout === undefined ? {} : { rollout }),
  };
}

type Replicated = V1Deployment | V1ReplicaSet | V1StatefulSet;

/** Of workloads that want so many replicas. @param updated how many are as the specification has them now */
function replicatedRow(
  resource: WorkloadResource,
  { metadata, spec, status }: Replicated,
  updated: number | undefined,
): WorkloadRow {
  return workloadRow(resource, metadata, spec?.template?.spec, {
    desired: spec?.replicas ?? 1,
    current: status?.replicas,
    ready: status?.readyReplicas,
    updated,
    observed: status?.observedGeneration,
  });
}

function daemonSetRow({ metadata, spec, status }: V1DaemonSet): WorkloadRow {
  return workloadRow('daemonsets', metadata, spec?.template.spec, {
    desired: status?.desiredNumberScheduled,
    current: status?.currentNumberScheduled,
    ready: status?.numberReady,
    updated: status?.updatedNumberScheduled,
    observed: status?.observedGeneration,
  });
}

/** A job wants so many pods to have succeeded; `ready` counts those. */
function jobRow({ metadata, spec, status }: V1Job): WorkloadRow {
  return workloadRow('jobs', metadata, spec?.template.spec, {
    desired: spec?.completions ?? spec?.parallelism ?? 1,
    current: (status?.active ?? 0) + (status?.succeeded ?? 0),
    ready: status?.succeeded,
    updated: status?.succeeded,
    observed: metadata?.generation,
  });
}

function faultRow({ metadata, spec, status }: Fault): FaultRow {
  const { target, type, duration, network = {} } = spec;
  const { peers, delay } = network;
  const labels = Object.entries(target.selector?.matchLabels ?? {}).map(([label, value]) => `${label}=${value}`);
  return {
    resource: 'faults',
    ...common(metadata),
    type,
    target: target.name ?? labels.join(','),
    phase: status?.phase ?? 'Pending',
    targets: status?.targets ?? [],
    ...(duration === undefined ? {} : { duration }),
    ...(status?.message === undefined ? {} : { message: status.message }),
    ...(peers === undefined ? {} : { peers }),
    ...(delay === undefined ? {} : { delay }),
  };
}

/** How a row is cut, by resource. */
export const rowOf: { readonly [Resource in ObjectRow['resource']]: (object: ApiObject) => ObjectRow } = {
  pods: cutter<V1Pod>(podRow),
  nodes: cutter<V1Node>(nodeRow),
  deployments: cutter<V1Deployment>((one) => replicatedRow('deployments', one, one.status?.updatedReplicas)),
  // A ReplicaSet is never updated: all its replicas are as it has them.
  replicasets: cutter<V1ReplicaSet>((one) => replicatedRow('replicasets', one, one.status?.replicas)),
  statefulsets: cutter<V1StatefulSet>((one) => replicatedRow('statefulsets', one, one.status?.updatedReplicas)),
  daemonsets: cutter<V1DaemonSet>(daemonSetRow),
  jobs: cutter<V1Job>(jobRow),
  faults: cutter<Fault>(faultRow),
  namespaces: ({ metadata }) => ({ resource: 'namespaces', ...common(metadata) }),
};

/** The API says of what kind an object is by where it lists it. */
function cutter<Kind>(cut: (object: Kind) => ObjectRow): (object: ApiObject) => ObjectRow {
  return (object) => cut(object as Kind);
}
