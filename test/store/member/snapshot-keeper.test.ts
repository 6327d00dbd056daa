import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { silentRecorder } from '../../../base/moments.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { SnapshotKeeper } from '../../../store/member/snapshot-keeper.ts';
import { withHash } from '../../../store/member/snapshot-stream.ts';
import { StateMachine } from '../../../store/member/state-machine.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { Message, SnapshotMetadata } from '../../../store/raft/types.ts';
import { MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { confState, newLog } from '../wal/log-fixture.ts';

function newMachine(backend: MemoryBackend): StateMachine {
  return new StateMachine({
    backend,
    header: () => ({ clusterId: 1n, memberId: 1n, revision: 0, raftTerm: 0 }),
    monotonicMs: () => 0,
    recorder: silentRecorder,
    name: 'test',
    onListenerError: () => {},
  });
}

/** A state that has applied `index`, as it arrives. */
function stateAt(index: number): {
  metadata: SnapshotMetadata;
  message: Message;
  chunks: () => AsyncIterable<Uint8Array>;
} {
  const machine = newMachine(new MemoryBackend());
  machine.setConfState(confState);
  machine.markApplied({ index, term: 2 });
  const metadata = { index, term: 2, confState };
  const empty = { term: 2, logTerm: 0, index: 0, commit: 0, entries: [], reject: false, rejectHint: 0 };
  const message: Message = { type: 'snapshot', from: 2n, to: 1n, ...empty, snapshot: { metadata } };
  return { metadata, message, chunks: () => withHash(machine.backend.snapshot()) };
}

async function newKeeper(): Promise<{ keeper: SnapshotKeeper; machine: StateMachine; disk: MemoryDisk }> {
  const { wal } = await newLog();
  const disk = new MemoryDisk();
  const machine = newMachine(new MemoryBackend());
  const keeper = new SnapshotKeeper({
    disk,
    directory: '/snap',
    machine,
    log: MemoryLog.founding(confState),
    wal,
    logger: silentLogger,
    snapshotEntries: 10,
    snapshotLogBytes: 1000,
    catchUpEntries: 5,
  });
  return { keeper, machine, disk };
}

describe('states that arrive', () => {
  it('C18: one that arrives while an earlier one is taken over is kept (found by random faults, slow disks)', async () => {
    const { keeper, machine } = await newKeeper();
    const first = stateAt(50);
    const second = stateAt(60);
    await keeper.receive(first.message, first.chunks());
    await keeper.receive(second.message, second.chunks());
    await keeper.restore(first.metadata);
    expect(machine.applied.index).toBe(50);
    await keeper.restore(second.metadata);
    expect(machine.applied.index).toBe(60);
  });

  it('C18: one that is damaged on its way is refused, and nothing of it stays', async () => {
    const { keeper, disk } = await newKeeper();
    const { message, chunks } = stateAt(50);
    const damaged = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks()) yield chunk.length > 40 ? Buffer.from(chunk).fill(1, 30, 40) : chunk;
    };
    await expect(keeper.receive(message, damaged())).rejects.toThrow(/SHA-256 does not fit/);
    expect(await disk.list('/snap')).toEqual([]);
  });

  it('C18: one that was damaged on the disk stops the member, with the file named', async () => {
    const { keeper, machine, disk } = await newKeeper();
    const { message, metadata, chunks } = stateAt(50);
    await keeper.receive(message, chunks());
    const [name] = await disk.list('/snap');
    disk.damage(`/snap/${name}`, 20);
    await expect(keeper.restore(metadata)).rejects.toThrow(/^\/snap\/0+32-0+2.snap is corrupt/);
    expect(machine.applied.index).toBe(0);
  });

  it('C18: what a crash left of one that was arriving is removed', async () => {
    const { keeper, disk } = await newKeeper();
    disk.place('/snap/1.part', Buffer.from('half'));
    await keeper.tidy();
    expect(await disk.list('/snap')).toEqual([]);
  });
});
