/**
 * The disk, as the store sees it: injected, so that a simulation can lose unsynced bytes, tear writes and fill up.
 * `real-disk.ts` is the machine's, `memory-disk.ts` the simulated one.
 *
 * What is promised is what POSIX promises and no more: a write is durable once a later `sync` of the same file has
 * resolved; a created, renamed or removed name is durable once a later `syncDirectory` of its directory has. After a
 * failed `sync` nothing is known of the writes before it, and the caller must not try again (the kernel may have
 * dropped the dirty pages and report success the second time).
 *
 * Failures are thrown or rejected as Node's errors, with their `code` (`ENOSPC`, `EIO`, `ENOENT` …).
 */

export interface DiskFile {
  readonly path: string;
  /** Bytes of the file now. */
  size(): number;
  /** Hands bytes to the operating system at once; they are readable, not durable. Extends the file where needed. */
  write(position: number, bytes: Uint8Array): void;
  /** At most `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes zeros over [position, position + length), without blocking: space that later writes need not allocate. */
  fillZeros(position: number, length: number): Promise<void>;
  /** Cuts or extends the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  /** Resolves when every write so far is durable (fdatasync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Held until released or until the process ends, however it ends. */
export interface DiskLock {
  release(): Promise<void>;
}

export interface Disk {
  /** `create`: a new, empty file; one of that name is replaced. `readWrite`, `read`: an existing one. */
  open(path: string, mode: 'create' | 'readWrite' | 'read'): Promise<DiskFile>;
  /** Creates a directory and its parents; does nothing where they exist. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a directory, sorted; none when it does not exist. */
  list(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; does nothing when it does not exist. */
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Takes the directory for this process alone, or rejects with a `UsageError` that says who has it. */
  lock(directory: string): Promise<DiskLock>;
}
