/** What a container may learn about its pod and about itself, in variables and in files (pkg/apis/core/validation). */
import { quantityOf } from '../../../base/quantity.ts';
import type { V1ObjectFieldSelector, V1ResourceFieldSelector } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkQualifiedName } from './formats.ts';

export const ENVIRONMENT_FIELDS = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
];

export const FILE_FIELDS = [
  ...['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'],
];

const MAPS = ['metadata.annotations', 'metadata.labels'];
const knownFields = new Set([
  ...ENVIRONMENT_FIELDS,
  ...FILE_FIELDS,
  ...['spec.restartPolicy', 'spec.schedulerName', 'status.phase'],
]);

/** @param fields the paths that may be used here without a subscript */
export function checkFieldRef(
  selector: V1ObjectFieldSelector,
  fields: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  const { apiVersion = '', fieldPath } = selector;
  if (apiVersion === '' || fieldPath === '') {
    errors.required(apiVersion === '' ? `${path}.apiVersion` : `${path}.fieldPath`);
    return;
  }
  const [, map, key = ''] = /^([^[]+)\['([^']*)'\]$/.exec(fieldPath) ?? [];
  const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  const fault = fieldFault(apiVersion, map, field);
  if (fault !== undefined) {
    errors.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${fault}`);
  } else if (map !== undefined) {
    checkQualifiedName(map === 'metadata.annotations' ? key.toLowerCase() : key, path, errors);
  } else if (!fields.includes(field)) errors.notSupported(`${path}.fieldPath`, field, fields);
}

/** @param map what a subscript follows, if one does */
function fieldFault(apiVersion: string, map: string | undefined, field: string): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (map !== undefined) return MAPS.includes(map) ? undefined : `field label does not support subscript: ${field}`;
  return knownFields.has(field) ? undefined : `field label not supported: ${field}`;
}

const RESOURCES = ['cpu', 'ephemeral-storage', 'memory'];
const RESOURCE_FIELDS = ['limits', 'requests'].flatMap((bound) => RESOURCES.map((name) => `${bound}.${name}`));
const SIZES = ['1', ...['k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit) => `1${unit}`)];
const hugePagesPattern = /^(limits|requests)\.hugepages-/;

/** @param inVolume files tell of any container and must name it; variables are of their own container */
export function checkResourceFieldRef(
  selector: V1ResourceFieldSelector,
  inVolume: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const { containerName = '', resource } = selector;
  if (inVolume && containerName === '') errors.required(`${path}.containerName`);
  else if (resource === '') errors.required(`${path}.resource`);
  else if (!RESOURCE_FIELDS.includes(resource) && !hugePagesPattern.test(resource)) {
    errors.notSupported(`${path}.resource`, resource, RESOURCE_FIELDS);
  }
  checkDivisor(resource, selector.divisor ?? '0', `${path}.divisor`, errors);
}

function checkDivisor(resource: string, divisor: string, path: string, errors: FieldErrors): void {
  const quantity = quantityOf(divisor);
  if (quantity.sign === 0) return;
  const kind = hugePagesPattern.test(resource) ? 'hugepages' : resource.replace(/^(limits|requests)\./, '');
  const [divisors, allowed, name] =
    kind === 'cpu'
      ? [['1m', '1'], '1m and 1', 'cpu']
      : [SIZES, SIZES.join(', '), kind === 'ephemeral-storage' ? 'local ephemeral storage' : kind];
  if (kind !== 'hugepages' && !RESOURCE_FIELDS.includes(resource)) return;
  if (divisors.includes(quantity.toString())) return;
  errors.invalid(path, resource, `only divisor's values ${allowed} are supported with the ${name} resource`);
}
