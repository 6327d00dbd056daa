/** The Lock service: whoever has the oldest key under the lock's name, bound to a lease, holds the lock. */
import type { GrpcRouter } from '../grpc/router.ts';
import { lockService } from '../proto/gen/v3lockpb.ts';
import { acquire } from './ownership.ts';
import type { ServiceDeps } from './service-deps.ts';

export function addLockService(router: GrpcRouter, { store, access }: ServiceDeps): void {
  router.unary(lockService.lock, async ({ name, lease }, call) => {
    access.checkPut(call, { key: `${name}/`, value: new Uint8Array(0) });
    const { header, key } = await acquire({ store, name, lease, value: new Uint8Array(0), signal: call.signal });
    return { header, key };
  });
  router.unary(lockService.unlock, async ({ key }, call) => {
    access.checkDeleteRange(call, { key });
    const { header } = await store.deleteRange({ key });
    return { header };
  });
}
