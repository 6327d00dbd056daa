/**
 * The end of the log that is not yet known to be durable, and the snapshot that was received and is not yet restored.
 *
 * Invariant: entry i has index `offset + i`. What lies before `offset` is in the persisted log. The persisted log may
 * reach beyond `offset`: then what is here replaces it.
 */
import { assert } from '../../base/assert.ts';
import type { Entry, Snapshot } from './types.ts';

export class UnstableLog {
  #offset: number;
  #entries: Entry[] = [];
  #snapshot: Snapshot | undefined;

  constructor(offset: number) {
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get count(): number {
    return this.#entries.length;
  }

  /** The index of the last entry, or of the snapshot, if either is here. */
  lastIndex(): number | undefined {
    if (this.#entries.length > 0) return this.#offset + this.#entries.length - 1;
    return this.#snapshot?.metadata.index;
  }

  /** The term of an index, if it is here. */
  term(index: number): number | undefined {
    if (index >= this.#offset) return this.#entries[index - this.#offset]?.term;
    const snapshot = this.#snapshot?.metadata;
    return snapshot?.index === index ? snapshot.term : undefined;
  }

  /** A copy of the entries [low, high), which must be here. */
  slice(low: number, high: number): readonly Entry[] {
    assert(low >= this.#offset && high <= this.#offset + this.#entries.length, 'unstable entries out of range');
    return this.#entries.slice(low - this.#offset, high - this.#offset);
  }

  /** Everything up to the entry of this term is durable. Does nothing if that entry was replaced in the meantime. */
  stableTo(index: number, term: number): void {
    if (index < this.#offset || this.term(index) !== term) return;
    this.#entries.splice(0, index + 1 - this.#offset);
    this.#offset = index + 1;
  }

  /** The snapshot of this index is durable and restored, unless a newer one arrived in the meantime. */
  stableSnapshotTo(index: number): void {
    if (this.#snapshot?.metadata.index === index) this.#snapshot = undefined;
  }

  restore(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#entries = [];
    this.#offset = snapshot.metadata.index + 1;
  }

  /** Appends entries; whatever stands at their indexes and after goes. */
  replaceFrom(entries: readonly Entry[]): void {
    const first = entries[0]?.index;
    if (first === undefined) return;
    if (first <= this.#offset) {
      this.#entries = [...entries];
      this.#offset = first;
      return;
    }
    assert(first <= this.#offset + this.#entries.length, 'the appended entries would leave a gap');
    this.#entries.length = first - this.#offset;
    for (const entry of entries) this.#entries.push(entry);
  }
}
