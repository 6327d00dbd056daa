/** What a record itself holds at a key that a user chose; never what all objects inherit (`constructor`, `toString`). */
export function ownValue<T>(record: Readonly<Record<string, T>> | null | undefined, key: string): T | undefined {
  return record !== null && record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
