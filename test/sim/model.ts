/**
 * The oracle: what one copy of the store would answer, as a pure function. Slow and plain. It knows the keyspace at its
 * newest revision, and which leases exist; reads of the past are judged by `history-judge.ts`.
 */
import type {
  Compare,
  KeyValue,
  Operation,
  OperationResult,
  PutRequest,
  RangeRequest,
  RangeResult,
  StoreErrorReason,
  TxnRequest,
} from '../../store/index.ts';
import type { Model } from './linearizability.ts';

export interface ModelState {
  readonly revision: number;
  readonly compactRevision: number;
  readonly keys: ReadonlyMap<string, KeyValue>;
  readonly leases: ReadonlySet<bigint>;
}

export type ModelRequest =
  | { readonly type: 'range'; readonly request: RangeRequest }
  | { readonly type: 'put'; readonly request: PutRequest }
  | { readonly type: 'deleteRange'; readonly request: { readonly key: string; readonly rangeEnd?: string } }
  | { readonly type: 'txn'; readonly request: TxnRequest }
  | { readonly type: 'compact'; readonly revision: number }
  | { readonly type: 'leaseGrant' | 'leaseRevoke' | 'leaseKeepAlive'; readonly id: bigint }
  /** Not a client's: the leader ends a lease whose time is over. */
  | { readonly type: 'leaseExpire'; readonly id: bigint };

/** What was answered, as far as it is known; `text` is everything but the revision. */
export interface ModelResponse {
  readonly revision?: number;
  readonly text?: string;
}

class Refused {
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason) {
    this.reason = reason;
  }
}

export const storeModel: Model<ModelState, ModelRequest, ModelResponse> = {
  initial: { revision: 1, compactRevision: -1, keys: new Map(), leases: new Set() },
  step,
  agrees: (predicted, seen) =>
    (seen.revision === undefined || seen.revision === predicted.revision) &&
    (seen.text === undefined || seen.text === predicted.text),
  fingerprint,
  progress: { ofState: ({ revision }) => revision, ofResponse: ({ revision }) => revision },
};

export function step(state: ModelState, request: ModelRequest): readonly [ModelState, ModelResponse] {
  try {
    const [next, text] = run(state, request);
    return [next, { revision: next.revision, text }];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [state, { text: refusal(error.reason) }];
  }
}

export function refusal(reason: string): string {
  return `refused: ${reason}`;
}

/** Any result, the same text for the same content. */
export function textOf(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString()}"`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `"${name}":${textOf(field)}`).join(',')}}`;
}

export function sameKeyValue(a: KeyValue | undefined, b: KeyValue | undefined): boolean {
  if (a === b) return true;
  return (
    a !== undefined &&
    b !== undefined &&
    a.key === b.key &&
    a.modRevision === b.modRevision &&
    a.createRevision === b.createRevision &&
    a.version === b.version &&
    a.lease === b.lease &&
    Buffer.compare(a.value, b.value) === 0
  );
}

function run(state: ModelState, request: ModelRequest): readonly [ModelState, string] {
  switch (request.type) {
    case 'range':
      return [state, textOf(rangeOf(state.keys, request.request))];
    case 'put':
    case 'deleteRange':
      return transaction(state, (work) => work.operation(request as Operation).result);
    case 'txn':
      return transaction(state, (work) => work.txn(request.request));
    case 'compact':
      if (request.revision <= state.compactRevision) throw new Refused('compacted');
      if (request.revision > state.revision) throw new Refused('futureRevision');
      return [{ ...state, compactRevision: request.revision }, textOf({})];
    case 'leaseGrant':
      if (state.leases.has(request.id)) throw new Refused('leaseExists');
      return [{ ...state, leases: new Set([...state.leases, request.id]) }, textOf({ id: request.id })];
    case 'leaseKeepAlive':
      return [state, textOf({ alive: state.leases.has(request.id) })];
    case 'leaseRevoke':
      if (!state.leases.has(request.id)) throw new Refused('leaseNotFound');
      return withoutLease(state, request.id);
    case 'leaseExpire':
      return withoutLease(state, request.id);
  }
}

function withoutLease(state: ModelState, id: bigint): readonly [ModelState, string] {
  const keys = new Map([...state.keys].filter(([, kv]) => kv.lease !== id));
  const revision = state.revision + (keys.size < state.keys.size ? 1 : 0);
  return [{ ...state, revision, keys, leases: new Set([...state.leases].filter((each) => each !== id)) }, textOf({})];
}

function transaction(state: ModelState, change: (work: Work) => unknown): readonly [ModelState, string] {
  const work = new Work(state);
  const text = textOf(change(work));
  if (!work.changed) return [state, text];
  return [{ ...state, revision: state.revision + 1, keys: work.keys }, text];
}

/** One transaction that runs. */
class Work {
  readonly keys: Map<string, KeyValue>;
  changed = false;
  readonly #state: ModelState;

  constructor(state: ModelState) {
    this.#state = state;
    this.keys = new Map(state.keys);
  }

  txn(txn: TxnRequest): unknown {
    const succeeded = txn.compare.every((compare) => holds(this.#state.keys, compare));
    const responses = (succeeded ? txn.success : txn.failure).map((operation) => this.operation(operation));
    return { succeeded, responses };
  }

  operation(operation: Operation): { type: string; result: unknown } {
    const { type, request } = operation;
    if (type === 'range') return { type, result: rangeOf(this.keys, request) } satisfies OperationResult;
    if (type === 'txn') return { type, result: this.txn(request) };
    if (type === 'put') return { type, result: this.#put(request) };
    const found = select(this.keys, request.key, request.rangeEnd);
    for (const { key } of found) this.keys.delete(key);
    if (found.length > 0) this.changed = true;
    return { type, result: { deleted: found.length, prevKvs: request.prevKv ? found : [] } };
  }

  #put({ key, value, lease = 0n, prevKv }: PutRequest): unknown {
    if (lease !== 0n && !this.#state.leases.has(lease)) throw new Refused('leaseNotFound');
    const revision = this.#state.revision + 1;
    const old = this.keys.get(key);
    const createRevision = old?.createRevision ?? revision;
    const version = (old?.version ?? 0) + 1;
    this.keys.set(key, { key, value, createRevision, modRevision: revision, version, lease });
    this.changed = true;
    return prevKv && old ? { prevKv: old } : {};
  }
}

/** Sort, limit and bounds as etcd has them. */
export function rangeOf(keys: ReadonlyMap<string, KeyValue>, request: RangeRequest): RangeResult {
  const all = select(keys, request.key, request.rangeEnd);
  if (request.countOnly) return { kvs: [], more: false, count: all.length };
  const { minModRevision = 0, maxModRevision = Number.POSITIVE_INFINITY } = request;
  let kvs = all.filter((kv) => kv.modRevision >= minModRevision && kv.modRevision <= maxModRevision);
  const sign = request.sortOrder === 'descend' ? -1 : 1;
  if (request.sortTarget === 'mod') kvs.sort((a, b) => sign * (a.modRevision - b.modRevision));
  const more = (request.limit ?? 0) > 0 && kvs.length > (request.limit ?? 0);
  if (more) kvs = kvs.slice(0, request.limit);
  if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) }));
  return { kvs, more, count: all.length };
}

function select(keys: ReadonlyMap<string, KeyValue>, key: string, rangeEnd = ''): KeyValue[] {
  if (rangeEnd === '') {
    const kv = keys.get(key);
    return kv === undefined ? [] : [kv];
  }
  return [...keys.values()]
    .filter((kv) => kv.key >= key && (rangeEnd === '\0' || kv.key < rangeEnd))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function holds(keys: ReadonlyMap<string, KeyValue>, compare: Compare): boolean {
  const kv = keys.get(compare.key);
  const [is, than] = sides(kv, compare);
  if (is === undefined) return false;
  return { equal: is === than, notEqual: is !== than, less: is < than, greater: is > than }[compare.result];
}

function sides(
  kv: KeyValue | undefined,
  compare: Compare,
): readonly [number | string | bigint | undefined, number | string | bigint] {
  switch (compare.target) {
    case 'version':
      return [kv?.version ?? 0, compare.version];
    case 'create':
      return [kv?.createRevision ?? 0, compare.createRevision];
    case 'mod':
      return [kv?.modRevision ?? 0, compare.modRevision];
    case 'lease':
      return [kv?.lease ?? 0n, compare.lease];
    case 'value':
      return [kv && Buffer.from(kv.value).toString(), Buffer.from(compare.value).toString()];
  }
}

const fingerprints = new WeakMap<ModelState, string>();

function fingerprint(state: ModelState): string {
  let text = fingerprints.get(state);
  if (text === undefined) {
    const keys = [...state.keys.values()].map((kv) => `${kv.key}@${kv.modRevision}/${kv.version}`).sort();
    text = `${state.revision} ${state.compactRevision} ${keys.join(' ')} ${[...state.leases].sort().join(' ')}`;
    fingerprints.set(state, text);
  }
  return text;
}
