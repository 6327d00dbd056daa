/**
 * What compactions to come will remove: entries, each with the compact revision from which on it may go. The least
 * revision comes first; adding and taking cost the same however many wait.
 *
 * A change at revision N makes garbage of two kinds: what it supersedes may go from N on, and what is itself of N (a
 * deletion, a value that the same transaction replaced) from N + 1 on. Mixed, the revisions of one transaction alternate:
 * N, N + 1, N, N + 1. Each kind alone ascends as long as changes come in order, so each has a line of its own, and the
 * next to go is at the head of one of the two.
 */
import { assert } from '../../base/assert.ts';
import type { Revision } from '../store.ts';

export class GarbageQueue<Item> {
  readonly #superseded = new Line<Item>();
  readonly #own = new Line<Item>();

  /**
   * @param changed the revision of the change; never less than the one before
   * @param from `changed` or the revision after it
   */
  push(item: Item, changed: Revision, from: Revision): void {
    assert(from === changed || from === changed + 1, 'garbage may go at its change or right after it');
    (from === changed ? this.#superseded : this.#own).push(item, from);
  }

  /** Takes the next one that may go at compact revision `compacted`, if there is one. */
  take(compacted: Revision): Item | undefined {
    const line = this.#superseded.nextFrom <= this.#own.nextFrom ? this.#superseded : this.#own;
    return line.nextFrom > compacted ? undefined : line.shift();
  }
}

const CHUNK_LENGTH = 4096;

/** First in, first out, in chunks: two slots an entry. */
class Line<Item> {
  #chunks: { readonly items: Item[]; readonly from: Revision[] }[] = [];
  #taken = 0;

  /** The revision of the first entry; infinite when there is none. */
  get nextFrom(): Revision {
    return this.#chunks[0]?.from[this.#taken] ?? Infinity;
  }

  push(item: Item, from: Revision): void {
    let last = this.#chunks.at(-1);
    if (last === undefined || last.items.length === CHUNK_LENGTH) {
      last = { items: [], from: [] };
      this.#chunks.push(last);
    }
    last.items.push(item);
    last.from.push(from);
  }

  shift(): Item | undefined {
    const first = this.#chunks[0];
    const item = first?.items[this.#taken];
    this.#taken++;
    if (this.#taken === first?.items.length) {
      this.#chunks.shift();
      this.#taken = 0;
    }
    return item;
  }
}
