/**
 * Reads a log back after a stop of any kind. It only reads: cutting the torn tail is left to `wal.ts`, so that a
 * directory that is refused stays as it was.
 *
 * What it decides (segment-format.ts has the layout, and why):
 * - a damaged frame in the last segment that was never known durable, and everything behind it, is a torn tail;
 * - any other damaged or missing frame is corruption, refused with file and position.
 */
import { assert } from '../../base/assert.ts';
import { BinaryFormatError } from '../../base/binary-reader.ts';
import { UsageError } from '../../base/errors.ts';
import type { Entry, HardState, SnapshotMetadata } from '../raft/types.ts';
import type { Disk } from './disk.ts';
import { decodeRecords, type RecordSink } from './record-codec.ts';
import {
  asBuffer,
  decodeFrame,
  decodeSegmentHeader,
  FORMAT_VERSION,
  FRAME_ALIGNMENT,
  FRAME_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './segment-format.ts';
import { CorruptLogError } from './wal-errors.ts';

const SEGMENT_NAME = /^[0-9a-f]{16}\.wal$/;
const ZEROS = Buffer.alloc(1 << 16);

export interface RecoveredSegment {
  readonly path: string;
  readonly header: SegmentHeader;
}

export interface RecoveredLog {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly hardState: HardState;
  /** The newest marker: the state up to its index lies elsewhere. */
  readonly marker: SnapshotMetadata;
  /** The entries behind the marker, in order, without gaps. */
  readonly entries: readonly Entry[];
  readonly segments: readonly RecoveredSegment[];
  /** Where the last segment's next frame goes. */
  readonly end: number;
  readonly nextSequence: number;
  /** Bytes behind `end` that a crash left there, to be zeroed before the next write. */
  readonly tornBytes: number;
}

export function segmentName(number: number): string {
  return `${number.toString(16).padStart(16, '0')}.wal`;
}

/** The log in `directory`, or undefined when there is none. Throws `CorruptLogError` or `UsageError`; writes nothing. */
export async function recoverLog(disk: Disk, directory: string): Promise<RecoveredLog | undefined> {
  const names = (await disk.list(directory)).filter((name) => SEGMENT_NAME.test(name));
  if (names.length === 0) return undefined;
  const segments: RecoveredSegment[] = [];
  const contents = new LogContents();
  let nextSequence = 0;
  let end = SEGMENT_HEADER_BYTES;
  let tornBytes = 0;
  for (const [at, name] of names.entries()) {
    const path = `${directory}/${name}`;
    const bytes = await readFile(disk, path);
    const header = checkedHeader(bytes, path, name, segments.at(-1));
    segments.push({ path, header });
    if (at > 0 && nextSequence !== header.firstSequence) {
      const before = segments.at(-2)?.path ?? path;
      throw new CorruptLogError(before, end, `frame ${nextSequence} is damaged or missing, and ${name} follows`);
    }
    nextSequence = header.firstSequence;
    const scan = scanFrames(bytes, path, header, nextSequence, contents);
    nextSequence = scan.nextSequence;
    end = scan.end;
    if (at === names.length - 1) tornBytes = tornTail(bytes, path, header, scan);
  }
  const first = segments[0]?.header;
  assert(first !== undefined, 'a log has a segment');
  const { hardState, marker, entries } = contents.finish(segments.at(-1)?.path ?? directory, end);
  return {
    clusterId: first.clusterId,
    memberId: first.memberId,
    hardState,
    marker,
    entries,
    segments,
    end,
    nextSequence,
    tornBytes,
  };
}

async function readFile(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    return asBuffer(await file.read(0, file.size()));
  } finally {
    await file.close();
  }
}

function checkedHeader(bytes: Buffer, path: string, name: string, before: RecoveredSegment | undefined): SegmentHeader {
  const header = decodeSegmentHeader(bytes);
  if (header === 'foreign') throw new CorruptLogError(path, 0, 'this is not a log segment');
  if (header === 'damaged') throw new CorruptLogError(path, 0, 'the segment header is damaged');
  if (header.version > FORMAT_VERSION) {
    throw new UsageError(
      `${path} has format version ${header.version}, this program knows up to ${FORMAT_VERSION}: use a newer sampan`,
    );
  }
  if (segmentName(header.number) !== name) {
    throw new CorruptLogError(path, 0, `the header says that this is segment ${segmentName(header.number)}`);
  }
  if (before === undefined) return header;
  if (header.number !== before.header.number + 1) {
    throw new CorruptLogError(path, 0, `segment ${segmentName(before.header.number + 1)} before it is missing`);
  }
  if (header.clusterId !== before.header.clusterId || header.memberId !== before.header.memberId) {
    throw new CorruptLogError(path, 0, 'it belongs to another member than the segment before it');
  }
  return header;
}

interface Scan {
  readonly nextSequence: number;
  /** Behind the last good frame. */
  readonly end: number;
}

function scanFrames(bytes: Buffer, path: string, header: SegmentHeader, sequence: number, sink: RecordSink): Scan {
  let position = SEGMENT_HEADER_BYTES;
  let nextSequence = sequence;
  for (;;) {
    const frame = decodeFrame(bytes, position, header.salt);
    if (frame === undefined || frame.sequence !== nextSequence) break;
    try {
      decodeRecords(frame.payload, sink);
    } catch (error) {
      if (!(error instanceof BinaryFormatError || error instanceof LogGapError)) throw error;
      throw new CorruptLogError(path, position, error.message);
    }
    position = frame.end;
    nextSequence++;
  }
  return { nextSequence, end: position };
}

/** The bytes behind the last good frame that are not zero, as a length; throws when something durable is among them. */
function tornTail(bytes: Buffer, path: string, header: SegmentHeader, scan: Scan): number {
  const length = lengthWithoutTrailingZeros(bytes, scan.end);
  for (let at = scan.end + FRAME_ALIGNMENT; at + FRAME_HEADER_BYTES <= scan.end + length; at += FRAME_ALIGNMENT) {
    const frame = decodeFrame(bytes, at, header.salt);
    if (frame !== undefined && frame.sequence > scan.nextSequence && frame.durableSequence >= scan.nextSequence) {
      throw new CorruptLogError(path, scan.end, `frame ${scan.nextSequence} was durable and is damaged`);
    }
  }
  return length;
}

function lengthWithoutTrailingZeros(bytes: Buffer, start: number): number {
  let end = bytes.length;
  while (end - start >= ZEROS.length && bytes.compare(ZEROS, 0, ZEROS.length, end - ZEROS.length, end) === 0) {
    end -= ZEROS.length;
  }
  while (end > start && bytes[end - 1] === 0) end--;
  return end - start;
}

class LogGapError extends Error {}

/**
 * What the records of all frames add up to. The first segments may have been released, so the entries seen may begin
 * anywhere, as long as those behind the newest marker are all there.
 */
class LogContents implements RecordSink {
  #hardState: HardState | undefined;
  #marker: SnapshotMetadata | undefined;
  #entries: Entry[] = [];

  entry(entry: Entry): void {
    const first = this.#entries[0]?.index ?? entry.index;
    const next = first + this.#entries.length;
    if (entry.index > next) throw new LogGapError(`entry ${next} is missing before entry ${entry.index}`);
    this.#entries.length = Math.max(0, entry.index - first);
    this.#entries.push(entry);
  }

  hardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  marker(marker: SnapshotMetadata, restored: boolean): void {
    if (restored) this.#entries = [];
    // A marker that goes back says less than is known.
    else if (this.#marker !== undefined && marker.index < this.#marker.index) return;
    this.#marker = marker;
  }

  finish(path: string, end: number): { hardState: HardState; marker: SnapshotMetadata; entries: readonly Entry[] } {
    const hardState = this.#hardState;
    const marker = this.#marker;
    if (hardState === undefined || marker === undefined) {
      throw new CorruptLogError(path, end, 'the log does not say where it begins');
    }
    const first = this.#entries[0]?.index ?? marker.index + 1;
    if (first > marker.index + 1) throw new CorruptLogError(path, end, `entry ${marker.index + 1} is missing`);
    // Copies: the data are views of whole segments, which need not stay in memory.
    const entries = this.#entries
      .slice(marker.index + 1 - first)
      .map((entry) => ({ ...entry, data: Buffer.from(entry.data) }));
    const lastIndex = marker.index + entries.length;
    if (hardState.commit > lastIndex) {
      throw new CorruptLogError(path, end, `entry ${hardState.commit} was committed, and the log ends at ${lastIndex}`);
    }
    return { hardState, marker, entries };
  }
}
