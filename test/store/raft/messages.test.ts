/** Messages that are old, repeated, misdirected or wrong: they must change nothing. */
import { describe, expect, test } from 'vitest';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { Message } from '../../../store/raft/types.ts';
import { entry, handle, leaderOfThree, message, start, three } from './one-node.ts';

describe('what is behind the times changes nothing', () => {
  test('R22 an acknowledgement of an earlier term', () => {
    const log = MemoryLog.founding(three);
    const node = leaderOfThree(log);
    node.step(message({ type: 'appendResponse', term: 1, index: 2 }));
    expect(node.status().progress.get(2n)).toMatchObject({ match: 0, recentActive: false });
  });

  test('R22 an append of an earlier term is answered with the term of now', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'heartbeat', term: 5 }));
    handle(node, log);
    node.step(message({ type: 'append', from: 3n, term: 4, index: 1, logTerm: 1, entries: [entry(4, 2)] }));
    expect(node.status()).toMatchObject({ term: 5, leader: 2n, lastIndex: 1 });
    expect(handle(node, log).messages).toMatchObject([{ type: 'appendResponse', to: 3n, term: 5, index: 0 }]);
  });

  test('R9 a snapshot that is not ahead of what is committed', () => {
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

  test('R9 a snapshot of what the log has already commits it, and throws nothing away', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    const entries = [2, 3, 4].map((index) => entry(2, index));
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries, commit: 1 }));
    handle(node, log);
    node.step(message({ type: 'snapshot', snapshot: { metadata: { index: 3, term: 2, confState: three } } }));
    expect(handle(node, log).snapshot).toBeUndefined();
    expect(node.status()).toMatchObject({ commit: 3, lastIndex: 4 });
  });

  test('R3 a pre-vote that was granted to an earlier attempt', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'preVoteResponse', term: 1 }));
    expect(node.status().role).toBe('preCandidate');
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

  test('R22 an acknowledgement of what does not exist is not believed', () => {
    const node = leaderOfThree();
    node.step(message({ type: 'appendResponse', index: 99 }));
    expect(node.status().progress.get(2n)).toMatchObject({ match: 0 });
  });

  test('R1 answers from strangers count for nothing', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'preVoteResponse', from: 8n, term: 2 }));
    node.step(message({ type: 'preVoteResponse', from: 9n, term: 2 }));
    expect(node.status().role).toBe('preCandidate');
  });

  test('R1 the same vote twice counts once', () => {
    const log = MemoryLog.founding({ ...three, voters: [1n, 2n, 3n, 4n, 5n] });
    const node = start(log);
    node.campaign();
    handle(node, log);
    node.step(message({ type: 'preVoteResponse', term: 2 }));
    node.step(message({ type: 'preVoteResponse', term: 2 }));
    expect(node.status().role).toBe('preCandidate');
  });

  test('R22 a membership change that cannot be read is not appended', () => {
    const node = leaderOfThree();
    node.step(message({ type: 'propose', term: 0, entries: [entry(0, 0, 'garbage', 'confChange'), entry(0, 0, 'a')] }));
    expect(node.status().lastIndex).toBe(3);
  });

  test('R23 being told to commit what it has lost stops a member', () => {
    const node = start(MemoryLog.founding(three));
    expect(() => node.step(message({ type: 'heartbeat', commit: 7 }))).toThrow(/data was lost/);
  });
});
