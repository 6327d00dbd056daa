/**
 * A watch over the etcd API that outlives connections and members: when its stream ends it is opened anew, at another
 * endpoint, from the revision after the last one that was delivered. So nothing is lost and nothing repeated, and the
 * listener sees one watch: one `created`, then events, then perhaps one `canceled`.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { grpcCode } from '../../errors.ts';
import type { Revision, StoreEvent, Watch, WatchListener, WatchRequest, WatchResponse } from '../../store.ts';
import type { ClientCall } from '../grpc/client-call.ts';
import type { ClientConnection } from '../grpc/client-connection.ts';
import { GrpcError } from '../grpc/status.ts';
import type { HeaderField } from '../http2/protocol.ts';
import type * as pb from '../proto/gen/etcdserverpb.ts';
import { kvService, watchService } from '../proto/gen/etcdserverpb.ts';
import { type Caller, plainMetadata } from './caller.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { isLoginProblem } from './errors.ts';
import { progressProof } from './requests.ts';

export interface RemoteWatchDeps {
  readonly pool: EndpointPool;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly onClosed: (watch: RemoteWatch) => void;
}

/** Pause after the second and every later failure in a row. */
const REOPEN_PAUSE_MS = 50;
const REOPEN_PAUSE_MAX_MS = 500;
/** etcd does not answer a request for progress while the watch is behind: it is asked again. */
const PROGRESS_RETRY_MS = 500;
/** Events that are on their way come in this time, and then nothing has to be proved. */
const PROOF_PAUSE_MS = 20;

/** Codes after which trying again cannot help. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  grpcCode.permissionDenied,
  grpcCode.unauthenticated,
  grpcCode.unimplemented,
  grpcCode.invalidArgument,
]);

export class RemoteWatch implements Watch {
  readonly #deps: RemoteWatchDeps;
  readonly #request: WatchRequest;
  readonly #listener: WatchListener;
  #call: ClientCall<pb.WatchRequest, pb.WatchResponse> | undefined;
  /** The first revision that was not delivered; 0 while that is "now" and nobody said when that was. */
  #nextRevision: Revision;
  #created = false;
  #closed = false;
  #failures = 0;
  #lastEndpoint: Endpoint | undefined;
  /** The one that the call goes to. */
  #endpoint: Endpoint | undefined;
  #progressWanted = false;
  #progressTimer: Timer | undefined;
  #proving = false;

  constructor(deps: RemoteWatchDeps, request: WatchRequest, listener: WatchListener) {
    this.#deps = deps;
    this.#request = request;
    this.#listener = listener;
    this.#nextRevision = request.startRevision ?? 0;
    this.#open();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#progressTimer?.cancel();
    this.#call?.cancel();
    this.#deps.onClosed(this);
  }

  requestProgress(): void {
    if (this.#closed) return;
    this.#progressWanted = true;
    this.#askProgress();
  }

  #askProgress(): void {
    this.#progressTimer?.cancel();
    if (!this.#progressWanted || this.#closed) return;
    if (this.#created && this.#call !== undefined) {
      if (this.#endpoint?.ordersProgress) this.#call.send({ requestUnion: { case: 'progressRequest', value: {} } });
      else void this.#proveProgress();
    }
    this.#progressTimer = this.#deps.clock.after(PROGRESS_RETRY_MS, () => this.#askProgress());
  }

  /**
   * For a server whose word on progress cannot be trusted: when nothing in the range is newer than what was delivered,
   * and nothing is gone from it, there is nothing to deliver up to the revision of that finding. The place to resume
   * from stays where it was.
   */
  async #proveProgress(): Promise<void> {
    if (this.#proving) return;
    this.#proving = true;
    try {
      await this.#deps.clock.sleep(PROOF_PAUSE_MS);
      const next = this.#nextRevision;
      if (!this.#progressWanted || this.#closed || next <= 1) return;
      const { key, rangeEnd = '' } = this.#request;
      const found = await this.#deps.caller.call('read', kvService.txn, progressProof(key, rangeEnd, next));
      const [newer, now, then] = found.responses.map(({ response }) =>
        response?.case === 'responseRange' ? response.value : undefined,
      );
      const nothingNew = newer?.kvs.length === 0 && now !== undefined && now.count === then?.count;
      if (!nothingNew || next !== this.#nextRevision || this.#closed) return;
      this.#progressWanted = false;
      this.#progressTimer?.cancel();
      await this.#say({ type: 'progress', header: found.header });
    } catch {
      // It is asked again.
    } finally {
      this.#proving = false;
    }
  }

  /** Where nothing has to be waited for, the request leaves before whatever its caller does next. */
  #open(): void {
    const { pool, caller } = this.#deps;
    const endpoint = pool.pick(this.#lastEndpoint);
    if (endpoint?.connection === undefined || caller.needsLogin) {
      void this.#openLater();
      return;
    }
    this.#lastEndpoint = endpoint;
    this.#endpoint = endpoint;
    this.#start(endpoint.connection, plainMetadata);
  }

  async #openLater(): Promise<void> {
    const { pool, caller } = this.#deps;
    const endpoint = await pool.pickOrWait(Number.POSITIVE_INFINITY, this.#lastEndpoint);
    if (this.#closed) return;
    const connection = endpoint?.connection;
    if (endpoint === undefined || connection === undefined) {
      this.#reopen();
      return;
    }
    this.#lastEndpoint = endpoint;
    this.#endpoint = endpoint;
    try {
      const metadata = await caller.metadata(connection);
      if (!this.#closed) this.#start(connection, metadata);
    } catch (thrown) {
      if (!(thrown instanceof GrpcError)) throw thrown;
      this.#onEnd(thrown);
    }
  }

  #start(connection: ClientConnection, metadata: readonly HeaderField[]): void {
    try {
      this.#call = connection.open(
        watchService.watch,
        { metadata },
        { onResponse: (response) => this.#onResponse(response), onEnd: (error) => this.#onEnd(error) },
      );
      this.#call.send({ requestUnion: { case: 'createRequest', value: this.#createRequest() } });
    } catch (thrown) {
      if (!(thrown instanceof GrpcError)) throw thrown;
      this.#onEnd(thrown);
    }
  }

  #createRequest(): pb.WatchCreateRequest {
    const { key, rangeEnd = '', progressNotify = false, prevKv = false, filters = [] } = this.#request;
    return {
      key,
      rangeEnd,
      startRevision: this.#nextRevision,
      progressNotify,
      filters: filters.map((filter) => (filter === 'noPut' ? 'noput' : 'nodelete')),
      prevKv,
      watchId: 0n,
      fragment: false,
    };
  }

  #onResponse(response: pb.WatchResponse): void | Promise<void> {
    if (this.#closed) return;
    if (response.canceled) return this.#onCanceled(response);
    this.#failures = 0;
    if (response.created) return this.#onCreated(response);
    if (response.events.length > 0) return this.#onEvents(response);
    return this.#onProgress(response);
  }

  #onCreated({ header }: pb.WatchResponse): void | Promise<void> {
    this.#lastEndpoint = undefined;
    if (this.#nextRevision === 0) this.#nextRevision = header.revision + 1;
    if (this.#progressWanted) this.#askProgress();
    if (this.#created) return;
    this.#created = true;
    return this.#say({ type: 'created', header });
  }

  #onEvents({ header, events }: pb.WatchResponse): void | Promise<void> {
    const fresh = events.filter((event) => event.kv.modRevision >= this.#nextRevision).map(storeEvent);
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.#nextRevision = last.kv.modRevision + 1;
    return this.#say({ type: 'events', header, events: fresh });
  }

  #onProgress({ header }: pb.WatchResponse): void | Promise<void> {
    // Behind what was delivered it says nothing new: a member that lags answered.
    if (header.revision < this.#nextRevision - 1) return;
    this.#nextRevision = header.revision + 1;
    this.#progressWanted = false;
    this.#progressTimer?.cancel();
    return this.#say({ type: 'progress', header });
  }

  #onCanceled({ header, compactRevision, cancelReason }: pb.WatchResponse): void | Promise<void> {
    if (this.#deps.caller.needsLogin && isLoginProblem(cancelReason)) {
      this.#deps.caller.forgetLogin();
      this.#call?.cancel();
      this.#call = undefined;
      this.#reopen();
      return;
    }
    const compacted = compactRevision > 0 ? { compactRevision } : {};
    const reason = cancelReason || 'etcdserver: mvcc: required revision has been compacted';
    this.close();
    return this.#listener({ type: 'canceled', header, reason, ...compacted });
  }

  #onEnd(error: GrpcError | undefined): void {
    this.#call = undefined;
    if (this.#closed) return;
    if (error !== undefined && FINAL_CODES.has(error.code)) {
      this.close();
      const header = { clusterId: 0n, memberId: 0n, revision: Math.max(0, this.#nextRevision - 1), raftTerm: 0 };
      void this.#listener({ type: 'canceled', header, reason: error.message });
      return;
    }
    this.#reopen();
  }

  #reopen(): void {
    const pauseMs = this.#failures === 0 ? 0 : Math.min(REOPEN_PAUSE_MAX_MS, REOPEN_PAUSE_MS * 2 ** this.#failures);
    this.#failures++;
    this.#deps.clock.after(pauseMs, () => {
      if (!this.#closed) this.#open();
    });
  }

  /** A listener that fails ends its watch, as it does in a member. */
  #say(response: WatchResponse): void | Promise<void> {
    try {
      const answer = this.#listener(response);
      return answer instanceof Promise ? answer.catch(() => this.close()) : undefined;
    } catch {
      this.close();
    }
  }
}

function storeEvent(event: pb.WatchResponse['events'][number]): StoreEvent {
  const { kv, prevKv } = event;
  const type = event.type === 'delete' ? 'delete' : 'put';
  return prevKv === undefined ? { type, kv } : { type, kv, prevKv };
}
