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
  OperationResult,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  ResponseHeader,
  Revision,
  TxnRequest,
  TxnResult,
} from '../store.ts';
import type { Change } from './delivery.ts';
import type { KeyHistory } from './key-index.ts';
import { KeyRecords } from './key-records.ts';
import { hashHistory, type KeyspaceHash } from './keyspace-hash.ts';
import type { LeaseAttachments } from './lease-attachments.ts';
import { type ChosenTxn, chooseBranches } from './txn.ts';
import { WatchHub } from './watch-hub.ts';

/** What makes the change that is applied now. */
export interface ChangeOrigin {
  readonly member: string;
  readonly index: number;
  readonly term: number;
}

const NO_LOG: ChangeOrigin = { member: '', index: 0, term: 0 };

export interface KeyspaceDeps {
  readonly backend: Backend;
  /** Which leases exist and which key hangs on which; recovered before the keyspace is built. */
  readonly leases: LeaseAttachments;
  /** The header of watch answers; their revision is set by the hub. */
  readonly header: () => ResponseHeader;
  readonly recorder?: Recorder;
  /** Who changes the keys, by which entry of which log: for moments, asked only while somebody looks. */
  readonly origin?: () => ChangeOrigin;
  /** Bytes of newest values kept decoded. */
  readonly cacheBytesMax?: number;
  /** Hands a watch listener's failure to whoever logs. */
  readonly onListenerError?: (thrown: unknown) => void;
}

/** In `meta`, as decimal digits. The newest revision may be known by this alone. */
export const COMPACT_REVISION = 'compactRevision';
/** Records of one step of a hash. */
const HASH_STEP_RECORDS = 2000;
/** Nothing was compacted yet; etcd's value too. */
const NEVER_COMPACTED = -1;

export class Keyspace {
  readonly hub: WatchHub;
  /** Operations since the start, those within transactions too. */
  readonly counts = { puts: 0, deletes: 0, ranges: 0, txns: 0 };
  readonly #backend: Backend;
  readonly #leases: LeaseAttachments;
  readonly #records: KeyRecords;
  readonly #recorder: Recorder;
  readonly #origin: () => ChangeOrigin;
  #revision: Revision = 1;
  #compactRevision: Revision = NEVER_COMPACTED;
  /** The changes of the transaction that runs now. */
  #changes: Change[] = [];

  /** Rebuilds the index from the backend, reading every record once. */
  constructor(deps: KeyspaceDeps) {
    this.#backend = deps.backend;
    this.#leases = deps.leases;
    this.#recorder = deps.recorder ?? silentRecorder;
    this.#origin = deps.origin ?? (() => NO_LOG);
    this.#records = new KeyRecords({ backend: deps.backend, leases: deps.leases, cacheBytesMax: deps.cacheBytesMax });
    this.#recover();
    this.hub = new WatchHub({
      header: deps.header,
      history: {
        currentRevision: () => this.#revision,
        compactRevision: () => this.#compactRevision,
        eventsFrom: (revision) => this.#records.eventsFrom(revision),
        valueAt: (key, revision) => this.#records.valueAt(key, revision),
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
    return this.#records.index.size;
  }

  /** Throws `compacted` or `futureRevision`. */
  range(request: RangeRequest): RangeResult {
    this.#checkRevision(request.revision);
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
      this.#records.existingIn(key, rangeEnd).map((history) => this.#records.newestOf(history)),
    );
    this.#checkTxn(chosen);
    this.counts.txns++;
    const result = this.#runTxn(chosen);
    this.#finish();
    return result;
  }

  /** Deletes exactly these keys, in byte order and in one revision; those that do not exist are passed over. */
  deleteKeys(keys: readonly ByteString[]): number {
    let deleted = 0;
    for (const key of [...keys].sort()) {
      const history = this.#records.existing(key);
      if (history === undefined) continue;
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

  /**
   * Moves the revision ahead without a change, and forgets all history before it: for a restored copy, so that whoever
   * saw later revisions of the original is told to start anew. No watch may be open.
   */
  advanceTo(revision: Revision): void {
    assert(revision > this.#revision, `revision ${revision} is not ahead of ${this.#revision}`);
    this.#revision = revision;
    this.compact(revision);
  }

  /** Removes up to `recordsMax` records that compaction has made unreachable. True when none are left. */
  compactStep(recordsMax: number): boolean {
    return this.#records.removeDead(this.#compactRevision, recordsMax);
  }

  /**
   * CRC-32C of all history up to `revision` (0: now) that compaction has left: etcd's HashKV, and equal to what etcd
   * 3.5.16 and later answer for the same transactions. Reads every record: for more than some thousand keys, take
   * `hashKvInSteps`. Throws `compacted` or `futureRevision`.
   */
  hashKv(revision: Revision = 0): KeyspaceHash {
    const steps = this.hashKvInSteps(revision);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  /**
   * As `hashKv`, a few milliseconds a step; whatever is applied in between does not show. When the keyspace is
   * compacted meanwhile it begins anew, and may then throw `compacted`.
   */
  *hashKvInSteps(revision: Revision = 0): Generator<void, KeyspaceHash> {
    if (revision > this.#revision) throw new StoreError('futureRevision');
    const hashed = revision > 0 ? revision : this.#revision;
    for (;;) {
      const compactRevision = this.#compactRevision;
      const { index } = this.#records;
      if (hashed < compactRevision) throw new StoreError('compacted', { compactRevision });
      const steps = hashHistory(this.#backend, index, { revision: hashed, compactRevision }, HASH_STEP_RECORDS);
      while (compactRevision === this.#compactRevision && index === this.#records.index) {
        const { done, value } = steps.next();
        if (done) return value;
        yield;
      }
    }
  }

  /** Reads the state anew after the backend was replaced; watches go on from where they were. */
  reload(): void {
    const seenRevision = this.#revision;
    this.#recover();
    this.hub.resumeAfterReload(seenRevision);
  }

  #recover(): void {
    const compacted = this.#backend.get('meta', COMPACT_REVISION);
    this.#compactRevision =
      compacted === undefined ? NEVER_COMPACTED : Number(Buffer.from(compacted).toString('latin1'));
    this.#revision = Math.max(this.#records.recover(), this.#compactRevision);
  }

  #checkRevision(revision: Revision | undefined): void {
    if (!revision || revision < 0) return;
    if (revision > this.#revision) throw new StoreError('futureRevision');
    if (revision < this.#compactRevision) throw new StoreError('compacted', { compactRevision: this.#compactRevision });
  }

  #checkPut(request: PutRequest): void {
    const { lease, ignoreValue, ignoreLease } = request;
    if (lease && !this.#leases.has(lease)) throw new StoreError('leaseNotFound');
    if ((ignoreValue || ignoreLease) && this.#records.existing(request.key) === undefined) {
      throw new StoreError('keyNotFound');
    }
  }

  #checkTxn({ operations, nested }: ChosenTxn): void {
    for (const [i, operation] of operations.entries()) {
      switch (operation.type) {
        case 'range':
          this.#checkRevision(operation.request.revision);
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
    const history = this.#records.existing(key);
    const previous =
      history !== undefined && (request.prevKv || request.ignoreValue) ? this.#records.newestOf(history) : undefined;
    const before = this.#cachedBefore(history);
    const main = this.#revision + 1;
    const kv: KeyValue = {
      key,
      value: request.ignoreValue ? present(previous, 'the value to keep').value : request.value,
      createRevision: history?.createRevision ?? main,
      modRevision: main,
      version: (history?.version ?? 0) + 1,
      lease: request.ignoreLease ? this.#leases.leaseOf(key) : (request.lease ?? 0n),
    };
    this.#records.put(kv, this.#changes.length, history);
    this.counts.puts++;
    this.#changes.push({ type: 'put', kv, before });
    return request.prevKv && previous !== undefined ? { prevKv: previous } : {};
  }

  #deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const found = this.#records.existingIn(request.key, request.rangeEnd);
    const prevKvs = request.prevKv ? found.map((history) => this.#records.newestOf(history)) : [];
    for (const history of found) this.#delete(history);
    return { deleted: found.length, prevKvs };
  }

  #delete(history: KeyHistory): void {
    this.counts.deletes++;
    const before = this.#cachedBefore(history);
    const kv = this.#records.delete(history, this.#revision + 1, this.#changes.length);
    this.#changes.push({ type: 'delete', kv, before });
  }

  /** @param current the revision to read at where the request names none */
  #range(request: RangeRequest, current: Revision): RangeResult {
    this.counts.ranges++;
    return this.#records.range(request, request.revision && request.revision > 0 ? request.revision : current);
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
    const { member, index, term } = this.#origin();
    for (const { type, kv } of changes) {
      const { modRevision: revision, version } = kv;
      const key = byteStringToUtf8(kv.key);
      this.#recorder.record({ type: 'store.change', member, change: type, key, revision, version, index, term });
    }
  }
}
