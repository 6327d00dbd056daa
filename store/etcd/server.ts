/**
 * The etcd v3 API over a store: what `etcdctl`, client libraries, kube-apiserver and our own `createRemoteStore` speak.
 * It knows the store only as a `Store`, and what operators ask as a `StoreAdmin`.
 */
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { StoreAdmin } from '../admin.ts';
import type { Store } from '../store.ts';
import { openAccess } from './auth/access-control.ts';
import { MemberAccess } from './auth/member-access.ts';
import { jsonWebTokens, simpleTokens } from './auth/tokens.ts';
import { CallGate } from './call-gate.ts';
import { GrpcRouter } from './grpc/router.ts';
import { type ListenAddress, Listener, type ServerTls } from './listener.ts';
import { Metrics } from './metrics.ts';
import { answerPlain } from './plain-endpoints.ts';
import { addAuthService } from './services/auth-service.ts';
import { addClusterService } from './services/cluster-service.ts';
import { addElectionService } from './services/election-service.ts';
import { addHealthService } from './services/health-service.ts';
import { addKvService } from './services/kv-service.ts';
import { addLeaseService } from './services/lease-service.ts';
import { addLockService } from './services/lock-service.ts';
import { addMaintenanceService } from './services/maintenance-service.ts';
import type { ServiceDeps } from './services/service-deps.ts';
import { addWatchService } from './services/watch-service.ts';

export interface EtcdServerDeps {
  readonly store: Store;
  /** Absent for a store that is not a member: then what operators ask is "unimplemented". */
  readonly admin?: StoreAdmin;
  readonly listen: ListenAddress;
  readonly tls?: ServerTls;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bytes of one request; as in etcd, messages may be half a mebibyte larger. */
  readonly requestBytesMax?: number;
  /** Operations of one transaction, as the store has it. */
  readonly txnOperationsMax?: number;
  readonly concurrentStreamsMax?: number;
  /** The member's election timeout. */
  readonly electionMs?: number;
  /** etcd's `--auth-token`: `simple`, or `jwt,…` with its options. */
  readonly authToken?: string;
  readonly authTokenTtlSeconds?: number;
}

export interface EtcdServer {
  /** `host:port` where it listens. */
  readonly address: string;
  readonly port: number;
  /** `http://host:port`, or https. */
  readonly url: string;
  /** Ends open calls and connections; the store stays open. Idempotent. */
  close(): Promise<void>;
}

/** What etcd allows a message to have beyond the request's size. */
const MESSAGE_OVERHEAD_BYTES = 512 * 1024;
/** etcd's default. */
const AUTH_TOKEN_TTL_SECONDS = 300;
const ELECTION_MS = 1000;

/** Listens; rejects with Node's error when the address cannot be had. */
export async function serveEtcd(deps: EtcdServerDeps): Promise<EtcdServer> {
  const { store, admin, clock, random, logger } = deps;
  const messageBytesMax = (deps.requestBytesMax ?? limits.storeRequestBytesMax) + MESSAGE_OVERHEAD_BYTES;
  const metrics = new Metrics();
  const gate = admin && new CallGate(admin, clock, deps.electionMs ?? ELECTION_MS);
  const router = new GrpcRouter({
    clock,
    logger,
    messageBytesMax,
    before: (path, isStream, call) => gate?.enter(path, isStream, call),
    after: (path, code) => metrics.countCall(path, code),
  });
  const tokens = deps.authToken?.startsWith('jwt')
    ? jsonWebTokens(deps.authToken, clock)
    : simpleTokens(clock, deps.authTokenTtlSeconds ?? AUTH_TOKEN_TTL_SECONDS);
  const memberAccess = admin && new MemberAccess(admin, tokens);
  const access = memberAccess ?? openAccess;
  const services: ServiceDeps = {
    store,
    admin,
    access,
    clock,
    random,
    logger,
    txnOperationsMax: deps.txnOperationsMax ?? limits.txnOperationsMax,
    responseBytesMax: messageBytesMax,
  };
  addKvService(router, services);
  addWatchService(router, services);
  addLeaseService(router, services);
  addClusterService(router, services);
  addMaintenanceService(router, services);
  addHealthService(router);
  addLockService(router, services);
  addElectionService(router, services);
  if (admin !== undefined && memberAccess !== undefined) {
    addAuthService(router, { store, admin, access: memberAccess, tokens, random });
  }
  const listener = new Listener({
    clock,
    logger,
    ...(deps.tls && { tls: deps.tls }),
    ...(deps.concurrentStreamsMax && { concurrentStreamsMax: deps.concurrentStreamsMax }),
    onCall: (stream, endStream, peer) => router.accept(stream, endStream, peer),
    onPlain: (method, url) => answerPlain({ store, admin, metrics }, method, url),
  });
  const port = await listener.listen(deps.listen);
  const { host } = deps.listen;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    address,
    port,
    url: `${deps.tls === undefined ? 'http' : 'https'}://${address}`,
    close: async () => {
      await listener.close();
      memberAccess?.close();
      gate?.close();
    },
  };
}
