/** The keys of a table in the order that people expect (`node-2` before `node-10`), sorted again only when keys came or went. */
import type { Table } from '../model/table.ts';

const collator = new Intl.Collator('en', { numeric: true });

export class SortedKeys {
  #keys: readonly string[] = [];
  #of: Table<unknown> | undefined;

  of(table: Table<unknown>): readonly string[] {
    if (table === this.#of) return this.#keys;
    this.#of = table;
    if (table.size !== this.#keys.length || this.#keys.some((key) => !table.has(key))) {
      this.#keys = [...table].map(([key]) => key).sort(collator.compare);
    }
    return this.#keys;
  }
}

export const inOrder = (one: string, other: string): number => collator.compare(one, other);
