/** Pods, as several plugins look at them. */
import type { V1Container, V1EphemeralContainer, V1PodSpec } from '../../generated/kubernetes.d.ts';
import type { GroupResource, KubeObject, ResourceRow } from '../machinery/resource-row.ts';

/** A pod in its wire form, after defaulting: it has a spec with containers. */
export interface PodObject extends KubeObject {
  spec: V1PodSpec;
}

/** The mark of a pod that a kubelet reports for a manifest file of its own: its spec is not ours to change. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

export function is(row: ResourceRow, group: string, resource: string): boolean {
  return row.resource === resource && row.group === group;
}

export function isPods(row: ResourceRow): boolean {
  return is(row, '', 'pods');
}

export function podOf(object: KubeObject | undefined): PodObject | undefined {
  return object !== undefined && typeof object.spec === 'object' && object.spec !== null
    ? (object as PodObject)
    : undefined;
}

export function isMirrorPod(pod: KubeObject): boolean {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

export type AnyContainer = V1Container | V1EphemeralContainer;

/** Every container with the path of its field: init, then the others, then ephemeral ones. */
export function* containersOf(spec: V1PodSpec): Generator<readonly [AnyContainer, string]> {
  yield* withPaths(spec.initContainers, 'spec.initContainers');
  yield* withPaths(spec.containers, 'spec.containers');
  yield* withPaths(spec.ephemeralContainers, 'spec.ephemeralContainers');
}

function* withPaths(
  containers: readonly AnyContainer[] | undefined,
  path: string,
): Generator<readonly [AnyContainer, string]> {
  let index = 0;
  for (const container of containers ?? []) yield [container, `${path}[${index++}]`];
}

export const resources = {
  namespaces: { group: '', resource: 'namespaces' },
  pods: { group: '', resource: 'pods' },
  nodes: { group: '', resource: 'nodes' },
  secrets: { group: '', resource: 'secrets' },
  serviceAccounts: { group: '', resource: 'serviceaccounts' },
  limitRanges: { group: '', resource: 'limitranges' },
  resourceQuotas: { group: '', resource: 'resourcequotas' },
  persistentVolumes: { group: '', resource: 'persistentvolumes' },
  persistentVolumeClaims: { group: '', resource: 'persistentvolumeclaims' },
  priorityClasses: { group: 'scheduling.k8s.io', resource: 'priorityclasses' },
  storageClasses: { group: 'storage.k8s.io', resource: 'storageclasses' },
  runtimeClasses: { group: 'node.k8s.io', resource: 'runtimeclasses' },
  ingressClasses: { group: 'networking.k8s.io', resource: 'ingressclasses' },
} as const satisfies Record<string, GroupResource>;
