/**
 * `hashKv`: a checksum of history that is equal on members whose history is, whatever their backend and however far
 * each has got with removing compacted records. The rule is etcd's (server/storage/mvcc/hash.go), and so are the bytes:
 *
 *   CRC-32C over "key", then over place and record of each change up to the asked revision, leaving out
 *   - of what is at or before the compact revision: all but the puts that are still a key's value at the asked
 *     revision; or, when nothing is then left of any key, all but those that were so at the compact revision
 */
import { crc32c } from '@node-rs/crc32';
import { type ByteString, stringToBytes } from '../../base/bytes.ts';
import type { Backend } from '../backend/backend.ts';
import type { Revision } from '../store.ts';
import type { KeyIndex } from './key-index.ts';
import { decodeKeyRecord } from './key-value-codec.ts';
import { firstKeyOfRevision, mainOfKey, subOfKey } from './revision-key.ts';

export interface KeyspaceHash {
  readonly hash: number;
  readonly compactRevision: Revision;
  readonly hashRevision: Revision;
}

export interface HashRange {
  /** The last revision covered. */
  readonly revision: Revision;
  readonly compactRevision: Revision;
}

const BUCKET_NAME = Buffer.from('key', 'latin1');

/**
 * Computes the hash in steps of `recordsPerStep` records. Between steps the keyspace may change, but not be compacted:
 * then it is to be begun anew.
 */
export function* hashHistory(
  backend: Backend,
  index: KeyIndex,
  { revision, compactRevision }: HashRange,
  recordsPerStep: number,
): Generator<void, KeyspaceHash> {
  const keptAt = anyKeyAt(index, revision) ? revision : compactRevision;
  const isCovered = (place: ByteString, record: Uint8Array): boolean => {
    const main = mainOfKey(place);
    if (main > compactRevision) return true;
    const state = index.get(decodeKeyRecord(record).key)?.at(keptAt);
    return state !== undefined && state.main === main && state.sub === subOfKey(place);
  };
  const end = firstKeyOfRevision(revision + 1);
  let hash = crc32c(BUCKET_NAME);
  let start: ByteString | undefined = '';
  while (start !== undefined) {
    const covered: Uint8Array[] = [];
    let read = 0;
    let last: ByteString | undefined;
    for (const { key: place, value } of backend.range('revisions', { start, end, limit: recordsPerStep })) {
      read++;
      last = place;
      if (isCovered(place, value)) covered.push(stringToBytes(place), value);
    }
    hash = crc32c(Buffer.concat(covered), hash);
    start = last === undefined || read < recordsPerStep ? undefined : `${last}\0`;
    yield;
  }
  return { hash: hash >>> 0, compactRevision, hashRevision: revision };
}

function anyKeyAt(index: KeyIndex, revision: Revision): boolean {
  let found = false;
  index.forEachAt('', undefined, revision, () => {
    found = true;
    return false;
  });
  return found;
}
