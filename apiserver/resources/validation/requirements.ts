/** What containers, and pods as a whole, request and are limited to (pkg/apis/core/validation). */
import { ownValue } from '../../../base/own-value.ts';
import { type Quantity, quantityOf } from '../../../base/quantity.ts';
import type {
  CoreV1ResourceClaim,
  V1Container,
  V1PodSpec,
  V1ResourceRequirements,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkLabel } from './formats.ts';
import {
  checkContainerResourceName,
  checkHugePages,
  checkPodResourceName,
  checkResourceAmount,
  isHugePages,
  isOvercommitAllowed,
} from './resource-names.ts';

type NameCheck = (name: string, path: string, errors: FieldErrors) => void;
type Amounts = Readonly<Record<string, string>>;

/** By name, so that errors come in one order. */
function sorted(amounts: Amounts | undefined): [name: string, amount: string][] {
  return Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param claims the names of the pod's claims, of which containers use some */
export function checkContainerResources(
  requirements: V1ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  checkRequirements(requirements ?? {}, checkContainerResourceName, claims, path, errors);
}

function checkRequirements(
  { limits = {}, requests = {}, claims }: V1ResourceRequirements,
  checkName: NameCheck,
  podClaims: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  for (const [name, amount] of sorted(limits)) checkAmount(name, amount, checkName, `${path}.limits[${name}]`, errors);
  for (const [name, amount] of sorted(requests)) {
    const at = `${path}.requests[${name}]`;
    checkName(name, at, errors);
    checkResourceAmount(name, amount, at, errors);
    checkAgainstLimit(name, amount, ownValue(limits, name), path, errors);
    checkHugePages(name, amount, at, errors);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.forbidden(path, 'HugePages require cpu or memory');
  }
  checkClaimNames(claims ?? [], podClaims, `${path}.claims`, errors);
}

function checkAmount(name: string, amount: string, checkName: NameCheck, path: string, errors: FieldErrors): void {
  checkName(name, path, errors);
  checkResourceAmount(name, amount, path, errors);
  checkHugePages(name, amount, path, errors);
}

function checkAgainstLimit(
  name: string,
  amount: string,
  limit: string | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const mayExceed = isOvercommitAllowed(name);
  if (limit === undefined) {
    if (!mayExceed) errors.required(`${path}.limits`, 'Limit must be set for non overcommitable resources');
    return;
  }
  const order = quantityOf(amount).compare(quantityOf(limit));
  if (order !== 0 && !mayExceed) {
    errors.invalid(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`);
  } else if (order > 0) {
    errors.invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`);
  }
}

function checkClaimNames(
  claims: readonly CoreV1ResourceClaim[],
  podClaims: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  const taken = new Set<string>();
  for (const [index, { name, request = '' }] of claims.entries()) {
    const at = `${path}[${index}]`;
    if (name === '') {
      errors.required(at);
      continue;
    }
    if (taken.has(name)) errors.duplicate(at, name);
    else {
      if (request !== '') checkLabel(request, `${at}.request`, errors);
      const key = request === '' ? name : `${name}/${request}`;
      if (taken.has(key)) errors.duplicate(at, key);
      else if (request === '') {
        for (const other of taken) if (other.startsWith(`${name}/`)) errors.duplicate(at, name);
      }
      taken.add(key);
    }
    if (podClaims.has(name)) continue;
    const known = podClaims.size === 0 ? ' which is empty' : `: ${[...podClaims].sort().join(', ')}`;
    errors.notFound(at, name, `must be one of the names in pod.spec.resourceClaims${known}`);
  }
}

/** What a pod as a whole may have is at least what its containers need together. */
export function checkPodResources(
  spec: V1PodSpec,
  claims: ReadonlySet<string>,
  specPath: string,
  errors: FieldErrors,
): void {
  const { resources } = spec;
  if (resources === undefined) return;
  const path = `${specPath}.resources`;
  if (spec.os?.name === 'windows') {
    errors.forbidden(path, 'may not be set for a windows pod');
    return;
  }
  if (resources.claims !== undefined) {
    errors.forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level');
  }
  checkRequirements(resources, checkPodResourceName, claims, path, errors);
  const compare = (bound: 'requests' | 'limits', judges: (name: string) => boolean): void => {
    for (const [name, sum] of [...sumOfContainers(spec, bound)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const amount = ownValue(resources[bound], name);
      if (amount === undefined || !judges(name) || sum.compare(quantityOf(amount)) <= 0) continue;
      const message = `must be greater than or equal to aggregate container ${bound} of ${sum}`;
      errors.invalid(`${path}.${bound}[${name}]`, amount, message);
    }
  };
  compare('requests', () => true);
  compare('limits', isHugePages);
  for (const [index, container] of spec.containers.entries()) {
    for (const [name, limit] of sorted(container.resources?.limits)) {
      const whole = ownValue(resources.limits, name);
      if (whole === undefined || quantityOf(limit).compare(quantityOf(whole)) <= 0) continue;
      const at = `${path}.containers[${index}][${name}].limits`;
      errors.invalid(at, limit, `must be less than or equal to pod limits of ${whole}`);
    }
  }
}

/**
 * What containers need together: those that run side by side add up; an init container runs beside the sidecars started
 * before it, and counts only where that is more (k8s.io/component-helpers/resource).
 */
export function sumOfContainers(spec: V1PodSpec, bound: 'requests' | 'limits'): ReadonlyMap<string, Quantity> {
  const amountsOf = (container: V1Container): Amounts => container.resources?.[bound] ?? {};
  const total = new Map<string, Quantity>();
  for (const container of spec.containers) add(total, amountsOf(container));
  const sidecars = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  for (const container of spec.initContainers ?? []) {
    let beside = sidecars;
    if (container.restartPolicy === 'Always') {
      add(total, amountsOf(container));
      add(sidecars, amountsOf(container));
    } else {
      beside = new Map(sidecars);
      add(beside, amountsOf(container));
    }
    raise(peak, beside);
  }
  raise(total, peak);
  return total;
}

function add(total: Map<string, Quantity>, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const quantity = quantityOf(amount);
    total.set(name, total.get(name)?.plus(quantity) ?? quantity);
  }
}

function raise(total: Map<string, Quantity>, other: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of other) {
    const before = total.get(name);
    if (before === undefined || before.compare(quantity) < 0) total.set(name, quantity);
  }
}
