/**
 * What is refused before a request is proposed, because it can be told from the request alone. Checks, their order and
 * their errors are etcd's (server/etcdserver/api/v3rpc/key.go); whoever proposes calls these first.
 */
import { unreachable } from '../../base/assert.ts';
import type { ByteString } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { StoreError } from '../errors.ts';
import type { DeleteRangeRequest, Operation, PutRequest, RangeRequest, TxnRequest } from '../store.ts';
import { IntervalMap } from './interval-map.ts';
import { isSingleKey, rangeBound } from './range-query.ts';

const sortOrders = new Set(['none', 'ascend', 'descend']);
const sortTargets = new Set(['key', 'version', 'create', 'mod', 'value']);

export interface RequestLimits {
  readonly txnOperationsMax: number;
  readonly storeRequestBytesMax: number;
}

/** Throws `emptyKey`, `invalidSortOption`. */
export function checkRange(request: RangeRequest): void {
  if (request.key === '') throw new StoreError('emptyKey');
  const { sortOrder = 'none', sortTarget = 'key' } = request;
  if (!sortOrders.has(sortOrder) || !sortTargets.has(sortTarget)) throw new StoreError('invalidSortOption');
}

/** Throws `emptyKey`, `valueProvided`, `leaseProvided`, `requestTooLarge`. */
export function checkPut(request: PutRequest, { storeRequestBytesMax }: RequestLimits = limits): void {
  checkPutShape(request);
  if (putBytes(request) > storeRequestBytesMax) throw new StoreError('requestTooLarge');
}

/** Throws `emptyKey`. */
export function checkDeleteRange(request: DeleteRangeRequest): void {
  if (request.key === '') throw new StoreError('emptyKey');
}

/**
 * Throws `tooManyOps`, `emptyKey` and the others of the operations, `duplicateKey` when a key could be put twice, or
 * put and deleted, and `requestTooLarge`.
 */
export function checkTxn(request: TxnRequest, requestLimits: RequestLimits = limits): void {
  checkTxnShape(request, requestLimits.txnOperationsMax);
  collectWrites(request.success);
  collectWrites(request.failure);
  if (txnBytes(request) > requestLimits.storeRequestBytesMax) throw new StoreError('requestTooLarge');
}

function checkPutShape(request: PutRequest): void {
  if (request.key === '') throw new StoreError('emptyKey');
  if (request.ignoreValue && request.value.length > 0) throw new StoreError('valueProvided');
  if (request.ignoreLease && request.lease) throw new StoreError('leaseProvided');
}

/** A nested transaction may hold as many operations as its parent left. */
function checkTxnShape(request: TxnRequest, operationsMax: number): void {
  const longest = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (longest > operationsMax) throw new StoreError('tooManyOps');
  for (const compare of request.compare) {
    if (compare.key === '') throw new StoreError('emptyKey');
  }
  for (const operation of request.success) checkOperation(operation, operationsMax - longest);
  for (const operation of request.failure) checkOperation(operation, operationsMax - longest);
}

function checkOperation(operation: Operation, operationsMax: number): void {
  switch (operation.type) {
    case 'range':
      checkRange(operation.request);
      break;
    case 'put':
      checkPutShape(operation.request);
      break;
    case 'deleteRange':
      checkDeleteRange(operation.request);
      break;
    case 'txn':
      checkTxnShape(operation.request, operationsMax);
      break;
    default:
      unreachable(operation);
  }
}

interface Writes {
  readonly puts: Set<ByteString>;
  readonly deletes: DeleteRangeRequest[];
}

/**
 * What a list of operations may put and delete, nested transactions included. Throws `duplicateKey` on an overlap.
 * The two branches of one nested transaction exclude each other, so both may put the same key.
 */
function collectWrites(operations: readonly Operation[]): Writes {
  const puts = new Set<ByteString>();
  const deletes: DeleteRangeRequest[] = [];
  const deleted = new IntervalMap<DeleteRangeRequest>();
  const addDelete = (request: DeleteRangeRequest): void => {
    const end = rangeBound(request.key, request.rangeEnd);
    // etcd takes the end '\0' as it stands here, an empty range: a delete without an end is held against nothing.
    if (request.rangeEnd === '\0') return;
    if (!isSingleKey(request.rangeEnd) && end !== undefined && end <= request.key) return;
    deletes.push(request);
    deleted.add(request.key, end, request);
  };
  const addPut = (key: ByteString, exclusive?: ReadonlySet<ByteString>): void => {
    let overlaps = puts.has(key) && !exclusive?.has(key);
    deleted.forEachContaining(key, () => {
      overlaps = true;
    });
    if (overlaps) throw new StoreError('duplicateKey');
    puts.add(key);
  };
  // Deletes of this level first, so that puts of the levels below are held against them.
  for (const { type, request } of operations) if (type === 'deleteRange') addDelete(request);
  for (const { type, request } of operations) {
    if (type !== 'txn') continue;
    const success = collectWrites(request.success);
    const failure = collectWrites(request.failure);
    for (const key of success.puts) addPut(key);
    for (const key of failure.puts) addPut(key, success.puts);
    for (const nested of [...success.deletes, ...failure.deletes]) addDelete(nested);
  }
  for (const { type, request } of operations) if (type === 'put') addPut(request.key);
  return { puts, deletes };
}

/** What a message takes on the wire beside its keys and values, about. */
const MESSAGE_BYTES = 16;

function putBytes(request: PutRequest): number {
  return MESSAGE_BYTES + request.key.length + request.value.length;
}

function rangeBytes(request: { readonly key: ByteString; readonly rangeEnd?: ByteString }): number {
  return MESSAGE_BYTES + request.key.length + (request.rangeEnd?.length ?? 0);
}

function txnBytes(request: TxnRequest): number {
  let bytes = MESSAGE_BYTES;
  for (const compare of request.compare) {
    bytes += rangeBytes(compare) + (compare.target === 'value' ? compare.value.length : 0);
  }
  for (const operation of [...request.success, ...request.failure]) {
    if (operation.type === 'put') bytes += putBytes(operation.request);
    else if (operation.type === 'txn') bytes += txnBytes(operation.request);
    else bytes += rangeBytes(operation.request);
  }
  return bytes;
}
