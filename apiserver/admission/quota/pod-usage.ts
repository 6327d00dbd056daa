/**
 * What pods use: themselves while they live, and the compute resources that they ask for. A quota on CPU or memory obliges
 * every container to say how much it wants, which upstream calls a mistake and keeps.
 */
import { quantityOf } from '../../../base/quantity.ts';
import type { V1Container, V1PodAffinityTerm, V1PodSpec } from '../../../generated/kubernetes.d.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import { isExtended } from '../extended-resource-toleration.ts';
import { type Amounts, add, amountsOf, podAmounts, readAmounts } from '../pod-resources.ts';
import { podOf } from '../pods.ts';
import { one, type QuotaEvaluator } from './evaluator.ts';
import type { ScopeSelector } from './quota-object.ts';

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const REQUIRED: ReadonlySet<string> = new Set(
  ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
);
const TRACKED: ReadonlySet<string> = new Set([
  'count/pods',
  'pods',
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);

export const podEvaluator: QuotaEvaluator = {
  handles({ operation, subresource, object, old }) {
    if (subresource === 'resize') return operation === 'UPDATE';
    if (subresource !== '') return false;
    if (operation === 'CREATE') return true;
    return operation === 'UPDATE' && isTerminating(podOf(object)?.spec) !== isTerminating(podOf(old)?.spec);
  },
  tracks: (name) =>
    TRACKED.has(name) ||
    name.startsWith('hugepages-') ||
    name.startsWith('requests.hugepages-') ||
    (name.startsWith('requests.') && isExtended(name.slice('requests.'.length))),
  usage(object, nowMs) {
    const used: Amounts = new Map([['count/pods', one]]);
    const pod = podOf(object);
    if (pod === undefined || hasEnded(object, nowMs)) return used;
    const { spec } = pod;
    const requests = podAmounts(spec, 'requests');
    const limits = podAmounts(spec, 'limits');
    const overhead = readAmounts(spec.overhead);
    add(requests, overhead);
    add(limits, new Map([...overhead].filter(([name]) => limits.get(name)?.isZero === false)));
    add(used, computed(requests, limits));
    return used;
  },
  constraint(object, limited) {
    const spec = podOf(object)?.spec;
    const required = limited.filter((name) => REQUIRED.has(name)).sort();
    if (spec === undefined || required.length === 0 || hasPodLevelResources(spec)) return undefined;
    const missing = required.flatMap((name) => {
      const containers = [...spec.containers, ...(spec.initContainers ?? [])].filter((each) => !says(each, name));
      const names = [...new Set(containers.map((each) => each.name))].sort();
      return names.length === 0 ? [] : [`${name} for: ${names.join(',')}`];
    });
    return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`;
  },
  matchesScope(selector, object) {
    const spec = podOf(object)?.spec;
    return spec !== undefined && inScope(selector, spec);
  },
};

function computed(requests: Amounts, limits: Amounts): Amounts {
  const used: Amounts = new Map([['pods', one]]);
  for (const name of COMPUTE) {
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (request !== undefined) used.set(name, request).set(`requests.${name}`, request);
    if (limit !== undefined) used.set(`limits.${name}`, limit);
  }
  for (const [name, request] of requests) {
    if (name.startsWith('hugepages-')) used.set(name, request).set(`requests.${name}`, request);
    if (isExtended(name)) used.set(`requests.${name}`, request);
  }
  return used;
}

function says(container: V1Container, name: string): boolean {
  return computed(amountsOf(container, 'requests'), amountsOf(container, 'limits')).has(name);
}

function hasPodLevelResources({ resources }: V1PodSpec): boolean {
  return Object.keys(resources?.requests ?? {}).length > 0 || Object.keys(resources?.limits ?? {}).length > 0;
}

/** Finished, or so long past its end that its node must be lost: nobody is charged for it. */
function hasEnded(object: KubeObject, nowMs: number): boolean {
  const phase = (object.status as { phase?: string } | undefined)?.phase;
  if (phase === 'Failed' || phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function inScope({ scopeName, operator, values = [] }: ScopeSelector, spec: V1PodSpec): boolean {
  switch (scopeName) {
    case 'Terminating':
      return isTerminating(spec);
    case 'NotTerminating':
      return !isTerminating(spec);
    case 'BestEffort':
      return isBestEffort(spec);
    case 'NotBestEffort':
      return !isBestEffort(spec);
    case 'PriorityClass':
      return matchesName(spec.priorityClassName ?? '', operator, values);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(spec);
    default:
      return false;
  }
}

function matchesName(name: string, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return name !== '';
    case 'DoesNotExist':
      return name === '';
    case 'In':
      return name !== '' && values.includes(name);
    case 'NotIn':
      return name === '' || !values.includes(name);
    default:
      return false;
  }
}

/** Bound to end: it has a deadline. */
function isTerminating(spec: V1PodSpec | undefined): boolean {
  return spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
}

function isBestEffort(spec: V1PodSpec): boolean {
  const asks = ({ resources }: Pick<V1Container, 'resources'>): boolean =>
    [resources?.requests, resources?.limits].some((list) =>
      ['cpu', 'memory'].some((name) => !quantityOf(list?.[name]).isZero),
    );
  return ![spec, ...spec.containers, ...(spec.initContainers ?? [])].some(asks);
}

function reachesOtherNamespaces({ affinity }: V1PodSpec): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((each): V1PodAffinityTerm[] => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some(
    ({ namespaces, namespaceSelector }) => (namespaces ?? []).length > 0 || namespaceSelector !== undefined,
  );
}
