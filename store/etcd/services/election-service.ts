/** The Election service: a leader is elected as a lock is acquired, and publishes a value that others observe. */
import { type ByteString, prefixEnd } from '../../../base/bytes.ts';
import { grpcCode, StoreError } from '../../errors.ts';
import type { KeyValue, ResponseHeader, Store, StoreEvent } from '../../store.ts';
import type { GrpcRouter } from '../grpc/router.ts';
import type { ServerCall } from '../grpc/server-call.ts';
import { GrpcError } from '../grpc/status.ts';
import { electionService, type LeaderKey, type LeaderRequest, type LeaderResponse } from '../proto/gen/v3electionpb.ts';
import { acquire, oldest } from './ownership.ts';
import type { ServiceDeps } from './service-deps.ts';

const NO_LEADER_YET = new GrpcError(grpcCode.unknown, 'election: no leader');
const NOT_LEADER = new GrpcError(grpcCode.unknown, 'election: not leader');
const MISSING_LEADER_KEY = new GrpcError(grpcCode.invalidArgument, '"leader" field must be provided');

export function addElectionService(router: GrpcRouter, { store, access }: ServiceDeps): void {
  router.unary(electionService.campaign, async ({ name, lease, value }, call) => {
    access.checkPut(call, { key: `${name}/`, value });
    const owned = await acquire({ store, name, lease, value, signal: call.signal });
    const { header, key, revision } = owned;
    const heldBy = lease || BigInt.asIntN(64, BigInt(`0x${key.slice(key.lastIndexOf('/') + 1)}`));
    return { header, leader: { name, key, rev: revision, lease: heldBy } };
  });
  router.unary(electionService.proclaim, async ({ leader, value }, call) => {
    const { key, lease } = required(leader);
    access.checkPut(call, { key, value });
    const { succeeded, header } = await store.txn({
      compare: [stillHeld(required(leader))],
      success: [{ type: 'put', request: { key, value, lease } }],
      failure: [],
    });
    if (!succeeded) throw NOT_LEADER;
    return { header };
  });
  router.unary(electionService.leader, async ({ name }, call) => {
    access.checkRange(call, { key: `${name}/` });
    const { header, kv } = await oldest(store, name);
    if (kv === undefined) throw NO_LEADER_YET;
    return { header, kv };
  });
  router.unary(electionService.resign, async ({ leader }, call) => {
    const { key } = required(leader);
    access.checkDeleteRange(call, { key });
    const { header } = await store.txn({
      compare: [stillHeld(required(leader))],
      success: [{ type: 'deleteRange', request: { key } }],
      failure: [],
    });
    return { header };
  });
  router.stream(electionService.observe, async (call) => {
    const request = await call.read();
    if (request === undefined) return;
    access.checkRange(call, { key: `${request.name}/` });
    await observe(store, request.name, call);
  });
}

function required(leader: LeaderKey | undefined): LeaderKey {
  if (leader === undefined) throw MISSING_LEADER_KEY;
  return leader;
}

function stillHeld({ key, rev }: LeaderKey): Parameters<Store['txn']>[0]['compare'][number] {
  return { key, target: 'create', result: 'equal', createRevision: rev };
}

/** Every value of every leader, in order, until the caller goes. */
async function observe(store: Store, name: ByteString, call: ServerCall<LeaderRequest, LeaderResponse>): Promise<void> {
  const key = `${name}/`;
  let leader: KeyValue | undefined;
  const tell = async (header: ResponseHeader, kv: KeyValue): Promise<void> => {
    const known = leader?.key === kv.key && kv.modRevision <= leader.modRevision;
    if (known) return;
    leader = kv;
    await call.send({ header, kv });
  };
  const findLeader = async (): Promise<ResponseHeader> => {
    const { header, kv } = await oldest(store, name);
    if (kv !== undefined) await tell(header, kv);
    return header;
  };
  const onEvents = async (header: ResponseHeader, events: readonly StoreEvent[]): Promise<void> => {
    for (const { type, kv } of events) {
      if (kv.key !== leader?.key) continue;
      if (type === 'put') await tell(header, kv);
      else leader = undefined;
    }
    if (leader === undefined) await findLeader();
  };
  const { revision } = await findLeader();
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      watch.close();
      settle();
    };
    const watch = store.watch({ key, rangeEnd: prefixEnd(key), startRevision: revision + 1 }, (response) => {
      if (response.type === 'events') return onEvents(response.header, response.events);
      if (response.type === 'canceled') end(() => reject(new StoreError('leaderChanged')));
      return undefined;
    });
    if (call.signal.aborted) end(resolve);
    else call.signal.addEventListener('abort', () => end(resolve));
  });
}
