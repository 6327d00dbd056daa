/** The moment when a membership change takes effect on this member: when its entry is applied. */
import { nextConfState } from './conf-changer.ts';
import { broadcastHeartbeat } from './heartbeats.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import { broadcastAppend, maybeCommit, maybeSendAppend } from './replication.ts';
import { Resignation } from './resignation.ts';
import { becomeFollower } from './roles.ts';
import { abortTransfer } from './transfer.ts';
import type { ConfChange, ConfState, MemberId } from './types.ts';

/**
 * @throws ConfChangeError if the change does not fit the configuration, which cannot happen for one that a leader let
 * into the log.
 */
export function applyConfChange(core: RaftCore, change: ConfChange): ConfState {
  const confState = nextConfState(core.appliedConfState, change);
  core.appliedConfState = confState;
  // A snapshot that arrived in the meantime is ahead of this entry, and so is its membership.
  if (core.log.pendingSnapshot !== undefined) return confState;
  core.tracker.switchTo(confState, core.log.lastIndex());
  if (core.role === 'leader') adjustAsLeader(core);
  return confState;
}

function adjustAsLeader(core: RaftCore): void {
  // A smaller quorum may have more in common; a new member is probed at once rather than with the next heartbeat.
  if (maybeCommit(core)) broadcastAppend(core);
  else for (const id of core.tracker.all.keys()) if (id !== core.id) maybeSendAppend(core, id, false);
  if (core.transferee !== NOBODY && !core.tracker.isVoter(core.transferee)) abortTransfer(core);
  if (!core.tracker.isVoter(core.id) && core.resignation === undefined) {
    core.resignation = new Resignation(core.log.committed);
    core.leaseVoid = true;
    broadcastHeartbeat(core);
  }
}

/** Steps down when enough of the voters know; the one whose log is longest is told to stand for election at once. */
export function maybeResign(core: RaftCore): void {
  if (!core.resignation?.isComplete(core.tracker.confState)) return;
  let successor: MemberId | undefined;
  let longest = 0;
  for (const [id, { match }] of core.tracker.all) {
    if (!core.tracker.isVoter(id) || !core.resignation.isKnownTo(id) || match <= longest) continue;
    successor = id;
    longest = match;
  }
  if (successor !== undefined) core.send({ type: 'timeoutNow', to: successor });
  becomeFollower(core, core.term, NOBODY);
}
