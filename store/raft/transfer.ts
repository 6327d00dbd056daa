/**
 * Handing leadership over (Ongaro 2014, section 3.10): the leader stops taking proposals, brings the target's log up to
 * date, and tells it to stand for election at once. If that has not worked in an election timeout, it goes on leading.
 */
import { NOBODY, type RaftCore } from './raft-core.ts';
import { sendAppend } from './replication.ts';
import type { MemberId, Message } from './types.ts';

/** Asked here: the leader begins, a follower asks its leader, without a leader nothing happens. */
export function requestTransfer(core: RaftCore, to: MemberId): void {
  if (core.role === 'leader') beginTransfer(core, to);
  else if (core.leader !== NOBODY) core.send({ type: 'transferLeader', to: core.leader, context: String(to) });
}

/** A follower passed the wish on; the context is the target's id. */
export function onTransferRequest(core: RaftCore, message: Message): void {
  if (core.role !== 'leader' || !/^[0-9]{1,20}$/.test(message.context ?? '')) return;
  beginTransfer(core, BigInt(message.context ?? '0'));
}

function beginTransfer(core: RaftCore, to: MemberId): void {
  const progress = core.tracker.progress(to);
  if (progress === undefined || progress.isLearner || core.transferee === to) return;
  core.transferee = NOBODY;
  if (to === core.id) return;
  core.transferee = to;
  // The transfer has one election timeout from now.
  core.electionElapsed = 0;
  if (progress.match === core.log.lastIndex()) sendTimeoutNow(core, to);
  else sendAppend(core, to);
}

/** The target has answered an append: if it has everything now, it is time. */
export function continueTransfer(core: RaftCore, from: MemberId): void {
  if (core.role !== 'leader' || core.transferee !== from) return;
  if (core.tracker.progress(from)?.match === core.log.lastIndex()) sendTimeoutNow(core, from);
}

export function abortTransfer(core: RaftCore): void {
  core.transferee = NOBODY;
}

function sendTimeoutNow(core: RaftCore, to: MemberId): void {
  // From here on voters may elect the target at any time, however late the message arrives.
  core.leaseVoid = true;
  core.send({ type: 'timeoutNow', to });
}
