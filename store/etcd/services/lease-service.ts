/** The Lease service. */
import type { GrpcRouter } from '../grpc/router.ts';
import { leaseService } from '../proto/gen/etcdserverpb.ts';
import type { ServiceDeps } from './service-deps.ts';

export function addLeaseService(router: GrpcRouter, { store, access }: ServiceDeps): void {
  router.unary(leaseService.leaseGrant, async ({ id, ttl }, call) => {
    access.checkUser(call);
    return { ...(await store.leaseGrant({ id, ttl })), error: '' };
  });
  router.unary(leaseService.leaseRevoke, async ({ id }, call) => {
    if (access.enabled) {
      const { keys } = await store.leaseTimeToLive(id, { keys: true });
      access.checkKeys(call, keys, 'write');
    }
    return store.leaseRevoke(id);
  });
  router.unary(leaseService.leaseTimeToLive, async ({ id, keys }, call) => {
    const status = await store.leaseTimeToLive(id, { keys: keys || access.enabled });
    access.checkKeys(call, status.keys, 'read');
    return keys ? status : { ...status, keys: [] };
  });
  router.unary(leaseService.leaseLeases, async (_request, call) => {
    access.checkUser(call);
    const { header, leases } = await store.leases();
    return { header, leases: leases.map((id) => ({ id })) };
  });
  router.stream(leaseService.leaseKeepAlive, async (call) => {
    for (let request = await call.read(); request !== undefined; request = await call.read()) {
      const { id } = request;
      const { header, ttl } = await store.leaseKeepAlive(id);
      await call.send({ header, id, ttl });
    }
  });
}
