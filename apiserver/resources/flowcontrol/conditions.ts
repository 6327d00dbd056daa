/** Conditions of flow schemas and priority levels: each has a type, and no two the same. */
import type { FieldErrors } from '../../machinery/field-errors.ts';

export function checkTypedConditions(
  conditions: readonly { readonly type?: string | undefined }[] | undefined,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, { type = '' }] of (conditions ?? []).entries()) {
    const path = `status.conditions[${index}].type`;
    if (seen.has(type)) errors.duplicate(path, type);
    seen.add(type);
    if (type === '') errors.required(path);
  }
}
