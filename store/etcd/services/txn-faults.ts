/**
 * Which fault of a transaction etcd tells of, where it has several: they are looked for in the order of
 * server/etcdserver/api/v3rpc/key.go. The store does this for what a `TxnRequest` can say; this is for messages that
 * hold what it cannot (an empty operation, an unknown sort order).
 */
import { unreachable } from '../../../base/assert.ts';
import type { StoreErrorReason } from '../../errors.ts';
import type * as pb from '../proto/gen/etcdserverpb.ts';

/** `operationsMax`: how many operations this transaction may have; nested ones share what it leaves. */
export function firstFault(txn: pb.TxnRequest, operationsMax: number): StoreErrorReason | undefined {
  const longest = Math.max(txn.compare.length, txn.success.length, txn.failure.length);
  if (longest > operationsMax) return 'tooManyOps';
  if (txn.compare.some(({ key }) => key === '')) return 'emptyKey';
  for (const operation of [...txn.success, ...txn.failure]) {
    const fault = faultOf(operation, operationsMax - longest);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf({ request }: pb.RequestOp, operationsMax: number): StoreErrorReason | undefined {
  if (request === undefined) return 'keyNotFound';
  switch (request.case) {
    case 'requestRange': {
      const { key, sortOrder, sortTarget } = request.value;
      if (key === '') return 'emptyKey';
      return typeof sortOrder === 'number' || typeof sortTarget === 'number' ? 'invalidSortOption' : undefined;
    }
    case 'requestPut': {
      const { key, value, lease, ignoreValue, ignoreLease } = request.value;
      if (key === '') return 'emptyKey';
      if (ignoreValue && value.length > 0) return 'valueProvided';
      return ignoreLease && lease !== 0n ? 'leaseProvided' : undefined;
    }
    case 'requestDeleteRange':
      return request.value.key === '' ? 'emptyKey' : undefined;
    case 'requestTxn':
      return firstFault(request.value, operationsMax);
    default:
      return unreachable(request);
  }
}
