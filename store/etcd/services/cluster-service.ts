/** The Cluster service: who the members are, and changes of that. */
import { StoreError } from '../../errors.ts';
import type { Member, WithHeader } from '../../store.ts';
import type { GrpcRouter } from '../grpc/router.ts';
import { clusterService } from '../proto/gen/etcdserverpb.ts';
import { requireAdmin, type ServiceDeps } from './service-deps.ts';

export function addClusterService(router: GrpcRouter, { store, admin, access }: ServiceDeps): void {
  router.unary(clusterService.memberList, async ({ linearizable }, call) => {
    access.checkUser(call);
    return withoutRevision(await store.members({ linearizable }));
  });
  router.unary(clusterService.memberAdd, async ({ peerUrls, isLearner }, call) => {
    access.checkAdmin(call);
    checkPeerUrls(peerUrls);
    return withoutRevision(await requireAdmin(admin, 'MemberAdd').memberAdd({ peerUrls, isLearner }));
  });
  router.unary(clusterService.memberRemove, async ({ id }, call) => {
    access.checkAdmin(call);
    return withoutRevision(await requireAdmin(admin, 'MemberRemove').memberRemove(id));
  });
  router.unary(clusterService.memberUpdate, async ({ id, peerUrls }, call) => {
    access.checkAdmin(call);
    // As in etcd, first whether there is such a member.
    const { members } = await store.members();
    if (!members.some((member) => member.id === id)) throw new StoreError('memberNotFound');
    checkPeerUrls(peerUrls);
    return withoutRevision(await requireAdmin(admin, 'MemberUpdate').memberUpdate(id, peerUrls));
  });
  router.unary(clusterService.memberPromote, async ({ id }, call) => {
    access.checkAdmin(call);
    return withoutRevision(await requireAdmin(admin, 'MemberPromote').memberPromote(id));
  });
}

/** Answers about members name no revision: they are not of the keyspace. */
function withoutRevision<T extends WithHeader<{ readonly members: readonly Member[] }>>(answer: T): T {
  return { ...answer, header: { ...answer.header, revision: 0 } };
}

/** etcd takes `http` and `https` URLs with a host and a port and nothing behind them. */
function checkPeerUrls(peerUrls: readonly string[]): void {
  const valid = peerUrls.length > 0 && peerUrls.every((url) => /^https?:\/\/(\[[^\]]+\]|[^/:?#@]+):\d{1,5}$/.test(url));
  if (!valid) throw new StoreError('memberBadUrls');
}
