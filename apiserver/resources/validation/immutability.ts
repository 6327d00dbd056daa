/** Fields that may not change once they are set. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { IMMUTABLE } from './formats.ts';

/** @param shown what the message shows in place of the value, when Go shows another form of it */
export function checkImmutable(value: unknown, old: unknown, path: string, errors: FieldErrors, shown = value): void {
  if (!deepEqual(value, old)) errors.invalid(path, shown, IMMUTABLE);
}
