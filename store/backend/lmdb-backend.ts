/**
 * A backend on disk: LMDB for what is committed, an overlay in memory for what is not.
 *
 *   write -> pending -> (commit: becomes committing, and a new pending begins) -> one LMDB transaction -> the file
 *   read  <- pending, else committing, else the file
 *
 * As in etcd's backend, a commit follows 100 ms after the first write, or sooner after many; what a crash takes is in
 * the write-ahead log. The event loop never waits for the disk.
 *
 * The state is in `<dir>/state-<n>.mdb`. Defragmenting and restoring write a complete new file beside it and rename it
 * to `state-<n+1>.mdb`: the rename is the moment at which it counts. At a start the highest number is the state, and
 * lower ones and unfinished files are remnants of a crash and are removed.
 *
 * Invariants:
 * - One commit, defragmentation or restore at a time; they queue.
 * - After a failed commit nothing is written any more: the overlay stays, reads stay right, and `onFailure` is told.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteString } from '../../base/bytes.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf, UsageError } from '../../base/errors.ts';
import {
  type Backend,
  type BackendEntry,
  type BackendRange,
  type BackendSize,
  type Bucket,
  buckets,
} from './backend.ts';
import { type BucketEntry, exportEntries, importEntries } from './backend-export.ts';
import { type FileView, LmdbFile } from './lmdb-file.ts';
import { mergeSorted, Overlay, type SortedEntries } from './overlay.ts';

export interface LmdbBackendDeps {
  /** Made when it is missing. Nobody else may have it open. */
  readonly dir: string;
  readonly clock: Clock;
  /** From a write to its commit (etcd's --backend-batch-interval). */
  readonly commitIntervalMs?: number;
  /** Writes after which a commit follows at once: handing over that many takes some 10 ms of the event loop. */
  readonly commitEntriesMax?: number;
  /** The disk refused a commit: the member is to stop. */
  readonly onFailure?: (thrown: unknown) => void;
  /** A commit is durable. */
  readonly onCommit?: (durationMs: number) => void;
}

const COMMIT_INTERVAL_MS = 100;
const COMMIT_ENTRIES_MAX = 5000;
/** In one transaction of a file that is written as a whole: a few ms of the event loop. */
const FILL_ENTRIES_MAX = 2000;
const FILL_BYTES_MAX = 4 << 20;
const STATE_FILE = /^state-(\d+)\.mdb$/;

/** Opens, or begins, the state in a folder. Throws a `UsageError` when what is there cannot be read. */
export function openLmdbBackend(deps: LmdbBackendDeps): Backend {
  return new LmdbBackend(deps);
}

class LmdbBackend implements Backend {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #commitIntervalMs: number;
  readonly #commitEntriesMax: number;
  readonly #onFailure: (thrown: unknown) => void;
  readonly #onCommit: (durationMs: number) => void;
  #file: LmdbFile;
  #generation: number;
  /** Files that snapshots still read, though another is the state now. */
  readonly #replacedFiles = new Set<LmdbFile>();
  #pending = new Overlay();
  #committing: Overlay | undefined;
  #timer: Timer | undefined;
  /** The end of the last piece of work on the file. */
  #tail: Promise<unknown> = Promise.resolve();
  #failure: { readonly thrown: unknown } | undefined;
  #closed: Promise<void> | undefined;

  constructor(deps: LmdbBackendDeps) {
    this.#dir = deps.dir;
    this.#clock = deps.clock;
    this.#commitIntervalMs = deps.commitIntervalMs ?? COMMIT_INTERVAL_MS;
    this.#commitEntriesMax = deps.commitEntriesMax ?? COMMIT_ENTRIES_MAX;
    this.#onFailure = deps.onFailure ?? (() => {});
    this.#onCommit = deps.onCommit ?? (() => {});
    this.#generation = newestGeneration(this.#dir);
    this.#file = openFile(this.#pathOf(this.#generation));
  }

  get(bucket: Bucket, key: ByteString): Uint8Array | undefined {
    const whole = wholeKey(bucket, key);
    let written = this.#pending.get(whole);
    if (written === undefined) written = this.#committing?.get(whole);
    return written === undefined ? this.#file.get(whole) : (written ?? undefined);
  }

  *range(
    bucket: Bucket,
    { start = '', end, limit = Number.POSITIVE_INFINITY }: BackendRange = {},
  ): Iterable<BackendEntry> {
    if (limit <= 0) return;
    const from = wholeKey(bucket, start);
    const to = end === undefined ? bucketEnd(bucket) : wholeKey(bucket, end);
    const overlays = this.#overlays().filter(({ size }) => size > 0);
    const written = this.#file.entries(from, to);
    // A start reads every record: nothing has to be merged then.
    const merged =
      overlays.length === 0 ? written : mergeSorted([...overlays.map((overlay) => overlay.entries(from)), written], to);
    let left = limit;
    for (const [key, value] of merged) {
      yield { key: key.slice(1), value };
      if (--left === 0) return;
    }
  }

  put(bucket: Bucket, key: ByteString, value: Uint8Array): void {
    this.#write(wholeKey(bucket, key), value);
  }

  delete(bucket: Bucket, key: ByteString): void {
    this.#write(wholeKey(bucket, key), null);
  }

  commit(): Promise<void> {
    return this.#exclusive(() => this.#commitPending());
  }

  size(): BackendSize {
    const { allocated, inUse } = this.#file.size();
    const waiting = this.#pending.bytes + (this.#committing?.bytes ?? 0);
    return { allocated: allocated + waiting, inUse: inUse + waiting };
  }

  defragment(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#commitPending();
      await this.#replaceFile((path) => copyFile(this.#file.view(), path));
    });
  }

  snapshot(): AsyncIterable<Uint8Array> {
    const overlays = this.#overlays().map((overlay) => overlay.clone());
    return exportView(this.#file.view(), overlays);
  }

  restore(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, replaced?: () => void): Promise<void> {
    return this.#exclusive(async () => {
      await this.#replaceFile(
        (path) => fillFile(path, importEntries(chunks)),
        () => {
          this.#pending = new Overlay();
          replaced?.();
        },
      );
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#exclusive(async () => {
      try {
        if (this.#failure === undefined) await this.#commitPending();
      } finally {
        this.#timer?.cancel();
        for (const file of this.#replacedFiles) await this.#removeReplaced(file);
        await this.#file.close();
      }
    });
    return this.#closed;
  }

  #write(key: ByteString, value: Uint8Array | null): void {
    this.#pending.set(key, value);
    if (this.#timer === undefined) {
      this.#timer = this.#clock.after(this.#commitIntervalMs, () => this.#commitInBackground());
    } else if (this.#pending.size === this.#commitEntriesMax) {
      this.#timer.cancel();
      // Not now: who writes now may be in the middle of what belongs together.
      this.#timer = this.#clock.after(0, () => this.#commitInBackground());
    }
  }

  #commitInBackground(): void {
    this.#timer = undefined;
    // A failure was told to `onFailure`, and every later commit tells it again.
    this.commit().catch(() => {});
  }

  /** Newest first. */
  #overlays(): Overlay[] {
    return this.#committing === undefined ? [this.#pending] : [this.#pending, this.#committing];
  }

  async #commitPending(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const committing = this.#pending;
    this.#committing = committing;
    this.#pending = new Overlay();
    try {
      const startedMs = this.#clock.monotonicMs();
      await this.#file.write(committing);
      this.#committing = undefined;
      this.#onCommit(this.#clock.monotonicMs() - startedMs);
    } catch (thrown) {
      this.#failure = { thrown };
      this.#pending = committing.under(this.#pending);
      this.#committing = undefined;
      this.#onFailure(thrown);
      throw thrown;
    }
  }

  /**
   * Puts a new file, complete and synced, in the place of the present one.
   * @param replaced called in the same turn in which reads change to the new file
   */
  async #replaceFile(write: (path: string) => Promise<void>, replaced: () => void = () => {}): Promise<void> {
    const unfinished = join(this.#dir, 'state.unfinished');
    await removeFile(unfinished);
    try {
      await write(unfinished);
    } catch (thrown) {
      await removeFile(unfinished);
      throw thrown;
    }
    const path = this.#pathOf(this.#generation + 1);
    await syncPath(unfinished);
    await rename(unfinished, path);
    await syncPath(this.#dir);
    const old = this.#file;
    this.#file = openFile(path);
    this.#generation++;
    replaced();
    await removeFile(unfinished);
    this.#replacedFiles.add(old);
    if (!old.isViewed) return this.#removeReplaced(old);
    // What cannot be removed then is a remnant at the next start.
    void old.unviewed().then(() => this.#removeReplaced(old).catch(() => {}));
  }

  async #removeReplaced(file: LmdbFile): Promise<void> {
    if (!this.#replacedFiles.delete(file)) return;
    await file.close();
    await removeFile(file.path);
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work, work);
    this.#tail = done.catch(() => {});
    return done;
  }

  #pathOf(generation: number): string {
    return join(this.#dir, `state-${generation}.mdb`);
  }
}

/** The number of the state's file, 1 in a new folder. Removes what earlier crashes left. */
function newestGeneration(dir: string): number {
  try {
    mkdirSync(dir, { recursive: true });
    const names = readdirSync(dir);
    const newest = Math.max(1, ...names.map((name) => Number(STATE_FILE.exec(name)?.[1] ?? 0)));
    for (const name of names) {
      const isState = name === `state-${newest}.mdb` || name === `state-${newest}.mdb-lock`;
      if (name.startsWith('state') && !isState) rmSync(join(dir, name));
    }
    return newest;
  } catch (thrown) {
    throw new UsageError(`cannot use the store's folder ${dir}: ${messageOf(thrown)}`);
  }
}

function openFile(path: string): LmdbFile {
  try {
    return new LmdbFile(path);
  } catch (thrown) {
    throw new UsageError(`cannot open the store's state in ${path}: ${messageOf(thrown)}`);
  }
}

async function* exportView(view: FileView, overlays: readonly Overlay[]): AsyncIterable<Uint8Array> {
  try {
    yield* exportEntries(entriesOfView(view, overlays));
  } finally {
    view.close();
  }
}

function* entriesOfView(view: FileView, overlays: readonly Overlay[]): Generator<BucketEntry> {
  for (const bucket of buckets) {
    const end = bucketEnd(bucket);
    const start = wholeKey(bucket, '');
    const sources = [...overlays.map((overlay) => overlay.entries(start)), pagesOf(view, start, end)];
    for (const [key, value] of mergeSorted(sources, end)) yield { bucket, key: key.slice(1), value };
  }
}

function* pagesOf(view: FileView, start: ByteString, end: ByteString): SortedEntries {
  let from = start;
  for (;;) {
    const page = view.page(from, end);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    from = `${last[0]}\0`;
  }
}

/** Copied entry by entry: LMDB's own compacting copy, as the package has it, aborts the process at a later write. */
async function copyFile(view: FileView, path: string): Promise<void> {
  try {
    await fillFile(path, entriesOfView(view, []));
  } finally {
    view.close();
  }
}

/** Writes a new file. */
async function fillFile(path: string, entries: AsyncIterable<BucketEntry> | Iterable<BucketEntry>): Promise<void> {
  const file = new LmdbFile(path);
  try {
    let batch = new Overlay();
    for await (const { bucket, key, value } of entries) {
      batch.set(wholeKey(bucket, key), value);
      if (batch.size < FILL_ENTRIES_MAX && batch.bytes < FILL_BYTES_MAX) continue;
      await file.write(batch);
      batch = new Overlay();
    }
    await file.write(batch);
  } finally {
    await file.close();
  }
}

/** All buckets share one tree: the bucket's number, as a byte, leads its keys. */
function wholeKey(bucket: Bucket, key: ByteString): ByteString {
  return String.fromCharCode(buckets.indexOf(bucket)) + key;
}

function bucketEnd(bucket: Bucket): ByteString {
  return String.fromCharCode(buckets.indexOf(bucket) + 1);
}

/** A file of LMDB and its lock. */
async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}-lock`, { force: true });
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
