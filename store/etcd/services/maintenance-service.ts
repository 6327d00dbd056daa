/** The Maintenance service: a member's status, alarms, hashes, defragmentation, snapshots, leadership. */
import { grpcCode, StoreError } from '../../errors.ts';
import { withHash } from '../../member/snapshot-stream.ts';
import type { Alarm, WithHeader } from '../../store.ts';
import type { GrpcRouter } from '../grpc/router.ts';
import type { ServerCall } from '../grpc/server-call.ts';
import { GrpcError } from '../grpc/status.ts';
import * as pb from '../proto/gen/etcdserverpb.ts';
import { requireAdmin, type ServiceDeps } from './service-deps.ts';

const SNAPSHOT_CHUNK_BYTES = 32 * 1024;

export function addMaintenanceService(router: GrpcRouter, deps: ServiceDeps): void {
  const { store, admin, access } = deps;
  const { maintenanceService } = pb;
  router.unary(maintenanceService.status, async (_request, call) => {
    access.checkUser(call);
    return statusResponse(deps);
  });
  router.unary(maintenanceService.alarm, async (request, call) => {
    if (request.action === 'get') access.checkUser(call);
    else access.checkAdmin(call);
    return alarm(deps, request);
  });
  router.unary(maintenanceService.defragment, async (_request, call) => {
    access.checkAdmin(call);
    await requireAdmin(admin, 'Defragment').defragment();
    return {};
  });
  router.unary(maintenanceService.hash, async (_request, call) => {
    access.checkAdmin(call);
    return requireAdmin(admin, 'Hash').hash();
  });
  router.unary(maintenanceService.hashKv, async ({ revision }, call) => {
    access.checkAdmin(call);
    return store.hashKv(revision);
  });
  router.unary(maintenanceService.moveLeader, async ({ targetId }, call) => {
    access.checkAdmin(call);
    await requireAdmin(admin, 'MoveLeader').moveLeader(targetId);
    return {};
  });
  router.unary(maintenanceService.downgrade, async (request, call) => {
    access.checkAdmin(call);
    return downgrade(deps, request);
  });
  router.stream(maintenanceService.snapshot, async (call) => {
    access.checkAdmin(call);
    await snapshot(deps, call);
  });
}

async function statusResponse({ store, admin }: ServiceDeps): Promise<pb.StatusResponse> {
  const status = await store.status();
  return {
    header: status.header,
    version: status.version,
    dbSize: status.dbSize,
    leader: status.leader,
    raftIndex: status.raftIndex,
    raftTerm: status.header.raftTerm,
    raftAppliedIndex: status.raftAppliedIndex,
    errors: status.errors,
    dbSizeInUse: status.dbSizeInUse,
    isLearner: status.isLearner,
    storageVersion: minorVersion(status.version),
    dbSizeQuota: admin?.quotaBytes ?? 0,
    downgradeInfo: pb.emptyDowngradeInfo,
  };
}

/** `3.5.30` → `3.5.0`: what etcd calls the version of the cluster and of its files. */
export function minorVersion(version: string): string {
  return `${version.split('.').slice(0, 2).join('.')}.0`;
}

async function alarm(deps: ServiceDeps, { action, memberId, alarm: type }: pb.AlarmRequest): Promise<pb.AlarmResponse> {
  const admin = deps.admin;
  if (action === 'get') {
    const active: WithHeader<{ readonly alarms: readonly Alarm[] }> =
      admin === undefined ? { header: (await deps.store.status()).header, alarms: [] } : await admin.alarms();
    const alarms = active.alarms.map(({ memberId, alarm }) => ({ memberId, alarm: wireAlarm(alarm) }));
    return { header: active.header, alarms: alarms.filter((each) => type === 'none' || each.alarm === type) };
  }
  const member = requireAdmin(admin, 'Alarm');
  const name = type === 'nospace' ? 'NOSPACE' : type === 'corrupt' ? 'CORRUPT' : undefined;
  if (name === undefined) return { header: (await deps.store.status()).header, alarms: [] };
  if (action === 'activate') {
    const { header } = await member.alarmActivate({ memberId, alarm: name });
    return { header, alarms: [{ memberId, alarm: type }] };
  }
  const { alarms } = await member.alarms();
  const wasActive = alarms.some((each) => each.memberId === memberId && each.alarm === name);
  const { header } = await member.alarmDeactivate({ memberId, alarm: name });
  return { header, alarms: wasActive ? [{ memberId, alarm: type }] : [] };
}

function wireAlarm(alarm: Alarm['alarm']): pb.AlarmType {
  return alarm === 'NOSPACE' ? 'nospace' : 'corrupt';
}

/** There is one version of the files, so the only downgrade that can be validated is none. */
async function downgrade({ store }: ServiceDeps, request: pb.DowngradeRequest): Promise<pb.DowngradeResponse> {
  if (request.action === 'cancel') {
    throw new GrpcError(grpcCode.failedPrecondition, 'etcdserver: no inflight downgrade job');
  }
  const target = /^(\d+)\.(\d+)(\.\d+)?$/.exec(request.version);
  if (target === null) {
    throw new GrpcError(grpcCode.invalidArgument, 'etcdserver: wrong downgrade target version format');
  }
  const { header, version } = await store.status();
  const [major, minor] = version.split('.').map(Number);
  if (Number(target[1]) !== major || Number(target[2]) !== (minor ?? 0) - 1) {
    throw new GrpcError(grpcCode.invalidArgument, 'etcdserver: invalid downgrade target version');
  }
  if (request.action !== 'validate') throw new StoreError('notCapable');
  return { header, version: minorVersion(version) };
}

/** In the form that `etcdctl snapshot save` takes for complete. How much remains is not known and said to be nothing. */
async function snapshot(
  { store }: ServiceDeps,
  call: ServerCall<pb.SnapshotRequest, pb.SnapshotResponse>,
): Promise<void> {
  await call.read();
  const { header, version } = await store.status();
  for await (const chunk of withHash(store.snapshot({ signal: call.signal }))) {
    for (let at = 0; at < chunk.length; at += SNAPSHOT_CHUNK_BYTES) {
      const blob = chunk.subarray(at, at + SNAPSHOT_CHUNK_BYTES);
      await call.send({ header, remainingBytes: 0, blob, version: minorVersion(version) });
    }
    if (call.signal.aborted) return;
  }
}
