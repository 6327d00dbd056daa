/**
 * One LMDB file, opened: the thin shell around the `lmdb` package. A transaction is written and synced (data, then
 * meta page, as LMDB does it) in the package's own thread; the file is consistent after a crash at any time.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import type { ByteString } from '../../base/bytes.ts';
import { Deferred } from '../../base/deferred.ts';
import { codeOf, messageOf } from '../../base/errors.ts';
import type { BackendSize } from './backend.ts';
import type { Overlay } from './overlay.ts';

/** Read at once where a view outlives the turn: no cursor stays open in between. */
const VIEW_PAGE_ENTRIES_MAX = 1000;
const VIEW_PAGE_BYTES_MAX = 4 << 20;

/** Of LMDB's first page: its header, then MDB_MAGIC and MDB_DATA_VERSION (mdb.c), little-endian. */
const MAGIC_OFFSET = 24;
const MAGIC = Buffer.from([0xde, 0xc0, 0xef, 0xbe, 2, 0, 0, 0]);

/** Keys are byte strings in memory, and their bytes in the file. */
const keyEncoder = {
  writeKey(key: ByteString, target: Uint8Array, start: number): number {
    for (let i = 0; i < key.length; i++) target[start + i] = key.charCodeAt(i);
    return start + key.length;
  },
  readKey(source: Buffer, start: number, end: number): ByteString {
    return source.toString('latin1', start, end);
  },
};

/** Values are bytes. The package reads into one buffer again and again, so what it hands over is copied. */
const valueEncoder = {
  encode: (value: Uint8Array): Uint8Array => value,
  decode(shared: Buffer): Uint8Array {
    const value = Buffer.allocUnsafe(shared.length);
    value.set(shared.subarray(0, shared.length));
    return value;
  },
};

/** The file as it was when the view was made. To be closed; closing the file closes it too. */
export interface FileView {
  /** The first of the entries in [start, end): at least one where there is any. */
  page(start: ByteString, end: ByteString): (readonly [ByteString, Uint8Array])[];
  close(): void;
}

export class LmdbFile {
  readonly path: string;
  readonly #root: RootDatabase<Uint8Array, ByteString>;
  /** Two views of the same moment share a transaction of the package, so that it is not what is counted. */
  readonly #views = new Set<FileView>();
  /** Somebody waits for the last view to be closed. */
  #unviewed: Deferred<void> | undefined;
  #closed = false;

  /** Creates the file when it is missing; its folder must exist. Throws when it is no LMDB file, or is cut short. */
  constructor(path: string) {
    this.path = path;
    checkMagic(path);
    this.#root = open<Uint8Array, ByteString>({
      path,
      noSubdir: true,
      encoder: valueEncoder,
      keyEncoder,
      // A commit is done when it is on the disk, not when it will be.
      overlappingSync: false,
      maxDbs: 1,
      cache: false,
    });
    const { allocated, inUse } = this.size();
    if (inUse > allocated) {
      void this.#root.close();
      throw new Error(`it is cut short: ${allocated} bytes of at least ${inUse}`);
    }
  }

  get(key: ByteString): Uint8Array | undefined {
    return this.#root.get(key);
  }

  *entries(start: ByteString, end: ByteString): Generator<readonly [ByteString, Uint8Array]> {
    for (const { key, value } of this.#root.getRange({ start, end })) yield [key, value];
  }

  /** Writes an overlay in one transaction; resolves when it is durable, rejects when nothing of it is. */
  async write(overlay: Overlay): Promise<void> {
    try {
      await this.#root.batch(() => {
        overlay.forEach((key, value) => {
          // The promises of the single writes are that of the batch.
          if (value === null) void this.#root.remove(key);
          else void this.#root.put(key, value);
        });
      });
    } catch (thrown) {
      const cause = await causeOf(thrown);
      throw new Error(`writing ${this.path} failed: ${messageOf(cause)}`, { cause });
    }
    this.#root.resetReadTxn();
  }

  size(): BackendSize {
    const stats = this.#root.getStats() as LmdbStats;
    const pages = pagesOf(stats) + pagesOf(stats.free);
    return { allocated: statSync(this.path).size, inUse: pages * stats.pageSize };
  }

  view(): FileView {
    const transaction = this.#root.useReadTransaction();
    const view: FileView = {
      page: (start, end) => {
        if (!this.#views.has(view)) throw new Error('the backend was closed');
        const entries: (readonly [ByteString, Uint8Array])[] = [];
        let bytes = 0;
        for (const { key, value } of this.#root.getRange({ start, end, transaction, limit: VIEW_PAGE_ENTRIES_MAX })) {
          entries.push([key, value]);
          bytes += value.length;
          if (bytes >= VIEW_PAGE_BYTES_MAX) break;
        }
        return entries;
      },
      close: () => {
        if (!this.#views.delete(view)) return;
        transaction.done();
        if (this.#views.size === 0) this.#unviewed?.resolve();
      },
    };
    this.#views.add(view);
    return view;
  }

  get isViewed(): boolean {
    return this.#views.size > 0;
  }

  /** Resolves when no view is open. */
  async unviewed(): Promise<void> {
    if (this.#views.size === 0) return;
    this.#unviewed ??= new Deferred<void>();
    await this.#unviewed.promise;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const view of [...this.#views]) view.close();
    await this.#root.close();
  }
}

/** The package does not survive a file of another kind, so that is found out here. A new file is empty. */
function checkMagic(path: string): void {
  let start: Buffer;
  try {
    const descriptor = openSync(path, 'r');
    try {
      start = Buffer.alloc(MAGIC_OFFSET + MAGIC.length);
      if (readSync(descriptor, start) === 0) return;
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return;
    throw thrown;
  }
  if (!start.subarray(MAGIC_OFFSET).equals(MAGIC)) throw new Error('it is damaged, or not a state of this store');
}

/** The package rejects with a general error that carries the true one, or the promise of it. */
async function causeOf(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error) || !('commitError' in thrown)) return thrown;
  return Promise.resolve(thrown.commitError).then(
    (cause) => cause ?? thrown,
    (cause) => cause ?? thrown,
  );
}

interface LmdbPages {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

interface LmdbStats extends LmdbPages {
  readonly pageSize: number;
  readonly free: LmdbPages;
}

/** Two meta pages are always in use; they are counted with the main tree's. */
function pagesOf(tree: LmdbPages): number {
  return tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages;
}
