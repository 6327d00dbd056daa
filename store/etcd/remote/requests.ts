/** Between the `Store` interface and etcd's messages, the client's direction. */
import { unreachable } from '../../../base/assert.ts';
import { grpcCode } from '../../errors.ts';
import type {
  Compare,
  DeleteRangeRequest,
  Operation,
  OperationResult,
  PutRequest,
  RangeRequest,
  TxnRequest,
  TxnResult,
  WithHeader,
} from '../../store.ts';
import { GrpcError } from '../grpc/status.ts';
import type * as pb from '../proto/gen/etcdserverpb.ts';

export function rangeMessage(request: RangeRequest): pb.RangeRequest {
  return {
    key: request.key,
    rangeEnd: request.rangeEnd ?? '',
    limit: request.limit ?? 0,
    revision: request.revision ?? 0,
    sortOrder: request.sortOrder ?? 'none',
    sortTarget: request.sortTarget ?? 'key',
    serializable: request.serializable ?? false,
    keysOnly: request.keysOnly ?? false,
    countOnly: request.countOnly ?? false,
    minModRevision: request.minModRevision ?? 0,
    maxModRevision: request.maxModRevision ?? 0,
    minCreateRevision: request.minCreateRevision ?? 0,
    maxCreateRevision: request.maxCreateRevision ?? 0,
  };
}

export function putMessage(request: PutRequest): pb.PutRequest {
  return {
    key: request.key,
    value: request.value,
    lease: request.lease ?? 0n,
    prevKv: request.prevKv ?? false,
    ignoreValue: request.ignoreValue ?? false,
    ignoreLease: request.ignoreLease ?? false,
  };
}

export function deleteRangeMessage({ key, rangeEnd = '', prevKv = false }: DeleteRangeRequest): pb.DeleteRangeRequest {
  return { key, rangeEnd, prevKv };
}

export function txnMessage({ compare, success, failure }: TxnRequest): pb.TxnRequest {
  return {
    compare: compare.map(compareMessage),
    success: success.map(operationMessage),
    failure: failure.map(operationMessage),
  };
}

function compareMessage(compare: Compare): pb.Compare {
  const { key, rangeEnd = '', result, target } = compare;
  return { key, rangeEnd, result, target, targetUnion: targetOf(compare) };
}

function targetOf(compare: Compare): pb.CompareTargetUnion {
  switch (compare.target) {
    case 'version':
      return { case: 'version', value: compare.version };
    case 'create':
      return { case: 'createRevision', value: compare.createRevision };
    case 'mod':
      return { case: 'modRevision', value: compare.modRevision };
    case 'value':
      return { case: 'value', value: compare.value };
    case 'lease':
      return { case: 'lease', value: compare.lease };
    default:
      return unreachable(compare);
  }
}

function operationMessage(operation: Operation): pb.RequestOp {
  switch (operation.type) {
    case 'range':
      return { request: { case: 'requestRange', value: rangeMessage(operation.request) } };
    case 'put':
      return { request: { case: 'requestPut', value: putMessage(operation.request) } };
    case 'deleteRange':
      return { request: { case: 'requestDeleteRange', value: deleteRangeMessage(operation.request) } };
    case 'txn':
      return { request: { case: 'requestTxn', value: txnMessage(operation.request) } };
    default:
      return unreachable(operation);
  }
}

export function txnResult({ header, succeeded, responses }: pb.TxnResponse): WithHeader<TxnResult> {
  return { header, succeeded, responses: responses.map(operationResult) };
}

function operationResult({ response }: pb.ResponseOp): OperationResult {
  switch (response?.case) {
    case 'responseRange': {
      const { kvs, more, count } = response.value;
      return { type: 'range', result: { kvs, more, count } };
    }
    case 'responsePut': {
      const { prevKv } = response.value;
      return { type: 'put', result: prevKv === undefined ? {} : { prevKv } };
    }
    case 'responseDeleteRange': {
      const { deleted, prevKvs } = response.value;
      return { type: 'deleteRange', result: { deleted, prevKvs } };
    }
    case 'responseTxn': {
      const { succeeded, responses } = response.value;
      return { type: 'txn', result: { succeeded, responses: responses.map(operationResult) } };
    }
    default:
      throw new GrpcError(grpcCode.internal, 'a transaction was answered with an unknown kind of response');
  }
}

/**
 * Reads, at one revision: whether a key of the range was put at `next` or later, how many keys there are now, and how
 * many there were before `next`. With no such key and equal counts, no event at `next` or later is of consequence.
 */
export function progressProof(key: string, rangeEnd: string, next: number): pb.TxnRequest {
  const range = (request: Partial<RangeRequest>): Operation => ({
    type: 'range',
    request: { key, rangeEnd, ...request },
  });
  return txnMessage({
    compare: [],
    success: [
      range({ minModRevision: next, limit: 1, keysOnly: true }),
      range({ countOnly: true }),
      range({ countOnly: true, revision: next - 1 }),
    ],
    failure: [],
  });
}
