/** The machine's disk. The only file of the store that writes to the file system, but for the lock and LMDB itself. */
import * as fs from 'node:fs';
import { lockDirectory } from './directory-lock.ts';
import type { Disk, DiskFile, DiskLock } from './disk.ts';

const ZEROS = Buffer.alloc(1 << 20);

export const realDisk: Disk = {
  async open(path, mode): Promise<DiskFile> {
    const flags = mode === 'create' ? 'w+' : mode === 'readWrite' ? 'r+' : 'r';
    const handle = await fs.promises.open(path, flags, 0o600);
    const { size } = await handle.stat();
    return new RealFile(path, handle, size);
  },

  async makeDirectory(path): Promise<void> {
    await fs.promises.mkdir(path, { recursive: true, mode: 0o700 });
  },

  async list(path): Promise<string[]> {
    try {
      return (await fs.promises.readdir(path)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },

  async exists(path): Promise<boolean> {
    try {
      await fs.promises.access(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  },

  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.rm(path, { force: true }),

  async syncDirectory(path): Promise<void> {
    const handle = await fs.promises.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  lock: (directory): Promise<DiskLock> => lockDirectory(directory),
};

class RealFile implements DiskFile {
  readonly path: string;
  readonly #handle: fs.promises.FileHandle;
  #size: number;

  constructor(path: string, handle: fs.promises.FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#size = size;
  }

  size(): number {
    return this.#size;
  }

  /** Synchronous on purpose: it copies into the page cache, which takes less time than a hop to the thread pool. */
  write(position: number, bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      written += fs.writeSync(this.#handle.fd, bytes, written, bytes.length - written, position + written);
    }
    this.#size = Math.max(this.#size, position + bytes.length);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#size - position)));
    let read = 0;
    while (read < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, read, buffer.length - read, position + read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return buffer.subarray(0, read);
  }

  async fillZeros(position: number, length: number): Promise<void> {
    for (let done = 0; done < length; ) {
      const slice = Math.min(ZEROS.length, length - done);
      const { bytesWritten } = await this.#handle.write(ZEROS, 0, slice, position + done);
      done += bytesWritten;
    }
    this.#size = Math.max(this.#size, position + length);
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#handle.fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
