/**
 * The four roles and how one becomes another. Every change but that to pre-candidate starts from a clean sheet: timers,
 * votes, progress, pending reads.
 *
 * follower -> preCandidate -> candidate -> leader; any of them -> follower.
 */
import { assert } from '../../base/assert.ts';
import { appendAsLeader } from './leader-log.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import { ReadOnly } from './read-only.ts';
import type { MemberId } from './types.ts';

export function becomeFollower(core: RaftCore, term: number, leader: MemberId): void {
  reset(core, term);
  core.role = 'follower';
  core.leader = leader;
}

/** Asks whether it could win, without a new term or a vote: it cannot disturb a working leader (section 9.6). */
export function becomePreCandidate(core: RaftCore): void {
  assert(core.role !== 'leader', 'a leader does not stand for election');
  core.tracker.resetVotes();
  core.role = 'preCandidate';
  core.leader = NOBODY;
}

export function becomeCandidate(core: RaftCore): void {
  assert(core.role !== 'leader', 'a leader does not stand for election');
  reset(core, core.term + 1);
  core.vote = core.id;
  core.role = 'candidate';
}

/** The new leader appends an empty entry of its term: only with it can it commit what earlier terms left. */
export function becomeLeader(core: RaftCore): void {
  assert(core.role === 'candidate', 'only a candidate becomes leader');
  reset(core, core.term);
  core.role = 'leader';
  core.leader = core.id;
  const own = core.tracker.progress(core.id);
  assert(own !== undefined, 'a leader is a member');
  own.becomeReplicate();
  own.recentActive = true;
  // A membership change may be among the entries it took over; it is not worth a scan to know.
  core.pendingConfIndex = core.log.lastIndex();
  appendAsLeader(core, [{ type: 'normal', data: new Uint8Array(0) }]);
}

/** Draws the next election timeout, in [electionTicks, 2*electionTicks). */
function drawElectionTimeout(core: RaftCore): void {
  core.randomizedElectionTicks = core.config.electionTicks + core.config.random.below(core.config.electionTicks);
}

function reset(core: RaftCore, term: number): void {
  assert(term >= core.term, `the term would go back from ${core.term} to ${term}`);
  if (core.term !== term) {
    core.term = term;
    core.vote = NOBODY;
  }
  core.leader = NOBODY;
  core.electionElapsed = 0;
  core.heartbeatElapsed = 0;
  drawElectionTimeout(core);
  core.transferee = NOBODY;
  core.leaseVoid = false;
  core.tracker.resetVotes();
  core.tracker.resetProgress(core.id, core.log.lastIndex());
  core.pendingConfIndex = 0;
  core.uncommittedBytes = 0;
  core.resignation = undefined;
  core.reads = new ReadOnly(core.usesLease);
}
