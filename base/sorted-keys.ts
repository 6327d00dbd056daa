/**
 * A record with its keys in the order in which Go writes a map: by their bytes, as far as JavaScript lets a record be in
 * that order (keys that are whole numbers always come first). The same record if it is so already.
 */
export function withSortedKeys<T>(record: Record<string, T>): Record<string, T> {
  let last: string | undefined;
  for (const key in record) {
    if (last !== undefined && last > key && !WHOLE_NUMBER.test(last)) return sorted(record);
    last = key;
  }
  return record;
}

const WHOLE_NUMBER = /^\d+$/;

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
