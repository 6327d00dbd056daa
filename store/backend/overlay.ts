/**
 * Writes that are not committed yet, over a sorted source that does not hold them: put values, and the fact that
 * something was deleted. Keys here are whole: the bucket's byte, then the key.
 */
import type { ByteString } from '../../base/bytes.ts';
import { createOrderedMap, type OrderedMap } from './ordered-map.ts';

/** null: deleted. */
export type Written = Uint8Array | null;

export type SortedEntries = Iterator<readonly [ByteString, Written]>;

export class Overlay {
  readonly #writes: OrderedMap<Written>;
  #bytes = 0;

  constructor(writes: OrderedMap<Written> = createOrderedMap()) {
    this.#writes = writes;
  }

  get size(): number {
    return this.#writes.size;
  }

  /** Of the values written, including such as were overwritten since. */
  get bytes(): number {
    return this.#bytes;
  }

  /** undefined: nothing was written here, look below. */
  get(key: ByteString): Written | undefined {
    return this.#writes.get(key);
  }

  set(key: ByteString, value: Written): void {
    this.#writes.set(key, value);
    this.#bytes += key.length + (value?.length ?? 0);
  }

  entries(start: ByteString): SortedEntries {
    return this.#writes.entries(start);
  }

  /** Every write, in order of keys. */
  forEach(visit: (key: ByteString, value: Written) => void): void {
    this.#writes.forEachPair((key, value) => visit(key, value));
  }

  /** The writes as they are now; cheap, and later writes here do not show there. */
  clone(): Overlay {
    return new Overlay(this.#writes.clone());
  }

  /** This overlay under a later one, as one. */
  under(later: Overlay): Overlay {
    const merged = this.clone();
    later.forEach((key, value) => {
      merged.set(key, value);
    });
    return merged;
  }
}

/**
 * Merges sources sorted by key; where several have a key, the earlier source wins. Deleted keys do not appear.
 * @param end the first key beyond the range
 */
export function* mergeSorted(
  sources: readonly SortedEntries[],
  end: ByteString,
): Generator<readonly [ByteString, Uint8Array]> {
  const heads = sources.map((source) => source.next());
  for (;;) {
    let least: ByteString | undefined;
    let value: Written = null;
    for (const head of heads) {
      if (head.done || head.value[0] >= end) continue;
      if (least === undefined || head.value[0] < least) [least, value] = head.value;
    }
    if (least === undefined) return;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i];
      const source = sources[i];
      if (source !== undefined && head !== undefined && !head.done && head.value[0] === least) heads[i] = source.next();
    }
    if (value !== null) yield [least, value];
  }
}
