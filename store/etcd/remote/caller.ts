/**
 * Calls with one answer, over whichever endpoint works: tries again elsewhere what may be tried again, until the call's
 * time is up. Logs in where the cluster asks for it.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { grpcCode, StoreError } from '../../errors.ts';
import type { CallOptions } from '../../store.ts';
import type { ClientCall } from '../grpc/client-call.ts';
import type { ClientConnection } from '../grpc/client-connection.ts';
import type { Method } from '../grpc/method.ts';
import { GrpcError } from '../grpc/status.ts';
import type { HeaderField } from '../http2/protocol.ts';
import { authService } from '../proto/gen/etcdserverpb.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { blamesEndpoint, type CallKind, isLoginProblem, mayRetry, storeErrorOf } from './errors.ts';

export interface CallerDeps {
  readonly pool: EndpointPool;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** How long a call waits for any endpoint at all. */
  readonly unavailableMs: number;
  readonly user?: { readonly name: string; readonly password: string };
}

/** A pause before the same endpoint, or another that failed too, is tried again; it doubles. */
const RETRY_PAUSE_MS = 10;
const RETRY_PAUSE_MAX_MS = 200;
/** Lets the server answer with its own timeout, which says more, before ours. */
const TIMEOUT_SLACK_MS = 100;

const requireLeader: HeaderField = { name: 'hasleader', value: 'true' };
/** Of a call without a user. */
export const plainMetadata: readonly HeaderField[] = [requireLeader];

export class Caller {
  readonly #deps: CallerDeps;
  readonly #open = new Set<OpenCall>();
  readonly #sweeper: Timer;
  #token: Promise<string> | undefined;
  #closed = false;

  constructor(deps: CallerDeps) {
    this.#deps = deps;
    this.#sweeper = deps.clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Rejects with a `StoreError`, with the abort reason, or with a `GrpcError` that no store has. */
  async call<Request, Response>(
    kind: CallKind,
    method: Method<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    options?.signal?.throwIfAborted();
    const startMs = this.#deps.clock.monotonicMs();
    const deadlineMs = startMs + this.#deps.requestTimeoutMs;
    let failed: Endpoint | undefined;
    for (let attempt = 0; ; attempt++) {
      const endpoint = await this.#endpoint(deadlineMs, failed);
      try {
        return await this.#attempt(endpoint, method, request, deadlineMs, options);
      } catch (thrown) {
        if (!(thrown instanceof GrpcError)) throw thrown;
        const loginExpired = this.needsLogin && attempt === 0 && isLoginProblem(thrown.message);
        if (loginExpired) this.forgetLogin();
        if (this.#closed || !(loginExpired || mayRetry(kind, thrown))) throw storeErrorOf(thrown);
        if (blamesEndpoint(thrown)) {
          failed = endpoint;
          this.#deps.pool.askWhoLeads();
        }
        if (!(await this.#pause(attempt, deadlineMs, options))) throw storeErrorOf(thrown);
      }
    }
  }

  /** Metadata has to be waited for. */
  get needsLogin(): boolean {
    return this.#deps.user !== undefined;
  }

  /** The next call logs in anew. */
  forgetLogin(): void {
    this.#token = undefined;
  }

  /** What every call says of itself: that it wants a leader, and who calls. */
  async metadata(connection: ClientConnection): Promise<readonly HeaderField[]> {
    const { user } = this.#deps;
    if (user === undefined) return plainMetadata;
    this.#token ??= this.#login(connection, user);
    try {
      const token = await this.#token;
      // A cluster without authentication has no tokens to give.
      return token === '' ? plainMetadata : [requireLeader, { name: 'token', value: token, neverIndexed: true }];
    } catch (thrown) {
      this.#token = undefined;
      throw thrown;
    }
  }

  close(): void {
    this.#closed = true;
    this.#sweeper.cancel();
  }

  async #endpoint(deadlineMs: number, avoid: Endpoint | undefined): Promise<Endpoint> {
    if (this.#closed) throw new StoreError('stopped');
    const { pool, clock, unavailableMs } = this.#deps;
    const untilMs = Math.min(deadlineMs, clock.monotonicMs() + unavailableMs);
    const endpoint = pool.pick(avoid) ?? (await pool.pickOrWait(untilMs, avoid));
    if (endpoint !== undefined && !this.#closed) return endpoint;
    if (this.#closed) throw new StoreError('stopped');
    throw new StoreError('unhealthy', { cause: new Error(pool.describeFailures()) });
  }

  async #attempt<Request, Response>(
    endpoint: Endpoint,
    method: Method<Request, Response>,
    request: Request,
    deadlineMs: number,
    options: CallOptions | undefined,
  ): Promise<Response> {
    const connection = endpoint.connection;
    if (connection === undefined) {
      throw new GrpcError(grpcCode.unavailable, 'the connection is not ready', { unprocessed: true });
    }
    const metadata = this.#deps.user === undefined ? plainMetadata : await this.metadata(connection);
    return this.#once(connection, method, request, metadata, deadlineMs, options?.signal);
  }

  #once<Request, Response>(
    connection: ClientConnection,
    method: Method<Request, Response>,
    request: Request,
    metadata: readonly HeaderField[],
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    return new Promise<Response>((resolve, reject) => {
      let answer: { readonly response: Response } | undefined;
      const open: OpenCall = { deadlineMs: deadlineMs + TIMEOUT_SLACK_MS, giveUp: () => stop(timeoutError()) };
      const settle = (): void => {
        this.#open.delete(open);
        signal?.removeEventListener('abort', onAbort);
      };
      const call: ClientCall<Request, Response> = connection.call(
        method,
        request,
        { metadata },
        {
          onResponse: (response) => {
            answer = { response };
          },
          onEnd: (error) => {
            settle();
            if (error !== undefined) reject(error);
            else if (answer !== undefined) resolve(answer.response);
            else reject(new GrpcError(grpcCode.internal, 'the server ended the call without a response'));
          },
        },
      );
      const stop = (reason: unknown): void => {
        settle();
        call.cancel();
        reject(reason);
      };
      const onAbort = (): void => stop(signal?.reason);
      signal?.addEventListener('abort', onAbort);
      this.#open.add(open);
    });
  }

  /** False when there is no time left. */
  async #pause(attempt: number, deadlineMs: number, options: CallOptions | undefined): Promise<boolean> {
    const { clock, pool } = this.#deps;
    const pauseMs = attempt === 0 ? 0 : Math.min(RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MS * 2 ** attempt);
    if (clock.monotonicMs() + pauseMs >= deadlineMs) return false;
    if (pauseMs > 0) await pool.waitForChange(pauseMs);
    options?.signal?.throwIfAborted();
    return true;
  }

  async #login(connection: ClientConnection, user: { name: string; password: string }): Promise<string> {
    const deadlineMs = this.#deps.clock.monotonicMs() + this.#deps.requestTimeoutMs;
    try {
      const answer = await this.#once(connection, authService.authenticate, user, [], deadlineMs, undefined);
      return answer.token;
    } catch (thrown) {
      if (thrown instanceof GrpcError && thrown.message === 'etcdserver: authentication is not enabled') return '';
      throw thrown;
    }
  }

  #sweep(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const open of this.#open) if (open.deadlineMs <= nowMs) open.giveUp();
  }
}

/** A call that is under way. */
interface OpenCall {
  readonly deadlineMs: number;
  giveUp(): void;
}

/** How often the calls' deadlines are looked at. */
const SWEEP_MS = 100;

function timeoutError(): GrpcError {
  return new GrpcError(grpcCode.deadlineExceeded, 'etcdserver: request timed out');
}
