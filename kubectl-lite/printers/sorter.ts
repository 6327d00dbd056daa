/** `--sort-by`: by what a JSONPath finds: numbers, quantities and times by their size, the rest as text. */
import { parseQuantity } from '../../base/quantity.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure } from '../failure.ts';
import type { Info } from '../selection.ts';
import { JsonPath, relaxedPath } from './jsonpath.ts';
import type { Table, TableRow } from './table.ts';

/** Sorts rows within each table. */
export async function sortTables<T extends Info<Table | KubeObject>>(
  infos: readonly T[],
  sortBy: string,
): Promise<T[]> {
  const path = new JsonPath(relaxedPath(sortBy), { allowMissing: true });
  return infos.map((info) => {
    const table = info.object as Table;
    if ((table.rows?.length ?? 0) < 2) return info;
    const rows = sortedRows(table.rows ?? [], path, sortBy);
    return { ...info, object: { ...table, rows } };
  });
}

/** A table without the field is not shown at all, as kubectl does. */
function sortedRows(rows: readonly TableRow[], path: JsonPath, sortBy: string): readonly TableRow[] {
  try {
    return sorted<TableRow>(rows, (row) => row.object, path, sortBy);
  } catch (thrown) {
    asFailure(thrown);
    return [];
  }
}

export async function sortObjects(objects: readonly KubeObject[], sortBy: string): Promise<KubeObject[]> {
  const path = new JsonPath(relaxedPath(sortBy), { allowMissing: true });
  return sorted(objects, (object) => object, path, sortBy);
}

function sorted<T>(items: readonly T[], dataOf: (item: T) => unknown, path: JsonPath, sortBy: string): T[] {
  const keyed = items.map((item) => ({ item, value: path.results(dataOf(item))[0]?.[0] }));
  if (keyed.length > 0 && keyed.every(({ value }) => value === undefined))
    throw new Failure(`couldn't find any field with path "${relaxedPath(sortBy)}" in the list of objects`);
  return keyed.sort((a, b) => compare(a.value, b.value)).map(({ item }) => item);
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') {
    const [first, second] = [parseQuantity(a), parseQuantity(b)];
    if (first !== undefined && second !== undefined) return first.compare(second);
    return naturally(a, b);
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return 0;
}

/** Runs of digits by their number (`a2` before `a10`). */
function naturally(a: string, b: string): number {
  const split = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [split(a), split(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [x = '', y = ''] = [left[at], right[at]];
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const difference = BigInt(x) - BigInt(y);
      if (difference !== 0n) return difference < 0n ? -1 : 1;
      return x.length - y.length;
    }
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
