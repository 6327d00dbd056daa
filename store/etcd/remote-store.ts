/**
 * `Store` over the etcd v3 API: our members in other processes, or a real etcd cluster. It is given every endpoint and
 * survives the loss of any that the cluster survives: reads go on elsewhere, watches resume where they were, and a
 * write is tried again only when it provably did not happen; else its outcome is said to be unknown (`timeoutConnectionLost`).
 */
import type { Clock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { StoreError } from '../errors.ts';
import type { CallOptions, LeaseId, Revision, Store, WatchListener, WatchRequest } from '../store.ts';
import type { ClientTls, Target } from './grpc/client-connection.ts';
import { clusterService, kvService, leaseService, maintenanceService } from './proto/gen/etcdserverpb.ts';
import { Caller } from './remote/caller.ts';
import { EndpointPool } from './remote/endpoint-pool.ts';
import { remoteSnapshot } from './remote/remote-snapshot.ts';
import { RemoteWatch } from './remote/remote-watch.ts';
import { deleteRangeMessage, putMessage, rangeMessage, txnMessage, txnResult } from './remote/requests.ts';

export interface RemoteStoreOptions {
  /** `http://host:port`, `https://host:port` or `host:port`, all members of one cluster. */
  readonly endpoints: readonly string[];
  /** For `https` endpoints, and for those without a scheme. */
  readonly tls?: ClientTls;
  readonly user?: { readonly name: string; readonly password: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A call's time in all, its further attempts included. */
  readonly requestTimeoutMs?: number;
  /** How long a call waits while no endpoint can be reached at all. */
  readonly unavailableMs?: number;
}

const REQUEST_TIMEOUT_MS = 7000;
const UNAVAILABLE_MS = 2000;
/** A member that is stopped is found out within the sum of the first two. */
const TIMES = { silenceMs: 200, probeTimeoutMs: 500, connectTimeoutMs: 1000, backoffMs: 20, backoffMaxMs: 500 };

/** Returns at once and connects meanwhile. Throws a `UsageError` for an endpoint that is none. */
export function createRemoteStore(options: RemoteStoreOptions): Store {
  const { endpoints, tls, clock, random, logger, user } = options;
  if (endpoints.length === 0) throw new UsageError('no store endpoints were given');
  const targets = endpoints.map((endpoint) => parseEndpoint(endpoint, tls));
  const pool = new EndpointPool({ targets, times: TIMES, clock, random: random.fork('remote-store'), logger });
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const unavailableMs = Math.min(requestTimeoutMs, options.unavailableMs ?? UNAVAILABLE_MS);
  const caller = new Caller({ pool, clock, requestTimeoutMs, unavailableMs, ...(user && { user }) });
  return new RemoteStore({ pool, caller, clock, unavailableMs });
}

/** `http://host:port`, `https://host:port`, `host:port`; an IPv6 address in brackets. */
export function parseEndpoint(endpoint: string, tls: ClientTls | undefined): Target {
  const match = /^(?:(https?):\/\/)?(?:\[([^\]]+)\]|([^/:[\]]+)):(\d{1,5})\/?$/.exec(endpoint);
  const host = match?.[2] ?? match?.[3];
  const port = Number(match?.[4]);
  if (match === null || host === undefined || port < 1 || port > 65535) {
    throw new UsageError(`"${endpoint}" is not a store endpoint: give http://host:port or https://host:port`);
  }
  const secure = match[1] === 'https' || (match[1] === undefined && tls !== undefined);
  return secure ? { host, port, tls: tls ?? {} } : { host, port };
}

interface RemoteStoreParts {
  readonly pool: EndpointPool;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly unavailableMs: number;
}

class RemoteStore implements Store {
  readonly #parts: RemoteStoreParts;
  readonly #caller: Caller;
  readonly #watches = new Set<RemoteWatch>();
  #closed = false;

  constructor(parts: RemoteStoreParts) {
    this.#parts = parts;
    this.#caller = parts.caller;
  }

  range: Store['range'] = (request, options) =>
    this.#caller.call('read', kvService.range, rangeMessage(request), options);

  put: Store['put'] = (request, options) => this.#caller.call('write', kvService.put, putMessage(request), options);

  deleteRange: Store['deleteRange'] = (request, options) =>
    this.#caller.call('write', kvService.deleteRange, deleteRangeMessage(request), options);

  txn: Store['txn'] = async (request, options) => {
    const kind = request.success.concat(request.failure).every(({ type }) => type === 'range') ? 'read' : 'write';
    return txnResult(await this.#caller.call(kind, kvService.txn, txnMessage(request), options));
  };

  compact: Store['compact'] = (revision, options) =>
    this.#caller.call('write', kvService.compact, { revision, physical: options?.physical ?? false }, options);

  watch(request: WatchRequest, listener: WatchListener): RemoteWatch {
    if (this.#closed) throw new StoreError('stopped');
    const { pool, caller, clock } = this.#parts;
    const onClosed = (closed: RemoteWatch): void => {
      this.#watches.delete(closed);
    };
    const watch = new RemoteWatch({ pool, caller, clock, onClosed }, request, listener);
    this.#watches.add(watch);
    return watch;
  }

  leaseGrant: Store['leaseGrant'] = ({ id = 0n, ttl }, options) => {
    // A lease that was granted in vain expires by itself.
    const kind = id === 0n ? 'repeatable' : 'write';
    return this.#caller.call(kind, leaseService.leaseGrant, { id, ttl }, options);
  };

  leaseRevoke: Store['leaseRevoke'] = (id, options) =>
    this.#caller.call('write', leaseService.leaseRevoke, { id }, options);

  leaseKeepAlive: Store['leaseKeepAlive'] = (id, options) =>
    this.#caller.call('repeatable', leaseService.leaseKeepAlive, { id }, options);

  leaseTimeToLive: Store['leaseTimeToLive'] = (id, options) =>
    this.#caller.call('read', leaseService.leaseTimeToLive, { id, keys: options?.keys ?? false }, options);

  leases: Store['leases'] = async (options) => {
    const { header, leases } = await this.#caller.call('read', leaseService.leaseLeases, {}, options);
    return { header, leases: leases.map(({ id }): LeaseId => id) };
  };

  members: Store['members'] = (options) =>
    this.#caller.call('read', clusterService.memberList, { linearizable: options?.linearizable ?? true }, options);

  status: Store['status'] = (options) => this.#caller.call('read', maintenanceService.status, {}, options);

  hashKv: Store['hashKv'] = (revision: Revision = 0, options?: CallOptions) =>
    this.#caller.call('read', maintenanceService.hashKv, { revision }, options);

  snapshot(options?: CallOptions): AsyncIterable<Uint8Array> {
    const { pool, caller, clock, unavailableMs } = this.#parts;
    return remoteSnapshot(pool, caller, clock.monotonicMs() + unavailableMs, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of [...this.#watches]) watch.close();
    this.#caller.close();
    this.#parts.pool.close();
  }
}
