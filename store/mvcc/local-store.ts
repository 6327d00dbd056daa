/**
 * A `Store` directly over a keyspace in memory: the real semantics (watches, leases that expire by the clock,
 * compaction, hashes, snapshots) without consensus or disk. For tests and for whoever wants a store that lives as long
 * as its process; `store/member` builds the replicated one on the same parts.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import { MemoryBackend } from '../backend/memory-backend.ts';
import { StoreError } from '../errors.ts';
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
  ResponseHeader,
  Revision,
  Store,
  TxnRequest,
  TxnResult,
  Watch,
  WatchListener,
  WatchRequest,
  WithHeader,
} from '../store.ts';
import { Keyspace } from './keyspace.ts';
import { drawLeaseId, LeaseTable } from './lease-table.ts';
import { checkDeleteRange, checkPut, checkRange, checkTxn } from './request-check.ts';

export interface LocalStoreDeps {
  readonly clock: Clock;
  /** Draws the ids of the cluster, the member and leases. */
  readonly random: Random;
  readonly recorder?: Recorder;
  readonly logger?: Logger;
  /** Between two reports of progress to quiet watches that asked for them; etcd's default 10 minutes. */
  readonly watchProgressIntervalMs?: number;
}

const NAME = 'local';
/** The release of etcd whose behaviour this store has. */
const VERSION = '3.5.30';
const PROGRESS_INTERVAL_MS = 10 * 60_000;
/** How late a lease may be revoked, as in etcd. */
const EXPIRY_CHECK_MS = 500;
const COMPACT_STEP_RECORDS = 1000;

export function createLocalStore(deps: LocalStoreDeps): Store {
  return new LocalStore(deps);
}

class LocalStore implements Store {
  readonly #deps: LocalStoreDeps;
  readonly #logger: Logger;
  readonly #backend = new MemoryBackend();
  readonly #leases: LeaseTable;
  readonly #keyspace: Keyspace;
  readonly #clusterId: bigint;
  readonly #memberId: bigint;
  readonly #progressTimer: Timer;
  #expiryTimer: Timer | undefined;
  #closed = false;
  /** What has been applied so far, as a log would number it. */
  #applied = 0;

  constructor(deps: LocalStoreDeps) {
    this.#deps = deps;
    this.#logger = deps.logger ?? silentLogger;
    this.#clusterId = drawLeaseId(deps.random);
    this.#memberId = drawLeaseId(deps.random);
    this.#leases = new LeaseTable({ backend: this.#backend });
    this.#leases.promote(deps.clock.monotonicMs(), 0);
    this.#keyspace = new Keyspace({
      backend: this.#backend,
      leases: this.#leases,
      header: () => this.#header(),
      ...(deps.recorder && { recorder: deps.recorder }),
      origin: () => ({ member: NAME, index: 0, term: 0 }),
      onListenerError: (thrown) => this.#logger.error({ err: thrown }, 'a watch listener failed; its watch was closed'),
    });
    this.#progressTimer = deps.clock.every(deps.watchProgressIntervalMs ?? PROGRESS_INTERVAL_MS, () =>
      this.#keyspace.hub.tick(),
    );
  }

  async range(request: RangeRequest, options?: CallOptions): Promise<WithHeader<RangeResult>> {
    this.#begin(options);
    checkRange(request);
    return this.#answer(this.#keyspace.range(request));
  }

  async put(request: PutRequest, options?: CallOptions): Promise<WithHeader<PutResult>> {
    this.#begin(options);
    checkPut(request);
    return this.#answerApplied(this.#keyspace.applyPut(request));
  }

  async deleteRange(request: DeleteRangeRequest, options?: CallOptions): Promise<WithHeader<DeleteRangeResult>> {
    this.#begin(options);
    checkDeleteRange(request);
    return this.#answerApplied(this.#keyspace.applyDeleteRange(request));
  }

  async txn(request: TxnRequest, options?: CallOptions): Promise<WithHeader<TxnResult>> {
    this.#begin(options);
    checkTxn(request);
    return this.#answerApplied(this.#keyspace.applyTxn(request));
  }

  async compact(
    revision: Revision,
    options?: CallOptions & { readonly physical?: boolean },
  ): Promise<WithHeader<object>> {
    this.#begin(options);
    this.#keyspace.compact(revision);
    const answer = this.#answerApplied({});
    const removed = this.#removeCompacted();
    if (options?.physical) await removed;
    return answer;
  }

  watch(request: WatchRequest, listener: WatchListener): Watch {
    if (this.#closed) throw new StoreError('stopped');
    return this.#keyspace.hub.watch(request, listener);
  }

  async leaseGrant(
    request: { readonly id?: LeaseId; readonly ttl: number },
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly id: LeaseId; readonly ttl: number }>> {
    this.#begin(options);
    const id = request.id || drawLeaseId(this.#deps.random);
    const granted = this.#leases.grant({ id, ttl: request.ttl }, this.#deps.clock.monotonicMs());
    this.#watchExpiries();
    return this.#answerApplied(granted);
  }

  async leaseRevoke(id: LeaseId, options?: CallOptions): Promise<WithHeader<object>> {
    this.#begin(options);
    this.#leases.revoke(id, this.#keyspace);
    return this.#answerApplied({});
  }

  async leaseKeepAlive(id: LeaseId, options?: CallOptions): Promise<WithHeader<{ readonly ttl: number }>> {
    this.#begin(options);
    try {
      return this.#answer({ ttl: this.#leases.keepAlive(id, this.#deps.clock.monotonicMs()) });
    } catch (thrown) {
      if (thrown instanceof StoreError && thrown.reason === 'leaseNotFound') return this.#answer({ ttl: 0 });
      throw thrown;
    }
  }

  async leaseTimeToLive(
    id: LeaseId,
    options?: CallOptions & { readonly keys?: boolean },
  ): Promise<WithHeader<LeaseStatus>> {
    this.#begin(options);
    const status = this.#leases.timeToLive(id, this.#deps.clock.monotonicMs());
    if (status === undefined) return this.#answer({ id, ttl: -1, grantedTtl: 0, keys: [] });
    return this.#answer({ id, ...status, keys: options?.keys ? status.keys : [] });
  }

  async leases(options?: CallOptions): Promise<WithHeader<{ readonly leases: readonly LeaseId[] }>> {
    this.#begin(options);
    return this.#answer({ leases: this.#leases.list() });
  }

  async members(options?: CallOptions): Promise<WithHeader<{ readonly members: readonly Member[] }>> {
    this.#begin(options);
    const member = { id: this.#memberId, name: NAME, peerUrls: [], clientUrls: [], isLearner: false };
    return this.#answer({ members: [member] });
  }

  async status(options?: CallOptions): Promise<WithHeader<MemberStatus>> {
    this.#begin(options);
    const { allocated, inUse } = this.#backend.size();
    return this.#answer({
      version: VERSION,
      dbSize: allocated,
      dbSizeInUse: inUse,
      leader: this.#memberId,
      raftIndex: this.#applied,
      raftAppliedIndex: this.#applied,
      isLearner: false,
      errors: [],
    });
  }

  async hashKv(
    revision?: Revision,
    options?: CallOptions,
  ): Promise<
    WithHeader<{ readonly hash: number; readonly compactRevision: Revision; readonly hashRevision: Revision }>
  > {
    this.#begin(options);
    const steps = this.#keyspace.hashKvInSteps(revision);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return this.#answer(value);
      await nextTurn();
      this.#begin(options);
    }
  }

  async *snapshot(options?: CallOptions): AsyncIterable<Uint8Array> {
    this.#begin(options);
    for await (const chunk of this.#backend.snapshot()) {
      options?.signal?.throwIfAborted();
      yield chunk;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#progressTimer.cancel();
    this.#expiryTimer?.cancel();
    this.#keyspace.hub.cancelAll(new StoreError('stopped').message);
    await this.#backend.close();
  }

  #begin(options: CallOptions | undefined): void {
    options?.signal?.throwIfAborted();
    if (this.#closed) throw new StoreError('stopped');
  }

  #header(): ResponseHeader {
    return {
      clusterId: this.#clusterId,
      memberId: this.#memberId,
      revision: this.#keyspace.currentRevision,
      raftTerm: 1,
    };
  }

  #answer<T extends object>(result: T): WithHeader<T> {
    return { ...result, header: this.#header() };
  }

  #answerApplied<T extends object>(result: T): WithHeader<T> {
    this.#applied++;
    return this.#answer(result);
  }

  /** In steps, between which others get their turn. */
  async #removeCompacted(): Promise<void> {
    while (!this.#closed && !this.#keyspace.compactStep(COMPACT_STEP_RECORDS)) {
      await nextTurn();
    }
  }

  /** Looks for expired leases while there are leases. */
  #watchExpiries(): void {
    if (this.#expiryTimer !== undefined) return;
    this.#expiryTimer = this.#deps.clock.after(EXPIRY_CHECK_MS, () => {
      this.#expiryTimer = undefined;
      if (this.#closed) return;
      for (const id of this.#leases.expired(this.#deps.clock.monotonicMs())) {
        this.#leases.revoke(id, this.#keyspace);
        this.#applied++;
      }
      if (this.#leases.size > 0) this.#watchExpiries();
    });
  }
}

/** Lets others have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
