/** Which taints of nodes a pod bears (pkg/apis/core/validation: ValidateTolerations). */
import type { V1Toleration } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { labelValueComplaints } from '../../machinery/name-formats.ts';
import { checkOneOf, checkQualifiedName } from './formats.ts';
import { TAINT_EFFECTS } from './taints.ts';

export function checkTolerations(
  tolerations: readonly V1Toleration[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, toleration] of (tolerations ?? []).entries()) {
    const at = `${path}[${index}]`;
    const { key = '', operator = '', effect = '', tolerationSeconds } = toleration;
    if (key !== '') checkQualifiedName(key, `${at}.key`, errors);
    else if (operator !== 'Exists') {
      const message = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.invalid(`${at}.operator`, operator, message);
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    checkValue(toleration, `${at}.operator`, errors);
    if (effect !== '') checkOneOf(effect, TAINT_EFFECTS, `${at}.effect`, errors);
  }
}

function checkValue({ operator = '', value = '' }: V1Toleration, path: string, errors: FieldErrors): void {
  if (operator === '' || operator === 'Equal') {
    const complaints = labelValueComplaints(value);
    if (complaints.length > 0) errors.invalid(path, value, complaints.join(';'));
  } else if (operator === 'Exists') {
    if (value !== '') errors.invalid(path, value, "value must be empty when `operator` is 'Exists'");
  } else {
    // Comparisons need a feature that is off by default; the message knows of them all the same.
    const comparisons = operator === 'Lt' || operator === 'Gt' ? ['Lt', 'Gt'] : [];
    errors.notSupported(path, operator, ['Equal', 'Exists', ...comparisons]);
  }
}
