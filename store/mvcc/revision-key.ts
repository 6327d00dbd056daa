/**
 * The backend's key of one change: its revision and its place among the changes of that revision, in an order that
 * is byte order. It is etcd's form (server/storage/mvcc/revision.go), because `hashKv` covers these bytes:
 *
 *   main (8 bytes, big-endian) '_' sub (8 bytes, big-endian)          a put
 *   the same, then 't'                                               a deletion
 */
import type { ByteString } from '../../base/bytes.ts';
import type { Revision } from '../store.ts';

const scratch = Buffer.alloc(18);
scratch[8] = 0x5f;
scratch[17] = 0x74;

/** @param sub counts the changes within the revision from 0 */
export function revisionKey(main: Revision, sub: number, tombstone: boolean): ByteString {
  scratch.writeUInt32BE(Math.floor(main / 0x100000000), 0);
  scratch.writeUInt32BE(main >>> 0, 4);
  scratch.writeUInt32BE(sub, 13);
  return scratch.toString('latin1', 0, tombstone ? 18 : 17);
}

/** The first key, if any, of revision `main`, and the end of the range of all before it. */
export function firstKeyOfRevision(main: Revision): ByteString {
  return revisionKey(main, 0, false);
}

export function mainOfKey(key: ByteString): Revision {
  let main = 0;
  for (let i = 0; i < 8; i++) main = main * 256 + key.charCodeAt(i);
  return main;
}

export function subOfKey(key: ByteString): number {
  let sub = 0;
  for (let i = 13; i < 17; i++) sub = sub * 256 + key.charCodeAt(i);
  return sub;
}

export function isTombstoneKey(key: ByteString): boolean {
  return key.length === 18;
}
