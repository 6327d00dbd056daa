/** The order of the loop around raft, with a disk that waits until it is told to go on. */
import { describe, expect, it } from 'vitest';
import { Deferred } from '../../../base/deferred.ts';
import { SeededRandom } from '../../../base/random.ts';
import { ReadyLoop } from '../../../store/member/ready-loop.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import { RaftNode } from '../../../store/raft/raft-node.ts';
import type { Message } from '../../../store/raft/types.ts';
import type { Wal } from '../../../store/wal/wal.ts';

const founders = { voters: [1n, 2n, 3n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };

/** What the loop did, in order, and the sync it waits for. */
function newLoop(confState = founders) {
  const log = MemoryLog.founding(confState);
  const raft = new RaftNode({
    id: 1n,
    log,
    electionTicks: 10,
    heartbeatTicks: 1,
    applied: 1,
    messageBytesMax: 1 << 20,
    inflightMessagesMax: 16,
    uncommittedBytesMax: 1 << 20,
    preVote: false,
    checkQuorum: true,
    readOnly: 'safe',
    random: new SeededRandom(1),
  });
  const did: string[] = [];
  let syncing = new Deferred<void>();
  const wal = {
    full: false,
    append: ({ entries, hardState }: Parameters<Wal['append']>[0]) => {
      did.push(`write ${entries.map(({ index }) => index).join(',')}${hardState ? ` term ${hardState.term}` : ''}`);
    },
    sync: async () => {
      await syncing.promise;
      did.push('synced');
    },
  };
  const loop = new ReadyLoop({
    id: 1n,
    raft,
    log,
    wal: wal as unknown as Wal,
    beforeRound: () => {},
    onState: () => {},
    onPersisted: () => {},
    send: (messages) => did.push(`send ${messages.map(({ type, to }) => `${type} to ${to}`).join(', ')}`),
    apply: (entries) => did.push(`apply ${entries.map(({ index }) => index).join(',')}`),
    applySnapshot: async () => {},
    onReadStates: (states) => did.push(`answer reads at ${states.map(({ index }) => index).join(',')}`),
    onFailure: (error) => did.push(`failed: ${String(error)}`),
    defer: queueMicrotask,
  });
  return {
    raft,
    did,
    loop,
    /** Lets everything happen that does not wait for the disk. */
    settle: async () => {
      loop.wake();
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      return did.splice(0);
    },
    /** Lets the sync that runs end. */
    finishSync: () => {
      syncing.resolve();
      syncing = new Deferred();
    },
  };
}

function message(type: Message['type'], rest: Partial<Message>): Message {
  const empty = { term: 2, logTerm: 1, index: 1, commit: 1, entries: [], reject: false, rejectHint: 0 };
  return { type, from: 2n, to: 1n, ...empty, ...rest };
}

const entry = (index: number) => ({ index, term: 2, type: 'normal' as const, data: Buffer.from('x') });

describe('the loop around raft', () => {
  it('D13: a vote leaves only when it is durable', async () => {
    const { raft, settle, finishSync } = newLoop();
    raft.step(message('vote', {}));
    expect(await settle()).toEqual(['write  term 2']);
    finishSync();
    expect(await settle()).toEqual(['synced', 'send voteResponse to 2']);
  });

  it('D13: a follower acknowledges and applies an entry only when it is durable here', async () => {
    const { raft, settle, finishSync } = newLoop();
    raft.step(message('append', { entries: [entry(2), entry(3)], commit: 3 }));
    expect(await settle()).toEqual(['write 2,3 term 2']);
    finishSync();
    expect(await settle()).toEqual(['synced', 'send appendResponse to 2', 'apply 2,3']);
  });

  it('D13: what was durable before is applied while the disk works', async () => {
    const { raft, settle, finishSync } = newLoop();
    raft.step(message('append', { entries: [entry(2)] }));
    await settle();
    finishSync();
    await settle();
    raft.step(message('append', { index: 2, logTerm: 2, entries: [entry(3)], commit: 3 }));
    expect(await settle()).toEqual(['write 3 term 2', 'apply 2']);
    finishSync();
    expect(await settle()).toEqual(['synced', 'send appendResponse to 2', 'apply 3']);
  });

  it('D13: an entry that replaces a durable one is not applied before it is durable itself', async () => {
    const { raft, settle, finishSync } = newLoop();
    raft.step(message('append', { entries: [entry(2)] }));
    await settle();
    finishSync();
    await settle();
    const other = { ...entry(2), term: 3 };
    raft.step(message('append', { from: 3n, term: 3, entries: [other], commit: 2 }));
    expect(await settle()).toEqual(['write 2 term 3']);
    finishSync();
    expect(await settle()).toEqual(['synced', 'send appendResponse to 3', 'apply 2']);
  });

  it('D13: a leader sends its entries before they are durable here, and counts its own copy after', async () => {
    const { raft, settle, finishSync } = newLoop();
    raft.campaign();
    await settle();
    finishSync();
    await settle();
    raft.step(message('voteResponse', { index: 0, logTerm: 0 }));
    expect(await settle()).toEqual(['write 2', 'send append to 2, append to 3']);
    finishSync();
    await settle();
    raft.step(message('appendResponse', { index: 2, logTerm: 0 }));
    await settle();
    raft.propose([Buffer.from('x')]);
    expect((await settle())[0]).toMatch(/^write 3/);
    // One follower has it: with the own copy a quorum, but that is not durable yet.
    raft.step(message('appendResponse', { index: 3, logTerm: 0 }));
    expect(await settle()).toEqual([]);
    finishSync();
    expect(await settle()).toContain('apply 3');
  });

  it('D13: alone, an entry is committed only when it is durable', async () => {
    const { raft, settle, finishSync } = newLoop({ ...founders, voters: [1n] });
    raft.campaign();
    await settle();
    finishSync();
    await settle();
    finishSync();
    await settle();
    raft.propose([Buffer.from('x')]);
    expect(await settle()).toEqual(['write 3 term 2']);
    finishSync();
    expect(await settle()).toEqual(['synced', 'apply 3']);
  });

  it('D6: after a failed step nothing is done any more', async () => {
    const { raft, loop, settle } = newLoop();
    loop.fail(new Error('the disk is gone'));
    raft.step(message('vote', {}));
    expect(await settle()).toEqual(['failed: Error: the disk is gone']);
  });
});
