/** File paths inside volumes, and the modes of files (pkg/apis/core/validation). */
import type { V1KeyToPath } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';

/** One message is enough, however often the path climbs. */
export function checkNoBacksteps(target: string, path: string, errors: FieldErrors): void {
  if (target.split('/').includes('..')) errors.invalid(path, target, "must not contain '..'");
}

/** Relative, and staying below where it starts. */
export function checkDescendingPath(target: string, path: string, errors: FieldErrors): void {
  if (target.startsWith('/')) errors.invalid(path, target, 'must be a relative path');
  checkNoBacksteps(target, path, errors);
}

/** Descending, and not in the names that kubelets keep for themselves. */
export function checkLocalPath(target: string, path: string, errors: FieldErrors): void {
  checkDescendingPath(target, path, errors);
  if (target.startsWith('..') && !target.startsWith('../')) errors.invalid(path, target, "must not start with '..'");
}

export function checkFileMode(mode: number | undefined, path: string, errors: FieldErrors): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return;
  errors.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}

export function checkKeyToPath(item: V1KeyToPath, path: string, errors: FieldErrors): void {
  if (item.key === '') errors.required(`${path}.key`);
  if (item.path === '') errors.required(`${path}.path`);
  checkLocalPath(item.path, `${path}.path`, errors);
  checkFileMode(item.mode, `${path}.mode`, errors);
}
