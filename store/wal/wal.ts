/**
 * The write-ahead log: what raft persists, in preallocated segments, one frame and one fdatasync for everything that
 * waits. `segment-format.ts` has the layout, `wal-recovery.ts` the way back.
 *
 * Invariants:
 * - what `sync` resolved for is on disk; nothing else is known to be;
 * - a new segment is used only when all frames of the one before are durable, so that only the last segment can be torn;
 * - after the first failure of the disk every call fails with the same error: a failed sync is never retried.
 */
import { assert } from '../../base/assert.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { Entry, HardState, SnapshotMetadata } from '../raft/types.ts';
import type { Disk, DiskFile } from './disk.ts';
import { encodeEntry, encodeHardState, encodeMarker } from './record-codec.ts';
import {
  beginFrame,
  decodeSegmentHeader,
  encodeSegmentHeader,
  FORMAT_VERSION,
  finishFrame,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './segment-format.ts';
import { SegmentPreparer } from './segment-preparer.ts';
import { DiskFailedError } from './wal-errors.ts';
import { type RecoveredLog, segmentName } from './wal-recovery.ts';

export interface WalOptions {
  readonly disk: Disk;
  /** An existing directory; the log alone lives in it. */
  readonly directory: string;
  /** Bytes of a full-grown segment. */
  readonly segmentBytes: number;
  /** Bytes of the very first segment: small, so that a new member need not wait for a large one. Each is twice the last. */
  readonly firstSegmentBytes: number;
}

/** What one append writes, in this order. */
export interface WalBatch {
  /** A state taken over from another member: no entry written before it counts. */
  readonly restored?: SnapshotMetadata;
  readonly entries: readonly Entry[];
  readonly hardState?: HardState;
  /** The state up to here is durable elsewhere. */
  readonly marker?: SnapshotMetadata;
}

interface Segment {
  readonly path: string;
  readonly nextIndex: number;
}

export class Wal {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #identity: { readonly clusterId: bigint; readonly memberId: bigint };
  readonly #segmentBytes: number;
  readonly #preparer: SegmentPreparer;
  readonly #writer = new BinaryWriter(1 << 16);
  /** Oldest first; the last is the one that is written. */
  readonly #segments: Segment[];
  #file: DiskFile;
  #header: SegmentHeader;
  #position: number;
  #nextSequence: number;
  #durableSequence: number;
  #nextIndex: number;
  #hardState: HardState;
  #marker: SnapshotMetadata;
  #failure: DiskFailedError | undefined;
  #syncing: Promise<void> | undefined;

  private constructor(options: WalOptions, state: OpenState) {
    this.#disk = options.disk;
    this.#directory = options.directory;
    this.#identity = { clusterId: state.header.clusterId, memberId: state.header.memberId };
    this.#segmentBytes = options.segmentBytes;
    this.#preparer = new SegmentPreparer(options.disk, options.directory, this.#sizeAfter(state.file.size()));
    this.#segments = state.segments;
    this.#file = state.file;
    this.#header = state.header;
    this.#position = state.position;
    this.#nextSequence = state.nextSequence;
    this.#durableSequence = state.nextSequence - 1;
    this.#nextIndex = state.nextIndex;
    this.#hardState = state.hardState;
    this.#marker = state.marker;
  }

  /** Begins a log in an empty directory; durable when it resolves. */
  static async create(
    options: WalOptions,
    start: { clusterId: bigint; memberId: bigint; hardState: HardState; marker: SnapshotMetadata },
  ): Promise<Wal> {
    const { clusterId, memberId, hardState, marker } = start;
    const preparer = new SegmentPreparer(options.disk, options.directory, options.firstSegmentBytes);
    const nextIndex = marker.index + 1;
    const bytes = encodeSegmentHeader({
      version: FORMAT_VERSION,
      clusterId,
      memberId,
      number: 1,
      firstSequence: 1,
      nextIndex,
    });
    const file = await preparer.take(options.firstSegmentBytes);
    file.write(0, bytes);
    const path = `${options.directory}/${segmentName(1)}`;
    const segments = [{ path, nextIndex }];
    const header = decodedHeader(bytes);
    const wal = new Wal(options, {
      file,
      header,
      segments,
      position: SEGMENT_HEADER_BYTES,
      nextSequence: 1,
      nextIndex,
      hardState,
      marker,
    });
    // The whole first frame is there before the name is: a log that exists says where it begins.
    wal.append({ entries: [], hardState, marker });
    await wal.sync();
    await options.disk.rename(file.path, path);
    await options.disk.syncDirectory(options.directory);
    return wal;
  }

  /** Goes on with a log that was read back, after cutting its torn tail. */
  static async resume(options: WalOptions, recovered: RecoveredLog): Promise<Wal> {
    const last = recovered.segments.at(-1);
    assert(last !== undefined, 'a log has a segment');
    const file = await options.disk.open(last.path, 'readWrite');
    if (recovered.tornBytes > 0) {
      await file.fillZeros(recovered.end, recovered.tornBytes);
      await file.sync();
    }
    for (const name of await options.disk.list(options.directory)) {
      if (name.endsWith('.tmp')) await options.disk.remove(`${options.directory}/${name}`);
    }
    const wal = new Wal(options, {
      file,
      header: last.header,
      segments: recovered.segments.map(({ path, header }) => ({ path, nextIndex: header.nextIndex })),
      position: recovered.end,
      nextSequence: recovered.nextSequence,
      nextIndex: recovered.marker.index + recovered.entries.length + 1,
      hardState: recovered.hardState,
      marker: recovered.marker,
    });
    return wal;
  }

  /** The failure that stopped the log, if any. */
  get failure(): DiskFailedError | undefined {
    return this.#failure;
  }

  /** Writes one frame, to the operating system; `sync` makes it durable. Throws `DiskFailedError`. */
  append(batch: WalBatch): void {
    this.#throwIfFailed();
    // A state taken over meanwhile may be newer than one of our own that became durable late: the log begins behind the newer.
    const newest = batch.restored ?? this.#marker;
    const marker = batch.marker !== undefined && batch.marker.index >= newest.index ? batch.marker : undefined;
    const writer = this.#writer;
    writer.reset();
    beginFrame(writer);
    if (batch.restored !== undefined) encodeMarker(writer, batch.restored, true);
    for (const entry of batch.entries) encodeEntry(writer, entry);
    if (batch.hardState !== undefined) encodeHardState(writer, batch.hardState);
    if (marker !== undefined) encodeMarker(writer, marker, false);
    this.#writeFrame();
    const lastEntry = batch.entries.at(-1);
    if (lastEntry !== undefined) this.#nextIndex = lastEntry.index + 1;
    else if (batch.restored !== undefined) this.#nextIndex = batch.restored.index + 1;
    this.#hardState = batch.hardState ?? this.#hardState;
    this.#marker = marker ?? newest;
  }

  /**
   * Resolves when everything appended before the call is durable. Calls that come while a sync runs share the next
   * one. Rejects with `DiskFailedError`, once and for all.
   */
  async sync(): Promise<void> {
    const wanted = this.#nextSequence - 1;
    while (this.#durableSequence < wanted) {
      this.#throwIfFailed();
      this.#syncing ??= this.#syncOnce();
      await this.#syncing;
    }
  }

  /** True when the current segment is full: `roll` before the next append. */
  get full(): boolean {
    return this.#position >= this.#file.size() - SEGMENT_HEADER_BYTES;
  }

  /** Goes on in a new segment, which begins with the hard state and the marker: older segments can be released. */
  async roll(): Promise<void> {
    await this.sync();
    try {
      const number = this.#header.number + 1;
      const bytes = encodeSegmentHeader({
        version: FORMAT_VERSION,
        ...this.#identity,
        number,
        firstSequence: this.#nextSequence,
        nextIndex: this.#nextIndex,
      });
      const file = await this.#preparer.take(this.#sizeAfter(this.#sizeAfter(this.#file.size())));
      file.write(0, bytes);
      await file.sync();
      const path = `${this.#directory}/${segmentName(number)}`;
      await this.#disk.rename(file.path, path);
      await this.#disk.syncDirectory(this.#directory);
      await this.#file.close();
      this.#file = file;
      this.#header = decodedHeader(bytes);
      this.#position = SEGMENT_HEADER_BYTES;
      this.#segments.push({ path, nextIndex: this.#nextIndex });
    } catch (error) {
      throw this.#fail('a new log segment could not be made', error);
    }
    this.append({ entries: [], hardState: this.#hardState, marker: this.#marker });
    await this.sync();
  }

  /** Removes the segments that hold nothing but entries up to `index`, which a durable marker covers. */
  async release(index: number): Promise<void> {
    assert(index <= this.#marker.index, `entry ${index} is not covered by the marker at ${this.#marker.index}`);
    const kept = this.#segments.findIndex((_, at) => (this.#segments[at + 1]?.nextIndex ?? Infinity) > index + 1);
    const released = this.#segments.splice(0, kept);
    try {
      for (const segment of released) await this.#disk.remove(segment.path);
      if (released.length > 0) await this.#disk.syncDirectory(this.#directory);
    } catch (error) {
      throw this.#fail('an old log segment could not be removed', error);
    }
  }

  /** Waits for a running sync and closes the file. Syncs nothing by itself. */
  async close(): Promise<void> {
    await this.#syncing?.catch(() => {});
    await this.#preparer.close();
    await this.#file.close();
  }

  /** Segments double up to their full size: a small log is cheap, a large one is in few pieces. */
  #sizeAfter(segmentBytes: number): number {
    return Math.min(this.#segmentBytes, segmentBytes * 2);
  }

  #writeFrame(): void {
    const frame = finishFrame(this.#writer, {
      sequence: this.#nextSequence,
      durableSequence: this.#durableSequence,
      salt: this.#header.salt,
    });
    try {
      this.#file.write(this.#position, frame);
    } catch (error) {
      throw this.#fail(`writing ${this.#path()} failed`, error);
    }
    this.#position += frame.length;
    this.#nextSequence++;
    this.#preparer.advance(frame.length);
  }

  async #syncOnce(): Promise<void> {
    const written = this.#nextSequence - 1;
    try {
      await this.#file.sync();
    } catch (error) {
      throw this.#fail(`syncing ${this.#path()} failed`, error);
    } finally {
      this.#syncing = undefined;
    }
    this.#durableSequence = written;
  }

  #path(): string {
    return this.#segments.at(-1)?.path ?? this.#directory;
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(what: string, cause: unknown): DiskFailedError {
    this.#failure ??= new DiskFailedError(what, cause);
    return this.#failure;
  }
}

interface OpenState {
  readonly file: DiskFile;
  readonly header: SegmentHeader;
  readonly segments: Segment[];
  readonly position: number;
  readonly nextSequence: number;
  readonly nextIndex: number;
  readonly hardState: HardState;
  readonly marker: SnapshotMetadata;
}

function decodedHeader(bytes: Buffer): SegmentHeader {
  const header = decodeSegmentHeader(bytes);
  assert(typeof header === 'object', 'a header that was just written reads back');
  return header;
}
