/** One RaftNode by hand: the test is its loop and its peers, members 2 and 3. */
import { expect } from 'vitest';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import { RaftNode } from '../../../store/raft/raft-node.ts';
import type { ConfState, Entry, Message, RaftConfig, Ready } from '../../../store/raft/types.ts';
import { defaultOptions } from './test-member.ts';

export const three: ConfState = {
  voters: [1n, 2n, 3n],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

export const nothing = new Uint8Array(0);

export function start(log: MemoryLog, options: Partial<RaftConfig> = {}): RaftNode {
  return new RaftNode({ ...defaultOptions, id: 1n, log, applied: log.firstIndex() - 1, ...options });
}

export function message(fields: Pick<Message, 'type'> & Partial<Message>): Message {
  return {
    from: 2n,
    to: 1n,
    term: 2,
    logTerm: 0,
    index: 0,
    commit: 0,
    entries: [],
    reject: false,
    rejectHint: 0,
    ...fields,
  };
}

export function entry(
  term: number,
  index: number,
  data: string | Uint8Array = '',
  type: Entry['type'] = 'normal',
): Entry {
  return { term, index, type, data: typeof data === 'string' ? Buffer.from(data) : data };
}

/** Persists and advances, without applying. */
export function handle(node: RaftNode, log: MemoryLog): Ready {
  const ready = node.ready();
  if (ready.snapshot !== undefined) log.applySnapshot(ready.snapshot);
  log.append(ready.entries);
  if (ready.hardState !== undefined) log.setHardState(ready.hardState);
  node.advance(ready);
  return ready;
}

export function leaderOfThree(log = MemoryLog.founding(three), options: Partial<RaftConfig> = {}): RaftNode {
  const node = start(log, options);
  node.campaign();
  handle(node, log);
  node.step(message({ type: 'preVoteResponse', term: 2 }));
  handle(node, log);
  node.step(message({ type: 'voteResponse', term: 2 }));
  handle(node, log);
  expect(node.status().role).toBe('leader');
  return node;
}
