/**
 * The leader's side of the log: what it sends to each member, what the answers teach it, and when it commits.
 *
 * Appends are pipelined: in `replicate` the next goes out before the last is answered. A refusal or a report that the
 * member is unreachable goes back to `probe`, one message a heartbeat.
 */
import type { Progress } from './progress.ts';
import type { RaftCore } from './raft-core.ts';
import type { Entry, MemberId, Message } from './types.ts';

export function broadcastAppend(core: RaftCore): void {
  for (const id of core.tracker.all.keys()) if (id !== core.id) sendAppend(core, id);
}

/** Sends an append even without entries: it tells the commit index, and its answer tells where the log stands. */
export function sendAppend(core: RaftCore, to: MemberId): void {
  maybeSendAppend(core, to, true);
}

/**
 * Sends the next entries, or the snapshot if they are compacted, unless flow control holds them. Returns whether it
 * did.
 */
export function maybeSendAppend(core: RaftCore, to: MemberId, evenEmpty: boolean): boolean {
  const progress = core.tracker.progress(to);
  if (progress === undefined || !progress.canSendAppend) return false;

  const previous = progress.next - 1;
  const previousTerm = core.log.term(previous);
  if (typeof previousTerm !== 'number') return maybeSendSnapshot(core, to, progress);

  // With a full flight only empty appends: if all of the flight was lost, one of these still finds out.
  let entries: readonly Entry[] | 'compacted' = [];
  if (progress.state !== 'replicate' || !progress.inflights.full) {
    entries = core.log.entriesFrom(progress.next, core.config.messageBytesMax);
  }
  if (entries === 'compacted') return maybeSendSnapshot(core, to, progress);
  if (entries.length === 0 && !evenEmpty) return false;

  core.send({
    type: 'append',
    to,
    index: previous,
    logTerm: previousTerm,
    entries,
    commit: core.log.committed,
  });
  progress.sentEntries(entries.length);
  progress.sentCommit(core.log.committed);
  return true;
}

function maybeSendSnapshot(core: RaftCore, to: MemberId, progress: Progress): boolean {
  // Not to one that is likely down: a snapshot is large.
  if (!progress.recentActive) return false;
  const snapshot = core.log.snapshotToSend();
  if (snapshot === 'unavailable') return false;
  progress.becomeSnapshot(snapshot.metadata.index);
  core.send({ type: 'snapshot', to, snapshot });
  return true;
}

/** Commits what a quorum has; returns whether that is more than before. */
export function maybeCommit(core: RaftCore): boolean {
  return core.log.maybeCommit(core.tracker.quorumIndex(), core.term);
}

/** The own entries up to `index` are durable here. */
export function acknowledgeOwn(core: RaftCore, index: number): void {
  const own = core.tracker.progress(core.id);
  if (own?.maybeUpdate(index) && maybeCommit(core)) broadcastAppend(core);
}

export function onAppendResponse(core: RaftCore, message: Message): void {
  const progress = core.tracker.progress(message.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  // An index that does not exist yet cannot have been acknowledged: the sender is broken.
  if (message.index > core.log.lastIndex()) return;
  if (message.reject) onRefusal(core, message, progress);
  else onAcknowledgement(core, message, progress);
}

function onRefusal(core: RaftCore, message: Message, progress: Progress): void {
  // The follower says: at `rejectHint` I have `logTerm`. Where the own log has a higher term, it cannot agree, so the
  // probe goes straight back to the last index whose term is not higher. At most one probe for each term.
  const hint =
    message.logTerm > 0 ? core.log.findConflictByTerm(message.rejectHint, message.logTerm).index : message.rejectHint;
  if (!progress.maybeDecrease(message.index, hint)) return;
  if (progress.state === 'replicate') progress.becomeProbe();
  sendAppend(core, message.from);
}

function onAcknowledgement(core: RaftCore, message: Message, progress: Progress): void {
  const isNews = progress.maybeUpdate(message.index);
  if (!isNews && !(progress.state === 'probe' && progress.match === message.index)) return;

  if (progress.state === 'probe') {
    progress.becomeReplicate();
  } else if (progress.state === 'replicate') {
    progress.inflights.freeUpTo(message.index);
  } else if (progress.match + 1 >= core.log.firstIndex()) {
    // Whatever snapshot it restored: from here the log can carry on.
    progress.becomeProbe();
    progress.becomeReplicate();
  }

  if (maybeCommit(core)) broadcastAppend(core);
  else if (progress.canAdvanceCommit(core.log.committed)) sendAppend(core, message.from);

  // The answer may have made room for several messages.
  while (maybeSendAppend(core, message.from, false));
}

/** Replication's part of a heartbeat's answer: the member is there, and may be behind. */
export function onHeartbeatResponse(core: RaftCore, message: Message): void {
  const progress = core.tracker.progress(message.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  progress.paused = false;
  if (progress.match < core.log.lastIndex() || progress.state === 'probe') sendAppend(core, message.from);
}

/** The transport could not reach the member: what is in flight is probably lost. */
export function onUnreachable(core: RaftCore, id: MemberId): void {
  const progress = core.tracker.progress(id);
  if (progress?.state === 'replicate') progress.becomeProbe();
}

/** The transport sent a snapshot, or failed. Then a probe: after the answer, or after a heartbeat. */
export function onSnapshotOutcome(core: RaftCore, id: MemberId, outcome: 'sent' | 'failed'): void {
  const progress = core.tracker.progress(id);
  if (progress?.state !== 'snapshot') return;
  if (outcome === 'failed') progress.pendingSnapshot = 0;
  progress.becomeProbe();
  progress.paused = true;
}
