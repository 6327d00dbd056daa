/**
 * Where applied state lives: synchronous ordered reads, writes that are visible at once and become durable together.
 * Two implementations (`memory-backend.ts`, `lmdb-backend.ts`) pass one contract suite (`test/contract/backend.ts`).
 *
 * Invariants every implementation keeps:
 * - A write is seen by the next read, in this process.
 * - What survives a crash is a prefix of the writes, cut between two event-loop turns: all writes of one synchronous
 *   piece of code survive together or not at all. The member puts the applied index in `meta` in the same piece that
 *   applies an entry, so whatever state is found at a start says itself how far the log was applied.
 * - Between commits durability comes from the write-ahead log, not from here.
 *
 * | bucket    | key                             | value                                       |
 * |-----------|---------------------------------|---------------------------------------------|
 * | revisions | `revision-key.ts`, 17 or 18 bytes | one `KeyValue` (`store/mvcc/key-value-codec.ts`) |
 * | leases    | the lease's id, 8 bytes         | its granted and remaining ttl               |
 * | meta      | a name                          | compact revision, applied index, cluster id … |
 * | members, alarms, auth | their owner's           | their owner's                               |
 */
import type { ByteString } from '../../base/bytes.ts';

/** In the order in which a snapshot carries them; appended to, never reordered (the position is their number on disk). */
export const buckets = ['meta', 'revisions', 'leases', 'members', 'alarms', 'auth'] as const;

export type Bucket = (typeof buckets)[number];

export interface BackendEntry {
  readonly key: ByteString;
  readonly value: Uint8Array;
}

export interface BackendRange {
  /** The first key, inclusive; absent: the bucket's first. */
  readonly start?: ByteString;
  /** The first key beyond the range; absent: to the bucket's end. */
  readonly end?: ByteString;
  /** At most so many entries. */
  readonly limit?: number;
}

export interface BackendSize {
  /** Bytes taken from the disk (or from memory). */
  readonly allocated: number;
  /** Bytes of these that hold data; the rest is free for later writes and given back by `defragment`. */
  readonly inUse: number;
}

export interface Backend {
  /** The value, not to be modified, or undefined. */
  get(bucket: Bucket, key: ByteString): Uint8Array | undefined;
  /** Entries in byte order of their keys. Consume it before the next write or turn: it does not outlive either. */
  range(bucket: Bucket, range?: BackendRange): Iterable<BackendEntry>;
  /** `value` is kept, not copied: do not modify it afterwards. */
  put(bucket: Bucket, key: ByteString, value: Uint8Array): void;
  delete(bucket: Bucket, key: ByteString): void;
  /** Resolves when everything written before the call is durable. One atomic transaction. */
  commit(): Promise<void>;
  size(): BackendSize;
  /** Gives free space back. Reads and writes go on meanwhile. */
  defragment(): Promise<void>;
  /**
   * The whole state as it is at the call, in chunks, in a format that does not depend on the implementation
   * (`backend-export.ts`).
   */
  snapshot(): AsyncIterable<Uint8Array>;
  /**
   * Replaces the whole state by a snapshot, atomically and durably; nothing changes when the snapshot is damaged.
   * `replaced` is called in the very turn in which reads begin to see the new state: whoever keeps anything in memory
   * of the old one reads it anew there. Writes made before that turn are gone.
   */
  restore(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, replaced?: () => void): Promise<void>;
  /** Commits and lets go of the disk. Idempotent. */
  close(): Promise<void>;
}
