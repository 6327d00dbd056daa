/** What a member can tell about its consensus: for status calls, metrics, the dashboard and tests. */
import type { ProgressState } from './progress.ts';
import type { RaftCore } from './raft-core.ts';
import type { ConfState, MemberId, Role } from './types.ts';

export interface ProgressStatus {
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly recentActive: boolean;
  readonly paused: boolean;
  /** Append messages on their way. */
  readonly inflight: number;
  readonly isLearner: boolean;
  /** The index of the snapshot on its way, or 0. */
  readonly pendingSnapshot: number;
}

export interface RaftStatus {
  readonly id: MemberId;
  readonly term: number;
  readonly vote: MemberId;
  readonly commit: number;
  readonly applied: number;
  readonly role: Role;
  /** 0n when none is known. */
  readonly leader: MemberId;
  /** To whom leadership is being handed over; 0n when it is not. */
  readonly transferee: MemberId;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly confState: ConfState;
  /** Every member's progress, its own too, in ascending order of id: on a leader; empty elsewhere. */
  readonly progress: ReadonlyMap<MemberId, ProgressStatus>;
  /** Ticks since a leader was heard of. */
  readonly electionElapsed: number;
  /** After how many of them it stands for election itself. */
  readonly electionTimeout: number;
  /** Bytes proposed at this leader and not yet applied. */
  readonly uncommittedBytes: number;
}

export function statusOf(core: RaftCore): RaftStatus {
  return {
    id: core.id,
    term: core.term,
    vote: core.vote,
    commit: core.log.committed,
    applied: core.log.applied,
    role: core.role,
    leader: core.leader,
    transferee: core.transferee,
    firstIndex: core.log.firstIndex(),
    lastIndex: core.log.lastIndex(),
    confState: core.tracker.confState,
    progress: core.role === 'leader' ? progressOf(core) : new Map(),
    electionElapsed: core.electionElapsed,
    electionTimeout: core.randomizedElectionTicks,
    uncommittedBytes: core.uncommittedBytes,
  };
}

function progressOf(core: RaftCore): ReadonlyMap<MemberId, ProgressStatus> {
  const all = new Map<MemberId, ProgressStatus>();
  for (const [id, progress] of core.tracker.all) {
    all.set(id, {
      match: progress.match,
      next: progress.next,
      state: progress.state,
      recentActive: progress.recentActive,
      paused: progress.paused,
      inflight: progress.inflights.count,
      isLearner: progress.isLearner,
      pendingSnapshot: progress.pendingSnapshot,
    });
  }
  return all;
}
