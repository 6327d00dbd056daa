/** Proposals: a leader appends them, a follower forwards them, and what cannot be is dropped and said so. */
import { BinaryFormatError } from '../../base/binary-reader.ts';
import { decodeConfChange, encodeConfChange } from './conf-change-codec.ts';
import { ConfChangeError, nextConfState } from './conf-changer.ts';
import { entryBytes } from './entry-bytes.ts';
import { appendAsLeader, type NewEntry } from './leader-log.ts';
import { NOBODY, type RaftCore } from './raft-core.ts';
import { broadcastAppend } from './replication.ts';
import type { ConfChange, Entry, Message } from './types.ts';

export type ProposalOutcome = 'accepted' | 'dropped';

/** Accepted only means appended here or forwarded: whether it commits, the log tells. */
export function propose(core: RaftCore, newEntries: readonly NewEntry[]): ProposalOutcome {
  if (newEntries.length === 0) return 'accepted';
  if (core.role === 'leader') return proposeAsLeader(core, newEntries);
  if (core.role !== 'follower' || core.leader === NOBODY) return 'dropped';
  forward(core, newEntries);
  return 'accepted';
}

/** Proposals that a member forwarded. If leadership has moved on they are passed on, but never back. */
export function onPropose(core: RaftCore, message: Message): void {
  if (core.role !== 'leader' && core.leader === message.from) return;
  propose(core, message.entries);
}

/** Leaves the joint configuration, if that is to happen by itself and everything before is applied. */
export function maybeAutoLeave(core: RaftCore): void {
  const { autoLeave } = core.tracker.confState;
  if (!autoLeave || core.log.applied < core.pendingConfIndex) return;
  // If a transfer is under way it is dropped, and tried again with the next input.
  proposeAsLeader(core, [{ type: 'confChange', data: encodeConfChange(leaveJointChange) }]);
}

const leaveJointChange: ConfChange = { changes: [], transition: 'auto', context: new Uint8Array(0) };

function proposeAsLeader(core: RaftCore, newEntries: readonly NewEntry[]): ProposalOutcome {
  if (core.resignation !== undefined || core.transferee !== NOBODY) return 'dropped';
  // At most one membership change at a time is on its way, so what is allowed now is allowed when it is applied.
  let pendingConfIndex = core.pendingConfIndex;
  const allowed: NewEntry[] = [];
  for (const entry of newEntries) {
    if (entry.type === 'confChange') {
      if (pendingConfIndex > core.log.applied || !isConfChangeAllowed(core, entry.data)) continue;
      pendingConfIndex = core.log.lastIndex() + allowed.length + 1;
    }
    allowed.push(entry);
  }
  if (allowed.length === 0 || !appendAsLeader(core, allowed)) return 'dropped';
  core.pendingConfIndex = pendingConfIndex;
  broadcastAppend(core);
  return 'accepted';
}

function isConfChangeAllowed(core: RaftCore, data: Uint8Array): boolean {
  try {
    nextConfState(core.tracker.confState, decodeConfChange(data));
    return true;
  } catch (error) {
    if (error instanceof ConfChangeError || error instanceof BinaryFormatError) return false;
    throw error;
  }
}

/** Sends them to the leader, in messages of at most messageBytesMax or one entry. */
function forward(core: RaftCore, newEntries: readonly NewEntry[]): void {
  let batch: Entry[] = [];
  let bytes = 0;
  const flush = (): void => {
    core.send({ type: 'propose', to: core.leader, entries: batch });
    batch = [];
    bytes = 0;
  };
  for (const { type, data } of newEntries) {
    const entry: Entry = { term: 0, index: 0, type, data };
    if (batch.length > 0 && bytes + entryBytes(entry) > core.config.messageBytesMax) flush();
    batch.push(entry);
    bytes += entryBytes(entry);
  }
  flush();
}
