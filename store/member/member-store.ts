/**
 * The Store interface of one member: requests are checked, writes go through the log, reads pass the gate unless they
 * are serializable, and what only the leader knows is asked of the leader.
 */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { StoreError } from '../errors.ts';
import { drawLeaseId, LEASE_TTL_MAX } from '../mvcc/lease-table.ts';
import { checkDeleteRange, checkPut, checkRange, checkTxn, type RequestLimits } from '../mvcc/request-check.ts';
import { isReadOnlyTxn, isSerializableTxn } from '../mvcc/txn.ts';
import type {
  CallOptions,
  DeleteRangeRequest,
  DeleteRangeResult,
  LeaseId,
  LeaseStatus,
  Member,
  MemberStatus,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  Revision,
  Store,
  TxnRequest,
  TxnResult,
  Watch,
  WatchListener,
  WatchRequest,
  WithHeader,
} from '../store.ts';
import type { CompactionSweeper } from './compaction-sweeper.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { Quota } from './quota.ts';
import type { StoreMember } from './store-member.ts';

/** The release of etcd whose behaviour this store has. */
export const ETCD_VERSION = '3.5.30';

/** What a lease takes in the backend. */
const LEASE_BYTES = 32;

export interface MemberStoreDeps {
  readonly member: StoreMember;
  readonly leases: LeaseKeeper;
  readonly sweeper: CompactionSweeper;
  readonly quota: Quota;
  readonly clock: Clock;
  readonly random: Random;
  readonly requestLimits: RequestLimits;
}

export class MemberStore implements Store {
  readonly #deps: MemberStoreDeps;
  readonly #member: StoreMember;

  constructor(deps: MemberStoreDeps) {
    this.#deps = deps;
    this.#member = deps.member;
  }

  async range(request: RangeRequest, options?: CallOptions): Promise<WithHeader<RangeResult>> {
    checkRange(request);
    if (request.serializable !== true) await this.#member.readBarrier(options);
    return this.#answer(this.#member.machine.keyspace.range(request));
  }

  async put(request: PutRequest, options?: CallOptions): Promise<WithHeader<PutResult>> {
    checkPut(request, this.#deps.requestLimits);
    const refused = this.#deps.quota.admit(request.key.length + request.value.length);
    if (refused !== undefined) await refused;
    return this.#member.submit<'put'>({ type: 'put', request }, options);
  }

  async deleteRange(request: DeleteRangeRequest, options?: CallOptions): Promise<WithHeader<DeleteRangeResult>> {
    checkDeleteRange(request);
    return this.#member.submit<'deleteRange'>({ type: 'deleteRange', request }, options);
  }

  async txn(request: TxnRequest, options?: CallOptions): Promise<WithHeader<TxnResult>> {
    checkTxn(request, this.#deps.requestLimits);
    if (isReadOnlyTxn(request)) {
      if (!isSerializableTxn(request)) await this.#member.readBarrier(options);
      return this.#answer(this.#member.machine.keyspace.applyTxn(request));
    }
    const refused = this.#deps.quota.admit(putBytes(request));
    if (refused !== undefined) await refused;
    return this.#member.submit<'txn'>({ type: 'txn', request }, options);
  }

  async compact(
    revision: Revision,
    options?: CallOptions & { readonly physical?: boolean },
  ): Promise<WithHeader<object>> {
    // No history was ever so old.
    if (revision < 0) throw new StoreError('compacted');
    const answer = await this.#member.submit<'compact'>({ type: 'compact', revision }, options);
    if (options?.physical) await this.#deps.sweeper.finished();
    return answer;
  }

  watch(request: WatchRequest, listener: WatchListener): Watch {
    if (this.#member.isStopped) throw new StoreError('stopped');
    return this.#member.machine.keyspace.hub.watch(request, listener);
  }

  async leaseGrant(
    request: { readonly id?: LeaseId; readonly ttl: number },
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly id: LeaseId; readonly ttl: number }>> {
    if (request.ttl > LEASE_TTL_MAX) throw new StoreError('leaseTtlTooLarge');
    const refused = this.#deps.quota.admit(LEASE_BYTES);
    if (refused !== undefined) await refused;
    const id = request.id || drawLeaseId(this.#deps.random);
    const ttl = Math.max(0, Math.floor(request.ttl));
    return this.#member.submit<'leaseGrant'>({ type: 'leaseGrant', id, ttl }, options);
  }

  async leaseRevoke(id: LeaseId, options?: CallOptions): Promise<WithHeader<object>> {
    return this.#member.submit<'leaseRevoke'>({ type: 'leaseRevoke', id, expiredInTerm: 0 }, options);
  }

  async leaseKeepAlive(id: LeaseId, options?: CallOptions): Promise<WithHeader<{ readonly ttl: number }>> {
    return this.#answer({ ttl: await this.#deps.leases.keepAlive(id, options) });
  }

  async leaseTimeToLive(
    id: LeaseId,
    options?: CallOptions & { readonly keys?: boolean },
  ): Promise<WithHeader<LeaseStatus>> {
    const status = await this.#deps.leases.timeToLive(id, options);
    return this.#answer({ ...status, keys: options?.keys ? status.keys : [] });
  }

  async leases(options?: CallOptions): Promise<WithHeader<{ readonly leases: readonly LeaseId[] }>> {
    await this.#member.readBarrier(options);
    return this.#answer({ leases: this.#member.machine.leases.list() });
  }

  async members(
    options?: CallOptions & { readonly linearizable?: boolean },
  ): Promise<WithHeader<{ readonly members: readonly Member[] }>> {
    if (options?.linearizable !== false) await this.#member.readBarrier(options);
    return this.#answer({ members: this.#member.machine.membership.list() });
  }

  async status(_options?: CallOptions): Promise<WithHeader<MemberStatus>> {
    const { machine, leader, id } = this.#member;
    const { allocated, inUse } = machine.backend.size();
    const raft = this.#member.raftStatus();
    const errors = machine.alarms.list().map(({ memberId, alarm }) => `memberID:${memberId} alarm:${alarm} `);
    if (leader === 0n) errors.push(new StoreError('noLeader').message);
    return this.#answer({
      version: ETCD_VERSION,
      dbSize: allocated,
      dbSizeInUse: inUse,
      leader,
      raftIndex: raft.commit,
      raftAppliedIndex: machine.applied.index,
      isLearner: machine.membership.get(id)?.isLearner ?? false,
      errors,
    });
  }

  async hashKv(
    revision?: Revision,
    _options?: CallOptions,
  ): Promise<
    WithHeader<{ readonly hash: number; readonly compactRevision: Revision; readonly hashRevision: Revision }>
  > {
    return this.#answer(this.#member.machine.keyspace.hashKv(revision));
  }

  async *snapshot(options?: CallOptions): AsyncIterable<Uint8Array> {
    for await (const chunk of this.#member.machine.backend.snapshot()) {
      options?.signal?.throwIfAborted();
      yield chunk;
    }
  }

  close(): Promise<void> {
    return this.#member.close();
  }

  #answer<T extends object>(result: T): WithHeader<T> {
    return { ...result, header: this.#member.header() };
  }
}

/** Bytes that the puts of a transaction would write. */
function putBytes(request: TxnRequest): number {
  let bytes = 0;
  for (const { type, request: operation } of [...request.success, ...request.failure]) {
    if (type === 'put') bytes += operation.key.length + operation.value.length;
    else if (type === 'txn') bytes += putBytes(operation);
  }
  return bytes;
}
