/** Conditions of the common form (k8s.io/apimachinery/pkg/apis/meta/v1/validation: ValidateConditions). */
import type { V1Condition } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { patternComplaint } from '../../machinery/name-formats.ts';
import { checkQualifiedName } from './formats.ts';

const REASON_BYTES_MAX = 1024;
const MESSAGE_BYTES_MAX = 32 * 1024;
const STATUSES = ['False', 'True', 'Unknown'];

const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonPattern = new RegExp(`^${REASON}$`);
const REASON_COMPLAINT = patternComplaint(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);

export function checkConditions(
  conditions: readonly V1Condition[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, condition] of (conditions ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (seen.has(condition.type)) errors.duplicate(`${at}.type`, condition.type);
    seen.add(condition.type);
    checkCondition(condition, at, errors);
  }
}

function checkCondition(condition: V1Condition, path: string, errors: FieldErrors): void {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
  checkQualifiedName(type, `${path}.type`, errors);
  if (!STATUSES.includes(status)) errors.notSupported(`${path}.status`, status, STATUSES);
  if (observedGeneration < 0) {
    errors.invalid(`${path}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero');
  }
  if (!lastTransitionTime) errors.required(`${path}.lastTransitionTime`);
  if (reason === '') errors.required(`${path}.reason`);
  else if (!reasonPattern.test(reason)) errors.invalid(`${path}.reason`, reason, REASON_COMPLAINT);
  if (Buffer.byteLength(reason) > REASON_BYTES_MAX) errors.tooLong(`${path}.reason`, REASON_BYTES_MAX);
  if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX) errors.tooLong(`${path}.message`, MESSAGE_BYTES_MAX);
}
