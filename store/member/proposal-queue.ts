/**
 * Commands on their way to raft: collected, and handed over in one batch a round. Also knows which requests were given
 * to a leader that is gone, and may be lost: they are answered, with "not known", when the next leader's term has begun,
 * instead of after their whole timeout.
 */
import type { RaftNode } from '../raft/raft-node.ts';
import type { PendingRequests } from './pending-requests.ts';

export class ProposalQueue {
  readonly #raft: RaftNode;
  readonly #pending: PendingRequests;
  #waiting: Uint8Array[] = [];
  /** Requests before this mark were given to raft. */
  #sentMark = 0;
  /** Requests before this mark were given to a leader that is gone. */
  #doubtfulMark = 0;

  constructor(raft: RaftNode, pending: PendingRequests) {
    this.#raft = raft;
    this.#pending = pending;
  }

  add(data: Uint8Array): void {
    this.#waiting.push(data);
  }

  clear(): void {
    this.#waiting = [];
  }

  /**
   * What has no leader to go to, or one that cannot be reached, or is dropped by it, waits for the next round. Returns
   * whether something went.
   */
  maybeHandOver(leaderIsReachable: boolean): boolean {
    if (this.#waiting.length === 0 || !leaderIsReachable) return false;
    if (this.#raft.propose(this.#waiting) === 'dropped') return false;
    this.#waiting = [];
    this.#sentMark = this.#pending.mark;
    return true;
  }

  leaderLost(): void {
    this.#doubtfulMark = this.#sentMark;
  }

  /** A leader's first entry is applied: what its predecessor was given is in the log before it, or lost. */
  termBegan(): void {
    this.#pending.rejectBefore(this.#doubtfulMark, 'timeoutLeaderFail');
  }
}
