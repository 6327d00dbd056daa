/**
 * Makes the next segment's file ahead of need: zeros written and durable, under a temporary name, so that later writes
 * into it change data only, and one fdatasync need not wait for the file system's own bookkeeping.
 *
 * It goes at the pace of the log: a slice for every so many bytes that are logged, so that the disk is never busy with
 * zeros while the log waits for it. What is not done when the segment is needed is done then.
 */
import { assert } from '../../base/assert.ts';
import type { Disk, DiskFile } from './disk.ts';

const SLICE_BYTES = 512 << 10;
/** How much faster than the log: the next segment, twice as large at most, is done before this one is full. */
const PACE = 4;

export class SegmentPreparer {
  readonly #disk: Disk;
  readonly #directory: string;
  #segmentBytes: number;
  #file: DiskFile | undefined;
  #filledBytes = 0;
  /** Bytes that may be filled by now. */
  #dueBytes = 0;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #count = 0;
  #closed = false;

  /** @param segmentBytes of the file that is prepared first; `take` says how large the next one is */
  constructor(disk: Disk, directory: string, segmentBytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
  }

  /** The log has grown by so much: the next segment may too. A failure shows at `take`. */
  advance(loggedBytes: number): void {
    this.#dueBytes = Math.min(this.#segmentBytes, this.#dueBytes + loggedBytes * PACE);
    this.#run();
  }

  /** A file of zeros, durable under a temporary name. Rejects with the disk's error. */
  async take(nextSegmentBytes: number): Promise<DiskFile> {
    this.#dueBytes = this.#segmentBytes;
    while (this.#filledBytes < this.#segmentBytes) {
      this.#run();
      await this.#running;
      if (this.#failure !== undefined) throw this.#failure.error;
      assert(!this.#closed, 'a segment was taken after the end');
    }
    const file = this.#file;
    assert(file !== undefined, 'a filled segment has a file');
    this.#file = undefined;
    this.#filledBytes = 0;
    this.#dueBytes = 0;
    this.#segmentBytes = nextSegmentBytes;
    return file;
  }

  /** Closes and removes what was prepared and not taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.close();
    // Where it cannot be removed, the next start does that.
    await this.#disk.remove(file.path).catch(() => {});
  }

  #run(): void {
    const isDue = this.#dueBytes - this.#filledBytes >= Math.min(SLICE_BYTES, this.#segmentBytes - this.#filledBytes);
    if (this.#running !== undefined || this.#failure !== undefined || !isDue || this.#closed) return;
    if (this.#filledBytes >= this.#segmentBytes) return;
    this.#running = this.#fillDue()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #fillDue(): Promise<void> {
    this.#file ??= await this.#disk.open(`${this.#directory}/next-${this.#count++}.tmp`, 'create');
    while (!this.#closed && this.#filledBytes < this.#segmentBytes) {
      const slice = Math.min(SLICE_BYTES, this.#segmentBytes - this.#filledBytes);
      if (this.#dueBytes - this.#filledBytes < slice) return;
      await this.#file.fillZeros(this.#filledBytes, slice);
      await this.#file.sync();
      this.#filledBytes += slice;
    }
  }
}
