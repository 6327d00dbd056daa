/**
 * How a leader comes and goes without anybody waiting for a timeout: at a start, the lowest of the voters that can reach
 * a quorum stands at once; at its end, a leader hands over to the member that has most of its log.
 */
import type { Clock } from '../../base/clock.ts';
import type { RaftNode } from '../raft/raft-node.ts';

/** Within the first election timeout. */
const EARLY_ATTEMPTS = 5;
/** While a leader that ends hands over. */
const HANDOVER_POLL_MS = 5;

export interface SuccessionDeps {
  readonly id: bigint;
  readonly raft: RaftNode;
  readonly clock: Clock;
  readonly electionMs: number;
  readonly isLeader: () => boolean;
  /** Gives raft an input, and wakes the loop. */
  readonly input: (change: () => void) => void;
}

export class Succession {
  readonly #deps: SuccessionDeps;
  readonly #reachable = new Set<bigint>();
  /** In this life. */
  #hadLeader = false;
  #startedAtMs: number | undefined;
  #nextAttemptMs = 0;

  constructor(deps: SuccessionDeps) {
    this.#deps = deps;
  }

  /** Whether the last thing heard of the way to that member was good. */
  canReach(id: bigint): boolean {
    return id === this.#deps.id || this.#reachable.has(id);
  }

  reached(id: bigint): void {
    this.#reachable.add(id);
  }

  lost(id: bigint): void {
    this.#reachable.delete(id);
  }

  leaderIsKnown(): void {
    this.#hadLeader = true;
  }

  /**
   * Stands for election before any timeout, at a start only. Pre-votes make that harmless where somebody leads. A few
   * attempts, for connections come one by one; an election that runs is never begun anew, however slow the disks are.
   */
  maybeCampaignEarly(): boolean {
    const { id, raft, clock, electionMs, input } = this.#deps;
    const nowMs = clock.monotonicMs();
    this.#startedAtMs ??= nowMs;
    if (this.#hadLeader || nowMs < this.#nextAttemptMs || nowMs > this.#startedAtMs + electionMs) return false;
    const { role, confState } = raft.status();
    if (role !== 'follower' && role !== 'preCandidate') return false;
    const { voters } = confState;
    const reachable = voters.filter((voter) => this.canReach(voter));
    if (!voters.includes(id) || reachable.some((voter) => voter < id)) return false;
    if (reachable.length * 2 <= voters.length) return false;
    this.#nextAttemptMs = nowMs + electionMs / EARLY_ATTEMPTS;
    input(() => raft.campaign());
    return true;
  }

  /** Resolves when another member leads, or after an election timeout. */
  async handOver(): Promise<void> {
    const { id, raft, clock, electionMs, isLeader, input } = this.#deps;
    if (!isLeader()) return;
    let best: { readonly id: bigint; readonly match: number } | undefined;
    for (const [other, { match, isLearner }] of raft.status().progress) {
      if (other === id || isLearner || !this.canReach(other)) continue;
      if (best === undefined || match > best.match) best = { id: other, match };
    }
    const successor = best?.id;
    if (successor === undefined) return;
    input(() => raft.transferLeader(successor));
    const deadlineMs = clock.monotonicMs() + electionMs;
    while (isLeader() && clock.monotonicMs() < deadlineMs) await clock.sleep(HANDOVER_POLL_MS);
  }
}
