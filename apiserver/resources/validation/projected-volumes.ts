/** Volumes whose files come from several objects, or tell of the pod itself (pkg/apis/core/validation). */
import type {
  V1DownwardAPIVolumeFile,
  V1DownwardAPIVolumeSource,
  V1KeyToPath,
  V1ProjectedVolumeSource,
  V1ServiceAccountTokenProjection,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkFieldRef, checkResourceFieldRef, FILE_FIELDS } from './downward.ts';
import { checkFileMode, checkKeyToPath, checkLocalPath } from './paths.ts';

export function checkDownwardVolume(source: V1DownwardAPIVolumeSource, path: string, errors: FieldErrors): void {
  checkFileMode(source.defaultMode, `${path}.defaultMode`, errors);
  // Upstream names the volume, not the item.
  for (const item of source.items ?? []) checkDownwardFile(item, path, errors);
}

function checkDownwardFile(file: V1DownwardAPIVolumeFile, path: string, errors: FieldErrors): void {
  if (file.path === '') errors.required(`${path}.path`);
  checkLocalPath(file.path, `${path}.path`, errors);
  if (file.fieldRef !== undefined) {
    checkFieldRef(file.fieldRef, FILE_FIELDS, `${path}.fieldRef`, errors);
    if (file.resourceFieldRef !== undefined) {
      errors.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
    }
  } else if (file.resourceFieldRef !== undefined) {
    checkResourceFieldRef(file.resourceFieldRef, true, `${path}.resourceFieldRef`, errors);
  } else errors.required(path, 'one of fieldRef and resourceFieldRef is required');
  checkFileMode(file.mode, `${path}.mode`, errors);
}

export function checkProjectedVolume(volume: V1ProjectedVolumeSource, path: string, errors: FieldErrors): void {
  checkFileMode(volume.defaultMode, `${path}.defaultMode`, errors);
  const taken = new Set<string>();
  const take = (file: string, shown: string): void => {
    if (file === '') return;
    if (taken.has(file)) errors.invalid(path, shown, 'conflicting duplicate paths');
    taken.add(file);
  };
  for (const [index, source] of (volume.sources ?? []).entries()) {
    const at = `${path}.sources[${index}]`;
    for (const field of ['secret', 'configMap'] as const) {
      const projection = source[field];
      if (projection === undefined) continue;
      const name = projection.name ?? '';
      if (name === '') errors.required(`${at}.${field}.name`);
      checkItems(projection.items, `${at}.${field}.items`, errors, (file) => take(file, name));
    }
    if (source.downwardAPI !== undefined) {
      for (const file of source.downwardAPI.items ?? []) {
        checkDownwardFile(file, `${at}.downwardAPI`, errors);
        take(file.path, file.path);
      }
    }
    if (source.serviceAccountToken !== undefined) {
      checkTokenProjection(source.serviceAccountToken, `${at}.serviceAccountToken`, path, errors);
    }
    if (Object.keys(source).length > 1) errors.forbidden(at, 'may not specify more than 1 volume type per source');
  }
}

function checkItems(
  items: readonly V1KeyToPath[] | undefined,
  path: string,
  errors: FieldErrors,
  take: (file: string) => void,
): void {
  for (const [index, item] of (items ?? []).entries()) {
    checkKeyToPath(item, `${path}[${index}]`, errors);
    take(item.path);
  }
}

function checkTokenProjection(
  token: V1ServiceAccountTokenProjection,
  path: string,
  volumePath: string,
  errors: FieldErrors,
): void {
  const seconds = token.expirationSeconds ?? 0;
  const secondsPath = `${path}.expirationSeconds`;
  if (seconds < 600) errors.invalid(secondsPath, seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > 2 ** 32) errors.invalid(secondsPath, seconds, 'may not specify a duration larger than 2^32 seconds');
  if (token.path === '') errors.required(`${volumePath}.path`);
  else checkLocalPath(token.path, `${volumePath}.path`, errors);
}
