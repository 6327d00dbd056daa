/**
 * Linearizable reads without an entry in the log (Ongaro 2014, section 6.4): the leader says at which index the state
 * must be, having made sure that it is still the leader.
 */
import { broadcastHeartbeat } from './heartbeats.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import type { ReadRequest } from './read-only.ts';
import type { Message } from './types.ts';

/** A read asked here: the leader takes it, a follower forwards it, without a leader it is dropped. */
export function requestRead(core: RaftCore, context: string): void {
  if (core.role === 'leader') takeRead(core, { from: core.id, context });
  else if (core.leader !== NOBODY) core.send({ type: 'readIndex', to: core.leader, context });
}

/** A read that a follower forwarded. Whoever is not the leader drops it: the follower asks again. */
export function onReadIndex(core: RaftCore, message: Message): void {
  if (core.role !== 'leader' || message.context === undefined) return;
  takeRead(core, { from: message.from, context: message.context });
}

export function onReadIndexResponse(core: RaftCore, message: Message): void {
  if (message.context === undefined) return;
  core.readStates.push({ context: message.context, index: message.index });
}

/** A heartbeat's answer may complete the quorum of a round. */
export function onRoundAnswered(core: RaftCore, message: Message): void {
  if (message.context === undefined) return;
  core.reads.acknowledge(message.from, message.context);
  answerConfirmedReads(core);
}

/** Answers what the quorum has confirmed, and takes up what waited for the first commit of this leader's term. */
export function settleReads(core: RaftCore): void {
  if (core.role !== 'leader') return;
  if (core.reads.hasPostponed && core.hasCommittedInTerm) {
    for (const request of core.reads.takePostponed()) takeRead(core, request);
  }
  answerConfirmedReads(core);
}

function takeRead(core: RaftCore, request: ReadRequest): void {
  if (core.reads.isFull) return;
  if (!core.hasCommittedInTerm) {
    core.reads.postpone(request);
  } else if (isAlone(core) || holdsLease(core)) {
    answer(core, request, core.log.committed);
  } else {
    if (!core.reads.roundIsOpen) broadcastHeartbeat(core);
    core.reads.wait(request, core.log.committed);
  }
}

function answerConfirmedReads(core: RaftCore): void {
  if (!core.reads.hasWaiting) return;
  for (const { request, index } of core.reads.takeConfirmed(core.tracker.confState, core.id)) {
    answer(core, request, index);
  }
}

function answer(core: RaftCore, request: ReadRequest, index: number): void {
  if (request.from === core.id) core.readStates.push({ context: request.context, index });
  else core.send({ type: 'readIndexResponse', to: request.from, index, context: request.context });
}

function isAlone(core: RaftCore): boolean {
  return core.tracker.isSingleton && core.tracker.isVoter(core.id);
}

/**
 * Whether, counting from the sending of a round that a quorum answered, no voter can have elected another leader yet.
 * A tenth of the election timeout, and the ticks that are cut at both ends, are left for clocks that run unevenly.
 */
function holdsLease(core: RaftCore): boolean {
  if (!core.usesLease || core.leaseVoid) return false;
  const sentTick = core.reads.confirmedTick(core.tracker.confState, core.id);
  if (sentTick === undefined) return false;
  const leaseTicks = Math.floor((core.config.electionTicks - 1) * 0.9);
  return core.now - sentTick < leaseTicks;
}
