/**
 * What a follower does with its leader's messages: append, heartbeat, snapshot. Each is answered; the answers leave
 * with the next Ready, after what they promise is durable.
 */
import type { RaftCore } from './raft-core.ts';
import type { Message, Snapshot } from './types.ts';

export function onAppend(core: RaftCore, message: Message): void {
  if (!isWellFormed(message)) return;
  if (message.index < core.log.committed) {
    // Old: everything committed agrees anyway.
    core.send({ type: 'appendResponse', to: message.from, index: core.log.committed });
    return;
  }
  const lastNew = core.log.maybeAppend(message.index, message.logTerm, message.entries, message.commit);
  if (lastNew !== undefined) {
    core.send({ type: 'appendResponse', to: message.from, index: lastNew });
    return;
  }
  // The leader's log has terms of at most `logTerm` there: whatever here is of a higher term can be skipped at once.
  const hint = core.log.findConflictByTerm(Math.min(message.index, core.log.lastIndex()), message.logTerm);
  core.send({
    type: 'appendResponse',
    to: message.from,
    index: message.index,
    reject: true,
    rejectHint: hint.index,
    logTerm: hint.term,
  });
}

export function onHeartbeat(core: RaftCore, message: Message): void {
  core.log.commitTo(message.commit);
  core.send({
    type: 'heartbeatResponse',
    to: message.from,
    ...(message.context === undefined ? {} : { context: message.context }),
  });
}

export function onSnapshot(core: RaftCore, message: Message): void {
  const { snapshot } = message;
  if (snapshot === undefined) return;
  const restored = maybeRestore(core, snapshot);
  core.send({
    type: 'appendResponse',
    to: message.from,
    index: restored ? core.log.lastIndex() : core.log.committed,
  });
}

/**
 * Replaces the log and the membership by the snapshot's, unless what is here holds as much already. This member need
 * not be in that membership: the entry that adds it may follow, or it was removed and learns it so.
 */
function maybeRestore(core: RaftCore, snapshot: Snapshot): boolean {
  const { index, term, confState } = snapshot.metadata;
  if (index <= core.log.committed) return false;
  if (core.log.matchesTerm(index, term)) {
    // The log reaches this far and agrees: then this much is committed, and nothing need be thrown away.
    core.log.commitTo(index);
    return false;
  }
  core.log.restore(snapshot);
  core.tracker.switchTo(confState, core.log.lastIndex());
  return true;
}

/** Entries follow each other from `index` on, in terms that do not decrease and are not after the leader's. */
function isWellFormed(message: Message): boolean {
  let term = message.logTerm;
  let index = message.index;
  for (const entry of message.entries) {
    index++;
    if (entry.index !== index || entry.term < term || entry.term > message.term) return false;
    term = entry.term;
  }
  return true;
}
