/** Lists, sets and maps of at most so many items, as the validation of devices goes through them. */
import type { FieldErrors } from '../../machinery/field-errors.ts';

type CheckItem<T> = (item: T, path: string) => void;

/** Items are looked at only when there are not too many. */
export function checkList<T>(
  items: readonly T[] | null | undefined,
  max: number,
  path: string,
  errors: FieldErrors,
  check: CheckItem<T>,
): boolean {
  const count = items?.length ?? 0;
  if (count > max) {
    errors.tooMany(path, count, max);
    return false;
  }
  for (const [index, item] of (items ?? []).entries()) check(item, `${path}[${index}]`);
  return true;
}

/**
 * A list whose items have different keys.
 *
 * @param shown what the message shows of a key when it is not the key
 */
export function checkSet<T>(
  items: readonly T[] | null | undefined,
  max: number,
  path: string,
  errors: FieldErrors,
  check: CheckItem<T>,
  keyOf: (item: T) => string,
  shown: (item: T) => unknown = keyOf,
): void {
  if (!checkList(items, max, path, errors, check)) return;
  const keys = new Set<string>();
  for (const [index, item] of (items ?? []).entries()) {
    const key = keyOf(item);
    if (keys.has(key)) errors.duplicate(`${path}[${index}]`, shown(item));
    keys.add(key);
  }
}

/** @param keyBytesMax longer keys are shortened in the paths of errors */
export function checkMap<T>(
  items: Readonly<Record<string, T>> | undefined,
  max: number,
  keyBytesMax: number,
  path: string,
  errors: FieldErrors,
  checkKey: (key: string, path: string) => void,
  check: CheckItem<T> = () => {},
): void {
  const entries = Object.entries(items ?? {});
  if (entries.length > max) {
    errors.tooMany(path, entries.length, max);
    return;
  }
  for (const [key, item] of entries) {
    checkKey(key, path);
    check(item, `${path}[${shorten(key, keyBytesMax)}]`);
  }
}

function shorten(key: string, max: number): string {
  if (key.length <= max) return key;
  const kept = max - '...'.length;
  return `${key.slice(0, Math.floor((kept + 1) / 2))}...${key.slice(key.length - Math.floor(kept / 2))}`;
}
