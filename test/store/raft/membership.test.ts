/**
 * Membership changes at their edges: not yet applied, learnt of from votes, overtaken by a snapshot, of the leader
 * itself.
 */
import { describe, expect, test } from 'vitest';
import { encodeConfChange } from '../../../store/raft/conf-change-codec.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { ConfChange } from '../../../store/raft/types.ts';
import { entry, handle, leaderOfThree, message, nothing, start, three } from './one-node.ts';

describe('membership changes that are committed but not applied, or may be', () => {
  const add4: ConfChange = { changes: [{ type: 'addVoter', id: 4n }], transition: 'auto', context: nothing };
  const change = entry(2, 2, encodeConfChange(add4), 'confChange');

  test('R10 keep a member from standing for election: its majority is out of date', () => {
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

  test('R10 keep a new leader from taking another until its own first entry is applied', () => {
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

  test('R13 are learnt of from votes, if the entry is the same', () => {
    const log = MemoryLog.founding(three);
    const node = start(log);
    node.step(message({ type: 'append', index: 1, logTerm: 1, entries: [entry(2, 2), entry(2, 3)], commit: 1 }));
    handle(node, log);
    node.step(message({ type: 'preVote', term: 3, index: 9, logTerm: 4, commit: 3, commitTerm: 4 }));
    expect(node.status().commit).toBe(1);
    node.step(message({ type: 'preVote', term: 3, index: 9, logTerm: 4, commit: 2, commitTerm: 2 }));
    expect(node.status().commit).toBe(2);
  });

  test('R13 a candidate that learns of one goes back and applies it first', () => {
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

  test('R12 asks the one that is left before it answers a read', () => {
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

  test('R9 keeps its membership, and the older change gets its own', () => {
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
