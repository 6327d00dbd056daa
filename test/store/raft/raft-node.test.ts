/** The contract of RaftNode's caller: Ready and advance, proposals, reads, configuration. */
import { describe, expect, test } from 'vitest';
import { ConfChangeError } from '../../../store/raft/conf-changer.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { ConfChange, RaftConfig } from '../../../store/raft/types.ts';
import { entry, handle, leaderOfThree, message, nothing, start, three } from './one-node.ts';

describe('Ready', () => {
  test('R21 is given out one at a time, and advanced by itself only', () => {
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

  test('R21 says nothing when nothing happened', () => {
    const node = start(MemoryLog.founding(three));
    node.tick();
    expect(node.hasReady()).toBe(false);
  });

  test('R21 need not be waited for when only the commit index changed', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [entry(2, 2)], commit: 1 }));
    expect(handle(node, log)).toMatchObject({ mustSync: true, hardState: { term: 2, commit: 1 } });
    node.step(message({ type: 'heartbeat', commit: 2 }));
    expect(handle(node, log)).toMatchObject({ mustSync: false, hardState: { term: 2, commit: 2 } });
  });

  test('R21 carries the consequences of what came while another was outstanding', () => {
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

  test("R6 a leader's own entries count only once they are durable", () => {
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

  test('R2 an own vote counts only once it is durable', () => {
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

  test('R21 entries that were replaced while they were written are written again', () => {
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

test('R21 entries replaced by as many others while they were written are written again', () => {
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

describe('proposals', () => {
  test('R7 are forwarded by a follower in messages of bounded size, and dropped without a leader', () => {
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

  test('R8 that were forwarded go on to the new leader, but never back to where they came from', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'heartbeat', commit: 1 }));
    handle(node, log);
    node.step(message({ type: 'propose', from: 3n, term: 0, entries: [entry(0, 0, 'a')] }));
    expect(handle(node, log).messages).toMatchObject([{ type: 'propose', from: 1n, to: 2n }]);
    node.step(message({ type: 'propose', from: 2n, term: 0, entries: [entry(0, 0, 'a')] }));
    expect(node.hasReady()).toBe(false);
  });

  test('R10 of a change while another is not applied are dropped', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    const change: ConfChange = { changes: [{ type: 'addLearner', id: 4n }], transition: 'auto', context: nothing };
    // The entries of the time before this leader may hold a change; until its own first entry is applied, none is
    // taken.
    expect(node.proposeConfChange(change)).toBe('accepted');
    expect(node.proposeConfChange(change)).toBe('dropped');
    node.step(message({ type: 'appendResponse', index: 3 }));
    handle(node, log);
    node.step(message({ type: 'appendResponse', index: 3 }));
    expect(handle(node, log).committedEntries.map((e) => e.type)).toEqual(['confChange']);
    expect(node.proposeConfChange(change)).toBe('accepted');
  });

  test('R10 a change that does not fit the membership cannot be applied', () => {
    const node = start(MemoryLog.founding(three));
    expect(() => node.applyConfChange({ changes: [], transition: 'auto', context: nothing })).toThrow(ConfChangeError);
  });
});

describe('reads', () => {
  test('R15 share a round until it leaves, and then need another', () => {
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

  test('R15 are not confirmed by rounds that were never sent', () => {
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

  test('R15 wait for the quorum of a joint configuration', () => {
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
  ])('R23 %s', (_, options, error) => {
    expect(() => start(MemoryLog.founding(three), options)).toThrow(error);
  });
});

test('R1 election timeouts are drawn from one to two election times', () => {
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
