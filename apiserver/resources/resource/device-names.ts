/** The names of drivers' pools, devices and their attributes, and what drivers and devices are told beside them. */
import type { V1DeviceToleration } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { patternComplaint } from '../../machinery/name-formats.ts';
import { checkLabelValue, checkOneOf, checkQualifiedName, checkSubdomain } from '../validation/formats.ts';
import { checkCsiDriverName } from '../validation/volume-sources.ts';
import { checkList } from './bounded-lists.ts';

export const ATTRIBUTE_NAME_BYTES_MAX = 63 + 1 + 32;
export const TAINT_EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const POOL_NAME_BYTES_MAX = 253;
const IDENTIFIER_BYTES_MAX = 32;
const BINDING_CONDITIONS_MAX = 4;
const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const identifierPattern = new RegExp(`^${IDENTIFIER}$`);

export function checkPoolName(name: string, path: string, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  if (Buffer.byteLength(name) > POOL_NAME_BYTES_MAX) errors.tooLong(path, POOL_NAME_BYTES_MAX);
  for (const part of name.split('/')) checkSubdomain(part, path, errors);
}

function checkIdentifier(id: string, path: string, errors: FieldErrors): void {
  if (Buffer.byteLength(id) > IDENTIFIER_BYTES_MAX) errors.tooLong(path, IDENTIFIER_BYTES_MAX);
  if (identifierPattern.test(id)) return;
  const message =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
  errors.invalid(path, id, patternComplaint(message, IDENTIFIER, 'my_name', 'MY_NAME', 'MyName'));
}

/** An attribute or a capacity: `memory`, `gpu.example.com/memory`. */
export function checkAttributeName(name: string, path: string, errors: FieldErrors): void {
  const [first = '', second, ...more] = name.split('/');
  if (second === undefined) {
    checkIdentifier(first, path, errors);
    return;
  }
  if (more.length > 0) return;
  if (first === '') errors.invalid(path, '', 'the domain must not be empty');
  else checkCsiDriverName(first, path, errors);
  if (second === '') errors.invalid(path, '', 'the name must not be empty');
  else checkIdentifier(second, path, errors);
}

export function checkFullAttributeName(name: string, path: string, errors: FieldErrors): void {
  checkAttributeName(name, path, errors);
  if (name.includes('/')) return;
  errors.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash');
}

/** Which part of a device that several share. */
export function checkShareId(id: string, path: string, errors: FieldErrors): void {
  const problem = uuidProblem(id);
  if (problem !== undefined) errors.invalid(path, id, `error validating uid: ${problem}`);
  else if (id.length !== 36 || id !== id.toLowerCase()) {
    const form = '`xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`';
    errors.invalid(path, id, `uid must be in RFC 4122 normalized form, ${form} with lowercase hexadecimal characters`);
  }
}

/** As github.com/google/uuid puts it; undefined for every form that it reads. */
function uuidProblem(text: string): string | undefined {
  let id = text;
  if (text.length === 45) {
    const prefix = text.slice(0, 9);
    if (prefix.toLowerCase() !== 'urn:uuid:') return `invalid urn prefix: ${JSON.stringify(prefix)}`;
    id = text.slice(9);
  } else if (text.length === 38) {
    if (!text.startsWith('{') || !text.endsWith('}')) return 'invalid bracketed UUID format';
    id = text.slice(1, -1);
  } else if (text.length !== 36 && text.length !== 32) return `invalid UUID length: ${text.length}`;
  const valid = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i.test(id);
  return valid ? undefined : 'invalid UUID format';
}

export function checkDeviceToleration(toleration: V1DeviceToleration, path: string, errors: FieldErrors): void {
  const { key, operator, value = '', effect } = toleration;
  if (key) checkQualifiedName(key, `${path}.key`, errors);
  if (operator === 'Exists') {
    if (value !== '') errors.invalid(`${path}.value`, value, 'must be empty for operator `Exists`');
  } else if (operator === 'Equal') checkLabelValue(value, `${path}.value`, errors);
  else if (!operator) errors.required(`${path}.operator`);
  else errors.notSupported(`${path}.operator`, operator, ['Equal', 'Exists']);
  if (effect) checkOneOf(effect, TAINT_EFFECTS, `${path}.effect`, errors);
}

/** What must become of a device before pods that it is allocated to are bound, and what keeps them from it. */
export function checkBindingConditions(
  conditions: readonly string[] = [],
  failures: readonly string[] = [],
  path: string,
  errors: FieldErrors,
): void {
  const at = { conditions: `${path}.bindingConditions`, failures: `${path}.bindingFailureConditions` };
  const checkName = (name: string, where: string) => checkQualifiedName(name, where, errors);
  checkList(conditions, BINDING_CONDITIONS_MAX, at.conditions, errors, checkName);
  checkList(failures, BINDING_CONDITIONS_MAX, at.failures, errors, checkName);
  for (const [i, condition] of conditions.entries()) {
    if (conditions.indexOf(condition) < i) errors.duplicate(`${at.conditions}[${i}]`, condition);
  }
  for (const [i, failure] of failures.entries()) {
    if (failures.indexOf(failure) < i) errors.duplicate(`${at.failures}[${i}]`, failure);
    if (conditions.includes(failure)) {
      const message = 'bindingFailureConditions must not overlap with bindingConditions';
      errors.invalid(`${at.failures}[${i}]`, failure, message);
    }
  }
  // What is not there is null in Go.
  if (conditions.length === 0 && failures.length > 0) {
    errors.invalid(at.conditions, null, 'bindingConditions are required to use bindingFailureConditions');
  }
  if (failures.length === 0 && conditions.length > 0) {
    errors.invalid(at.failures, null, 'bindingFailureConditions are required to use bindingConditions');
  }
}
