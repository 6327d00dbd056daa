/**
 * Snapshots in files: the whole state of a store as one of its members had it at one moment, and a SHA-256 at the end
 * (member/snapshot-stream.ts has the form; what `etcdctl snapshot save` writes has it too).
 *
 * A file that is there under its name is complete and verified: it is written under another name first.
 */
import { crc32c } from '@node-rs/crc32';
import { messageOf, UsageError } from '../../base/errors.ts';
import { importEntries } from '../backend/backend-export.ts';
import { verifyingHash, withHash } from '../member/snapshot-stream.ts';
import { COMPACT_REVISION } from '../mvcc/keyspace.ts';
import { mainOfKey } from '../mvcc/revision-key.ts';
import type { Revision, Store } from '../store.ts';
import type { Disk, DiskFile } from '../wal/disk.ts';
import { realDisk } from '../wal/real-disk.ts';

const READ_BYTES = 1 << 20;

/** What `etcdctl snapshot status` tells. */
export interface SnapshotStatus {
  /** CRC-32C over every entry: equal for equal states. */
  readonly hash: number;
  readonly revision: Revision;
  /** Entries of all kinds, each revision of a key counted. */
  readonly totalKeys: number;
  /** Bytes of the file. */
  readonly totalSize: number;
}

/**
 * Writes a snapshot of the store; durable when it resolves. An existing file of that name is replaced at the last moment.
 * Rejects with a `UsageError` when the place cannot be written, with the store's error when the stream breaks.
 */
export async function saveSnapshot(store: Store, path: string, disk: Disk = realDisk): Promise<SnapshotStatus> {
  const unfinished = `${path}.part`;
  const file = await disk.open(unfinished, 'create').catch((error: unknown) => {
    throw new UsageError(`the snapshot cannot be written to ${path}: ${messageOf(error)}`);
  });
  try {
    await writeAll(file, withHash(store.snapshot()));
    const status = await snapshotStatus(unfinished, disk);
    await disk.rename(unfinished, path);
    await disk.syncDirectory(directoryOf(path));
    return status;
  } catch (error) {
    await disk.remove(unfinished);
    throw error;
  }
}

/** Reads a snapshot through, verifying it. Rejects with a `UsageError` when it is none, or damaged. */
export async function snapshotStatus(path: string, disk: Disk = realDisk): Promise<SnapshotStatus> {
  try {
    let totalSize = 0;
    for await (const chunk of verifyingHash(readSnapshot(path, disk))) totalSize += chunk.length;
    let hash = 0;
    let revision = 1;
    let totalKeys = 0;
    const chunks = readSnapshot(path, disk);
    try {
      for await (const { bucket, key, value } of importEntries(chunks)) {
        hash = crc32c(value, crc32c(Buffer.from(key, 'latin1'), crc32c(bucket, hash)));
        totalKeys++;
        if (bucket === 'revisions') revision = Math.max(revision, mainOfKey(key));
        // Where all changes since are compacted, deletions say nothing any more.
        const isCompactRevision = bucket === 'meta' && key === COMPACT_REVISION;
        if (isCompactRevision) revision = Math.max(revision, Number(Buffer.from(value).toString('latin1')));
      }
    } finally {
      await chunks.return(undefined);
    }
    return { hash, revision, totalKeys, totalSize };
  } catch (error) {
    throw new UsageError(`${path} is no snapshot that can be used: ${messageOf(error)}`);
  }
}

export async function* readSnapshot(path: string, disk: Disk): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    for (let position = 0; position < file.size(); position += READ_BYTES) yield await file.read(position, READ_BYTES);
  } finally {
    await file.close();
  }
}

/** Durable when it resolves; closes the file in any case. */
async function writeAll(file: DiskFile, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    let position = 0;
    for await (const chunk of chunks) {
      file.write(position, chunk);
      position += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function directoryOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '.' : path.slice(0, Math.max(1, at));
}
