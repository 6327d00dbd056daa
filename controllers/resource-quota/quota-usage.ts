/**
 * What objects use of a quota (k8s.io/kubernetes/pkg/quota/v1/evaluator/core). Pure. The API server measures the same when it
 * lets an object in; the controller counts everything that is there, and so corrects what deletions gave back.
 */
import { Quantity, quantityOf } from '../../base/quantity.ts';
import type {
  ResourceV1ResourceClaim,
  V1Container,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ResourceQuota,
  V1Service,
} from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, timeMs } from '../runtime/metadata.ts';
import { isPodFinished } from '../workload/pod-state.ts';

export type Usage = Map<string, Quantity>;

const ONE = Quantity.ofInteger(1);
const ZERO = Quantity.ofInteger(0);
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
type Amounts = Readonly<Record<string, string>> | undefined;

export function addUsage(sum: Usage, usage: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of usage) sum.set(name, (sum.get(name) ?? ZERO).plus(amount));
}

/** A finished pod, and one whose node has not come back long after it should have ended, use nothing. */
export function podUsage(pod: V1Pod, nowMs: number): Usage {
  const usage: Usage = new Map([['count/pods', ONE]]);
  if (isPodFinished(pod) || isLongGone(pod, nowMs)) return usage;
  usage.set('pods', ONE);
  const requests = podAmounts(pod, (container) => container.resources?.requests, pod.spec?.resources?.requests);
  const limits = podAmounts(pod, (container) => container.resources?.limits, pod.spec?.resources?.limits);
  for (const [name, text] of Object.entries(pod.spec?.overhead ?? {})) {
    requests.set(name, (requests.get(name) ?? ZERO).plus(quantityOf(text)));
    const limit = limits.get(name);
    if (limit !== undefined && !limit.isZero) limits.set(name, limit.plus(quantityOf(text)));
  }
  for (const [name, amount] of requests) {
    usage.set(`requests.${name}`, amount);
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-')) {
      usage.set(name, amount);
    }
  }
  for (const [name, amount] of limits) usage.set(`limits.${name}`, amount);
  return usage;
}

function isLongGone(pod: V1Pod, nowMs: number): boolean {
  const deletedMs = timeMs(pod.metadata?.deletionTimestamp);
  const graceSeconds = pod.metadata?.deletionGracePeriodSeconds;
  return deletedMs !== undefined && graceSeconds !== undefined && nowMs > deletedMs + graceSeconds * 1000;
}

/** Containers add up; each init container must fit together with the sidecars before it; the pod's own amounts replace both. */
function podAmounts(pod: V1Pod, of: (container: V1Container) => Amounts, ofPod: Amounts): Usage {
  const sum: Usage = new Map();
  for (const container of pod.spec?.containers ?? []) addUsage(sum, amounts(of(container)));
  const sidecars: Usage = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    const sidecar = container.restartPolicy === 'Always';
    if (sidecar) addUsage(sum, amounts(of(container)));
    const together: Usage = new Map(sidecars);
    addUsage(together, amounts(of(container)));
    if (sidecar) addUsage(sidecars, amounts(of(container)));
    for (const [name, amount] of together) if (amount.compare(sum.get(name) ?? ZERO) > 0) sum.set(name, amount);
  }
  for (const [name, amount] of amounts(ofPod)) sum.set(name, amount);
  return sum;
}

function amounts(given: Amounts): Usage {
  return new Map(Object.entries(given ?? {}).map(([name, text]) => [name, quantityOf(text)]));
}

export function serviceUsage(service: V1Service): Usage {
  const usage: Usage = new Map([
    ['services', ONE],
    ['count/services', ONE],
  ]);
  const { type, allocateLoadBalancerNodePorts, ports = [] } = service.spec ?? {};
  if (type === 'NodePort') usage.set('services.nodeports', Quantity.ofInteger(ports.length));
  if (type === 'LoadBalancer') {
    usage.set('services.loadbalancers', ONE);
    const without = allocateLoadBalancerNodePorts === false;
    const count = without ? ports.filter(({ nodePort = 0 }) => nodePort !== 0).length : ports.length;
    if (count > 0) usage.set('services.nodeports', Quantity.ofInteger(count));
  }
  return usage;
}

export function claimUsage(claim: V1PersistentVolumeClaim): Usage {
  const usage: Usage = new Map([
    ['persistentvolumeclaims', ONE],
    ['count/persistentvolumeclaims', ONE],
  ]);
  const storageClass = claim.metadata?.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
  if (storageClass !== '') usage.set(`${storageClass}${CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  const storage = storageOf(claim);
  if (storage === undefined) return usage;
  usage.set('requests.storage', storage);
  if (storageClass !== '') usage.set(`${storageClass}${CLASS_SUFFIX}requests.storage`, storage);
  return usage;
}

export const DEVICES_SUFFIX = '.deviceclass.resource.k8s.io/devices';
/** A claim cannot be given more: who asks for all may get so many. */
const DEVICES_MAX = 32;

/** The devices that a claim may be given, by class; of alternatives the one with the most counts. */
export function deviceUsage(claim: ResourceV1ResourceClaim): Usage {
  const usage: Usage = new Map();
  for (const { exactly, firstAvailable } of claim.spec?.devices?.requests ?? []) {
    const most: Usage = new Map();
    for (const asked of firstAvailable?.length ? firstAvailable : exactly === undefined ? [] : [exactly]) {
      const name = `${asked.deviceClassName}${DEVICES_SUFFIX}`;
      const { allocationMode, count = 0 } = asked;
      const amount = Quantity.ofInteger(
        allocationMode === 'All' ? DEVICES_MAX : allocationMode === 'ExactCount' ? count : 0,
      );
      if (amount.compare(most.get(name) ?? ZERO) >= 0) most.set(name, amount);
    }
    addUsage(usage, most);
  }
  return usage;
}

/** What is requested, or what was allocated for it if that is more; in whole bytes. */
function storageOf({ spec, status }: V1PersistentVolumeClaim): Quantity | undefined {
  const text = spec?.resources?.requests?.['storage'];
  if (text === undefined) return undefined;
  const [requested, allocated] = [quantityOf(text), quantityOf(status?.allocatedResources?.['storage'])];
  const most = allocated.compare(requested) > 0 ? allocated : requested;
  return most.isInteger ? most : Quantity.ofInteger(most.value, most.format);
}

/** Whether the quota counts a pod: every scope must hold. Other objects have no scopes but their priority class. */
export function podInScopes(quota: V1ResourceQuota, pod: V1Pod): boolean {
  const named = (quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: undefined }));
  return [...named, ...(quota.spec?.scopeSelector?.matchExpressions ?? [])].every(({ scopeName, operator, values }) => {
    const deadline = pod.spec?.activeDeadlineSeconds !== undefined;
    switch (scopeName) {
      case 'Terminating':
        return deadline;
      case 'NotTerminating':
        return !deadline;
      case 'BestEffort':
        return isBestEffort(pod);
      case 'NotBestEffort':
        return !isBestEffort(pod);
      case 'CrossNamespacePodAffinity':
        return reachesOtherNamespaces(pod);
      case 'PriorityClass': {
        const name = pod.spec?.priorityClassName ?? '';
        if (operator === 'Exists') return name !== '';
        if (operator === 'DoesNotExist') return name === '';
        return (values ?? []).includes(name) === (operator === 'In');
      }
      default:
        return false;
    }
  });
}

/** Whether the quota counts a claim: it has no scope but the class of its attributes, those of before and to come too. */
export function claimInScopes(quota: V1ResourceQuota, { spec, status }: V1PersistentVolumeClaim): boolean {
  const named = (quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: undefined }));
  const classes = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== '') as string[];
  return [...named, ...(quota.spec?.scopeSelector?.matchExpressions ?? [])].every(({ scopeName, operator, values }) => {
    if (scopeName !== 'VolumeAttributesClass') return false;
    if (operator === 'Exists') return classes.length > 0;
    if (operator === 'DoesNotExist') return classes.length === 0;
    if (operator === 'In') return classes.some((name) => values?.includes(name));
    return classes.length === 0 || classes.some((name) => !values?.includes(name));
  });
}

function isBestEffort(pod: V1Pod): boolean {
  const asks = ({ resources }: V1Container): boolean =>
    [...Object.entries(resources?.requests ?? {}), ...Object.entries(resources?.limits ?? {})].some(
      ([name, text]) => (name === 'cpu' || name === 'memory') && !quantityOf(text).isZero,
    );
  return ![...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].some(asks);
}

function reachesOtherNamespaces(pod: V1Pod): boolean {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some(({ namespaces, namespaceSelector }) => (namespaces ?? []).length > 0 || namespaceSelector !== undefined),
  );
}

/** Whether a pod's change gives something back. */
export function givesBack(pod: V1Pod, old: V1Pod): boolean {
  return (isPodFinished(pod) && !isPodFinished(old)) || (isBeingDeleted(pod) && !isBeingDeleted(old));
}
