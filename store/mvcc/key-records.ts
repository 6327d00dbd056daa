/**
 * The records of all changes in the backend, the index that finds them, and the cache of newest values: how the
 * keyspace reads and writes, without its rules. What is written has its place, (main, sub), from the caller.
 *
 * Invariants:
 * - Index and backend hold the same records, except those that `removeDead` has taken from the index in this turn.
 * - A key hangs on the lease that its newest record names.
 */
import { assert, present } from '../../base/assert.ts';
import type { ByteString } from '../../base/bytes.ts';
import type { Backend } from '../backend/backend.ts';
import type { KeyValue, RangeRequest, RangeResult, Revision, StoreEvent } from '../store.ts';
import { CurrentValues } from './current-values.ts';
import { type KeyHistory, KeyIndex, type KeyState } from './key-index.ts';
import { decodeKeyRecord, decodeKeyValue, encodeKeyValue, encodeTombstone } from './key-value-codec.ts';
import type { LeaseAttachments } from './lease-attachments.ts';
import { isSingleKey, rangeBound, sortKeyValues, stopsAtLimit, withinRevisionBounds } from './range-query.ts';
import { firstKeyOfRevision, isTombstoneKey, mainOfKey, revisionKey, subOfKey } from './revision-key.ts';

const NO_VALUE = new Uint8Array(0);

export class KeyRecords {
  readonly #backend: Backend;
  readonly #leases: LeaseAttachments;
  readonly #values: CurrentValues;
  #index = new KeyIndex();
  /** Of the records that were recovered. */
  #lastRevision: Revision = 1;

  constructor(deps: { backend: Backend; leases: LeaseAttachments; cacheBytesMax: number | undefined }) {
    this.#backend = deps.backend;
    this.#leases = deps.leases;
    this.#values = new CurrentValues(deps.cacheBytesMax);
  }

  get index(): KeyIndex {
    return this.#index;
  }

  /** Builds the index from the backend, reading every record once. Answers the last revision found, 1 for none. */
  recover(): Revision {
    this.#values.clear();
    this.#leases.detachAll();
    this.#lastRevision = 1;
    this.#index = KeyIndex.build(this.#records());
    return this.#lastRevision;
  }

  /** The key's history, if it exists now. */
  existing(key: ByteString): KeyHistory | undefined {
    const history = this.#index.get(key);
    return history === undefined || history.version === 0 ? undefined : history;
  }

  /** The histories of all keys in the range that exist now, in order. */
  existingIn(key: ByteString, rangeEnd: ByteString | undefined): KeyHistory[] {
    if (isSingleKey(rangeEnd)) {
      const history = this.existing(key);
      return history === undefined ? [] : [history];
    }
    const found: KeyHistory[] = [];
    this.#index.forEachAt(
      key,
      rangeBound(key, rangeEnd),
      Number.MAX_SAFE_INTEGER,
      (history) => found.push(history) > 0,
    );
    return found;
  }

  /**
   * Writes a put whose place is (`kv.modRevision`, `sub`).
   * @param history the key's, where the caller has it: that saves looking for it
   */
  put(kv: KeyValue, sub: number, history: KeyHistory | undefined): void {
    const { key, modRevision: main, createRevision, version } = kv;
    const state: KeyState = { main, sub, createRevision, version };
    this.#backend.put('revisions', revisionKey(main, sub, false), encodeKeyValue(kv));
    if (history !== undefined) this.#index.appendTo(history, state);
    this.#values.set(history ?? this.#index.append(key, state), kv);
    this.#leases.attach(key, kv.lease);
  }

  /** Writes the deletion of a key that exists, at (`main`, `sub`). Answers it as watchers see it. */
  delete(history: KeyHistory, main: Revision, sub: number): KeyValue {
    const { key } = history;
    this.#backend.put('revisions', revisionKey(main, sub, true), encodeTombstone(key));
    this.#index.appendTo(history, { main, sub, createRevision: 0, version: 0 });
    this.#leases.attach(key, 0n);
    return deletedKeyValue(key, main);
  }

  newestOf(history: KeyHistory): KeyValue {
    if (history.cached !== undefined) return history.cached;
    const kv = this.#read(history.key, history);
    this.#values.set(history, kv);
    return kv;
  }

  valueAt(key: ByteString, revision: Revision): KeyValue | undefined {
    const history = this.#index.get(key);
    const state = history?.at(revision);
    if (history === undefined || state === undefined) return undefined;
    return state === history ? this.newestOf(history) : this.#read(key, state);
  }

  /** @param revision one that is not compacted */
  range(request: RangeRequest, revision: Revision): RangeResult {
    const { key, rangeEnd, countOnly, keysOnly } = request;
    if (isSingleKey(rangeEnd)) return this.#rangeOfKey(request, revision);
    const end = rangeBound(key, rangeEnd);
    if (countOnly) return { kvs: [], more: false, count: this.#index.countAt(key, end, revision) };

    const limit = request.limit && request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
    const readMax = stopsAtLimit(request) ? limit + 1 : Number.POSITIVE_INFINITY;
    const withValues = !keysOnly || request.sortTarget === 'value';
    let kvs: KeyValue[] = [];
    let count = 0;
    this.#index.forEachAt(key, end, revision, (history, state) => {
      if (++count <= readMax) kvs.push(this.#stateOf(history, state, withValues));
      return true;
    });
    kvs = kvs.filter((kv) => withinRevisionBounds(request, kv));
    sortKeyValues(request, kvs);
    const more = kvs.length > limit;
    if (more) kvs.length = limit;
    return { kvs: keysOnly ? kvs.map(withoutValue) : kvs, more, count };
  }

  /** Every change from `revision` on, in order. */
  *eventsFrom(revision: Revision): Iterable<StoreEvent> {
    for (const { key: place, value } of this.#backend.range('revisions', { start: firstKeyOfRevision(revision) })) {
      yield isTombstoneKey(place)
        ? { type: 'delete', kv: deletedKeyValue(decodeKeyRecord(value).key, mainOfKey(place)) }
        : { type: 'put', kv: decodeKeyValue(value) };
    }
  }

  /** Removes up to `recordsMax` records that are dead at this compact revision. True when none are left. */
  removeDead(compactRevision: Revision, recordsMax: number): boolean {
    for (let removed = 0; removed < recordsMax; removed++) {
      const dead = this.#index.takeDead(compactRevision);
      if (dead === undefined) return true;
      this.#backend.delete('revisions', revisionKey(dead.main, dead.sub, dead.tombstone));
    }
    return false;
  }

  *#records(): Iterable<readonly [ByteString, KeyState]> {
    for (const { key: place, value } of this.#backend.range('revisions')) {
      const { key, createRevision, version, lease } = decodeKeyRecord(value);
      assert(isTombstoneKey(place) === (version === 0), 'a deletion is one by its place and by its record');
      this.#lastRevision = mainOfKey(place);
      this.#leases.attach(key, lease);
      yield [key, { main: this.#lastRevision, sub: subOfKey(place), createRevision, version }];
    }
  }

  #rangeOfKey(request: RangeRequest, revision: Revision): RangeResult {
    const history = this.#index.get(request.key);
    const state = history?.at(revision);
    if (history === undefined || state === undefined) return { kvs: [], more: false, count: 0 };
    if (request.countOnly) return { kvs: [], more: false, count: 1 };
    const kv = this.#stateOf(history, state, !request.keysOnly);
    return { kvs: withinRevisionBounds(request, kv) ? [kv] : [], more: false, count: 1 };
  }

  #stateOf(history: KeyHistory, state: KeyState, withValue: boolean): KeyValue {
    if (state !== history) {
      const kv = this.#read(history.key, state);
      return withValue ? kv : withoutValue(kv);
    }
    if (withValue) return this.newestOf(history);
    const { key, main, createRevision, version } = history;
    return { key, value: NO_VALUE, createRevision, modRevision: main, version, lease: this.#leases.leaseOf(key) };
  }

  #read(key: ByteString, { main, sub }: KeyState): KeyValue {
    const record = this.#backend.get('revisions', revisionKey(main, sub, false));
    return decodeKeyValue(present(record, `the record of revision ${main}.${sub}`), key);
  }
}

function deletedKeyValue(key: ByteString, revision: Revision): KeyValue {
  return { key, value: NO_VALUE, createRevision: 0, modRevision: revision, version: 0, lease: 0n };
}

function withoutValue(kv: KeyValue): KeyValue {
  return kv.value.length === 0 ? kv : { ...kv, value: NO_VALUE };
}
