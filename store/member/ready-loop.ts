/**
 * The impure loop around raft: takes each Ready and does what it says, in its order (raft/types.ts): persist, send,
 * apply, advance. One round runs at a time; whatever is proposed or received meanwhile is in the next one, so that one
 * fdatasync covers everything that came while the last one ran.
 *
 * Two liberties, both safe:
 * - committed entries that were durable here before the round are applied while the disk works (an entry of this very
 *   round is applied only after the sync);
 * - a hard state in which only the commit index changed is not written by itself: it goes with the next write, and a
 *   restart learns it again.
 *
 * The first failure of any step ends the loop for good: `onFailure` is called once, and nothing more is sent or answered.
 */
import { assert } from '../../base/assert.ts';
import type { MemoryLog } from '../raft/memory-log.ts';
import type { RaftNode } from '../raft/raft-node.ts';
import type {
  Entry,
  HardState,
  MemberId,
  Message,
  ReadState,
  Ready,
  Snapshot,
  SnapshotMetadata,
  SoftState,
} from '../raft/types.ts';
import type { Wal } from '../wal/wal.ts';

export interface ReadyLoopDeps {
  readonly id: MemberId;
  readonly raft: RaftNode;
  readonly log: MemoryLog;
  readonly wal: Wal;
  /** What is needed to hand over a batch of proposals, before each round. */
  readonly beforeRound: () => unknown;
  /** Who leads, or the term, changed. */
  readonly onState: (softState: SoftState | undefined, hardState: HardState | undefined) => void;
  readonly onPersisted: (entries: readonly Entry[], durable: boolean) => void;
  readonly send: (messages: readonly Message[]) => void;
  /** Synchronous: what it writes to the backend survives whole or not at all. */
  readonly apply: (entries: readonly Entry[]) => void;
  readonly applySnapshot: (snapshot: Snapshot) => Promise<void>;
  readonly onReadStates: (readStates: readonly ReadState[]) => void;
  readonly onFailure: (error: unknown) => void;
  /** Runs a callback soon: after input that is there already was read, so that it goes into the same round. */
  readonly defer: (callback: () => void) => void;
}

/** A marker that waits for the next round, and what to do once it is durable. */
interface PendingMarker {
  readonly metadata: SnapshotMetadata;
  readonly done: () => Promise<void>;
}

export class ReadyLoop {
  readonly #deps: ReadyLoopDeps;
  #state: 'idle' | 'scheduled' | 'running' | 'stopped' = 'idle';
  #durableIndex: number;
  #unwrittenHardState: HardState | undefined;
  #marker: PendingMarker | undefined;
  #finished: Promise<void> = Promise.resolve();

  constructor(deps: ReadyLoopDeps) {
    this.#deps = deps;
    this.#durableIndex = deps.log.lastIndex();
  }

  /** To be called after every input to raft, and when proposals wait. */
  wake(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    this.#deps.defer(() => {
      if (this.#state !== 'scheduled') return;
      this.#state = 'running';
      this.#finished = this.#run();
    });
  }

  /** Writes a marker with the next round; `done` runs in the loop once it is durable. */
  writeMarker(marker: PendingMarker): void {
    this.#marker = marker;
    this.wake();
  }

  /** Ends the loop because of a failure elsewhere. */
  fail(error: unknown): void {
    if (this.#isStopped()) return;
    this.#state = 'stopped';
    this.#deps.onFailure(error);
  }

  /** Ends the loop after the round that runs. Nothing is answered or sent any more when it resolves. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#finished;
  }

  /** The commit index that no write carried yet: for a clean end. */
  takeUnwrittenHardState(): HardState | undefined {
    const hardState = this.#unwrittenHardState;
    this.#unwrittenHardState = undefined;
    return hardState;
  }

  async #run(): Promise<void> {
    const { raft, beforeRound } = this.#deps;
    try {
      for (;;) {
        if (this.#isStopped()) return;
        beforeRound();
        if (raft.hasReady()) await this.#round(raft.ready());
        else if (this.#marker !== undefined) await this.#persistMarkerAlone();
        else break;
      }
      if (!this.#isStopped()) this.#state = 'idle';
    } catch (error) {
      this.fail(error);
    }
  }

  async #round(ready: Ready): Promise<void> {
    const { id, raft, wal, send, apply } = this.#deps;
    if (ready.softState ?? ready.hardState) this.#deps.onState(ready.softState, ready.hardState);
    // What this round overwrites is not durable before it, even where something else was.
    const durableBefore = Math.min(this.#durableIndex, (ready.entries[0]?.index ?? Infinity) - 1);
    if (wal.full) await wal.roll();
    const synced = this.#persist(ready);

    // A leader's own appends may leave before they are durable here: its own copy counts only after `advance`.
    const [early, late] = partition(ready.messages, (message) => message.type === 'append' && message.from === id);
    if (early.length > 0) send(early);
    const [durable, fresh] = splitAt(ready.committedEntries, durableBefore, ready.snapshot !== undefined);
    if (durable.length > 0) apply(durable);

    if (synced !== undefined) await synced;
    // After a stop nothing is promised to anybody.
    if (this.#isStopped()) return;
    if (late.length > 0) send(late);
    if (ready.snapshot !== undefined) await this.#deps.applySnapshot(ready.snapshot);
    if (fresh.length > 0) apply(fresh);
    raft.advance(ready);
    if (ready.readStates.length > 0) this.#deps.onReadStates(ready.readStates);
  }

  /** Writes what the Ready wants persisted; returns the sync that makes it durable, or undefined where none is needed. */
  #persist(ready: Ready): Promise<void> | undefined {
    const { wal, log, onPersisted } = this.#deps;
    const { entries, snapshot } = ready;
    this.#unwrittenHardState = ready.hardState ?? this.#unwrittenHardState;
    if (!ready.mustSync && this.#marker === undefined) return undefined;
    const hardState = this.takeUnwrittenHardState();
    const marker = this.#takeMarker();
    wal.append({
      ...(snapshot && { restored: snapshot.metadata }),
      entries,
      ...(hardState && { hardState }),
      ...(marker && { marker: marker.metadata }),
    });
    if (hardState !== undefined) log.setHardState(hardState);
    if (snapshot !== undefined) log.applySnapshot(snapshot);
    log.append(entries);
    if (entries.length > 0) onPersisted(entries, false);
    const synced = this.#sync(entries, entries.at(-1)?.index ?? snapshot?.metadata.index, marker);
    // Should something else fail before it is awaited, that failure is the one to report.
    synced.catch(() => {});
    return synced;
  }

  async #sync(entries: readonly Entry[], last: number | undefined, marker: PendingMarker | undefined): Promise<void> {
    await this.#deps.wal.sync();
    if (last !== undefined) this.#durableIndex = last;
    if (entries.length > 0) this.#deps.onPersisted(entries, true);
    if (marker !== undefined) await marker.done();
  }

  async #persistMarkerAlone(): Promise<void> {
    const { wal } = this.#deps;
    if (wal.full) await wal.roll();
    const marker = this.#takeMarker();
    assert(marker !== undefined, 'a marker waits');
    wal.append({ entries: [], marker: marker.metadata });
    await this.#sync([], undefined, marker);
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #takeMarker(): PendingMarker | undefined {
    const marker = this.#marker;
    this.#marker = undefined;
    return marker;
  }
}

function partition<T>(all: readonly T[], first: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of all) (first(item) ? yes : no).push(item);
  return [yes, no];
}

/** The entries that were durable before, and the others; behind a snapshot none was. */
function splitAt(
  entries: readonly Entry[],
  durableIndex: number,
  behindSnapshot: boolean,
): [readonly Entry[], readonly Entry[]] {
  const first = entries[0];
  if (first === undefined || behindSnapshot) return [[], entries];
  const durable = Math.max(0, Math.min(entries.length, durableIndex - first.index + 1));
  return [entries.slice(0, durable), entries.slice(durable)];
}
