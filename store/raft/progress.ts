/**
 * What a leader knows of one member's log, and so what to send it next.
 *
 * - `probe`: where the logs agree is a guess; one append a heartbeat interval until an answer settles it.
 * - `replicate`: the logs agree up to `match`; appends are sent without waiting, up to the limit in flight.
 * - `snapshot`: the entries it needs are compacted; nothing is sent until the snapshot has arrived or failed.
 *
 * Invariant: 0 <= match < next. In `snapshot`, next is the snapshot's index + 1.
 */
import { assert } from '../../base/assert.ts';
import { Inflights } from './inflights.ts';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export class Progress {
  /** The member's log equals the leader's up to here, durably. */
  match: number;
  /** The next entry to send. */
  next: number;
  state: ProgressState = 'probe';
  /** The index of the snapshot under way; 0 when none is. */
  pendingSnapshot = 0;
  /** It answered since check-quorum last looked. */
  recentActive = false;
  /** No append until a heartbeat's answer: the probe is out, or the flight is full. */
  paused = false;
  isLearner: boolean;
  readonly inflights: Inflights;
  /** The highest commit index sent to it and likely to arrive. */
  #sentCommit = 0;

  constructor(options: { match: number; next: number; isLearner: boolean; inflightMessagesMax: number }) {
    this.match = options.match;
    this.next = options.next;
    this.isLearner = options.isLearner;
    this.inflights = new Inflights(options.inflightMessagesMax);
  }

  becomeProbe(): void {
    // After a snapshot that was sent, the guess is that it arrived.
    const next = this.state === 'snapshot' ? Math.max(this.match, this.pendingSnapshot) + 1 : this.match + 1;
    this.#enter('probe');
    this.next = next;
    this.#sentCommit = Math.min(this.#sentCommit, next - 1);
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter('snapshot');
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.#sentCommit = index;
  }

  get canSendAppend(): boolean {
    return this.state !== 'snapshot' && !this.paused;
  }

  /** Accounts for an append message with `count` entries, from `next` on. */
  sentEntries(count: number): void {
    assert(this.state !== 'snapshot', 'an append was sent to a member that waits for a snapshot');
    if (this.state === 'probe') {
      if (count > 0) this.paused = true;
      return;
    }
    if (count > 0) {
      this.next += count;
      this.inflights.add(this.next - 1);
    }
    // With a full flight this message counts as a probe: the next goes out after a heartbeat's answer.
    this.paused = this.inflights.full;
  }

  sentCommit(commit: number): void {
    this.#sentCommit = commit;
  }

  /** Whether telling it `commit` now would let it commit more than what is already under way does. */
  canAdvanceCommit(commit: number): boolean {
    return commit > this.#sentCommit && this.#sentCommit < this.next - 1;
  }

  /** The member acknowledged everything up to `index`. Returns false when that was known. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.paused = false;
    return true;
  }

  /**
   * The member refused an append after `rejected`, and its log may agree at `hint`. Moves `next` back; returns false
   * when the refusal is old (reordered or duplicated) and says nothing.
   */
  maybeDecrease(rejected: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.paused = false;
    }
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
    return true;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.paused = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }
}
