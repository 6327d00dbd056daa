/**
 * A message from a peer: first its term decides whether it is news, old, or of now; then the role decides what to do.
 */
import { unreachable } from '../../base/assert.ts';
import { isHeldByLease, learnCommit, maybeCampaign, onVoteRequest, onVoteResponse, refusePreVote } from './election.ts';
import { onAppend, onHeartbeat, onSnapshot } from './follower.ts';
import { onPropose } from './proposals.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import { onReadIndex, onReadIndexResponse, onRoundAnswered } from './read-index.ts';
import { onAppendResponse, onHeartbeatResponse } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { continueTransfer, onTransferRequest } from './transfer.ts';
import type { Message } from './types.ts';

export function step(core: RaftCore, message: Message): void {
  learnCommit(core, message);
  const isTermless = message.type === 'propose' || message.type === 'readIndex';
  if (!isTermless) {
    if (message.term > core.term && !adoptTerm(core, message)) return;
    if (message.term < core.term) {
      answerOldTerm(core, message);
      return;
    }
  }
  dispatch(core, message);
}

/** A later term: this member follows it, but for (pre-)votes that may not count. Returns whether to go on. */
function adoptTerm(core: RaftCore, message: Message): boolean {
  const { type } = message;
  if ((type === 'vote' || type === 'preVote') && isHeldByLease(core, message)) return false;
  // A pre-vote changes no term: neither that of who is asked nor, when granted, that of who asks.
  if (type === 'preVote' || (type === 'preVoteResponse' && !message.reject)) return true;
  const isFromLeader = type === 'append' || type === 'heartbeat' || type === 'snapshot';
  becomeFollower(core, message.term, isFromLeader ? message.from : NOBODY);
  return true;
}

function answerOldTerm(core: RaftCore, message: Message): void {
  const isFromLeader = message.type === 'append' || message.type === 'heartbeat';
  if (isFromLeader && (core.config.checkQuorum || core.config.preVote)) {
    // A leader of the past, or this member ran ahead alone: its votes are ignored, so only this answer can bring the
    // terms together again.
    core.send({ type: 'appendResponse', to: message.from });
  } else if (message.type === 'preVote') {
    refusePreVote(core, message);
  }
}

function dispatch(core: RaftCore, message: Message): void {
  switch (message.type) {
    case 'vote':
    case 'preVote':
      onVoteRequest(core, message);
      return;
    case 'voteResponse':
    case 'preVoteResponse':
      if (core.role === 'candidate' || core.role === 'preCandidate') onVoteResponse(core, message);
      return;
    case 'append':
      if (followsSender(core, message)) onAppend(core, message);
      return;
    case 'heartbeat':
      if (followsSender(core, message)) onHeartbeat(core, message);
      return;
    case 'snapshot':
      if (followsSender(core, message)) onSnapshot(core, message);
      return;
    case 'appendResponse':
      if (core.role !== 'leader') return;
      onAppendResponse(core, message);
      continueTransfer(core, message.from);
      return;
    case 'heartbeatResponse':
      if (core.role !== 'leader') return;
      onHeartbeatResponse(core, message);
      onRoundAnswered(core, message);
      core.resignation?.answered(message.from, message.context ?? '0');
      return;
    case 'propose':
      onPropose(core, message);
      return;
    case 'readIndex':
      onReadIndex(core, message);
      return;
    case 'readIndexResponse':
      if (core.role === 'follower') onReadIndexResponse(core, message);
      return;
    case 'transferLeader':
      onTransferRequest(core, message);
      return;
    case 'timeoutNow':
      if (core.role === 'follower') maybeCampaign(core, 'transfer');
      return;
    default:
      unreachable(message.type);
  }
}

/** The sender leads this term: whoever hears of it follows. False for a leader, of whom there is only one in a term. */
function followsSender(core: RaftCore, message: Message): boolean {
  if (core.role === 'leader') return false;
  if (core.role !== 'follower') becomeFollower(core, message.term, message.from);
  core.electionElapsed = 0;
  core.ticksSinceLeader = 0;
  core.leader = message.from;
  return true;
}
