/**
 * A naive model of the keyspace: every revision's whole state is kept, and every answer is computed by filtering and
 * sorting it. Slow and plain, to judge the real one by.
 */
import { bytesToString } from '../../../base/bytes.ts';
import type {
  Compare,
  DeleteRangeRequest,
  DeleteRangeResult,
  KeyValue,
  Operation,
  OperationResult,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  StoreErrorReason,
  StoreEvent,
  TxnRequest,
  TxnResult,
} from '../../../store/index.ts';

type State = ReadonlyMap<string, KeyValue>;

export class ModelError extends Error {
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason) {
    super(reason);
    this.reason = reason;
  }
}

export class KeyspaceModel {
  /** The state after each revision; the first two are empty, revisions begin at 1. */
  readonly #states: State[] = [new Map(), new Map()];
  readonly events: StoreEvent[] = [];
  compactRevision = -1;
  /** The state and events of the transaction that runs. */
  #working: Map<string, KeyValue> | undefined;

  get currentRevision(): number {
    return this.#states.length - 1;
  }

  range(request: RangeRequest): RangeResult {
    this.#checkRevision(request);
    return this.#range(request);
  }

  put(request: PutRequest): PutResult {
    return this.#transaction(() => {
      this.#checkPut(request);
      return this.#put(request);
    });
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    return this.#transaction(() => this.#deleteRange(request));
  }

  txn(request: TxnRequest): TxnResult {
    return this.#transaction(() => {
      const before = new Map(this.#now());
      this.#check(request, before);
      return this.#run(request, before);
    });
  }

  compact(revision: number): void {
    if (revision <= this.compactRevision) throw new ModelError('compacted');
    if (revision > this.currentRevision) throw new ModelError('futureRevision');
    this.compactRevision = revision;
  }

  /** What the key held at a revision, compacted or not. */
  valueAt(key: string, revision: number): KeyValue | undefined {
    return this.#states[revision]?.get(key);
  }

  eventsFrom(revision: number): StoreEvent[] {
    return this.events.filter((event) => event.kv.modRevision >= revision);
  }

  #transaction<T>(run: () => T): T {
    const events = this.events.length;
    this.#working = new Map(this.#states.at(-1));
    try {
      const result = run();
      if (this.events.length > events) this.#states.push(this.#working);
      return result;
    } finally {
      this.#working = undefined;
    }
  }

  #now(): State {
    return this.#working ?? this.#states.at(-1) ?? new Map();
  }

  #check(txn: TxnRequest, before: State): void {
    for (const { type, request } of this.#branch(txn, before)) {
      if (type === 'range') this.#checkRevision(request);
      if (type === 'put') this.#checkPut(request);
      if (type === 'txn') this.#check(request, before);
    }
  }

  #run(txn: TxnRequest, before: State): TxnResult {
    const responses = this.#branch(txn, before).map(({ type, request }): OperationResult => {
      if (type === 'range') return { type, result: this.#range(request) };
      if (type === 'put') return { type, result: this.#put(request) };
      if (type === 'deleteRange') return { type, result: this.#deleteRange(request) };
      return { type, result: this.#run(request, before) };
    });
    return { succeeded: this.#succeeds(txn, before), responses };
  }

  #branch(txn: TxnRequest, before: State): readonly Operation[] {
    return this.#succeeds(txn, before) ? txn.success : txn.failure;
  }

  #succeeds(txn: TxnRequest, before: State): boolean {
    return txn.compare.every((compare) => {
      const found = select(before, compare.key, compare.rangeEnd);
      if (found.length > 0) return found.every((kv) => compares(compare, kv));
      return compare.target !== 'value' && compares(compare, nothing(compare.key, 0));
    });
  }

  #checkRevision({ revision = 0 }: RangeRequest): void {
    if (revision > this.currentRevision) throw new ModelError('futureRevision');
    if (revision > 0 && revision < this.compactRevision) throw new ModelError('compacted');
  }

  #checkPut({ key, ignoreValue, ignoreLease }: PutRequest): void {
    if ((ignoreValue || ignoreLease) && !this.#now().has(key)) throw new ModelError('keyNotFound');
  }

  #range(request: RangeRequest): RangeResult {
    const state = request.revision ? (this.#states[request.revision] ?? new Map()) : this.#now();
    const all = select(state, request.key, request.rangeEnd);
    if (request.countOnly) return { kvs: [], more: false, count: all.length };
    let kvs = all.filter(
      (kv) =>
        (!request.minModRevision || kv.modRevision >= request.minModRevision) &&
        (!request.maxModRevision || kv.modRevision <= request.maxModRevision) &&
        (!request.minCreateRevision || kv.createRevision >= request.minCreateRevision) &&
        (!request.maxCreateRevision || kv.createRevision <= request.maxCreateRevision),
    );
    const target = request.sortTarget ?? 'key';
    const sign = request.sortOrder === 'descend' ? -1 : 1;
    const by = (kv: KeyValue): number | string =>
      ({
        key: kv.key,
        version: kv.version,
        create: kv.createRevision,
        mod: kv.modRevision,
        value: bytesToString(kv.value),
      })[target];
    kvs.sort((a, b) => sign * (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0));
    const more = Boolean(request.limit) && kvs.length > (request.limit ?? 0);
    if (more) kvs = kvs.slice(0, request.limit);
    if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) }));
    return { kvs, more, count: all.length };
  }

  #put(request: PutRequest): PutResult {
    const revision = this.currentRevision + 1;
    const old = this.#now().get(request.key);
    const kv: KeyValue = {
      key: request.key,
      value: request.ignoreValue ? (old?.value ?? new Uint8Array(0)) : request.value,
      createRevision: old?.createRevision ?? revision,
      modRevision: revision,
      version: (old?.version ?? 0) + 1,
      lease: 0n,
    };
    this.#working?.set(kv.key, kv);
    this.events.push({ type: 'put', kv });
    return request.prevKv && old ? { prevKv: old } : {};
  }

  #deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const found = select(this.#now(), request.key, request.rangeEnd);
    for (const { key } of found) {
      this.#working?.delete(key);
      this.events.push({ type: 'delete', kv: nothing(key, this.currentRevision + 1) });
    }
    return { deleted: found.length, prevKvs: request.prevKv ? found : [] };
  }
}

function select(state: State, key: string, rangeEnd = ''): KeyValue[] {
  return [...state.values()]
    .filter((kv) => (rangeEnd === '' ? kv.key === key : kv.key >= key && (rangeEnd === '\0' || kv.key < rangeEnd)))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function nothing(key: string, modRevision: number): KeyValue {
  return { key, value: new Uint8Array(0), createRevision: 0, modRevision, version: 0, lease: 0n };
}

function compares(compare: Compare, kv: KeyValue): boolean {
  const pairs = {
    version: () => [kv.version, compare.target === 'version' ? compare.version : 0],
    create: () => [kv.createRevision, compare.target === 'create' ? compare.createRevision : 0],
    mod: () => [kv.modRevision, compare.target === 'mod' ? compare.modRevision : 0],
    lease: () => [kv.lease, compare.target === 'lease' ? compare.lease : 0n],
    value: () => [bytesToString(kv.value), compare.target === 'value' ? bytesToString(compare.value) : ''],
  };
  const [is = 0, than = 0] = pairs[compare.target]();
  return { equal: is === than, notEqual: is !== than, less: is < than, greater: is > than }[compare.result];
}
