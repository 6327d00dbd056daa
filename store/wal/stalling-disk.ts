/** A disk that can be made to stall while it runs, for faults on purpose: what is written stays readable, and no sync ends. */
import { Deferred } from '../../base/deferred.ts';
import type { Disk, DiskFile, DiskLock } from './disk.ts';

export class StallingDisk implements Disk {
  readonly #inner: Disk;
  /** Resolves when it goes on; undefined while it works. */
  #stalled: Deferred<void> | undefined;

  constructor(inner: Disk, stalled = false) {
    this.#inner = inner;
    if (stalled) this.stall();
  }

  stall(): void {
    this.#stalled ??= new Deferred<void>();
  }

  resume(): void {
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }

  async open(path: string, mode: 'create' | 'readWrite' | 'read'): Promise<DiskFile> {
    const file = await this.#inner.open(path, mode);
    return {
      path: file.path,
      size: () => file.size(),
      write: (position, bytes) => file.write(position, bytes),
      read: (position, length) => file.read(position, length),
      fillZeros: (position, length) => file.fillZeros(position, length),
      truncate: (size) => file.truncate(size),
      sync: () => this.#whenItWorks(() => file.sync()),
      close: () => file.close(),
    };
  }

  makeDirectory(path: string): Promise<void> {
    return this.#inner.makeDirectory(path);
  }

  list(path: string): Promise<string[]> {
    return this.#inner.list(path);
  }

  exists(path: string): Promise<boolean> {
    return this.#inner.exists(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#inner.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.#inner.remove(path);
  }

  syncDirectory(path: string): Promise<void> {
    return this.#whenItWorks(() => this.#inner.syncDirectory(path));
  }

  lock(directory: string): Promise<DiskLock> {
    return this.#inner.lock(directory);
  }

  /** The fast path adds no promise: syncs are on the way of every write. */
  #whenItWorks(sync: () => Promise<void>): Promise<void> {
    return this.#stalled === undefined ? sync() : this.#stalled.promise.then(sync);
  }
}
