/**
 * The members of the current configuration: the progress of each, and the votes of the election in course.
 *
 * Invariant: there is exactly one progress for each id of the configuration, visited in ascending order of id, so that
 * a run is the same every time.
 */

import { Progress } from './progress.ts';
import { jointIndex, jointVote, type VoteResult } from './quorum.ts';
import type { ConfState, MemberId } from './types.ts';

const emptyConfState: ConfState = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

export class ProgressTracker {
  readonly #inflightMessagesMax: number;
  #confState: ConfState = emptyConfState;
  #progress = new Map<MemberId, Progress>();
  readonly #votes = new Map<MemberId, boolean>();

  constructor(inflightMessagesMax: number) {
    this.#inflightMessagesMax = inflightMessagesMax;
  }

  get confState(): ConfState {
    return this.#confState;
  }

  /** Every member's progress, in ascending order of id. */
  get all(): ReadonlyMap<MemberId, Progress> {
    return this.#progress;
  }

  progress(id: MemberId): Progress | undefined {
    return this.#progress.get(id);
  }

  isVoter(id: MemberId): boolean {
    return this.#confState.voters.includes(id) || this.#confState.votersOutgoing.includes(id);
  }

  /** The voters of both sets, in ascending order. */
  voterIds(): MemberId[] {
    return [...this.#progress.keys()].filter((id) => this.isVoter(id));
  }

  /** One voter alone decides. */
  get isSingleton(): boolean {
    return this.#confState.voters.length === 1 && this.#confState.votersOutgoing.length === 0;
  }

  get isJoint(): boolean {
    return this.#confState.votersOutgoing.length > 0;
  }

  /**
   * Adopts a configuration: who stays keeps the progress; who is new is probed from the end of a log of `lastIndex`.
   */
  switchTo(confState: ConfState, lastIndex: number): void {
    const ids = new Set([...confState.voters, ...confState.votersOutgoing, ...confState.learners]);
    const progress = new Map<MemberId, Progress>();
    for (const id of [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
      const isLearner = confState.learners.includes(id);
      let member = this.#progress.get(id);
      if (member === undefined) {
        member = this.#newProgress(0, Math.max(lastIndex, 1), isLearner);
        // Else check-quorum could find a majority silent before a new member had a chance to speak.
        member.recentActive = true;
      }
      member.isLearner = isLearner;
      progress.set(id, member);
    }
    this.#progress = progress;
    this.#confState = confState;
  }

  /** Forgets what was known of all logs, as at the beginning of a term. The own log, `self`, is known. */
  resetProgress(self: MemberId, lastIndex: number): void {
    for (const [id, old] of this.#progress) {
      this.#progress.set(id, this.#newProgress(id === self ? lastIndex : 0, lastIndex + 1, old.isLearner));
    }
  }

  /** The highest index that is on a quorum. */
  quorumIndex(): number {
    return jointIndex(this.#confState, (id) => this.#progress.get(id)?.match ?? 0);
  }

  /** Whether a quorum answered since the last look; `self` always counts. Begins the next look. */
  takeQuorumActive(self: MemberId): boolean {
    const active = jointVote(this.#confState, (id) => id === self || (this.#progress.get(id)?.recentActive ?? false));
    for (const [id, progress] of this.#progress) if (id !== self) progress.recentActive = false;
    return active === 'won';
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** Counts a vote, the first of each member only, and says how the election stands. */
  recordVote(id: MemberId, granted: boolean): VoteResult {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
    return jointVote(this.#confState, (voter) => this.#votes.get(voter));
  }

  #newProgress(match: number, next: number, isLearner: boolean): Progress {
    return new Progress({ match, next, isLearner, inflightMessagesMax: this.#inflightMessagesMax });
  }
}
