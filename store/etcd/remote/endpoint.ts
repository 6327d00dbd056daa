/**
 * One address of the cluster: keeps a connection to it, makes it anew when it is lost, and finds out when the member
 * behind it does not answer any more although the connection stands (a stopped process, a lost network).
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import { ClientConnection, type Target } from '../grpc/client-connection.ts';
import type { GrpcError } from '../grpc/status.ts';
import { emptyStatusRequest, maintenanceService, type StatusResponse } from '../proto/gen/etcdserverpb.ts';

export interface EndpointTimes {
  /** With calls open and nothing heard for so long, the member is asked for a sign of life. */
  readonly silenceMs: number;
  /** It then has so long to give one. */
  readonly probeTimeoutMs: number;
  /** For a connection to come about. */
  readonly connectTimeoutMs: number;
  /** Between attempts to connect: the first pause, which doubles, and the longest. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

export interface EndpointDeps {
  readonly target: Target;
  readonly times: EndpointTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** It became ready, or is not any more, or leadership was learnt. */
  readonly onChange: () => void;
}

export class Endpoint {
  readonly name: string;
  readonly #deps: EndpointDeps;
  #connection: ClientConnection | undefined;
  #leads = false;
  #ordersProgress = false;
  #failures = 0;
  #lastError = 'not connected yet';
  #heardAtMs = 0;
  #probedAtMs: number | undefined;
  #watchdog: Timer | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(deps: EndpointDeps) {
    this.#deps = deps;
    this.name = `${deps.target.host}:${deps.target.port}`;
  }

  get ready(): boolean {
    return this.#connection?.ready === true;
  }

  /** The member said, when it was last asked, that it leads. */
  get leads(): boolean {
    return this.#leads;
  }

  /**
   * When this member says how far a watch has come, every event before has been sent. Older ones may say so too early
   * (etcd-io/etcd#15220, #17507). False until it has said which version it is.
   */
  get ordersProgress(): boolean {
    return this.#ordersProgress;
  }

  /** Connecting failed at least once since the last success. */
  get failing(): boolean {
    return this.#failures > 0 && !this.ready;
  }

  get lastError(): string {
    return this.#lastError;
  }

  get connection(): ClientConnection | undefined {
    return this.ready ? this.#connection : undefined;
  }

  connect(): void {
    if (this.#closed || this.#connection !== undefined) return;
    const { target, times, clock } = this.#deps;
    this.#timer?.cancel();
    const connection = new ClientConnection(target, {
      onReady: () => this.#onReady(),
      onUnusable: (reason) => this.#onUnusable(connection, reason),
      onSignOfLife: () => {
        this.#heardAtMs = clock.monotonicMs();
        this.#probedAtMs = undefined;
      },
    });
    this.#connection = connection;
    this.#timer = clock.after(times.connectTimeoutMs, () => connection.destroy('connecting took too long'));
  }

  /** Asks whether the member leads, and thereby whether it lives. */
  askStatus(): void {
    const connection = this.connection;
    if (connection === undefined) return;
    const settings = { metadata: [] };
    connection.call(maintenanceService.status, emptyStatusRequest, settings, {
      onResponse: ({ leader, header, version }: StatusResponse) => {
        this.#ordersProgress = ordersProgress(version);
        this.#setLeads(leader === header.memberId);
      },
      onEnd: (_error: GrpcError | undefined) => {},
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#watchdog?.cancel();
    this.#connection?.destroy('the client was closed');
  }

  #setLeads(leads: boolean): void {
    if (this.#leads === leads) return;
    this.#leads = leads;
    this.#deps.onChange();
  }

  #onReady(): void {
    this.#timer?.cancel();
    this.#failures = 0;
    const { clock, times, onChange } = this.#deps;
    this.#watchdog = clock.every(times.silenceMs / 2, () => this.#watch());
    this.askStatus();
    onChange();
  }

  #onUnusable(connection: ClientConnection, reason: string): void {
    if (this.#connection !== connection) return;
    const { clock, random, times, logger, onChange } = this.#deps;
    this.#connection = undefined;
    this.#leads = false;
    this.#ordersProgress = false;
    this.#lastError = reason;
    this.#timer?.cancel();
    this.#watchdog?.cancel();
    this.#probedAtMs = undefined;
    if (this.#closed) return;
    logger.debug({ endpoint: this.name, reason }, 'store endpoint lost');
    const backoffMs = Math.min(times.backoffMaxMs, times.backoffMs * 2 ** this.#failures);
    this.#failures++;
    this.#timer = clock.after(backoffMs * (0.5 + random.next()), () => this.connect());
    onChange();
  }

  /** Asks a silent member for a sign of life, and gives it up when none comes. */
  #watch(): void {
    const connection = this.#connection;
    const { clock, times } = this.#deps;
    if (connection === undefined || connection.openCalls === 0) {
      this.#probedAtMs = undefined;
      return;
    }
    const nowMs = clock.monotonicMs();
    if (this.#probedAtMs === undefined) {
      if (nowMs - this.#heardAtMs < times.silenceMs) return;
      this.#probedAtMs = nowMs;
      this.askStatus();
    } else if (nowMs - this.#probedAtMs >= times.probeTimeoutMs) {
      // Perhaps it was this process that did not run: what has arrived meanwhile is read before it is judged.
      setImmediate(() => setImmediate(() => this.#judge(connection)));
    }
  }

  #judge(connection: ClientConnection): void {
    if (this.#probedAtMs === undefined || this.#connection !== connection) return;
    connection.destroy('the member does not answer');
  }
}

/** Since 3.4.31, and of 3.5 since 3.5.13. */
function ordersProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  if (major !== 3 || minor > 5) return major >= 3;
  return minor === 5 ? patch >= 13 : minor === 4 && patch >= 31;
}
