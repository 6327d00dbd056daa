/** When an image is pulled (pkg/apis/core/validation: validatePullPolicy). */
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkRequiredOneOf } from './formats.ts';

export function checkPullPolicy(policy: string | undefined, path: string, errors: FieldErrors): void {
  checkRequiredOneOf(policy, ['Always', 'IfNotPresent', 'Never'], path, errors);
}
