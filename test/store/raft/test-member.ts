/**
 * A member for tests: a RaftNode over a MemoryLog that survives `restart`, and a state machine that is the list of what
 * was applied. It keeps the Ready contract, in stages that a test may cut short to crash between them.
 */
import { present } from '../../../base/assert.ts';
import { decodeConfChange } from '../../../store/raft/conf-change-codec.ts';
import type { MemoryLog } from '../../../store/raft/memory-log.ts';
import { RaftNode } from '../../../store/raft/raft-node.ts';
import type {
  ConfState,
  Entry,
  HardState,
  MemberId,
  Message,
  RaftConfig,
  ReadState,
  Ready,
  Snapshot,
} from '../../../store/raft/types.ts';

export type MemberOptions = Omit<RaftConfig, 'id' | 'log' | 'applied'>;

export const defaultOptions: MemberOptions = {
  electionTicks: 10,
  heartbeatTicks: 1,
  messageBytesMax: 1024 * 1024,
  inflightMessagesMax: 256,
  uncommittedBytesMax: 1024 * 1024,
  preVote: true,
  checkQuorum: true,
  readOnly: 'safe',
  random: { below: () => 0 },
};

/** What the state machine holds: every applied entry, by index. Shared with the snapshots made of it. */
export type Applied = ReadonlyMap<number, Entry>;

/** Where snapshots' states lie: whoever restores one finds it by index. */
export type SnapshotStore = Map<number, Applied>;

export class TestMember {
  readonly id: MemberId;
  readonly log: MemoryLog;
  readonly #options: MemberOptions;
  readonly #snapshots: SnapshotStore;
  node: RaftNode;
  /** Survives a restart, as LMDB's content does: state and applied index are one. */
  applied = new Map<number, Entry>();
  appliedIndex: number;
  confState: ConfState;
  readonly readStates: ReadState[] = [];
  /** The hard state as of the last write that was waited for. */
  #syncedHardState: HardState;

  constructor(id: MemberId, log: MemoryLog, options: MemberOptions, snapshots: SnapshotStore) {
    this.id = id;
    this.log = log;
    this.#options = options;
    this.#snapshots = snapshots;
    this.appliedIndex = log.firstIndex() - 1;
    this.confState = log.initialState().confState;
    this.#syncedHardState = log.initialState().hardState;
    this.node = this.#start();
  }

  /** What a crash leaves: nothing that was not waited for, and a state applied up to `appliedOnDisk` only. */
  crash(appliedOnDisk = this.appliedIndex): void {
    this.log.setHardState(this.#syncedHardState);
    this.loseAppliedAfter(appliedOnDisk);
  }

  loseAppliedAfter(index: number): void {
    for (const applied of this.applied.keys()) if (applied > index) this.applied.delete(applied);
    this.appliedIndex = Math.min(this.appliedIndex, index);
  }

  restart(): void {
    this.node = this.#start();
    this.readStates.length = 0;
  }

  persist(ready: Ready): void {
    if (ready.snapshot !== undefined) this.log.applySnapshot(ready.snapshot);
    this.log.append(ready.entries);
    if (ready.hardState !== undefined) this.log.setHardState(ready.hardState);
    if (ready.mustSync) this.#syncedHardState = this.log.initialState().hardState;
  }

  apply(ready: Ready, onApply: (entry: Entry) => void = () => {}): void {
    if (ready.snapshot !== undefined) this.restore(ready.snapshot);
    for (const entry of ready.committedEntries) {
      if (entry.type === 'confChange') {
        this.confState = this.node.applyConfChange(decodeConfChange(entry.data));
        this.log.setConfState(this.confState);
      }
      this.applied.set(entry.index, entry);
      this.appliedIndex = entry.index;
      onApply(entry);
    }
    this.readStates.push(...ready.readStates);
  }

  /** The whole of the contract; returns the messages to send. */
  handleReady(): { ready: Ready; messages: readonly Message[] } {
    const ready = this.node.ready();
    this.persist(ready);
    this.apply(ready);
    this.node.advance(ready);
    return { ready, messages: ready.messages };
  }

  /** Makes a snapshot of what is applied, and drops the log up to `compactTo`. */
  snapshot(compactTo: number = this.appliedIndex): Snapshot {
    const snapshot = this.log.createSnapshot(this.appliedIndex, this.confState);
    this.#snapshots.set(this.appliedIndex, new Map(this.applied));
    this.log.compact(compactTo);
    return snapshot;
  }

  restore(snapshot: Snapshot): void {
    const { index, confState } = snapshot.metadata;
    this.applied = new Map(present(this.#snapshots.get(index), `the state of the snapshot at ${index}`));
    this.appliedIndex = index;
    this.confState = confState;
    this.log.setConfState(confState);
  }

  #start(): RaftNode {
    return new RaftNode({ ...this.#options, id: this.id, log: this.log, applied: this.appliedIndex });
  }
}
