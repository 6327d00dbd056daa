/**
 * A persisted log in memory: what a RaftLogReader reads, and how a loop writes it. Tests and simulations use it whole;
 * a member on disk may keep it as the cache of its log's tail.
 *
 * Invariants: `start` is the last index that was compacted or covered by a received snapshot; its term is still known.
 * Entry i has index `start.index + 1 + i`. The newest snapshot is at `start` or after it.
 * Example: a snapshot was made at 9 and the log compacted to 7: start is 7, entries are 8, 9, 10 ..., snapshot 9.
 */
import { assert } from '../../base/assert.ts';
import { limitEntries } from './entry-bytes.ts';
import type { ConfState, Entry, HardState, RaftLogReader, Snapshot } from './types.ts';

const noMembers: ConfState = { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };

export class MemoryLog implements RaftLogReader {
  #start = { index: 0, term: 0 };
  #entries: Entry[] = [];
  #hardState: HardState = { term: 0, vote: 0n, commit: 0 };
  #confState: ConfState = noMembers;
  #snapshot: Snapshot | undefined;

  /**
   * The log of a founding member: as if a snapshot at index 1, term 1 had set up `confState`. It is not empty on
   * purpose: whoever joins later cannot be served from index 1 and so receives a snapshot, with the membership.
   */
  static founding(confState: ConfState): MemoryLog {
    const log = new MemoryLog();
    log.applySnapshot({ metadata: { index: 1, term: 1, confState } });
    log.setHardState({ term: 1, vote: 0n, commit: 1 });
    return log;
  }

  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#confState };
  }

  firstIndex(): number {
    return this.#start.index + 1;
  }

  lastIndex(): number {
    return this.#start.index + this.#entries.length;
  }

  term(index: number): number | 'compacted' | 'unavailable' {
    if (index < this.#start.index) return 'compacted';
    if (index === this.#start.index) return this.#start.term;
    return this.#entries[index - this.#start.index - 1]?.term ?? 'unavailable';
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] | 'compacted' | 'unavailable' {
    if (low <= this.#start.index) return 'compacted';
    if (high > this.lastIndex() + 1) return 'unavailable';
    return limitEntries(this.#entries.slice(low - this.#start.index - 1, high - this.#start.index - 1), bytesMax);
  }

  snapshot(): Snapshot | 'unavailable' {
    return this.#snapshot ?? 'unavailable';
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** The membership as of the applied index: to be set with every membership change that is applied. */
  setConfState(confState: ConfState): void {
    this.#confState = confState;
  }

  /** Appends entries; what stands at their indexes and after is replaced. Those that are compacted are passed over. */
  append(entries: readonly Entry[]): void {
    const fresh = entries.filter((entry) => entry.index > this.#start.index);
    const first = fresh[0];
    if (first === undefined) return;
    assert(first.index <= this.lastIndex() + 1, `entry ${first.index} would leave a gap after ${this.lastIndex()}`);
    this.#entries.length = first.index - this.#start.index - 1;
    for (const entry of fresh) this.#entries.push(entry);
  }

  /** Replaces the whole log by a received snapshot. */
  applySnapshot(snapshot: Snapshot): void {
    const { index, term, confState } = snapshot.metadata;
    this.#snapshot = snapshot;
    this.#confState = confState;
    this.#start = { index, term };
    this.#entries = [];
  }

  /** A snapshot of the own state at `index`, which was applied; the entries stay until they are compacted. */
  createSnapshot(index: number, confState: ConfState): Snapshot {
    const term = this.term(index);
    assert(typeof term === 'number', `a snapshot at ${index}, which is not in the log`);
    assert(index >= (this.#snapshot?.metadata.index ?? 0), 'a snapshot older than the last one');
    this.#snapshot = { metadata: { index, term, confState } };
    return this.#snapshot;
  }

  /** Drops the entries up to `index`, which a snapshot must cover. */
  compact(index: number): void {
    if (index <= this.#start.index) return;
    assert(index <= (this.#snapshot?.metadata.index ?? 0), `compacting to ${index} without a snapshot that covers it`);
    const term = this.term(index);
    assert(typeof term === 'number', `compacting to ${index}, which is not in the log`);
    this.#entries = this.#entries.slice(index - this.#start.index);
    this.#start = { index, term };
  }
}
