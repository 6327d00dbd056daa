/**
 * What an informer knows: objects by key, and by the values of named indexes.
 *
 * Invariants: every bucket of an index holds exactly the objects whose index function gives that value, in the order in
 * which they came into it; empty buckets do not exist.
 */
import { assert } from '../../base/assert.ts';
import type { ApiObject } from './client.ts';

/** The values under which an object is found. Pure: the same object gives the same values. */
export type IndexFunction<T> = (object: T) => string | readonly string[] | undefined;

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly buckets: Map<string, Map<string, T>>;
}

export class ObjectStore<T extends ApiObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Adds an index, also over what is already there. Adding the same name twice needs the same function. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    const existing = this.#indexes.get(name);
    if (existing !== undefined) {
      assert(existing.valuesOf === valuesOf, `index ${name} has two meanings`);
      return;
    }
    const index: Index<T> = { valuesOf, buckets: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) insert(index, key, object);
  }

  /** The objects under a value of an index: a copy, safe to keep while the store changes. */
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    assert(index !== undefined, `index ${name} is not there`);
    const bucket = index.buckets.get(value);
    return bucket === undefined ? [] : [...bucket.values()];
  }

  /** How many objects are under a value of an index. */
  countByIndex(name: string, value: string): number {
    return this.#indexes.get(name)?.buckets.get(value)?.size ?? 0;
  }

  /** Returns what was there before. */
  set(key: string, object: T): T | undefined {
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) {
      if (old !== undefined) remove(index, key, old, object);
      insert(index, key, object);
    }
    return old;
  }

  /** Returns what was there. */
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) remove(index, key, old);
    return old;
  }
}

function valuesIn<T>(index: Index<T>, object: T): readonly string[] {
  const values = index.valuesOf(object);
  if (values === undefined) return [];
  return typeof values === 'string' ? [values] : values;
}

function insert<T>(index: Index<T>, key: string, object: T): void {
  for (const value of valuesIn(index, object)) {
    let bucket = index.buckets.get(value);
    if (bucket === undefined) {
      bucket = new Map();
      index.buckets.set(value, bucket);
    }
    bucket.set(key, object);
  }
}

/** Takes `old` out of the buckets in which `next`, if given, will not be. */
function remove<T>(index: Index<T>, key: string, old: T, next?: T): void {
  const keep = next === undefined ? [] : valuesIn(index, next);
  for (const value of valuesIn(index, old)) {
    if (keep.includes(value)) continue;
    const bucket = index.buckets.get(value);
    if (bucket === undefined) continue;
    bucket.delete(key);
    if (bucket.size === 0) index.buckets.delete(value);
  }
}
