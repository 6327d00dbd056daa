/**
 * LimitRanges: containers that ask for nothing get the namespace's defaults; who asks for less than the minimum, more
 * than the maximum, or for a limit too far above its request is refused.
 */
import { type Quantity, quantityOf } from '../../base/quantity.ts';
import type { V1Container, V1LimitRangeItem } from '../../generated/kubernetes.d.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import { aggregateTexts } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { type Amounts, amountsOf, podAmounts, readAmounts } from './pod-resources.ts';
import { is, isPods, type PodObject, podOf, resources } from './pods.ts';
import { refuse } from './refusal.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

export class LimitRanger implements AdmissionStep {
  readonly name = 'LimitRanger';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    if (isPods(row)) return subresource === '' ? operation === 'CREATE' : isResize(operation, subresource);
    if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return is(row, '', 'persistentvolumeclaims');
  }

  mutate(attributes: AdmissionAttributes): void {
    const pod = isPods(attributes.row) ? podOf(attributes.object) : undefined;
    if (pod === undefined || isLeaving(attributes)) return;
    for (const limits of this.#limitsOf(attributes.namespace)) setDefaults(pod, limits);
  }

  validate(attributes: AdmissionAttributes): void {
    if (isLeaving(attributes) || attributes.object === undefined) return;
    for (const limits of this.#limitsOf(attributes.namespace)) {
      const pod = isPods(attributes.row) ? podOf(attributes.object) : undefined;
      const complaints = pod === undefined ? claimComplaints(attributes.object, limits) : podComplaints(pod, limits);
      if (complaints.length > 0) throw refuse(attributes, aggregateTexts(complaints));
    }
  }

  *#limitsOf(namespace: string): Generator<readonly V1LimitRangeItem[]> {
    for (const object of this.#cache.list(resources.limitRanges, namespace)) {
      const limits = (object.spec as { limits?: V1LimitRangeItem[] | null } | undefined)?.limits;
      if (limits) yield limits;
    }
  }
}

function isResize(operation: AdmissionOperation, subresource: string): boolean {
  return operation === 'UPDATE' && subresource === 'resize';
}

function isLeaving({ old }: AdmissionAttributes): boolean {
  return old?.metadata.deletionTimestamp !== undefined;
}

function setDefaults(pod: PodObject, limits: readonly V1LimitRangeItem[]): void {
  const requests: Record<string, string> = {};
  const maxima: Record<string, string> = {};
  for (const limit of limits) {
    if (limit.type !== 'Container') continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(maxima, limit.default);
  }
  const words: string[] = [];
  const merge = (container: V1Container, kind: string): void => {
    const own = container.resources ?? {};
    const setLimits = fill(own, 'limits', maxima);
    const setRequests = fill(own, 'requests', requests);
    if (setLimits.length > 0 || setRequests.length > 0) container.resources = own;
    if (setRequests.length > 0) words.push(`${setRequests.join(', ')} request for ${kind} ${container.name}`);
    if (setLimits.length > 0) words.push(`${setLimits.join(', ')} limit for ${kind} ${container.name}`);
  };
  for (const container of pod.spec.containers) merge(container, 'container');
  for (const container of pod.spec.initContainers ?? []) merge(container, 'init container');
  if (words.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${words.join('; ')}`,
  };
}

/** Sets what is missing and says what that was. */
function fill(
  own: { requests?: Record<string, string> | undefined; limits?: Record<string, string> | undefined },
  side: 'requests' | 'limits',
  defaults: Readonly<Record<string, string>>,
): string[] {
  const missing = Object.keys(defaults)
    .filter((name) => own[side]?.[name] === undefined)
    .sort();
  if (missing.length === 0) return missing;
  own[side] = { ...defaults, ...own[side] };
  return missing;
}

function podComplaints(pod: PodObject, limits: readonly V1LimitRangeItem[]): string[] {
  const { spec } = pod;
  return limits.flatMap((limit) => {
    if (limit.type === 'Pod') return complaints(limit, podAmounts(spec, 'requests'), podAmounts(spec, 'limits'));
    if (limit.type !== 'Container') return [];
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) =>
      complaints(limit, amountsOf(container, 'requests'), amountsOf(container, 'limits')),
    );
  });
}

/** Claims have requests alone: the maximum holds for those. */
function claimComplaints(claim: KubeObject, limits: readonly V1LimitRangeItem[]): string[] {
  const spec = claim.spec as { resources?: { requests?: Record<string, string> } } | undefined;
  const requests = readAmounts(spec?.resources?.requests);
  return limits.flatMap((limit) => {
    if (limit.type !== 'PersistentVolumeClaim') return [];
    return [
      ...each(limit.min, (name, bound) => belowMin(limit.type, name, bound, requests, new Map())),
      ...each(limit.max, (name, bound) => {
        const request = requests.get(name);
        const what = `maximum ${name} usage per ${limit.type} is ${bound}`;
        if (request === undefined) return `${what}.  No request is specified`;
        return request.compare(bound) > 0 ? `${what}, but request is ${request}` : undefined;
      }),
    ];
  });
}

function complaints(limit: V1LimitRangeItem, requests: Amounts, maxima: Amounts): string[] {
  const { type } = limit;
  return [
    ...each(limit.min, (name, bound) => belowMin(type, name, bound, requests, maxima)),
    ...each(limit.max, (name, bound) => aboveMax(type, name, bound, requests, maxima)),
    ...each(limit.maxLimitRequestRatio, (name, bound) => aboveRatio(type, name, bound, requests, maxima)),
  ];
}

function each(
  bounds: Readonly<Record<string, string>> | undefined,
  judge: (name: string, bound: Quantity) => string | undefined,
): string[] {
  return Object.entries(bounds ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, bound]) => judge(name, quantityOf(bound)) ?? []);
}

function belowMin(type: string, name: string, bound: Quantity, requests: Amounts, maxima: Amounts): string | undefined {
  const what = `minimum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [requests.get(name), maxima.get(name)];
  if (request === undefined) return `${what}.  No request is specified`;
  if (request.compare(bound) < 0) return `${what}, but request is ${request}`;
  if (limit !== undefined && limit.compare(bound) < 0) return `${what}, but limit is ${limit}`;
  return undefined;
}

function aboveMax(type: string, name: string, bound: Quantity, requests: Amounts, maxima: Amounts): string | undefined {
  const what = `maximum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [requests.get(name), maxima.get(name)];
  if (limit === undefined) return `${what}.  No limit is specified`;
  if (limit.compare(bound) > 0) return `${what}, but limit is ${limit}`;
  if (request !== undefined && request.compare(bound) > 0) return `${what}, but request is ${request}`;
  return undefined;
}

function aboveRatio(
  type: string,
  name: string,
  bound: Quantity,
  requests: Amounts,
  maxima: Amounts,
): string | undefined {
  const what = `${name} max limit to request ratio per ${type} is ${bound}`;
  const [request, limit] = [requests.get(name), maxima.get(name)];
  if (request === undefined || request.isZero) return `${what}, but no request is specified or request is 0`;
  if (limit === undefined || limit.isZero) return `${what}, but no limit is specified or limit is 0`;
  const ratio = limit.approximate / request.approximate;
  return ratio > bound.approximate ? `${what}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
