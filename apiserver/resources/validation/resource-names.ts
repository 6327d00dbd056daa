/** Names of what can be requested, limited and counted, and their amounts (pkg/apis/core/helper, validation.go). */
import { parseQuantity, type Quantity, quantityOf } from '../../../base/quantity.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, NON_NEGATIVE } from './formats.ts';

const REQUESTS_PREFIX = 'requests.';
const NATIVE_PREFIX = 'kubernetes.io/';
const HUGE_PAGES = 'hugepages-';

const COUNTED = [
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
];
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const BOUNDS = ['requests', 'limits'].flatMap((bound) => COMPUTE.map((name) => `${bound}.${name}`));

const integerResources = new Set(COUNTED);
const standardResources = new Set([...COMPUTE, ...BOUNDS, ...COUNTED, 'storage', 'requests.storage']);
const quotaResources = new Set([...COMPUTE, ...BOUNDS, ...COUNTED, 'requests.storage']);
const containerResources = new Set(COMPUTE);

export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith(REQUESTS_PREFIX + HUGE_PAGES);
}

/** Kubernetes' own, as opposed to a vendor's (`vendor.com/gpu`). */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes(NATIVE_PREFIX);
}

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(REQUESTS_PREFIX)) return false;
  return qualifiedNameComplaints(REQUESTS_PREFIX + name).length === 0;
}

/** More of it may be promised than there is. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

function isIntegerResource(name: string): boolean {
  return integerResources.has(name) || isExtendedResource(name);
}

/** True when the name is well-formed. */
export function checkResourceName(name: string, path: string, errors: FieldErrors): boolean {
  const complaints = qualifiedNameComplaints(name);
  addInvalid(errors, path, name, complaints);
  if (complaints.length > 0) return false;
  if (name.includes('/') || standardResources.has(name) || isQuotaHugePages(name)) return true;
  errors.invalid(path, name, 'must be a standard resource type or fully qualified');
  return false;
}

export function checkContainerResourceName(name: string, path: string, errors: FieldErrors): void {
  checkResourceName(name, path, errors);
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name)) {
      errors.invalid(path, name, 'must be a standard resource for containers');
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.invalid(path, name, "doesn't follow extended resource name standard");
  }
}

/** What a pod as a whole may request: CPU, memory, huge pages. */
export function checkPodResourceName(name: string, path: string, errors: FieldErrors): void {
  if (!checkResourceName(name, path, errors)) return;
  if (name === 'cpu' || name === 'memory' || isHugePages(name)) return;
  errors.notSupported(path, name, ['cpu', HUGE_PAGES, 'memory']);
}

export function checkQuotaResourceName(name: string, path: string, errors: FieldErrors): void {
  checkResourceName(name, path, errors);
  if (!name.includes('/') && !quotaResources.has(name) && !isQuotaHugePages(name)) {
    errors.invalid(path, name, 'must be a standard resource for quota');
  }
}

export function checkResourceAmount(name: string, amount: string, path: string, errors: FieldErrors): void {
  const quantity = quantityOf(amount);
  checkNonNegativeQuantity(quantity, path, errors);
  if (isIntegerResource(name) && quantity.milliValue % 1000 !== 0) {
    errors.invalid(path, amount, 'must be an integer');
  }
}

export function checkNonNegativeQuantity(quantity: Quantity, path: string, errors: FieldErrors): void {
  if (quantity.sign < 0) errors.invalid(path, quantity.toString(), NON_NEGATIVE);
}

export function checkPositiveQuantity(quantity: Quantity, path: string, errors: FieldErrors): void {
  if (quantity.sign <= 0) errors.invalid(path, quantity.toString(), 'must be greater than zero');
}

/** Huge pages come in whole pages. */
export function checkHugePages(name: string, amount: string, path: string, errors: FieldErrors): void {
  if (!isHugePages(name)) return;
  const page = parseQuantity(name.slice(HUGE_PAGES.length));
  const divisible =
    page !== undefined && page.sign > 0 && page.isInteger && quantityOf(amount).value % page.value === 0;
  if (!divisible) errors.invalid(path, amount, `${amount} is not positive integer multiple of ${name}`);
}

/** One that quotas count by a name of Kubernetes' own. */
export function isQuotaResource(name: string): boolean {
  return quotaResources.has(name) || isQuotaHugePages(name);
}
