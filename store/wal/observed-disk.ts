/**
 * A disk that tells how much is written to it and how long its syncs take: those that make writes durable, not those of
 * zeros that make room for writes to come.
 */
import type { Clock } from '../../base/clock.ts';
import type { Disk, DiskFile } from './disk.ts';

export interface DiskObserver {
  walWritten(bytes: number): void;
  walSynced(durationMs: number): void;
}

export function observedDisk(disk: Disk, clock: Clock, observer: DiskObserver): Disk {
  return {
    open: async (path, mode) => observedFile(await disk.open(path, mode), clock, observer),
    makeDirectory: (path) => disk.makeDirectory(path),
    list: (path) => disk.list(path),
    exists: (path) => disk.exists(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    lock: (directory) => disk.lock(directory),
  };
}

function observedFile(file: DiskFile, clock: Clock, observer: DiskObserver): DiskFile {
  let written = false;
  return {
    path: file.path,
    size: () => file.size(),
    write: (position, bytes) => {
      file.write(position, bytes);
      written = true;
      observer.walWritten(bytes.length);
    },
    read: (position, length) => file.read(position, length),
    fillZeros: (position, length) => file.fillZeros(position, length),
    truncate: (size) => file.truncate(size),
    sync: async () => {
      const counts = written;
      written = false;
      const startedMs = clock.monotonicMs();
      await file.sync();
      if (counts) observer.walSynced(clock.monotonicMs() - startedMs);
    },
    close: () => file.close(),
  };
}
