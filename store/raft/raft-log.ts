/**
 * The log as the core sees it: what is persisted (behind a RaftLogReader) and what is not yet, as one.
 *
 * Invariants: applied <= committed <= lastIndex; neither applied nor committed ever goes back.
 * Example: persisted 3..7, unstable from 6: indexes 3..5 are read there, 6 and on here; 2 is compacted.
 */
import { assert } from '../../base/assert.ts';
import { entriesBytes, limitEntries } from './entry-bytes.ts';
import type { Entry, RaftLogReader, Snapshot } from './types.ts';
import { UnstableLog } from './unstable-log.ts';

export class RaftLog {
  readonly #persisted: RaftLogReader;
  readonly #unstable: UnstableLog;
  #committed: number;
  #applied: number;

  /** @param committed as it was persisted; may be behind `applied`, for it is not always synced. */
  constructor(persisted: RaftLogReader, committed: number, applied: number) {
    const first = persisted.firstIndex();
    const last = persisted.lastIndex();
    assert(applied >= first - 1, `the state has applied ${applied}, but the log begins only at ${first}`);
    assert(applied <= last, `the state has applied ${applied}, but the log ends at ${last}: entries were lost`);
    assert(committed <= last, `the commit index is ${committed}, but the log ends at ${last}: entries were lost`);
    this.#persisted = persisted;
    this.#unstable = new UnstableLog(last + 1);
    this.#applied = applied;
    this.#committed = Math.max(committed, applied);
  }

  get committed(): number {
    return this.#committed;
  }

  get applied(): number {
    return this.#applied;
  }

  /** The first index that has an entry. */
  firstIndex(): number {
    const snapshot = this.#unstable.snapshot;
    return snapshot === undefined ? this.#persisted.firstIndex() : snapshot.metadata.index + 1;
  }

  lastIndex(): number {
    return this.#unstable.lastIndex() ?? this.#persisted.lastIndex();
  }

  lastTerm(): number {
    return this.termOrZero(this.lastIndex());
  }

  term(index: number): number | 'compacted' | 'unavailable' {
    const unstable = this.#unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex()) return 'compacted';
    if (index > this.lastIndex()) return 'unavailable';
    return this.#persisted.term(index);
  }

  termOrZero(index: number): number {
    const term = this.term(index);
    return typeof term === 'number' ? term : 0;
  }

  matchesTerm(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /**
   * Whether a log that ends so holds at least what this one may have committed (the vote's condition, section 3.6.1).
   */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const ownTerm = this.lastTerm();
    return lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= this.lastIndex());
  }

  /** Entries from `low` to the end, at most `bytesMax` but at least one. */
  entriesFrom(low: number, bytesMax: number): readonly Entry[] | 'compacted' {
    return this.entries(low, this.lastIndex() + 1, bytesMax);
  }

  /** Entries [low, high), at most `bytesMax` but at least one. */
  entries(low: number, high: number, bytesMax: number): readonly Entry[] | 'compacted' {
    assert(high <= this.lastIndex() + 1, `entries up to ${high} of a log that ends at ${this.lastIndex()}`);
    if (low < this.firstIndex()) return 'compacted';
    if (low >= high) return [];
    const border = Math.min(high, this.#unstable.offset);
    if (low >= border) return limitEntries(this.#unstable.slice(low, high), bytesMax);

    const persisted = this.#persisted.entries(low, border, bytesMax);
    if (persisted === 'compacted') return 'compacted';
    assert(persisted !== 'unavailable', `the persisted log does not have the entries [${low}, ${border})`);
    if (persisted.length < border - low || high <= border) return persisted;

    const left = bytesMax - entriesBytes(persisted);
    const unstable = limitEntries(this.#unstable.slice(border, high), left);
    // limitEntries gives at least one, which is one too many here if it does not fit.
    return entriesBytes(unstable) > left ? persisted : [...persisted, ...unstable];
  }

  /** A leader appends to its own log. Returns the new last index. */
  append(entries: readonly Entry[]): number {
    const first = entries[0];
    if (first === undefined) return this.lastIndex();
    assert(first.index > this.#committed, `entry ${first.index} would replace a committed one`);
    this.#unstable.replaceFrom(entries);
    return this.lastIndex();
  }

  /**
   * A follower takes the entries that a leader says follow (prevIndex, prevTerm), and its commit index. Entries that
   * are here already stay; from the first conflict on, the leader's replace the own.
   *
   * @returns the index of the last of them, or undefined if the logs do not agree at prevIndex.
   */
  maybeAppend(prevIndex: number, prevTerm: number, entries: readonly Entry[], commit: number): number | undefined {
    if (!this.matchesTerm(prevIndex, prevTerm)) return undefined;
    const known = entries.findIndex((entry) => !this.matchesTerm(entry.index, entry.term));
    if (known >= 0) this.append(entries.slice(known));
    const lastNew = prevIndex + entries.length;
    this.commitTo(Math.min(commit, lastNew));
    return lastNew;
  }

  /**
   * The highest (index, term) not after `index` with a term not above `term`: whatever lies between cannot be in a log
   * that has `term` at `index`. The term is 0 where it is not known any more.
   */
  findConflictByTerm(index: number, term: number): { index: number; term: number } {
    for (let at = index; at > 0; at--) {
      const ownTerm = this.term(at);
      if (typeof ownTerm !== 'number') return { index: at, term: 0 };
      if (ownTerm <= term) return { index: at, term: ownTerm };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.#committed) return;
    assert(
      index <= this.lastIndex(),
      `told to commit ${index}, but the log ends at ${this.lastIndex()}: data was lost`,
    );
    this.#committed = index;
  }

  /**
   * Commits up to `index` if that entry is of `term`; an earlier term's is never committed by counting (section 3.6.2).
   */
  maybeCommit(index: number, term: number): boolean {
    if (index <= this.#committed || !this.matchesTerm(index, term)) return false;
    this.commitTo(index);
    return true;
  }

  appliedTo(index: number): void {
    if (index <= this.#applied) return;
    assert(index <= this.#committed, `applied ${index}, but only ${this.#committed} is committed`);
    this.#applied = index;
  }

  /** Replaces the whole log by a snapshot that is ahead of it. */
  restore(snapshot: Snapshot): void {
    const { index } = snapshot.metadata;
    assert(index > this.#committed, `a snapshot at ${index} would go back behind what is committed`);
    this.#unstable.restore(snapshot);
    this.#committed = index;
  }

  /** The snapshot to send to a member that is too far behind. */
  snapshotToSend(): Snapshot | 'unavailable' {
    return this.#unstable.snapshot ?? this.#persisted.snapshot();
  }

  get pendingSnapshot(): Snapshot | undefined {
    return this.#unstable.snapshot;
  }

  get hasUnstableEntries(): boolean {
    return this.#unstable.count > 0;
  }

  unstableEntries(): readonly Entry[] {
    return this.#unstable.slice(this.#unstable.offset, this.#unstable.offset + this.#unstable.count);
  }

  stableTo(index: number, term: number): void {
    this.#unstable.stableTo(index, term);
  }

  stableSnapshotTo(index: number): void {
    this.#unstable.stableSnapshotTo(index);
  }

  /** Committed entries wait to be applied. While a snapshot waits, they wait behind it. */
  get hasCommittedEntries(): boolean {
    return this.#applied < this.#committed && this.pendingSnapshot === undefined;
  }

  /** The next committed entries to apply, at most `bytesMax` but at least one if there are any. */
  committedEntries(bytesMax: number): readonly Entry[] {
    if (!this.hasCommittedEntries) return [];
    const entries = this.entries(this.#applied + 1, this.#committed + 1, bytesMax);
    assert(entries !== 'compacted', `entry ${this.#applied + 1} was compacted before it was applied`);
    return entries;
  }

  /** Whether a membership change is committed and not yet applied: until then this member's quorum is out of date. */
  hasUnappliedConfChange(bytesMax: number): boolean {
    let low = this.#applied + 1;
    while (low <= this.#committed) {
      const entries = this.entries(low, this.#committed + 1, bytesMax);
      // Compacted: a snapshot that is being restored stands in for them; the caller refuses to campaign then.
      if (entries === 'compacted') return true;
      if (entries.some((entry) => entry.type === 'confChange')) return true;
      low += entries.length;
    }
    return false;
  }
}
