/** The passing of time, in ticks: when an election is due, a heartbeat, a look at the quorum. */
import { maybeCampaign } from './election.ts';
import { broadcastHeartbeat } from './heartbeats.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import { becomeFollower } from './roles.ts';
import { abortTransfer } from './transfer.ts';

export function tick(core: RaftCore): void {
  core.now++;
  core.ticksSinceLeader++;
  core.electionElapsed++;
  if (core.role === 'leader') tickLeader(core);
  else if (core.electionElapsed >= core.randomizedElectionTicks && core.isPromotable) {
    core.electionElapsed = 0;
    maybeCampaign(core, 'timeout');
  }
}

function tickLeader(core: RaftCore): void {
  core.heartbeatElapsed++;
  if (core.electionElapsed >= core.config.electionTicks) {
    core.electionElapsed = 0;
    // A leader that a quorum no longer answers may have been replaced already.
    if (core.config.checkQuorum && !core.tracker.takeQuorumActive(core.id)) {
      becomeFollower(core, core.term, NOBODY);
      return;
    }
    if (core.transferee !== NOBODY) abortTransfer(core);
  }
  if (core.heartbeatElapsed >= core.config.heartbeatTicks) {
    core.heartbeatElapsed = 0;
    broadcastHeartbeat(core);
  }
}
