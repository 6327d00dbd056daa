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
import { Gateway } from './gateway/gateway.ts';
import { LoopbackConnection } from './grpc/loopback-connection.ts';
import { GrpcRouter } from './grpc/router.ts';
import { type ListenAddress, Listener, type Served, type ServerTls } from './listener.ts';
import { CallMetrics, type CallType } from './metrics/call-metrics.ts';
import { counter, exposition, type Family } from './metrics/exposition.ts';
import { type HealthCounts, memberFamilies } from './metrics/member-metrics.ts';
import { answerPlain, type PlainDeps, takesWebSocket } from './plain-endpoints.ts';
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

export interface EtcdServiceDeps {
  readonly store: Store;
  /** Absent for a store that is not a member: then what operators ask is "unimplemented". */
  readonly admin?: StoreAdmin;
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
  /** Hosts that a plain request without TLS may name; absent or empty: any. */
  readonly hostWhitelist?: readonly string[];
  /** Also how long calls take. */
  readonly extensiveMetrics?: boolean;
  /** The API as JSON over HTTP too; default: yes. */
  readonly jsonGateway?: boolean;
  /** What is measured elsewhere and belongs on the page of `/metrics`. */
  readonly furtherMetrics?: () => readonly Family[];
}

export interface ListenOptions {
  readonly listen: ListenAddress;
  readonly tls?: ServerTls;
  /** Both protocols, one of them, or only `/metrics` and the like. Default: both. */
  readonly serves?: Served | 'metrics';
}

export type EtcdServerDeps = EtcdServiceDeps & ListenOptions;

export interface EtcdServer {
  /** `host:port` where it listens, or the path of its socket. */
  readonly address: string;
  /** 0 for a socket. */
  readonly port: number;
  /** `http://host:port`, or https; `unix://path`, or unixs. */
  readonly url: string;
  /** Ends open calls and connections; the store stays open. Idempotent. */
  close(): Promise<void>;
}

/** What etcd allows a message to have beyond the request's size. */
const MESSAGE_OVERHEAD_BYTES = 512 * 1024;
/** etcd's default. */
const AUTH_TOKEN_TTL_SECONDS = 300;
const ELECTION_MS = 1000;
/** What the server sends is bounded by what it has. */
const RESPONSE_BYTES_MAX = 0x7fffffff;

/** The etcd API on one address. Rejects with Node's error when the address cannot be had. */
export async function serveEtcd(deps: EtcdServerDeps): Promise<EtcdServer> {
  const service = new EtcdService(deps);
  const server = await service.listen(deps);
  const close = async (): Promise<void> => {
    await server.close();
    service.close();
  };
  return { ...server, close };
}

/** The etcd API of one store, to be listened for on any number of addresses. */
export class EtcdService {
  readonly #deps: EtcdServiceDeps;
  readonly #router: GrpcRouter;
  readonly #gate: CallGate | undefined;
  readonly #access: MemberAccess | undefined;
  readonly #loopback: LoopbackConnection;
  readonly #gateway: Gateway | undefined;
  readonly #calls: CallMetrics;
  readonly #listeners: Listener[] = [];
  readonly #health: HealthCounts = { succeeded: 0, failed: 0 };

  constructor(deps: EtcdServiceDeps) {
    this.#deps = deps;
    const { store, admin, clock, random, logger } = deps;
    const messageBytesMax = (deps.requestBytesMax ?? limits.storeRequestBytesMax) + MESSAGE_OVERHEAD_BYTES;
    const calls = new CallMetrics(deps.extensiveMetrics ?? false);
    const gate = admin && new CallGate(admin, clock, deps.electionMs ?? ELECTION_MS);
    const router = new GrpcRouter({
      clock,
      logger,
      messageBytesMax,
      onMethod: ({ path, requestStream, responseStream }) => calls.add(path, callType(requestStream, responseStream)),
      before: (path, isStream, call) => {
        calls.started(path);
        return gate?.enter(path, isStream, call);
      },
      after: (path, code, durationMs, messages) => calls.ended(path, code, durationMs, messages),
    });
    const tokens = deps.authToken?.startsWith('jwt')
      ? jsonWebTokens(deps.authToken, clock)
      : simpleTokens(clock, deps.authTokenTtlSeconds ?? AUTH_TOKEN_TTL_SECONDS);
    const memberAccess = admin && new MemberAccess(admin, tokens);
    const services: ServiceDeps = {
      store,
      admin,
      access: memberAccess ?? openAccess,
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
    this.#router = router;
    this.#gate = gate;
    this.#access = memberAccess;
    this.#calls = calls;
    this.#loopback = new LoopbackConnection({
      concurrentStreamsMax: limits.streamsPerConnectionMax,
      responseBytesMax: RESPONSE_BYTES_MAX,
      onCall: (stream, endStream) => router.accept(stream, endStream, { address: 'localhost' }),
    });
    this.#gateway = deps.jsonGateway === false ? undefined : new Gateway(this.#loopback, messageBytesMax);
  }

  /** Rejects with Node's error when the address cannot be had. */
  async listen({ listen, tls, serves = 'both' }: ListenOptions): Promise<EtcdServer> {
    const { clock, logger, concurrentStreamsMax, store, admin, hostWhitelist = [] } = this.#deps;
    const plain: PlainDeps = {
      store,
      admin,
      hostWhitelist,
      metrics: () => this.#metrics(),
      gateway: this.#gateway,
      authEnabled: () => this.#access?.enabled ?? false,
      onHealth: (healthy) => {
        if (healthy) this.#health.succeeded++;
        else this.#health.failed++;
      },
    };
    const scope = serves === 'metrics' ? 'metrics' : 'clients';
    const listener = new Listener({
      clock,
      logger,
      ...(tls && { tls }),
      ...(concurrentStreamsMax && { concurrentStreamsMax }),
      serves: serves === 'metrics' ? 'http' : serves,
      onCall: (stream, endStream, peer) => this.#router.accept(stream, endStream, peer),
      onPlain: (request) => answerPlain(plain, scope, request),
      takesWebSocket: (request) => scope === 'clients' && takesWebSocket(plain, request),
    });
    const port = await listener.listen(listen);
    this.#listeners.push(listener);
    const close = (): Promise<void> => listener.close();
    if ('socketPath' in listen) {
      const address = listen.socketPath;
      return { address, port, url: `${tls === undefined ? 'unix' : 'unixs'}://${address}`, close };
    }
    const { host } = listen;
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return { address, port, url: `${tls === undefined ? 'http' : 'https'}://${address}`, close };
  }

  /** The store stays open, and so do the listeners: they are closed before. */
  close(): void {
    this.#loopback.close();
    this.#access?.close();
    this.#gate?.close();
  }

  async #metrics(): Promise<string> {
    const { store, admin, clock, furtherMetrics } = this.#deps;
    return exposition([
      ...(await memberFamilies(store, admin, this.#health, clock.nowMs())),
      ...(furtherMetrics?.() ?? []),
      ...this.#traffic(),
      ...this.#calls.families(),
    ]);
  }

  #traffic(): Family[] {
    let received = 0;
    let sent = 0;
    for (const { traffic } of this.#listeners) {
      received += traffic.received;
      sent += traffic.sent;
    }
    const name = (what: string): string => `etcd_network_client_grpc_${what}_bytes_total`;
    return [
      counter(name('received'), 'The total number of bytes received from grpc clients.', received),
      counter(name('sent'), 'The total number of bytes sent to grpc clients.', sent),
    ];
  }
}

function callType(requestStream: boolean, responseStream: boolean): CallType {
  if (requestStream) return responseStream ? 'bidi_stream' : 'client_stream';
  return responseStream ? 'server_stream' : 'unary';
}
