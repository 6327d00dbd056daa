/**
 * The append messages on their way to one follower: a ring of the last index of each, oldest first.
 *
 * Invariants: indexes are added in ascending order; never more than `capacity`.
 * Example: messages ending at 4, 7 and 9 are under way; an acknowledgement of 8 frees the first two.
 */
import { assert } from '../../base/assert.ts';

export class Inflights {
  readonly #capacity: number;
  readonly #lastIndexes: number[] = [];
  #start = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count >= this.#capacity;
  }

  add(lastIndex: number): void {
    assert(!this.full, 'an append message beyond the limit of those in flight');
    this.#lastIndexes[(this.#start + this.#count) % this.#capacity] = lastIndex;
    this.#count++;
  }

  /** Frees every message whose last index is at most `index`. */
  freeUpTo(index: number): void {
    while (this.#count > 0 && (this.#lastIndexes[this.#start] as number) <= index) {
      this.#start = (this.#start + 1) % this.#capacity;
      this.#count--;
    }
  }

  reset(): void {
    this.#start = 0;
    this.#count = 0;
  }
}
