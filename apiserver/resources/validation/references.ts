/** References to other objects by kind and name, in fields. */
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, pathSegmentComplaints } from '../../machinery/name-formats.ts';
import { addInvalid } from './formats.ts';

/** Required, and one segment of a path. */
export function checkPathSegment(value: string | undefined, path: string, errors: FieldErrors): void {
  if (value === undefined || value === '') errors.required(path);
  else addInvalid(errors, path, value, pathSegmentComplaints(value));
}

export function checkTypedReference(
  reference: { readonly apiGroup?: string | null | undefined; readonly kind: string; readonly name: string },
  path: string,
  errors: FieldErrors,
): void {
  const { apiGroup, kind, name } = reference;
  if (typeof apiGroup === 'string') {
    addInvalid(errors, `${path}.apiGroup`, apiGroup, dns1123SubdomainComplaints(apiGroup));
  }
  checkPathSegment(kind, `${path}.kind`, errors);
  checkPathSegment(name, `${path}.name`, errors);
}
