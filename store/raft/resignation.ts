/**
 * The last task of a leader that a membership change has made a learner or removed: to lead on, without a vote, until a
 * quorum of the new voters knows that the change is committed. If it stopped before, they might go on asking for votes
 * by the old membership, from members that are gone.
 *
 * Who knows: whoever answered a heartbeat that carried a commit index not before the change.
 */
import { jointVote } from './quorum.ts';
import type { ConfState, MemberId } from './types.ts';

export class Resignation {
  readonly #commit: number;
  /** The first round that told each voter. */
  readonly #toldRound = new Map<MemberId, number>();
  readonly #knows = new Set<MemberId>();

  /** @param commit the commit index when the change took effect. */
  constructor(commit: number) {
    this.#commit = commit;
  }

  /** The heartbeat of `round` tells `id` that `commit` is committed. */
  told(id: MemberId, commit: number, round: string): void {
    if (commit >= this.#commit && !this.#toldRound.has(id)) this.#toldRound.set(id, Number(round));
  }

  /** `id` answered the heartbeat of `round`. */
  answered(id: MemberId, round: string): void {
    const told = this.#toldRound.get(id);
    if (told !== undefined && Number(round) >= told) this.#knows.add(id);
  }

  isKnownTo(id: MemberId): boolean {
    return this.#knows.has(id);
  }

  isComplete(config: ConfState): boolean {
    return jointVote(config, (id) => this.#knows.has(id)) === 'won';
  }
}
