/**
 * `hashKv`: a checksum of history that is equal on members whose history is, whatever their backend and however far
 * each has got with removing compacted records. The rule is etcd's (server/storage/mvcc/hash.go), and so are the bytes:
 *
 *   CRC-32C over "key", then over place and record of each change up to the asked revision, leaving out
 *   - of what is at or before the compact revision: all but the puts that are still a key's value at the asked
 *     revision; or, when nothing is then left of any key, all but those that were so at the compact revision
 */
import { crc32c } from '@node-rs/crc32';
import { stringToBytes } from '../../base/bytes.ts';
import type { Backend } from '../backend/backend.ts';
import type { Revision } from '../store.ts';
import type { KeyIndex } from './key-index.ts';
import { decodeKeyRecord } from './key-value-codec.ts';
import { firstKeyOfRevision, isTombstoneKey, mainOfKey, subOfKey } from './revision-key.ts';

export interface KeyspaceHash {
  readonly hash: number;
  readonly compactRevision: Revision;
  readonly hashRevision: Revision;
}

const BUCKET_NAME = Buffer.from('key', 'latin1');

export function hashOfHistory(
  backend: Backend,
  index: KeyIndex,
  { revision, compactRevision }: { revision: Revision; compactRevision: Revision },
): KeyspaceHash {
  const keptAt = anyKeyAt(index, revision) ? revision : compactRevision;
  let hash = crc32c(BUCKET_NAME);
  for (const { key: place, value } of backend.range('revisions', { end: firstKeyOfRevision(revision + 1) })) {
    const main = mainOfKey(place);
    if (main <= compactRevision) {
      if (isTombstoneKey(place)) continue;
      const state = index.get(decodeKeyRecord(value).key)?.at(keptAt);
      if (state === undefined || state.main !== main || state.sub !== subOfKey(place)) continue;
    }
    hash = crc32c(value, crc32c(stringToBytes(place), hash));
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
