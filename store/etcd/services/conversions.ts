/**
 * Between etcd's messages and the `Store` interface, the server's direction. The generated messages are shaped so that
 * most need no conversion: what is here are ranges (whose enums may hold numbers nobody knows), and transactions (whose
 * operations are tagged differently).
 */
import { unreachable } from '../../../base/assert.ts';
import { StoreError } from '../../errors.ts';
import type {
  Compare,
  Operation,
  OperationResult,
  RangeRequest,
  Revision,
  TxnRequest,
  TxnResult,
} from '../../store.ts';
import type * as pb from '../proto/gen/etcdserverpb.ts';
import { emptyResponseHeader } from '../proto/gen/etcdserverpb.ts';
import { firstFault } from './txn-faults.ts';

/** Throws `emptyKey`, `invalidSortOption`. Negative numbers mean what 0 means, as in etcd. */
export function rangeRequest(request: pb.RangeRequest): RangeRequest {
  const { sortOrder, sortTarget } = request;
  if (request.key === '') throw new StoreError('emptyKey');
  if (typeof sortOrder === 'number' || typeof sortTarget === 'number') throw new StoreError('invalidSortOption');
  return {
    key: request.key,
    rangeEnd: request.rangeEnd,
    limit: Math.max(0, request.limit),
    revision: Math.max(0, request.revision),
    sortOrder,
    sortTarget,
    serializable: request.serializable,
    keysOnly: request.keysOnly,
    countOnly: request.countOnly,
    minModRevision: request.minModRevision,
    maxModRevision: request.maxModRevision,
    minCreateRevision: request.minCreateRevision,
    maxCreateRevision: request.maxCreateRevision,
  };
}

/** Throws what etcd answers to operations that are none: `keyNotFound`, or another fault that it finds before. */
export function txnRequest(request: pb.TxnRequest, operationsMax: number): TxnRequest {
  try {
    return convertedTxn(request);
  } catch (thrown) {
    const fault = firstFault(request, operationsMax);
    throw fault === undefined ? thrown : new StoreError(fault);
  }
}

function convertedTxn(request: pb.TxnRequest): TxnRequest {
  return {
    compare: request.compare.map(compare),
    success: request.success.map(operation),
    failure: request.failure.map(operation),
  };
}

function operation({ request }: pb.RequestOp): Operation {
  if (request === undefined) throw new StoreError('keyNotFound');
  switch (request.case) {
    case 'requestRange':
      return { type: 'range', request: rangeRequest(request.value) };
    case 'requestPut':
      return { type: 'put', request: request.value };
    case 'requestDeleteRange':
      return { type: 'deleteRange', request: request.value };
    case 'requestTxn':
      return { type: 'txn', request: convertedTxn(request.value) };
    default:
      return unreachable(request);
  }
}

/** A value of another kind than the target counts as none; a target or a result that is not known compares as etcd does. */
function compare({ key, rangeEnd, result, target, targetUnion }: pb.Compare): Compare {
  if (typeof result === 'number') return alwaysTrue(key);
  const place = { key, rangeEnd, result };
  const numberOf = (name: 'version' | 'createRevision' | 'modRevision'): number =>
    targetUnion?.case === name ? targetUnion.value : 0;
  switch (target) {
    case 'version':
      return { ...place, target, version: numberOf('version') };
    case 'create':
      return { ...place, target, createRevision: numberOf('createRevision') };
    case 'mod':
      return { ...place, target, modRevision: numberOf('modRevision') };
    case 'value':
      return { ...place, target, value: targetUnion?.case === 'value' ? targetUnion.value : new Uint8Array(0) };
    case 'lease':
      return { ...place, target, lease: targetUnion?.case === 'lease' ? targetUnion.value : 0n };
    default:
      // Nothing was compared, so the two are equal.
      return result === 'equal' ? alwaysTrue(key) : { key, result: 'less', target: 'version', version: 0 };
  }
}

function alwaysTrue(key: string): Compare {
  return { key, result: 'greater', target: 'version', version: -1 };
}

/** The answers of a transaction's operations; each says at which revision it was done, as etcd's do. */
export function txnResponses(result: TxnResult, revision: Revision): pb.ResponseOp[] {
  let at = result.responses.some(changes) ? revision - 1 : revision;
  return result.responses.map((response) => {
    if (changes(response)) at = revision;
    return responseOp(response, at);
  });
}

function changes(response: OperationResult): boolean {
  switch (response.type) {
    case 'put':
      return true;
    case 'deleteRange':
      return response.result.deleted > 0;
    case 'txn':
      return response.result.responses.some(changes);
    default:
      return false;
  }
}

function responseOp(response: OperationResult, revision: Revision): pb.ResponseOp {
  const header: pb.ResponseHeader = { clusterId: 0n, memberId: 0n, revision, raftTerm: 0 };
  switch (response.type) {
    case 'range':
      return { response: { case: 'responseRange', value: { header, ...response.result } } };
    case 'put':
      return { response: { case: 'responsePut', value: { header, ...response.result } } };
    case 'deleteRange':
      return { response: { case: 'responseDeleteRange', value: { header, ...response.result } } };
    case 'txn': {
      const { succeeded } = response.result;
      const responses = txnResponses(response.result, revision);
      // etcd leaves the header of a nested transaction empty.
      const value = { header: emptyResponseHeader, succeeded, responses };
      return { response: { case: 'responseTxn', value } };
    }
    default:
      return unreachable(response);
  }
}
