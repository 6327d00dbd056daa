/** The environment variables of containers, and where their values come from (pkg/apis/core/validation: ValidateEnv). */
import type {
  V1Container,
  V1EnvFromSource,
  V1EnvVar,
  V1EnvVarSource,
  V1FileKeySelector,
  V1Volume,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, nameComplaints } from '../../machinery/name-formats.ts';
import { checkFieldRef, checkResourceFieldRef, ENVIRONMENT_FIELDS } from './downward.ts';
import { addInvalid, checkLabel, configKeyComplaints, environmentNameComplaints } from './formats.ts';
import { checkNoBacksteps } from './paths.ts';

export function checkEnv(variables: readonly V1EnvVar[] | undefined, path: string, errors: FieldErrors): void {
  for (const [index, variable] of (variables ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (variable.name === '') errors.required(`${at}.name`);
    else addInvalid(errors, `${at}.name`, variable.name, environmentNameComplaints(variable.name));
    if (variable.valueFrom !== undefined) checkSource(variable, variable.valueFrom, `${at}.valueFrom`, errors);
  }
}

function checkSource({ value = '' }: V1EnvVar, source: V1EnvVarSource, path: string, errors: FieldErrors): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef !== undefined) checkFieldRef(fieldRef, ENVIRONMENT_FIELDS, `${path}.fieldRef`, errors);
  if (resourceFieldRef !== undefined) {
    checkResourceFieldRef(resourceFieldRef, false, `${path}.resourceFieldRef`, errors);
  }
  if (configMapKeyRef !== undefined) checkKeySelector(configMapKeyRef, `${path}.configMapKeyRef`, errors);
  if (secretKeyRef !== undefined) checkKeySelector(secretKeyRef, `${path}.secretKeyRef`, errors);
  if (fileKeyRef !== undefined) checkFileKey(fileKeyRef, `${path}.fileKeyRef`, errors);
  const count = Object.keys(source).length;
  if (count === 0) {
    const sources = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.invalid(path, '', `must specify one of: ${sources}`);
  } else if (value !== '') errors.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (count > 1) errors.invalid(path, '', 'may not have more than one field specified at a time');
}

function checkKeySelector(
  { name = '', key }: { name?: string | undefined; key: string },
  path: string,
  errors: FieldErrors,
): void {
  addInvalid(errors, `${path}.name`, name, dns1123SubdomainComplaints(name));
  if (key === '') errors.required(`${path}.key`);
  else addInvalid(errors, `${path}.key`, key, configKeyComplaints(key));
}

function checkFileKey(selector: V1FileKeySelector, path: string, errors: FieldErrors): void {
  if (selector.key === '') errors.required(`${path}.key`);
  else addInvalid(errors, `${path}.key`, selector.key, environmentNameComplaints(selector.key));
  if (selector.volumeName === '') errors.required(`${path}.volumeName`);
  else checkLabel(selector.volumeName, `${path}.volumeName`, errors);
  if (selector.path === '') errors.required(`${path}.path`);
  else checkNoBacksteps(selector.path, `${path}.path`, errors);
}

export function checkEnvFrom(sources: readonly V1EnvFromSource[] | undefined, path: string, errors: FieldErrors): void {
  for (const [index, source] of (sources ?? []).entries()) {
    const at = `${path}[${index}]`;
    const { prefix = '', configMapRef, secretRef } = source;
    if (prefix !== '') addInvalid(errors, `${at}.prefix`, prefix, environmentNameComplaints(prefix));
    if (configMapRef !== undefined) checkWhole(configMapRef, `${at}.configMapRef`, errors);
    if (secretRef !== undefined) checkWhole(secretRef, `${at}.secretRef`, errors);
    // Upstream names the list here, not the item.
    if (configMapRef === undefined && secretRef === undefined) {
      errors.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      errors.invalid(path, '', 'may not have more than one field specified at a time');
    }
  }
}

function checkWhole({ name = '' }: { name?: string | undefined }, path: string, errors: FieldErrors): void {
  if (name === '') errors.required(`${path}.name`);
  // As the names of objects that are to be generated: a dash at the end is no fault.
  else addInvalid(errors, `${path}.name`, name, nameComplaints('subdomain', name, true));
}

/** A file that holds variables lies in an emptyDir of the pod. */
export function checkFileKeyVolumes(
  container: Pick<V1Container, 'env'>,
  volumes: readonly V1Volume[],
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, variable] of (container.env ?? []).entries()) {
    const name = variable.valueFrom?.fileKeyRef?.volumeName;
    if (name === undefined) continue;
    const at = `${path}.env[${index}].valueFrom.fileKeyRef.volumeName`;
    const volume = volumes.findLast((each) => each.name === name);
    if (volume === undefined) errors.notFound(at, name);
    else if (volume.emptyDir === undefined) {
      errors.invalid(at, name, 'referenced volume must be of type emptyDir');
    }
  }
}
