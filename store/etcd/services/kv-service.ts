/** The KV service: ranges, writes, transactions, compaction. What a request may hold is checked by the store itself. */

import { StoreError } from '../../errors.ts';
import type { GrpcRouter } from '../grpc/router.ts';
import type { CallContext } from '../grpc/server-call.ts';
import { kvService, type PutRequest } from '../proto/gen/etcdserverpb.ts';
import { rangeRequest, txnRequest, txnResponses } from './conversions.ts';
import type { ServiceDeps } from './service-deps.ts';

/**
 * With authentication on, what a caller may is judged by a state that is as new as any acknowledged change of it: reads
 * are judged when they were done, writes after a read barrier.
 */
export function addKvService(router: GrpcRouter, { store, admin, access, txnOperationsMax }: ServiceDeps): void {
  const catchUp = (): Promise<unknown> => store.range({ key: '\0', limit: 1, keysOnly: true });
  router.unary(kvService.range, async (request, call) => {
    const range = rangeRequest(request);
    if (!range.serializable && admin?.isLearner()) throw new StoreError('notSupportedForLearner');
    const result = await store.range(range);
    access.checkRange(call, range);
    return result;
  });
  router.unary(kvService.put, async (request, call) => {
    if (access.enabled) await catchUpAndCheckPut(request, call);
    return store.put(request);
  });
  router.unary(kvService.deleteRange, async (request, call) => {
    if (access.enabled) await catchUp();
    access.checkDeleteRange(call, request);
    return store.deleteRange(request);
  });
  router.unary(kvService.txn, async (request, call) => {
    const txn = txnRequest(request, txnOperationsMax);
    if (access.enabled) await catchUp();
    access.checkTxn(call, txn);
    const result = await store.txn(txn);
    const { header, succeeded } = result;
    return { header, succeeded, responses: txnResponses(result, header.revision) };
  });
  router.unary(kvService.compact, async (request, call) => {
    access.checkAdmin(call);
    return store.compact(request.revision, { physical: request.physical });
  });

  async function catchUpAndCheckPut(request: PutRequest, call: CallContext): Promise<void> {
    await catchUp();
    access.checkPut(call, request);
    if (request.lease === 0n) return;
    // The lease will delete the key along with its others: who binds to it must be able to write those too.
    const { keys } = await store.leaseTimeToLive(request.lease, { keys: true });
    access.checkKeys(call, keys, 'write');
  }
}
