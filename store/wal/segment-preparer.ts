/**
 * Makes the next segment's file ahead of need: zeros written and durable, under a temporary name, so that later
 * writes into it change data only and one fdatasync need not wait for the file system's own bookkeeping.
 */
import type { Disk, DiskFile } from './disk.ts';

/** Small, so that syncs of the log itself do not wait long behind one of these. */
const SLICE_BYTES = 1 << 20;

export class SegmentPreparer {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentBytes: number;
  #prepared: Promise<DiskFile> | undefined;
  #count = 0;
  #closed = false;

  constructor(disk: Disk, directory: string, segmentBytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
  }

  /** Begins to prepare a file, unless one is being prepared already. A failure shows at `take`. */
  prepare(): void {
    if (this.#prepared !== undefined) return;
    this.#prepared = this.#make();
    this.#prepared.catch(() => {});
  }

  /** A file of zeros, durable under a temporary name. Rejects with the disk's error. */
  take(): Promise<DiskFile> {
    this.prepare();
    const prepared = this.#prepared as Promise<DiskFile>;
    this.#prepared = undefined;
    return prepared;
  }

  /** Closes and removes what was prepared and not taken. */
  async close(): Promise<void> {
    this.#closed = true;
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (prepared === undefined) return;
    try {
      const file = await prepared;
      await file.close();
      await this.#disk.remove(file.path);
    } catch {
      // It could not be made: there is nothing to remove that the next start does not remove as well.
    }
  }

  async #make(): Promise<DiskFile> {
    const file = await this.#disk.open(`${this.#directory}/next-${this.#count++}.tmp`, 'create');
    try {
      for (let at = 0; at < this.#segmentBytes && !this.#closed; at += SLICE_BYTES) {
        await file.fillZeros(at, Math.min(SLICE_BYTES, this.#segmentBytes - at));
        await file.sync();
      }
      return file;
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  }
}
