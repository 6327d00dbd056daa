/**
 * Elections: when a member stands, how it asks, how others answer, when it has won (Ongaro 2014, sections 3.4, 4.2.3,
 * 9.6). With check-quorum, who has heard a leader within the shortest election timeout does not elect another.
 */
import type { RaftCore } from './raft-core.ts';
import { NOBODY } from './raft-core.ts';
import { broadcastAppend } from './replication.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.ts';
import type { Message } from './types.ts';

/** The context of a vote that the leader itself asked for, by a transfer: it overrides everyone's lease. */
export const TRANSFER_CONTEXT = 'transfer';

/** `timeout`: no leader was heard of. `transfer`: the leader asked for it. */
export type CampaignReason = 'timeout' | 'transfer';

/** Stands for election, if it may. */
export function maybeCampaign(core: RaftCore, reason: CampaignReason): void {
  if (core.role === 'leader' || !core.isPromotable) return;
  // Its quorum is about to change: first it must know the new one.
  if (core.log.hasUnappliedConfChange(core.config.messageBytesMax)) return;
  if (reason === 'timeout' && hasPromisedLease(core)) return;
  if (reason === 'timeout' && core.config.preVote) askPreVotes(core);
  else askVotes(core, reason);
}

function askPreVotes(core: RaftCore): void {
  becomePreCandidate(core);
  // It would vote for itself; that promises nothing, so it counts at once.
  if (core.tracker.recordVote(core.id, true) === 'won') {
    askVotes(core, 'timeout');
    return;
  }
  ask(core, 'preVote', core.term + 1);
}

function askVotes(core: RaftCore, reason: CampaignReason): void {
  becomeCandidate(core);
  // The own vote counts when it is durable.
  core.send({ type: 'voteResponse', to: core.id });
  ask(core, 'vote', core.term, reason === 'transfer' ? TRANSFER_CONTEXT : undefined);
}

function ask(core: RaftCore, type: 'vote' | 'preVote', term: number, context?: string): void {
  for (const id of core.tracker.voterIds()) {
    if (id === core.id) continue;
    core.send({
      type,
      to: id,
      term,
      index: core.log.lastIndex(),
      logTerm: core.log.lastTerm(),
      ...knownCommit(core),
      ...(context === undefined ? {} : { context }),
    });
  }
}

/** Whether a (pre-)vote of a later term is to be ignored, since a leader was heard of a moment ago. */
export function isHeldByLease(core: RaftCore, message: Message): boolean {
  if (message.context === TRANSFER_CONTEXT) return false;
  const hearsLeader =
    core.config.checkQuorum && core.leader !== NOBODY && core.electionElapsed < core.config.electionTicks;
  return hearsLeader || hasPromisedLease(core);
}

/**
 * For reads by lease: a leader may rely on this member's promise still, even if its term has passed or it restarted.
 */
function hasPromisedLease(core: RaftCore): boolean {
  return core.usesLease && core.ticksSinceLeader < core.config.electionTicks;
}

/** Answers a vote or pre-vote whose term is not behind the own (a vote's term has been adopted). */
export function onVoteRequest(core: RaftCore, message: Message): void {
  const pre = message.type === 'preVote';
  const isFree =
    core.vote === message.from || (core.vote === NOBODY && core.leader === NOBODY) || (pre && message.term > core.term);
  const granted = isFree && core.log.isUpToDate(message.index, message.logTerm);
  core.send({
    type: pre ? 'preVoteResponse' : 'voteResponse',
    to: message.from,
    // A grant carries the term that was asked for, which for a pre-vote is ahead of the own; a refusal the own.
    term: granted ? message.term : core.term,
    reject: !granted,
    ...knownCommit(core),
  });
  // Learners vote too: one that was promoted may not know it yet, and its vote may be needed.
  if (granted && !pre) {
    core.electionElapsed = 0;
    core.vote = message.from;
  }
}

/** A refusal of a pre-vote whose term is behind: it tells the asker the term it has missed. */
export function refusePreVote(core: RaftCore, message: Message): void {
  core.send({ type: 'preVoteResponse', to: message.from, term: core.term, reject: true, ...knownCommit(core) });
}

function knownCommit(core: RaftCore): { commit: number; commitTerm: number } {
  const commit = core.log.committed;
  return { commit, commitTerm: core.log.termOrZero(commit) };
}

/**
 * Learns from whoever takes part in an election what is committed. Without this, members that have not heard of a
 * membership change could for ever need the votes of members that have left and know more than they do.
 */
export function learnCommit(core: RaftCore, message: Message): void {
  if (core.role === 'leader' || message.commitTerm === undefined || message.commitTerm === 0) return;
  if (message.commit <= core.log.committed) return;
  if (!core.log.maybeCommit(message.commit, message.commitTerm)) return;
  const campaigns = core.role === 'candidate' || core.role === 'preCandidate';
  if (campaigns && core.log.hasUnappliedConfChange(core.config.messageBytesMax)) {
    becomeFollower(core, core.term, NOBODY);
  }
}

export function onVoteResponse(core: RaftCore, message: Message): void {
  const awaited = core.role === 'preCandidate' ? 'preVoteResponse' : 'voteResponse';
  if (message.type !== awaited) return;
  // A pre-vote granted for an earlier attempt says nothing about this one.
  if (awaited === 'preVoteResponse' && !message.reject && message.term !== core.term + 1) return;
  const result = core.tracker.recordVote(message.from, !message.reject);
  if (result === 'lost') {
    becomeFollower(core, core.term, NOBODY);
  } else if (result === 'won' && core.role === 'preCandidate') {
    askVotes(core, 'timeout');
  } else if (result === 'won') {
    becomeLeader(core);
    broadcastAppend(core);
  }
}
