/**
 * The export format of a backend: the same bytes from every implementation that holds the same data, so that a
 * snapshot of a member on disk can be restored into one in memory and hashes can be compared.
 *
 *   header   "SAMPANDB" and one byte, the format's version (1)
 *   entry    bucket number (1 byte), key length (4), value length (4), key, value     in bucket order, then key order
 *   trailer  0xff, number of entries (8), CRC-32C of everything before (4)
 *
 * Numbers are big-endian. The checksum finds damage; authenticity is the business of whoever carries the file.
 */
import { crc32c } from '@node-rs/crc32';
import { bytesToString, stringToBytes } from '../../base/bytes.ts';
import { type BackendEntry, type Bucket, buckets } from './backend.ts';

const MAGIC = Buffer.from('SAMPANDB\x01', 'latin1');
const ENTRY_HEADER_BYTES = 9;
const TRAILER_MARK = 0xff;
const TRAILER_BYTES = 13;
/** Chunks are filled to about this size. */
const CHUNK_BYTES = 64 * 1024;

/** The exported bytes are not what `exportEntries` writes: cut short, altered, or of another version. */
export class DamagedSnapshotError extends Error {
  override readonly name = 'DamagedSnapshotError';
}

export interface BucketEntry extends BackendEntry {
  readonly bucket: Bucket;
}

/** @param entries in bucket order, then key order */
export function* exportEntries(entries: Iterable<BucketEntry>): Generator<Uint8Array> {
  let pending: Uint8Array[] = [MAGIC];
  let pendingBytes = MAGIC.length;
  let checksum = 0;
  let count = 0;
  const flush = (): Uint8Array => {
    const chunk = Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    checksum = crc32c(chunk, checksum);
    return chunk;
  };
  for (const { bucket, key, value } of entries) {
    const header = Buffer.allocUnsafe(ENTRY_HEADER_BYTES + key.length);
    header.writeUInt8(buckets.indexOf(bucket), 0);
    header.writeUInt32BE(key.length, 1);
    header.writeUInt32BE(value.length, 5);
    header.write(key, ENTRY_HEADER_BYTES, 'latin1');
    pending.push(header, value);
    pendingBytes += header.length + value.length;
    count++;
    if (pendingBytes >= CHUNK_BYTES) yield flush();
  }
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt8(TRAILER_MARK, 0);
  trailer.writeBigUInt64BE(BigInt(count), 1);
  pending.push(trailer.subarray(0, 9));
  pendingBytes += 9;
  yield flush();
  trailer.writeUInt32BE(checksum >>> 0, 9);
  yield trailer.subarray(9);
}

/**
 * Reads an export, entry by entry. Throws `DamagedSnapshotError`; the checksum is only known at the end, so whoever
 * calls must not keep what was yielded when this throws.
 */
export async function* importEntries(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<BucketEntry> {
  const reader = new ChunkReader(chunks);
  if (!MAGIC.equals(await reader.take(MAGIC.length))) {
    throw new DamagedSnapshotError('this is not a snapshot, or one of a version that is not known here');
  }
  let count = 0;
  for (;;) {
    const number = (await reader.take(1)).readUInt8(0);
    if (number === TRAILER_MARK) break;
    const bucket = buckets[number];
    if (bucket === undefined) throw new DamagedSnapshotError(`the snapshot is damaged: bucket ${number} is not known`);
    const lengths = await reader.take(8);
    const key = bytesToString(await reader.take(lengths.readUInt32BE(0)));
    // The value outlives the chunk that carried it: copy, lest a small value hold a large buffer.
    const value = Uint8Array.prototype.slice.call(await reader.take(lengths.readUInt32BE(4)));
    count++;
    yield { bucket, key, value };
  }
  const announced = (await reader.take(8)).readBigUInt64BE(0);
  const checksum = reader.checksum();
  if (announced !== BigInt(count) || (await reader.take(4)).readUInt32BE(0) !== checksum) {
    throw new DamagedSnapshotError('the snapshot is damaged: its checksum does not fit its content');
  }
}

/** Entries of one bucket after the other, in export order. */
export function* everyEntry(read: (bucket: Bucket) => Iterable<BackendEntry>): Generator<BucketEntry> {
  for (const bucket of buckets) {
    for (const { key, value } of read(bucket)) yield { bucket, key, value };
  }
}

/** Takes byte counts from a stream of chunks, with a running checksum of what was taken. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #checksum = 0;

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  checksum(): number {
    return this.#checksum >>> 0;
  }

  async take(length: number): Promise<Buffer> {
    const parts = [this.#rest];
    let available = this.#rest.length;
    while (available < length) {
      const next = await this.#chunks.next();
      if (next.done) throw new DamagedSnapshotError('the snapshot is damaged: it ends too early');
      const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      parts.push(chunk);
      available += chunk.length;
    }
    const whole = parts.length === 1 ? this.#rest : Buffer.concat(parts, available);
    const taken = whole.subarray(0, length);
    this.#rest = whole.subarray(length);
    this.#checksum = crc32c(taken, this.#checksum);
    return taken;
  }
}

/** The bytes of a key, for implementations that store bytes. */
export const keyBytes = stringToBytes;
