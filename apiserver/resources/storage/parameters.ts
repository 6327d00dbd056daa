/** What storage classes and classes of volume attributes have in common (pkg/apis/storage/validation). */
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkQualifiedName } from '../validation/formats.ts';

const PARAMETERS_MAX = 512;
const PARAMETERS_BYTES_MAX = 256 * 1024;

type Parameters = Readonly<Record<string, string>>;

export function checkProvisioner(provisioner: string, path: string, errors: FieldErrors): void {
  if (provisioner === '') errors.required(path);
  else checkQualifiedName(provisioner.toLowerCase(), path, errors);
}

export function checkParameters(parameters: Parameters | undefined, path: string, errors: FieldErrors): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > PARAMETERS_MAX) {
    errors.tooLong(path, PARAMETERS_MAX);
    return;
  }
  if (entries.some(([key]) => key === '')) errors.invalid(path, '', 'field can not be empty.');
  if (bytesOf(entries) > PARAMETERS_BYTES_MAX) errors.tooLong(path, PARAMETERS_BYTES_MAX);
}

/** The bytes of all keys and values together. */
export function bytesOf(entries: readonly (readonly [key: string, value: string])[]): number {
  return entries.reduce((bytes, [key, value]) => bytes + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
}

/** As Go shows a map: sorted, and null when there is none. */
export function shownMap(map: Parameters | undefined): object | null {
  if (map === undefined) return null;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
