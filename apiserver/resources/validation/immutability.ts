/** Fields that may not change once they are set. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { equalOnceStored } from '../wire-form.ts';
import { IMMUTABLE } from './formats.ts';

/** @param shown what the message shows in place of the value, when Go shows another form of it */
export function checkImmutable(value: unknown, old: unknown, path: string, errors: FieldErrors, shown = value): void {
  if (!deepEqual(value, old)) errors.invalid(path, shown, IMMUTABLE);
}

/** As above, of a model of the wire: what is empty counts as absent. */
export function checkImmutableModel(
  model: string,
  value: object | undefined,
  old: object | undefined,
  path: string,
  errors: FieldErrors,
  shown: unknown = value,
): void {
  if (!equalOnceStored(model, value, old)) errors.invalid(path, shown, IMMUTABLE);
}
