/** The contract of RaftNode where a transcript would not show it: what its caller may do when, and what it refuses. */
import { describe, expect, test } from 'vitest';
import { encodeConfChange } from '../../../store/raft/conf-change-codec.ts';
import { ConfChangeError } from '../../../store/raft/conf-changer.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import { RaftNode } from '../../../store/raft/raft-node.ts';
import type { ConfChange, ConfState, Entry, Message, RaftConfig, Ready } from '../../../store/raft/types.ts';
import { defaultOptions } from './test-member.ts';

const three: ConfState = {
  voters: [1n, 2n, 3n],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

const nothing = new Uint8Array(0);

function start(log: MemoryLog, options: Partial<RaftConfig> = {}): RaftNode {
  return new RaftNode({ ...defaultOptions, id: 1n, log, applied: log.firstIndex() - 1, ...options });
}

function message(fields: Pick<Message, 'type'> & Partial<Message>): Message {
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

function entry(term: number, index: number, data: string | Uint8Array = '', type: Entry['type'] = 'normal'): Entry {
  return { term, index, type, data: typeof data === 'string' ? Buffer.from(data) : data };
}

/** Persists and advances, without applying. */
function handle(node: RaftNode, log: MemoryLog): Ready {
  const ready = node.ready();
  if (ready.snapshot !== undefined) log.applySnapshot(ready.snapshot);
  log.append(ready.entries);
  if (ready.hardState !== undefined) log.setHardState(ready.hardState);
  node.advance(ready);
  return ready;
}

function leaderOfThree(log = MemoryLog.founding(three), options: Partial<RaftConfig> = {}): RaftNode {
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

describe('Ready', () => {
  test('is given out one at a time, and advanced by itself only', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.campaign();
    expect(node.hasReady()).toBe(true);
    const ready = node.ready();
    expect(node.hasReady()).toBe(false);
    expect(() => node.ready()).toThrow(/again before advance/);
    expect(() => node.advance({ ...ready })).toThrow(/not outstanding/);
    node.advance(ready);
    expect(() => node.advance(ready)).toThrow(/not outstanding/);
  });

  test('says nothing when nothing happened', () => {
    const node = start(MemoryLog.founding(three));
    node.tick();
    expect(node.hasReady()).toBe(false);
  });

  test('need not be waited for when only the commit index changed', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [entry(2, 2)], commit: 1 }));
    expect(handle(node, log)).toMatchObject({ mustSync: true, hardState: { term: 2, commit: 1 } });
    node.step(message({ type: 'heartbeat', commit: 2 }));
    expect(handle(node, log)).toMatchObject({ mustSync: false, hardState: { term: 2, commit: 2 } });
  });

  test('carries the consequences of what came while another was outstanding', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    node.propose([Buffer.from('a')]);
    const first = node.ready();
    node.propose([Buffer.from('b')]);
    expect(first.entries.map((e) => e.index)).toEqual([3]);
    log.append(first.entries);
    node.advance(first);
    const second = handle(node, log);
    expect(second.entries.map((e) => e.index)).toEqual([4]);
    expect(second.messages.map((m) => `${m.type}>${m.to} ${m.entries.length}`)).toEqual([]);
  });

  test("a leader's own entries count only once they are durable", () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    node.propose([Buffer.from('a')]);
    const ready = node.ready();
    // Follower 2 has both entries before the leader's own disk does: together with 3 that would do, alone it does not.
    node.step(message({ type: 'appendResponse', index: 3 }));
    expect(node.status().commit).toBe(2);
    log.append(ready.entries);
    node.advance(ready);
    expect(node.status().commit).toBe(3);
  });

  test('an own vote counts only once it is durable', () => {
    const alone = { ...three, voters: [1n] };
    const log = MemoryLog.founding(alone);
    const node = start(log);
    node.campaign();
    expect(node.status().role).toBe('candidate');
    const ready = node.ready();
    expect(ready).toMatchObject({ hardState: { term: 2, vote: 1n }, mustSync: true });
    node.advance(ready);
    expect(node.status().role).toBe('leader');
  });

  test('entries that were replaced while they were written are written again', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [entry(2, 2, 'old'), entry(2, 3, 'old')] }));
    const first = node.ready();
    node.step(message({ type: 'append', from: 3n, term: 3, index: 1, logTerm: 1, entries: [entry(3, 2, 'new')] }));
    log.append(first.entries);
    node.advance(first);
    expect(handle(node, log).entries).toEqual([entry(3, 2, 'new')]);
    expect([log.lastIndex(), log.term(2)]).toEqual([2, 3]);
  });
});

test('entries replaced by as many others while they were written are written again', () => {
  const log = MemoryLog.founding(three);
  const node = start(log);
  node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [entry(2, 2, 'old'), entry(2, 3, 'old')] }));
  const first = node.ready();
  const others = [entry(3, 2, 'new'), entry(3, 3, 'new')];
  node.step(message({ type: 'append', from: 3n, term: 3, index: 1, logTerm: 1, entries: others }));
  log.append(first.entries);
  node.advance(first);
  expect(handle(node, log).entries).toEqual(others);
});

describe('what is behind the times changes nothing', () => {
  test('an acknowledgement of an earlier term', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    node.step(message({ type: 'appendResponse', term: 1, index: 2 }));
    expect(node.status().progress.get(2n)).toMatchObject({ match: 0, recentActive: false });
  });

  test('an append of an earlier term is answered with the term of now', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'heartbeat', term: 5 }));
    handle(node, log);
    node.step(message({ type: 'append', from: 3n, term: 4, index: 1, logTerm: 1, entries: [entry(4, 2)] }));
    expect(node.status()).toMatchObject({ term: 5, leader: 2n, lastIndex: 1 });
    expect(handle(node, log).messages).toMatchObject([{ type: 'appendResponse', to: 3n, term: 5, index: 0 }]);
  });

  test('a snapshot that is not ahead of what is committed', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    const entries = [2, 3, 4].map((index) => entry(2, index));
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries, commit: 4 }));
    handle(node, log);
    node.step(message({ type: 'snapshot', snapshot: { metadata: { index: 3, term: 2, confState: three } } }));
    const ready = handle(node, log);
    expect(ready.snapshot).toBeUndefined();
    expect(ready.messages).toMatchObject([{ type: 'appendResponse', index: 4 }]);
  });

  test('a snapshot of what the log has already commits it, and throws nothing away', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    const entries = [2, 3, 4].map((index) => entry(2, index));
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries, commit: 1 }));
    handle(node, log);
    node.step(message({ type: 'snapshot', snapshot: { metadata: { index: 3, term: 2, confState: three } } }));
    expect(handle(node, log).snapshot).toBeUndefined();
    expect(node.status()).toMatchObject({ commit: 3, lastIndex: 4 });
  });

  test('a pre-vote that was granted to an earlier attempt', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'preVoteResponse', term: 1 }));
    expect(node.status().role).toBe('preCandidate');
  });
});

describe('membership changes that are committed but not applied, or may be', () => {
  const add4: ConfChange = { changes: [{ type: 'addVoter', id: 4n }], transition: 'auto', context: nothing };
  const change = entry(2, 2, encodeConfChange(add4), 'confChange');

  test('keep a member from standing for election: its majority is out of date', () => {
    const log = MemoryLog.founding(three);
    const node = start(log, { checkQuorum: false });
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [change], commit: 2 }));
    const ready = node.ready();
    log.append(ready.entries);
    node.campaign();
    expect(node.status().role).toBe('follower');
    node.applyConfChange(add4);
    node.advance(ready);
    node.campaign();
    expect(node.status().role).toBe('preCandidate');
  });

  test('keep a new leader from taking another until its own first entry is applied', () => {
    const log = MemoryLog.founding(three);
    const node = start(log, { preVote: false, checkQuorum: false });
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [change], commit: 1 }));
    handle(node, log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'voteResponse', term: 3 }));
    handle(node, log);
    expect(node.proposeConfChange(add4)).toBe('dropped');
    node.step(message({ type: 'appendResponse', term: 3, index: 3 }));
    const ready = node.ready();
    node.applyConfChange(add4);
    expect(node.proposeConfChange(add4)).toBe('dropped');
    node.advance(ready);
    expect(node.proposeConfChange(add4)).toBe('accepted');
  });

  test('are learnt of from votes, if the entry is the same', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [entry(2, 2), entry(2, 3)], commit: 1 }));
    handle(node, log);
    node.step(message({ type: 'preVote', term: 3, index: 9, logTerm: 4, commit: 3, commitTerm: 4 }));
    expect(node.status().commit).toBe(1);
    node.step(message({ type: 'preVote', term: 3, index: 9, logTerm: 4, commit: 2, commitTerm: 2 }));
    expect(node.status().commit).toBe(2);
  });

  test('a candidate that learns of one goes back and applies it first', () => {
    const log = MemoryLog.founding(three);
    const node = start(log, { preVote: false, checkQuorum: false });
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [change], commit: 1 }));
    handle(node, log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'voteResponse', term: 3, reject: true, commit: 2, commitTerm: 2 }));
    expect(node.status()).toMatchObject({ role: 'follower', commit: 2, term: 3 });
  });
});

describe('a leader that is removed', () => {
  const remove1: ConfChange = { changes: [{ type: 'remove', id: 1n }], transition: 'auto', context: nothing };

  test('asks the one that is left before it answers a read', () => {
    const log = MemoryLog.founding({ ...three, voters: [1n, 2n] });
    const node = leaderOfThree(log);
    node.step(message({ type: 'appendResponse', index: 2 }));
    handle(node, log);
    node.proposeConfChange(remove1);
    handle(node, log);
    node.step(message({ type: 'appendResponse', index: 3 }));
    const ready = node.ready();
    node.applyConfChange(remove1);
    node.advance(ready);
    expect(node.status()).toMatchObject({ role: 'leader', confState: { voters: [2n] } });
    node.readIndex('a');
    expect(handle(node, log).readStates).toEqual([]);
    expect(node.propose([Buffer.from('b')])).toBe('dropped');
    // The answer confirms the read, and shows that member 2 knows: the task is done.
    node.step(message({ type: 'heartbeatResponse', context: '1' }));
    const last = handle(node, log);
    expect(last.readStates).toEqual([{ context: 'a', index: 3 }]);
    expect(last.messages).toMatchObject([{ type: 'timeoutNow', to: 2n }]);
    expect(node.status().role).toBe('follower');
  });
});

describe('a snapshot that arrives while older entries are being applied', () => {
  const add4: ConfChange = { changes: [{ type: 'addVoter', id: 4n }], transition: 'auto', context: nothing };
  const later = { ...three, voters: [1n, 2n, 3n, 5n] };

  test('keeps its membership, and the older change gets its own', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    const change = entry(2, 2, encodeConfChange(add4), 'confChange');
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [change], commit: 2 }));
    const ready = node.ready();
    expect(ready.committedEntries).toEqual([change]);
    node.step(message({ type: 'snapshot', snapshot: { metadata: { index: 9, term: 2, confState: later } } }));
    log.append(ready.entries);
    expect(node.applyConfChange(add4).voters).toEqual([1n, 2n, 3n, 4n]);
    expect(node.status().confState).toEqual(later);
    node.advance(ready);
    expect(handle(node, log)).toMatchObject({ snapshot: { metadata: { index: 9 } }, committedEntries: [] });
    expect(node.status()).toMatchObject({ confState: later, applied: 9, commit: 9 });
    const remove5: ConfChange = { changes: [{ type: 'remove', id: 5n }], transition: 'auto', context: nothing };
    expect(node.applyConfChange(remove5)).toEqual(three);
  });
});

describe('messages that are wrong', () => {
  test.each<[string, Partial<Message>]>([
    ['for somebody else', { to: 9n }],
    ['from oneself', { from: 1n }],
    ['with a gap', { entries: [entry(2, 2), entry(2, 4)] }],
    ['not following the index', { entries: [entry(2, 3)] }],
    ['of falling terms', { entries: [entry(2, 2), entry(1, 3)] }],
    ['of a term after their leader', { entries: [entry(3, 2)] }],
  ])('an append %s changes no log', (_, fields) => {
    const node = start(MemoryLog.founding(three));
    node.step(message({ type: 'append', index: 1, logTerm: 1, ...fields }));
    expect(node.status().lastIndex).toBe(1);
  });

  test('an acknowledgement of what does not exist is not believed', () => {
    const node = leaderOfThree();
    node.step(message({ type: 'appendResponse', index: 99 }));
    expect(node.status().progress.get(2n)).toMatchObject({ match: 0 });
  });

  test('answers from strangers count for nothing', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'preVoteResponse', from: 8n, term: 2 }));
    node.step(message({ type: 'preVoteResponse', from: 9n, term: 2 }));
    expect(node.status().role).toBe('preCandidate');
  });

  test('the same vote twice counts once', () => {
    const log = MemoryLog.founding({ ...three, voters: [1n, 2n, 3n, 4n, 5n] });
    const node = start(log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'preVoteResponse', term: 2 }));
    node.step(message({ type: 'preVoteResponse', term: 2 }));
    expect(node.status().role).toBe('preCandidate');
  });

  test('a membership change that cannot be read is not appended', () => {
    const node = leaderOfThree();
    node.step(message({ type: 'propose', term: 0, entries: [entry(0, 0, 'garbage', 'confChange'), entry(0, 0, 'a')] }));
    expect(node.status().lastIndex).toBe(3);
  });

  test('being told to commit what it has lost stops a member', () => {
    const node = start(MemoryLog.founding(three));
    expect(() => node.step(message({ type: 'heartbeat', commit: 7 }))).toThrow(/data was lost/);
  });
});

describe('proposals', () => {
  test('are forwarded by a follower in messages of bounded size, and dropped without a leader', () => {
    const log = MemoryLog.founding(three);
    const node = start(log, { messageBytesMax: 100 });
    expect(node.propose([Buffer.from('a')])).toBe('dropped');
    node.step(message({ type: 'heartbeat', commit: 1 }));
    handle(node, log);
    const small = Buffer.alloc(20);
    expect(node.propose([small, small, small, Buffer.alloc(500), small])).toBe('accepted');
    const { messages } = handle(node, log);
    expect(messages.map((m) => [m.type, m.to, m.term, m.entries.length])).toEqual([
      ['propose', 2n, 0, 2],
      ['propose', 2n, 0, 1],
      ['propose', 2n, 0, 1],
      ['propose', 2n, 0, 1],
    ]);
  });

  test('that were forwarded go on to the new leader, but never back to where they came from', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'heartbeat', commit: 1 }));
    handle(node, log);
    node.step(message({ type: 'propose', from: 3n, term: 0, entries: [entry(0, 0, 'a')] }));
    expect(handle(node, log).messages).toMatchObject([{ type: 'propose', from: 1n, to: 2n }]);
    node.step(message({ type: 'propose', from: 2n, term: 0, entries: [entry(0, 0, 'a')] }));
    expect(node.hasReady()).toBe(false);
  });

  test('of a change while another is not applied are dropped', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    const change: ConfChange = { changes: [{ type: 'addLearner', id: 4n }], transition: 'auto', context: nothing };
    // The entries of the time before this leader may hold a change; until its own first entry is applied, none is taken.
    expect(node.proposeConfChange(change)).toBe('accepted');
    expect(node.proposeConfChange(change)).toBe('dropped');
    node.step(message({ type: 'appendResponse', index: 3 }));
    handle(node, log);
    node.step(message({ type: 'appendResponse', index: 3 }));
    expect(handle(node, log).committedEntries.map((e) => e.type)).toEqual(['confChange']);
    expect(node.proposeConfChange(change)).toBe('accepted');
  });

  test('a change that does not fit the membership cannot be applied', () => {
    const node = start(MemoryLog.founding(three));
    expect(() => node.applyConfChange({ changes: [], transition: 'auto', context: nothing })).toThrow(ConfChangeError);
  });
});

describe('reads', () => {
  test('share a round until it leaves, and then need another', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    node.step(message({ type: 'appendResponse', index: 2 }));
    handle(node, log);
    node.readIndex('a');
    node.readIndex('b');
    const first = handle(node, log).messages.filter((m) => m.type === 'heartbeat');
    expect(first.map((m) => [m.to, m.context])).toEqual([
      [2n, '1'],
      [3n, '1'],
    ]);
    node.readIndex('c');
    const second = handle(node, log).messages;
    expect(second.map((m) => m.context)).toEqual(['2', '2']);
    node.step(message({ type: 'heartbeatResponse', context: '1' }));
    expect(handle(node, log).readStates.map((read) => read.context)).toEqual(['a', 'b']);
    node.step(message({ type: 'heartbeatResponse', context: '2' }));
    expect(handle(node, log).readStates.map((read) => read.context)).toEqual(['c']);
  });

  test('are not confirmed by rounds that were never sent', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    node.step(message({ type: 'appendResponse', index: 2 }));
    handle(node, log);
    node.readIndex('a');
    handle(node, log);
    for (const context of ['7', '-1', '0', '', 'x', '1e3', '1.5']) {
      node.step(message({ type: 'heartbeatResponse', context }));
    }
    expect(node.hasReady() ? handle(node, log).readStates : []).toEqual([]);
  });

  test('wait for the quorum of a joint configuration', () => {
    const log = MemoryLog.founding({ ...three, voters: [1n, 4n, 5n], votersOutgoing: [1n, 2n, 3n] });
    const node = start(log, { preVote: false });
    node.campaign();
    handle(node, log);
    for (const from of [2n, 4n]) node.step(message({ type: 'voteResponse', from }));
    handle(node, log);
    for (const from of [2n, 4n]) node.step(message({ type: 'appendResponse', from, index: 2 }));
    handle(node, log);
    node.readIndex('a');
    handle(node, log);
    node.step(message({ type: 'heartbeatResponse', from: 2n, context: '1' }));
    expect(node.hasReady()).toBe(false);
    node.step(message({ type: 'heartbeatResponse', from: 4n, context: '1' }));
    expect(handle(node, log).readStates).toEqual([{ context: 'a', index: 2 }]);
  });
});

describe('a configuration that cannot work', () => {
  test.each<[string, Partial<RaftConfig>, RegExp]>([
    ['no id', { id: 0n }, /id must not be 0/],
    ['elections as often as heartbeats', { electionTicks: 1 }, /greater than heartbeatTicks/],
    ['no message in flight', { inflightMessagesMax: 0 }, /must be positive/],
    ['a lease without check-quorum', { readOnly: 'lease', checkQuorum: false }, /need checkQuorum/],
  ])('%s', (_, options, error) => {
    expect(() => start(MemoryLog.founding(three), options)).toThrow(error);
  });
});

test('election timeouts are drawn from one to two election times', () => {
  for (const [drawn, due] of [
    [0, 10],
    [9, 19],
  ] as const) {
    const node = start(MemoryLog.founding(three), { random: { below: () => drawn } });
    for (let ticks = 1; ticks < due; ticks++) node.tick();
    expect(node.status().role).toBe('follower');
    node.tick();
    expect(node.status().role).toBe('preCandidate');
  }
});
