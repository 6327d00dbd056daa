/**
 * When the log is cut, and how whole states move between members.
 *
 * The state itself lies in the backend, so a snapshot of one's own is no file: the backend is made durable, and then a
 * marker in the log says up to where entries are not needed any more. Only a state from another member is a file at
 * first, `snap/<index>-<term>.snap` in hexadecimal with its SHA-256, kept until the backend has taken it over.
 *
 * Invariants:
 * - a marker at index i is written only after the backend is durable with an applied index of i or more;
 * - a received state is durable, and its hash was verified, before raft hears of it.
 */
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { entriesBytes } from '../raft/entry-bytes.ts';
import type { MemoryLog } from '../raft/memory-log.ts';
import type { Entry, Message, SnapshotMetadata } from '../raft/types.ts';
import type { Transport } from '../transport/transport.ts';
import type { Disk } from '../wal/disk.ts';
import type { Wal } from '../wal/wal.ts';
import { CorruptLogError } from '../wal/wal-errors.ts';
import { idText } from './cluster-identity.ts';
import type { ReadyLoop } from './ready-loop.ts';
import { verifyingHash, withHash } from './snapshot-stream.ts';
import type { StateMachine } from './state-machine.ts';

const READ_BYTES = 1 << 18;

export interface SnapshotKeeperDeps {
  readonly disk: Disk;
  /** `snap` in the data directory. */
  readonly directory: string;
  readonly machine: StateMachine;
  readonly log: MemoryLog;
  readonly wal: Wal;
  readonly logger: Logger;
  /** A marker is due after so many entries, or so many bytes of them. */
  readonly snapshotEntries: number;
  readonly snapshotLogBytes: number;
  readonly catchUpEntries: number;
}

export class SnapshotKeeper {
  readonly #deps: SnapshotKeeperDeps;
  #markedIndex: number;
  #bytesSince = 0;
  #marking = false;
  #received = 0;

  constructor(deps: SnapshotKeeperDeps) {
    this.#deps = deps;
    this.#markedIndex = deps.log.firstIndex() - 1;
  }

  /** Counts what was applied, and begins to write a marker when it is due. Returns whether it did. */
  maybeMark(applied: readonly Entry[], loop: ReadyLoop): boolean {
    const { machine, snapshotEntries, snapshotLogBytes } = this.#deps;
    this.#bytesSince += entriesBytes(applied);
    const since = machine.applied.index - this.#markedIndex;
    if (this.#marking || (since < snapshotEntries && this.#bytesSince < snapshotLogBytes)) return false;
    const { confState } = machine;
    if (confState === undefined) return false;
    this.#marking = true;
    const metadata = { ...machine.applied, confState };
    machine.backend.commit().then(
      () => loop.writeMarker({ metadata, done: () => this.#cut(metadata) }),
      (error: unknown) => loop.fail(error),
    );
    return true;
  }

  /** The marker is durable: entries before it may go. */
  async #cut(metadata: SnapshotMetadata): Promise<void> {
    const { log, wal, catchUpEntries, logger } = this.#deps;
    const before = this.#markedIndex;
    this.#marking = false;
    this.#bytesSince = 0;
    this.#markedIndex = metadata.index;
    // A state that was received meanwhile is newer than this marker, and the log begins behind it already.
    if (metadata.index < log.firstIndex()) return;
    log.createSnapshot(metadata.index, metadata.confState);
    log.compact(Math.max(before, metadata.index - catchUpEntries));
    await wal.release(metadata.index);
    logger.debug({ index: metadata.index }, 'log marked and cut');
  }

  /** Sends the state as it is now, in place of the one that raft had in mind. */
  async send(message: Message, transport: Transport): Promise<'sent' | 'failed'> {
    const { machine, logger } = this.#deps;
    const { confState } = machine;
    if (confState === undefined) return 'failed';
    const metadata = { ...machine.applied, confState };
    const to = idText(message.to);
    // The first chunk is asked for in this very turn: that is when the backend's copy is made.
    const chunks = await startedNow(withHash(machine.backend.snapshot()));
    try {
      await transport.sendSnapshot({ ...message, snapshot: { metadata } }, chunks);
      logger.info({ to, index: metadata.index }, 'state sent to a member');
      return 'sent';
    } catch (error) {
      logger.warn({ to, index: metadata.index, error: messageOf(error) }, 'state could not be sent to a member');
      return 'failed';
    }
  }

  /** Removes what a crash left of states that were arriving. To be called before any arrives. */
  async tidy(): Promise<void> {
    const { disk, directory } = this.#deps;
    for (const name of await disk.list(directory)) {
      if (name.endsWith('.part')) await disk.remove(`${directory}/${name}`);
    }
  }

  /** Keeps a state that arrives, until `restore`. Rejects, and keeps nothing, when it is cut short or damaged. */
  async receive(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { disk, directory } = this.#deps;
    const metadata = message.snapshot?.metadata;
    if (metadata === undefined) throw new Error('a snapshot message without its metadata');
    await disk.makeDirectory(directory);
    const partPath = `${directory}/${++this.#received}.part`;
    const file = await disk.open(partPath, 'create');
    try {
      let position = 0;
      for await (const chunk of verifyingHash(chunks)) {
        file.write(position, chunk);
        position += chunk.length;
      }
      await file.sync();
    } catch (error) {
      await file.close();
      await disk.remove(partPath);
      throw error;
    }
    await file.close();
    await disk.rename(partPath, this.#path(metadata));
    await disk.syncDirectory(directory);
  }

  /** Replaces the whole state by the one received for this marker. */
  async restore(metadata: SnapshotMetadata): Promise<void> {
    const { disk, machine, logger } = this.#deps;
    const path = this.#path(metadata);
    if (!(await disk.exists(path))) throw new CorruptLogError(path, 0, 'the state that the log begins with is missing');
    try {
      for await (const _ of verifyingHash(readChunks(disk, path)));
    } catch (error) {
      throw new CorruptLogError(path, 0, messageOf(error));
    }
    const chunks = readChunks(disk, path);
    try {
      await machine.restore(chunks);
    } finally {
      // Whoever restores reads up to the end of the state, not of the file.
      await chunks.return(undefined);
    }
    await machine.backend.commit();
    this.#markedIndex = metadata.index;
    this.#bytesSince = 0;
    await this.#removeUpTo(metadata);
    logger.info({ index: machine.applied.index, revision: machine.keyspace.currentRevision }, 'state taken over');
  }

  /** Removes the states that are not needed any more; one that arrived meanwhile, or is arriving, is. */
  async #removeUpTo(metadata: SnapshotMetadata): Promise<void> {
    const { disk, directory } = this.#deps;
    const last = fileName(metadata);
    for (const name of await disk.list(directory)) {
      if (name.endsWith('.snap') && name <= last) await disk.remove(`${directory}/${name}`);
    }
  }

  #path(metadata: SnapshotMetadata): string {
    return `${this.#deps.directory}/${fileName(metadata)}`;
  }
}

/** In the order of the indexes. */
function fileName({ index, term }: SnapshotMetadata): string {
  return `${index.toString(16).padStart(16, '0')}-${term.toString(16).padStart(16, '0')}.snap`;
}

/** The same chunks; the first is made before this returns. */
async function startedNow(chunks: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const first = await chunks.next();
  return (async function* (): AsyncGenerator<Uint8Array> {
    if (first.done) return;
    yield first.value;
    yield* chunks;
  })();
}

async function* readChunks(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    for (let position = 0; position < file.size(); position += READ_BYTES) yield await file.read(position, READ_BYTES);
  } finally {
    await file.close();
  }
}
