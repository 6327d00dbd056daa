/** The KV service: ranges, writes, transactions, compaction. What a request may hold is checked by the store itself. */

import type { GrpcRouter } from '../grpc/router.ts';
import { kvService } from '../proto/gen/etcdserverpb.ts';
import { rangeRequest, txnRequest, txnResponses } from './conversions.ts';
import type { ServiceDeps } from './service-deps.ts';

export function addKvService(router: GrpcRouter, { store, access }: ServiceDeps): void {
  router.unary(kvService.range, async (request, call) => {
    const range = rangeRequest(request);
    access.checkRange(call, range);
    return store.range(range);
  });
  router.unary(kvService.put, async (request, call) => {
    access.checkPut(call, request);
    if (access.enabled && request.lease !== 0n) {
      // The lease will delete the key along with its others: who binds to it must be able to write those too.
      const { keys } = await store.leaseTimeToLive(request.lease, { keys: true });
      access.checkKeys(call, keys, 'write');
    }
    return store.put(request);
  });
  router.unary(kvService.deleteRange, async (request, call) => {
    access.checkDeleteRange(call, request);
    return store.deleteRange(request);
  });
  router.unary(kvService.txn, async (request, call) => {
    const txn = txnRequest(request);
    access.checkTxn(call, txn);
    const result = await store.txn(txn);
    const { header, succeeded } = result;
    return { header, succeeded, responses: txnResponses(result, header.revision) };
  });
  router.unary(kvService.compact, async (request, call) => {
    access.checkAdmin(call);
    return store.compact(request.revision, { physical: request.physical });
  });
}
