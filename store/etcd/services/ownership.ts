/**
 * The recipe under locks and elections, the same as in etcd's client library (client/v3/concurrency), so that both can
 * be used on one name: each candidate has a key `<name>/<lease in hexadecimal>` bound to its lease, and whose key has
 * the lowest create revision owns the name. A candidate waits until every older key is gone.
 */
import { type ByteString, prefixEnd } from '../../../base/bytes.ts';
import { Deferred } from '../../../base/deferred.ts';
import { StoreError } from '../../errors.ts';
import type { KeyValue, LeaseId, ResponseHeader, Revision, Store, TxnRequest } from '../../store.ts';

export interface Ownership {
  readonly header: ResponseHeader;
  readonly key: ByteString;
  /** The create revision of the key: the ownership lasts as long as the key has it. */
  readonly revision: Revision;
}

export interface Candidate {
  readonly store: Store;
  readonly name: ByteString;
  /** 0n: a lease of its own, of a minute, which nobody keeps alive. */
  readonly lease: LeaseId;
  readonly value: Uint8Array;
  /** Aborted when the caller gives up: the key is then taken back. */
  readonly signal: AbortSignal;
}

const OWN_LEASE_SECONDS = 60;

/** Resolves when the name is owned. Rejects with `leaseNotFound`, or the abort reason. */
export async function acquire(candidate: Candidate): Promise<Ownership> {
  const { store, name, value, signal } = candidate;
  const lease = candidate.lease || (await store.leaseGrant({ ttl: OWN_LEASE_SECONDS })).id;
  const prefix = `${name}/`;
  const key = `${prefix}${BigInt.asUintN(64, lease).toString(16)}`;
  const mine = await putOnce(store, key, value, lease);
  try {
    await olderAreGone(store, prefix, mine.createRevision - 1, signal);
  } catch (thrown) {
    await store.deleteRange({ key }).catch(() => {});
    throw thrown;
  }
  const { header, kvs } = await store.range({ key });
  // The lease may have ended while it waited.
  if (kvs[0]?.createRevision !== mine.createRevision) throw new StoreError('leaseNotFound');
  return { header, key, revision: mine.createRevision };
}

/** The holder's key, and when it was read. */
export async function oldest(
  store: Store,
  name: ByteString,
): Promise<{ readonly header: ResponseHeader; readonly kv: KeyValue | undefined }> {
  const key = `${name}/`;
  const { header, kvs } = await store.range({
    key,
    rangeEnd: prefixEnd(key),
    sortTarget: 'create',
    sortOrder: 'ascend',
    limit: 1,
  });
  return { header, kv: kvs[0] };
}

/** Puts the key if it is not there; a candidate that comes twice keeps its place, with the new value. */
async function putOnce(store: Store, key: ByteString, value: Uint8Array, lease: LeaseId): Promise<KeyValue> {
  const txn: TxnRequest = {
    compare: [{ key, target: 'create', result: 'equal', createRevision: 0 }],
    success: [
      { type: 'put', request: { key, value, lease } },
      { type: 'range', request: { key } },
    ],
    failure: [{ type: 'range', request: { key } }],
  };
  const { succeeded, responses } = await store.txn(txn);
  const found = responses.at(-1);
  const kv = found?.type === 'range' ? found.result.kvs[0] : undefined;
  if (kv === undefined) throw new StoreError('leaseNotFound');
  if (!succeeded && Buffer.compare(kv.value, value) !== 0) await store.put({ key, value, lease });
  return kv;
}

/** Waits, one key at a time, for the newest of those that are older: then there can be only one left to wait for. */
async function olderAreGone(store: Store, prefix: ByteString, through: Revision, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { header, kvs } = await store.range({
      key: prefix,
      rangeEnd: prefixEnd(prefix),
      sortTarget: 'create',
      sortOrder: 'descend',
      limit: 1,
      maxCreateRevision: through,
    });
    const [older] = kvs;
    if (older === undefined) return;
    await deletionOf(store, older.key, header.revision + 1, signal);
  }
}

async function deletionOf(store: Store, key: ByteString, from: Revision, signal: AbortSignal): Promise<void> {
  const gone = new Deferred<void>();
  const watch = store.watch({ key, startRevision: from, filters: ['noPut'] }, (response) => {
    if (response.type === 'events') gone.resolve();
    else if (response.type === 'canceled') gone.reject(new StoreError('leaderChanged'));
  });
  const onAbort = (): void => gone.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    await gone.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    watch.close();
  }
}
