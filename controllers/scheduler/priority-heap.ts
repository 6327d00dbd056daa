/** A binary heap whose items are found by key: the least by `before` comes first. */

export class PriorityHeap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #keyOf: (item: T) => string;
  readonly #items: T[] = [];
  readonly #places = new Map<string, number>();

  constructor(keyOf: (item: T) => string, before: (a: T, b: T) => boolean) {
    this.#keyOf = keyOf;
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  get(key: string): T | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#items[place];
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item, or replaces the one with its key. */
  push(item: T): void {
    const key = this.#keyOf(item);
    const place = this.#places.get(key) ?? this.#items.length;
    this.#put(item, place);
    this.#settle(place);
  }

  pop(): T | undefined {
    const top = this.#items[0];
    if (top !== undefined) this.remove(this.#keyOf(top));
    return top;
  }

  remove(key: string): T | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const removed = this.#items[place];
    const last = this.#items.pop();
    this.#places.delete(key);
    if (last !== undefined && place < this.#items.length) {
      this.#put(last, place);
      this.#settle(place);
    }
    return removed;
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    this.#places.set(this.#keyOf(item), place);
  }

  /** Moves the item at `start` up or down to where it belongs. */
  #settle(start: number): void {
    const item = this.#items[start];
    if (item === undefined) return;
    let at = start;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#items[parentAt];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#put(parent, at);
      at = parentAt;
    }
    for (;;) {
      let childAt = 2 * at + 1;
      let child = this.#items[childAt];
      const right = this.#items[childAt + 1];
      if (child !== undefined && right !== undefined && this.#before(right, child)) {
        child = right;
        childAt++;
      }
      if (child === undefined || !this.#before(child, item)) break;
      this.#put(child, at);
      at = childAt;
    }
    this.#put(item, at);
  }
}
