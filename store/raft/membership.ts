/** The moment when a membership change takes effect on this member: when its entry is applied. */
import { nextConfState } from './conf-changer.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import { broadcastAppend, maybeCommit, maybeSendAppend } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { abortTransfer } from './transfer.ts';
import type { ConfChange, ConfState } from './types.ts';

/**
 * @throws ConfChangeError if the change does not fit the configuration, which cannot happen for one that a leader let
 * into the log.
 */
export function applyConfChange(core: RaftCore, change: ConfChange): ConfState {
  const confState = nextConfState(core.tracker.confState, change);
  core.tracker.switchTo(confState, core.log.lastIndex());
  if (core.role === 'leader') adjustAsLeader(core);
  return confState;
}

function adjustAsLeader(core: RaftCore): void {
  const own = core.tracker.progress(core.id);
  if (own === undefined || own.isLearner) {
    // Removed, or a learner now: it has no business leading the others.
    becomeFollower(core, core.term, NOBODY);
    return;
  }
  // A smaller quorum may have more in common; a new member is probed at once rather than with the next heartbeat.
  if (maybeCommit(core)) broadcastAppend(core);
  else for (const id of core.tracker.all.keys()) if (id !== core.id) maybeSendAppend(core, id, false);
  if (core.transferee !== NOBODY && !core.tracker.isVoter(core.transferee)) abortTransfer(core);
}
