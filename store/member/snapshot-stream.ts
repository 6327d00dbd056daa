/**
 * A state on its way: between members, and into backup files. The backend's export, zeros up to a multiple of 512 bytes,
 * and the SHA-256 of all that in the last 32 bytes: etcdctl looks for exactly this shape before it keeps a snapshot.
 */
import { createHash } from 'node:crypto';
import { DamagedSnapshotError } from '../backend/backend-export.ts';

const BLOCK_BYTES = 512;
export const HASH_BYTES = 32;

/** The chunks, padded, and their hash behind them. */
export async function* withHash(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  const padding = new Uint8Array((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
  hash.update(padding);
  yield padding;
  yield hash.digest();
}

/**
 * The chunks as they are, the hash included, and an error at the end unless it fits. Whoever stops before the end has
 * verified nothing.
 */
export async function* verifyingHash(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    yield chunk;
    const all = Buffer.concat([held, chunk]);
    const content = Math.max(0, all.length - HASH_BYTES);
    hash.update(all.subarray(0, content));
    held = all.subarray(content);
  }
  if (held.length < HASH_BYTES || !hash.digest().equals(held)) {
    throw new DamagedSnapshotError('the snapshot is damaged: its SHA-256 does not fit its content');
  }
}
