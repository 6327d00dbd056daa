/**
 * The revisioned keyspace: etcd's mvcc as a pure state machine over a backend. Given the same transactions in the
 * same order, every member's keyspace goes through the same states; nothing here reads a clock, waits or fails half
 * way.
 *
 * Invariants:
 * - The revision is 1 at first and grows by one with each transaction that changes something, never otherwise.
 * - All changes of a transaction carry its revision, and sub revisions from 0 in the order in which they were made.
 * - A request that throws a `StoreError` has changed nothing.
 * - What `compact` has passed is refused at once, on every member alike; when its records leave the backend shows
 *   nowhere, neither in reads nor in `hashKv`.
 */

import { assert, present, unreachable } from '../../base/assert.ts';
import type { ByteString } from '../../base/bytes.ts';
import { byteStringToUtf8 } from '../../base/bytes.ts';
import { type Recorder, silentRecorder } from '../../base/moments.ts';
import type { Backend } from '../backend/backend.ts';
import { StoreError } from '../errors.ts';
import type {
  DeleteRangeRequest,
  DeleteRangeResult,
  KeyValue,
  LeaseId,
  OperationResult,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  ResponseHeader,
  Revision,
  StoreEvent,
  TxnRequest,
  TxnResult,
} from '../store.ts';
import { CurrentValues } from './current-values.ts';
import type { Change } from './delivery.ts';
import { type KeyHistory, KeyIndex, type KeyState } from './key-index.ts';
import { decodeKeyRecord, decodeKeyValue, encodeKeyValue, encodeTombstone } from './key-value-codec.ts';
import { hashOfHistory, type KeyspaceHash } from './keyspace-hash.ts';
import type { LeaseAttachments } from './lease-attachments.ts';
import { isSingleKey, rangeBound, sortKeyValues, stopsAtLimit, withinRevisionBounds } from './range-query.ts';
import { firstKeyOfRevision, isTombstoneKey, mainOfKey, revisionKey, subOfKey } from './revision-key.ts';
import { type ChosenTxn, chooseBranches } from './txn.ts';
import { WatchHub } from './watch-hub.ts';

export interface KeyspaceDeps {
  readonly backend: Backend;
  /** Which leases exist and which key hangs on which; recovered before the keyspace is built. */
  readonly leases: LeaseAttachments;
  /** The header of watch answers; their revision is set by the hub. */
  readonly header: () => ResponseHeader;
  readonly recorder?: Recorder;
  /** Wall time for moments; asked only while somebody looks. */
  readonly nowMs?: () => number;
  /** Bytes of newest values kept decoded. */
  readonly cacheBytesMax?: number;
  /** Hands a watch listener's failure to whoever logs. */
  readonly onListenerError?: (thrown: unknown) => void;
}

const COMPACT_REVISION = 'compactRevision';
const NO_VALUE = new Uint8Array(0);
/** Nothing was compacted yet; etcd's value too. */
const NEVER_COMPACTED = -1;

export class Keyspace {
  readonly hub: WatchHub;
  readonly #backend: Backend;
  readonly #leases: LeaseAttachments;
  readonly #recorder: Recorder;
  readonly #nowMs: () => number;
  readonly #values: CurrentValues;
  #index = new KeyIndex();
  #revision: Revision = 1;
  #compactRevision: Revision = NEVER_COMPACTED;
  /** The changes of the transaction that runs now. */
  #changes: Change[] = [];

  /** Rebuilds the index from the backend, reading every record once. */
  constructor(deps: KeyspaceDeps) {
    this.#backend = deps.backend;
    this.#leases = deps.leases;
    this.#recorder = deps.recorder ?? silentRecorder;
    this.#nowMs = deps.nowMs ?? (() => 0);
    this.#values = new CurrentValues(deps.cacheBytesMax);
    this.#recover();
    this.hub = new WatchHub({
      header: deps.header,
      history: {
        currentRevision: () => this.#revision,
        compactRevision: () => this.#compactRevision,
        eventsFrom: (revision) => this.#eventsFrom(revision),
        valueAt: (key, revision) => this.#valueAt(key, revision),
      },
      ...(deps.onListenerError && { onListenerError: deps.onListenerError }),
    });
  }

  get currentRevision(): Revision {
    return this.#revision;
  }

  /** The revision before which history is gone; -1 while all of it is there. */
  get compactRevision(): Revision {
    return this.#compactRevision;
  }

  /** Keys that the index holds, including deleted ones that are not compacted yet. */
  get indexedKeys(): number {
    return this.#index.size;
  }

  /** Throws `compacted` or `futureRevision`. */
  range(request: RangeRequest): RangeResult {
    this.#checkRevision(request.revision, this.#revision);
    return this.#range(request, this.#revision);
  }

  /** Throws `leaseNotFound`, or `keyNotFound` where a value or lease is to be kept and there is none. */
  applyPut(request: PutRequest): PutResult {
    this.#checkPut(request);
    const result = this.#put(request);
    this.#finish();
    return result;
  }

  applyDeleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const result = this.#deleteRange(request);
    this.#finish();
    return result;
  }

  /**
   * At most one revision, which `currentRevision` tells afterwards. Throws what the operations of the chosen branches
   * would throw, before any of them ran.
   */
  applyTxn(request: TxnRequest): TxnResult {
    const chosen = chooseBranches(request, (key, rangeEnd) =>
      isSingleKey(rangeEnd)
        ? this.#valuesOfKey(key)
        : this.#range({ key, ...(rangeEnd !== undefined && { rangeEnd }) }, this.#revision).kvs,
    );
    this.#checkTxn(chosen);
    const result = this.#runTxn(chosen);
    this.#finish();
    return result;
  }

  /** Deletes exactly these keys, in byte order and in one revision; those that do not exist are passed over. */
  deleteKeys(keys: readonly ByteString[]): number {
    let deleted = 0;
    for (const key of [...keys].sort()) {
      const history = this.#index.get(key);
      if (history === undefined || history.version === 0) continue;
      this.#delete(history);
      deleted++;
    }
    this.#finish();
    return deleted;
  }

  /**
   * Forgets all history before `revision`. Reads are refused from now on; the records go with `compactStep`.
   * Throws `compacted` or `futureRevision`.
   */
  compact(revision: Revision): void {
    if (revision <= this.#compactRevision) {
      throw new StoreError('compacted', { compactRevision: this.#compactRevision });
    }
    if (revision > this.#revision) throw new StoreError('futureRevision');
    this.#compactRevision = revision;
    // Also the revision survives by this, when the last change is a deletion that a later compaction removes.
    this.#backend.put('meta', COMPACT_REVISION, Buffer.from(String(revision), 'latin1'));
  }

  /** Removes up to `recordsMax` records that compaction has made unreachable. True when none are left. */
  compactStep(recordsMax: number): boolean {
    for (let removed = 0; removed < recordsMax; removed++) {
      const dead = this.#index.takeDead(this.#compactRevision);
      if (dead === undefined) return true;
      this.#backend.delete('revisions', revisionKey(dead.main, dead.sub, dead.tombstone));
    }
    return false;
  }

  /**
   * CRC-32C of all history up to `revision` (0: now) that compaction has left: etcd's HashKV, and equal to what etcd
   * 3.5.16 and later answer for the same transactions. Reads every record. Throws `compacted` or `futureRevision`.
   */
  hashKv(revision: Revision = 0): KeyspaceHash {
    if (revision > 0 && revision < this.#compactRevision) {
      throw new StoreError('compacted', { compactRevision: this.#compactRevision });
    }
    if (revision > this.#revision) throw new StoreError('futureRevision');
    return hashOfHistory(this.#backend, this.#index, {
      revision: revision > 0 ? revision : this.#revision,
      compactRevision: this.#compactRevision,
    });
  }

  /** Reads the state anew after the backend was replaced; watches go on from where they were. */
  reload(): void {
    const seenRevision = this.#revision;
    this.#values.clear();
    this.#index = new KeyIndex();
    this.#revision = 1;
    this.#compactRevision = NEVER_COMPACTED;
    this.#leases.detachAll();
    this.#recover();
    this.hub.resumeAfterReload(seenRevision);
  }

  #recover(): void {
    const compacted = this.#backend.get('meta', COMPACT_REVISION);
    if (compacted !== undefined) this.#compactRevision = Number(Buffer.from(compacted).toString('latin1'));
    for (const { key: place, value } of this.#backend.range('revisions')) {
      const main = mainOfKey(place);
      const record = decodeKeyRecord(value);
      this.#index.append(record.key, {
        main,
        sub: subOfKey(place),
        createRevision: record.createRevision,
        version: record.version,
      });
      if (isTombstoneKey(place) !== (record.version === 0))
        assert(false, 'a deletion is one by its key and its record');
      this.#leases.attach(record.key, record.lease);
      this.#revision = main;
    }
    this.#revision = Math.max(this.#revision, this.#compactRevision);
  }

  #checkRevision(revision: Revision | undefined, current: Revision): void {
    if (!revision || revision < 0) return;
    if (revision > current) throw new StoreError('futureRevision');
    if (revision < this.#compactRevision) throw new StoreError('compacted', { compactRevision: this.#compactRevision });
  }

  #checkPut(request: PutRequest): void {
    const { lease, ignoreValue, ignoreLease } = request;
    if (lease && !this.#leases.has(lease)) throw new StoreError('leaseNotFound');
    if (ignoreValue || ignoreLease) {
      const history = this.#index.get(request.key);
      if (history === undefined || history.version === 0) throw new StoreError('keyNotFound');
    }
  }

  #checkTxn({ operations, nested }: ChosenTxn): void {
    for (const [i, operation] of operations.entries()) {
      switch (operation.type) {
        case 'range':
          this.#checkRevision(operation.request.revision, this.#revision);
          break;
        case 'put':
          this.#checkPut(operation.request);
          break;
        case 'deleteRange':
          break;
        case 'txn':
          this.#checkTxn(present(nested.get(i), 'a nested transaction'));
          break;
        default:
          unreachable(operation);
      }
    }
  }

  #runTxn({ succeeded, operations, nested }: ChosenTxn): TxnResult {
    const responses = operations.map((operation, i): OperationResult => {
      switch (operation.type) {
        case 'range':
          return { type: 'range', result: this.#range(operation.request, this.#readRevision()) };
        case 'put':
          return { type: 'put', result: this.#put(operation.request) };
        case 'deleteRange':
          return { type: 'deleteRange', result: this.#deleteRange(operation.request) };
        case 'txn':
          return { type: 'txn', result: this.#runTxn(present(nested.get(i), 'a nested transaction')) };
        default:
          return unreachable(operation);
      }
    });
    return { succeeded, responses };
  }

  /** A transaction reads its own writes. */
  #readRevision(): Revision {
    return this.#changes.length > 0 ? this.#revision + 1 : this.#revision;
  }

  #put(request: PutRequest): PutResult {
    const { key } = request;
    const history = this.#index.get(key);
    const previous =
      history !== undefined && history.version > 0 && (request.prevKv || request.ignoreValue)
        ? this.#newestOf(history)
        : undefined;
    const lease = request.ignoreLease ? this.#leases.leaseOf(key) : (request.lease ?? 0n);
    const main = this.#revision + 1;
    const sub = this.#changes.length;
    const exists = history !== undefined && history.version > 0;
    const kv: KeyValue = {
      key,
      value: request.ignoreValue ? present(previous, 'the value to keep').value : request.value,
      createRevision: exists ? history.createRevision : main,
      modRevision: main,
      version: exists ? history.version + 1 : 1,
      lease,
    };
    const before = this.#cachedBefore(history);
    this.#backend.put('revisions', revisionKey(main, sub, false), encodeKeyValue(kv));
    const state: KeyState = { main, sub, createRevision: kv.createRevision, version: kv.version };
    if (history === undefined) {
      this.#values.set(this.#index.append(key, state), kv);
    } else {
      this.#index.appendTo(history, state);
      this.#values.set(history, kv);
    }
    this.#leases.attach(key, lease);
    this.#changes.push({ type: 'put', kv, before });
    return request.prevKv && previous !== undefined ? { prevKv: previous } : {};
  }

  #deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const found: KeyHistory[] = [];
    if (isSingleKey(request.rangeEnd)) {
      const history = this.#index.get(request.key);
      if (history !== undefined && history.version > 0) found.push(history);
    } else {
      const end = rangeBound(request.key, request.rangeEnd);
      this.#index.forEachAt(request.key, end, Number.MAX_SAFE_INTEGER, (history) => found.push(history) > 0);
    }
    const prevKvs = request.prevKv ? found.map((history) => this.#newestOf(history)) : [];
    for (const history of found) this.#delete(history);
    return { deleted: found.length, prevKvs };
  }

  #delete(history: KeyHistory): void {
    const { key } = history;
    const main = this.#revision + 1;
    const sub = this.#changes.length;
    const before = this.#cachedBefore(history);
    this.#backend.put('revisions', revisionKey(main, sub, true), encodeTombstone(key));
    this.#index.appendTo(history, { main, sub, createRevision: 0, version: 0 });
    this.#leases.attach(key, 0n);
    this.#changes.push({ type: 'delete', kv: deletedKeyValue(key, main), before });
  }

  /** What the key held before the transaction that runs, if that costs nothing to say. */
  #cachedBefore(history: KeyHistory | undefined): KeyValue | undefined {
    return history !== undefined && history.main <= this.#revision ? history.cached : undefined;
  }

  /** Ends the transaction that runs: a revision, if something changed, and its events. */
  #finish(): void {
    const changes = this.#changes;
    if (changes.length === 0) return;
    this.#changes = [];
    this.#revision++;
    this.hub.notify(this.#revision, changes);
    if (this.#recorder.active) this.#record(changes);
  }

  #record(changes: readonly Change[]): void {
    for (const { type, kv } of changes) {
      this.#recorder.record({
        type: 'store.change',
        atMs: this.#nowMs(),
        change: type,
        key: byteStringToUtf8(kv.key),
        revision: kv.modRevision,
        version: kv.version,
      });
    }
  }

  /** @param current the revision to read at where the request names none */
  #range(request: RangeRequest, current: Revision): RangeResult {
    const { key, rangeEnd, countOnly, keysOnly } = request;
    const revision = request.revision && request.revision > 0 ? request.revision : current;
    const isCurrent = revision === current;
    const needsValues = !keysOnly || request.sortTarget === 'value';
    const readState = (history: KeyHistory, state: KeyState): KeyValue => {
      if (!isCurrent) return this.#recordOf(history.key, state);
      return needsValues ? this.#newestOf(history) : this.#newestWithoutValue(history);
    };

    if (isSingleKey(rangeEnd)) {
      const history = this.#index.get(key);
      const state = history?.at(revision);
      if (history === undefined || state === undefined) return { kvs: [], more: false, count: 0 };
      if (countOnly) return { kvs: [], more: false, count: 1 };
      const kv = readState(history, state);
      return {
        kvs: withinRevisionBounds(request, kv) ? [keysOnly ? withoutValue(kv) : kv] : [],
        more: false,
        count: 1,
      };
    }

    const end = rangeBound(key, rangeEnd);
    if (countOnly) return { kvs: [], more: false, count: this.#index.countAt(key, end, revision) };
    const limit = request.limit && request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
    const readMax = stopsAtLimit(request) ? limit + 1 : Number.POSITIVE_INFINITY;
    let kvs: KeyValue[] = [];
    let count = 0;
    this.#index.forEachAt(key, end, revision, (history, state) => {
      if (++count <= readMax) kvs.push(readState(history, state));
      return true;
    });
    kvs = kvs.filter((kv) => withinRevisionBounds(request, kv));
    sortKeyValues(request, kvs);
    const more = kvs.length > limit;
    if (more) kvs.length = limit;
    return { kvs: keysOnly ? kvs.map(withoutValue) : kvs, more, count };
  }

  #valuesOfKey(key: ByteString): readonly KeyValue[] {
    const history = this.#index.get(key);
    return history === undefined || history.version === 0 ? [] : [this.#newestOf(history)];
  }

  #valueAt(key: ByteString, revision: Revision): KeyValue | undefined {
    const history = this.#index.get(key);
    const state = history?.at(revision);
    if (history === undefined || state === undefined) return undefined;
    return state === history ? this.#newestOf(history) : this.#recordOf(key, state);
  }

  #newestOf(history: KeyHistory): KeyValue {
    if (history.cached !== undefined) return history.cached;
    const kv = this.#recordOf(history.key, history);
    this.#values.set(history, kv);
    return kv;
  }

  #newestWithoutValue(history: KeyHistory): KeyValue {
    const { key, main, createRevision, version } = history;
    const lease: LeaseId = this.#leases.leaseOf(key);
    return { key, value: NO_VALUE, createRevision, modRevision: main, version, lease };
  }

  #recordOf(key: ByteString, { main, sub }: KeyState): KeyValue {
    const record = this.#backend.get('revisions', revisionKey(main, sub, false));
    return decodeKeyValue(present(record, `the record of revision ${main}.${sub}`), key);
  }

  /** Every change from `revision` on, in order. */
  *#eventsFrom(revision: Revision): Iterable<StoreEvent> {
    for (const { key: place, value } of this.#backend.range('revisions', { start: firstKeyOfRevision(revision) })) {
      yield isTombstoneKey(place)
        ? { type: 'delete', kv: deletedKeyValue(decodeKeyRecord(value).key, mainOfKey(place)) }
        : { type: 'put', kv: decodeKeyValue(value) };
    }
  }
}

function deletedKeyValue(key: ByteString, revision: Revision): KeyValue {
  return { key, value: NO_VALUE, createRevision: 0, modRevision: revision, version: 0, lease: 0n };
}

function withoutValue(kv: KeyValue): KeyValue {
  return kv.value.length === 0 ? kv : { ...kv, value: NO_VALUE };
}
