/**
 * What a range request does after its keys are found: bounds on revisions, order, limit. The rules are etcd's
 * (server/etcdserver/txn/range.go): `count` is that of all keys in the range, bounds or not; bounds and any order but
 * that of keys are applied before the limit.
 */
import type { ByteString } from '../../base/bytes.ts';
import type { KeyValue, RangeRequest } from '../store.ts';
import { compareBytes } from './compare-bytes.ts';

/** The end of a request's range as a bound: undefined is no bound (`'\0'` on the wire). */
export function rangeBound(key: ByteString, rangeEnd: ByteString | undefined): ByteString | undefined {
  if (rangeEnd === undefined || rangeEnd === '') return `${key}\0`;
  return rangeEnd === '\0' ? undefined : rangeEnd;
}

export function isSingleKey(rangeEnd: ByteString | undefined): boolean {
  return rangeEnd === undefined || rangeEnd === '';
}

/**
 * Whether reading stops one key beyond the limit. As in etcd that is also so when a target other than the key is
 * given without an order: the first keys are then found first, and sorted afterwards.
 */
export function stopsAtLimit(request: RangeRequest): boolean {
  const { sortOrder = 'none', sortTarget = 'key' } = request;
  const ordered = sortOrder === 'none' || (sortOrder === 'ascend' && sortTarget === 'key');
  return ordered && !hasRevisionBounds(request);
}

function hasRevisionBounds(request: RangeRequest): boolean {
  return Boolean(
    request.minModRevision || request.maxModRevision || request.minCreateRevision || request.maxCreateRevision,
  );
}

export function withinRevisionBounds(request: RangeRequest, kv: KeyValue): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  if (maxModRevision && kv.modRevision > maxModRevision) return false;
  if (minModRevision && kv.modRevision < minModRevision) return false;
  if (maxCreateRevision && kv.createRevision > maxCreateRevision) return false;
  if (minCreateRevision && kv.createRevision < minCreateRevision) return false;
  return true;
}

/** Orders `kvs`, which are in ascending order of keys, in place. A target without an order ascends, as in etcd. */
export function sortKeyValues(request: RangeRequest, kvs: KeyValue[]): void {
  const { sortOrder = 'none', sortTarget = 'key' } = request;
  const compare = comparators[sortTarget];
  if (sortOrder === 'descend') kvs.sort((a, b) => compare(b, a));
  else if (sortTarget !== 'key') kvs.sort(compare);
}

const comparators: Record<NonNullable<RangeRequest['sortTarget']>, (a: KeyValue, b: KeyValue) => number> = {
  key: (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
  value: (a, b) => compareBytes(a.value, b.value),
};
