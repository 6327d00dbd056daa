/** Counts that may be given as a share: `3` or `25%` (pkg/apis/apps/validation). */
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { addInvalid, NON_NEGATIVE, percentComplaints } from './formats.ts';

export type IntOrPercent = number | string;

export function checkIntOrPercent(value: IntOrPercent, path: string, errors: FieldErrors): void {
  if (typeof value === 'string') addInvalid(errors, path, value, percentComplaints(value));
  else if (value < 0) errors.invalid(path, value, NON_NEGATIVE);
}

export function checkAtMostAll(value: IntOrPercent, path: string, errors: FieldErrors): void {
  if ((percentOf(value) ?? 0) > 100) errors.invalid(path, value, 'must not be greater than 100%');
}

/** The percentage; undefined for what is none. */
export function percentOf(value: IntOrPercent): number | undefined {
  return typeof value === 'string' && percentComplaints(value).length === 0 ? Number(value.slice(0, -1)) : undefined;
}
