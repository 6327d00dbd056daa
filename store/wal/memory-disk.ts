/**
 * A disk in memory, for tests and simulations, that fails as real ones do: `crash` loses what was not synced (all of
 * it, or, given a `Random`, any part of it, torn at sector boundaries), syncs can be made to fail, space can run out,
 * and bytes can be damaged. Files that were open at a crash are dead: every further call on them fails.
 */

import { UsageError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { Disk, DiskFile, DiskLock } from './disk.ts';

const SECTOR_BYTES = 512;

interface PendingWrite {
  readonly position: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly sizeBefore: number;
}

/** A file's content, now and what undoes it back to the last sync. */
class Content {
  bytes = Buffer.alloc(0);
  size = 0;
  pending: PendingWrite[] = [];

  write(position: number, data: Uint8Array): void {
    const end = position + data.length;
    if (end > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, this.size);
      this.bytes = larger;
    }
    this.pending.push({
      position,
      before: Uint8Array.prototype.slice.call(this.bytes, position, end),
      after: Uint8Array.prototype.slice.call(data),
      sizeBefore: this.size,
    });
    this.bytes.set(data, position);
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    if (size > this.size) this.write(this.size, new Uint8Array(size - this.size));
    this.bytes.fill(0, size);
    this.size = size;
  }

  /** Back to the last sync, but for what `random` lets through. */
  crash(random: Random | undefined): void {
    const pending = this.pending;
    this.pending = [];
    for (const write of pending.toReversed()) {
      this.bytes.set(write.before, write.position);
      this.size = write.sizeBefore;
    }
    if (random === undefined) return;
    for (const write of pending) this.#survive(write, random);
    this.pending = [];
  }

  /** Of one write, the sectors that reached the disk: none, all, or each by the toss of a coin. */
  #survive(write: PendingWrite, random: Random): void {
    const fate = random.below(3);
    if (fate === 0) return;
    for (let at = 0; at < write.after.length; ) {
      const sectorEnd = SECTOR_BYTES - ((write.position + at) % SECTOR_BYTES);
      const length = Math.min(sectorEnd, write.after.length - at);
      if (fate === 1 || random.below(2) === 0) this.write(write.position + at, write.after.subarray(at, at + length));
      at += length;
    }
  }
}

export interface MemoryDiskOptions {
  /** Bytes that all files together may hold; beyond it writes fail with ENOSPC. */
  readonly capacityBytes?: number;
  /** What a sync waits for: a simulated disk's latency. Default: nothing. */
  readonly latency?: () => Promise<void>;
}

export class MemoryDisk implements Disk {
  capacityBytes: number;
  /** While set, every sync fails with it. */
  syncFailure: Error | undefined;
  /** Syncs that succeeded: what a test counts to see group commit. */
  syncs = 0;
  readonly #latency: (() => Promise<void>) | undefined;
  #names = new Map<string, Content>();
  /** The names as of the last `syncDirectory` of their directories. */
  #durableNames = new Map<string, Content>();
  readonly #directories = new Set<string>();
  readonly #locks = new Set<string>();
  #life = 0;

  constructor(options: MemoryDiskOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.#latency = options.latency;
  }

  async open(path: string, mode: 'create' | 'readWrite' | 'read'): Promise<DiskFile> {
    let content = this.#names.get(path);
    if (mode === 'create') {
      content = new Content();
      this.#names.set(path, content);
    }
    if (content === undefined) throw diskError('ENOENT', `no such file: ${path}`);
    return this.#file(path, content);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#directories.add(path);
  }

  async list(path: string): Promise<string[]> {
    const prefix = `${path}/`;
    const names = new Set<string>();
    for (const name of [...this.#names.keys(), ...this.#directories]) {
      if (!name.startsWith(prefix)) continue;
      names.add(name.slice(prefix.length).split('/')[0] ?? '');
    }
    return [...names].sort();
  }

  async exists(path: string): Promise<boolean> {
    return this.#names.has(path) || this.#directories.has(path);
  }

  async rename(from: string, to: string): Promise<void> {
    const content = this.#names.get(from);
    if (content === undefined) throw diskError('ENOENT', `no such file: ${from}`);
    this.#names.delete(from);
    this.#names.set(to, content);
  }

  async remove(path: string): Promise<void> {
    this.#names.delete(path);
  }

  async syncDirectory(path: string): Promise<void> {
    if (this.syncFailure !== undefined) throw this.syncFailure;
    const inside = (name: string): boolean => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/');
    for (const name of this.#durableNames.keys()) {
      if (inside(name) && !this.#names.has(name)) this.#durableNames.delete(name);
    }
    for (const [name, content] of this.#names) {
      if (inside(name)) this.#durableNames.set(name, content);
    }
  }

  async lock(directory: string): Promise<DiskLock> {
    if (this.#locks.has(directory)) {
      throw new UsageError(`data directory ${directory} is in use: stop its member first, or name another directory`);
    }
    this.#locks.add(directory);
    const life = this.#life;
    return {
      release: async () => {
        if (life === this.#life) this.#locks.delete(directory);
      },
    };
  }

  /** The process or the machine dies: open files are dead, locks are free, unsynced bytes and names are lost. */
  crash(random?: Random): void {
    this.#life++;
    this.#locks.clear();
    this.#names = new Map(this.#durableNames);
    for (const content of new Set(this.#names.values())) content.crash(random);
  }

  /** A copy of a file's bytes. */
  bytesOf(path: string): Buffer {
    const content = this.#content(path);
    return Buffer.from(content.bytes.subarray(0, content.size));
  }

  /** Puts a file there, durably, as it is. */
  place(path: string, bytes: Uint8Array): void {
    const content = new Content();
    content.write(0, bytes);
    content.pending = [];
    this.#names.set(path, content);
    this.#durableNames.set(path, content);
  }

  /** Inverts the bits of `mask` in one byte: damage that nothing but a checksum notices. */
  damage(path: string, position: number, mask = 0xff): void {
    const { bytes } = this.#content(path);
    bytes[position] = (bytes[position] ?? 0) ^ mask;
  }

  #content(path: string): Content {
    const content = this.#names.get(path);
    if (content === undefined) throw diskError('ENOENT', `no such file: ${path}`);
    return content;
  }

  #usedBytes(): number {
    let used = 0;
    for (const content of this.#names.values()) used += content.size;
    return used;
  }

  #file(path: string, content: Content): DiskFile {
    const life = this.#life;
    const alive = (): void => {
      if (life !== this.#life) throw diskError('EIO', `${path} was open when the machine crashed`);
    };
    const write = (position: number, bytes: Uint8Array): void => {
      alive();
      const growth = position + bytes.length - content.size;
      if (
        growth > 0 &&
        this.capacityBytes !== Number.POSITIVE_INFINITY &&
        this.#usedBytes() + growth > this.capacityBytes
      ) {
        throw diskError('ENOSPC', 'no space left on device');
      }
      content.write(position, bytes);
    };
    return {
      path,
      size: () => content.size,
      write,
      read: async (position, length) => {
        alive();
        return Buffer.from(content.bytes.subarray(position, Math.min(content.size, position + length)));
      },
      fillZeros: async (position, length) => write(position, new Uint8Array(length)),
      truncate: async (size) => {
        alive();
        content.truncate(size);
      },
      sync: async () => {
        alive();
        const covered = content.pending.length;
        if (this.#latency !== undefined) await this.#latency();
        alive();
        if (this.syncFailure !== undefined) throw this.syncFailure;
        content.pending.splice(0, covered);
        this.syncs++;
      },
      close: async () => {},
    };
  }
}

export function diskError(code: 'ENOSPC' | 'EIO' | 'ENOENT', message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
