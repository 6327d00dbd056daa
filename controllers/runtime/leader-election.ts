/**
 * Leader election over a Lease (client-go's leaderelection): of several processes with the same work, one does it.
 *
 * The holder renews every `retryPeriodMs`; when it could not for `renewDeadlineMs` it stops working, and whoever sees the
 * lease unchanged for `leaseDurationMs` on its *own* monotonic clock takes it. Clocks of different machines are never
 * compared; what is needed is only that they run at about the same speed.
 *
 * A term of leadership is given an AbortSignal: when it is aborted, another may already lead.
 */
import { assert } from '../../base/assert.ts';
import { type Clock, microTimestamp } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { V1Lease, V1LeaseSpec } from '../../generated/kubernetes.d.ts';
import { type Client, isNotFound } from './client.ts';
import type { EventRecorder } from './event-recorder.ts';
import { leases } from './resources.ts';

export interface LeaderElectionDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events?: EventRecorder;
}

export interface LeaderElectionOptions {
  /** `kube-controller-manager`, `kube-scheduler`. */
  readonly name: string;
  readonly namespace?: string;
  /** Unique among the contenders: `host_uuid`. */
  readonly identity: string;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
}

const JITTER_FACTOR = 1.2;

export class LeaderElection {
  readonly #deps: LeaderElectionDeps;
  readonly #name: string;
  readonly #namespace: string;
  readonly #identity: string;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  /** The lease as last seen or written, and when that was, on our monotonic clock. */
  #observed: V1Lease | undefined;
  #observedAtMs = 0;

  constructor(deps: LeaderElectionDeps, options: LeaderElectionOptions) {
    this.#deps = deps;
    this.#name = options.name;
    this.#namespace = options.namespace ?? 'kube-system';
    this.#identity = options.identity;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    assert(this.#leaseDurationMs > this.#renewDeadlineMs, 'leaseDurationMs must be greater than renewDeadlineMs');
    assert(
      this.#renewDeadlineMs > JITTER_FACTOR * this.#retryPeriodMs,
      'renewDeadlineMs must be greater than retryPeriodMs times 1.2',
    );
  }

  /** Who leads, as far as we have seen; '' when nobody does. */
  get leader(): string {
    return this.#observed?.spec?.holderIdentity ?? '';
  }

  get isLeader(): boolean {
    return this.leader === this.#identity;
  }

  /**
   * Waits for leadership, does `lead` while it lasts, and returns when it ended: lost, or given up because `signal` was
   * aborted (then the lease is released, so that another need not wait for it to run out), or `lead` returned or failed.
   */
  async run(signal: AbortSignal, lead: (term: AbortSignal) => Promise<void>): Promise<void> {
    if (!(await this.#acquire(signal))) return;
    this.#tell('became leader');
    const term = new AbortController();
    const work = lead(term.signal);
    try {
      await Promise.race([work, this.#renewWhilePossible(AbortSignal.any([signal, term.signal]))]);
    } finally {
      this.#tell('stopped leading');
      term.abort();
      await work.finally(() => (signal.aborted ? this.#release() : undefined));
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#maybeTake()) return true;
      await this.#deps.clock.sleep(this.#retryPeriodMs * (1 + JITTER_FACTOR * this.#deps.random.next()), signal);
    }
    return false;
  }

  /** Returns when a renewal has not succeeded for the whole deadline, or on abort. */
  async #renewWhilePossible(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    let renewedMs = clock.monotonicMs();
    while (!signal.aborted) {
      await clock.sleep(this.#retryPeriodMs, signal);
      if (signal.aborted) return;
      const remainingMs = renewedMs + this.#renewDeadlineMs - clock.monotonicMs();
      if (remainingMs <= 0) {
        this.#deps.logger.warn({ lease: this.#name }, 'the leader lease could not be renewed in time');
        return;
      }
      // A request that hangs must not keep us leading: the deadline holds for it too.
      const renewed = await Promise.race([this.#maybeTake(), clock.sleep(remainingMs, signal).then(() => false)]);
      if (renewed) renewedMs = clock.monotonicMs();
      else if (!this.isLeader) return;
    }
  }

  /** Takes or renews the lease if it is ours to take; says whether we hold it now. */
  async #maybeTake(): Promise<boolean> {
    const { client, logger } = this.#deps;
    try {
      if (this.isLeader && this.#observed !== undefined && !this.#expired()) {
        try {
          this.#see(await client.update<V1Lease>(leases, this.#next(this.#observed)));
          return true;
        } catch {
          // Somebody wrote in between, or the server is away: look again.
        }
      }
      const found = await this.#find();
      if (found === undefined) {
        this.#see(await client.create<V1Lease>(leases, this.#next(undefined)));
        return true;
      }
      if (found.metadata?.resourceVersion !== this.#observed?.metadata?.resourceVersion) this.#see(found);
      const holder = found.spec?.holderIdentity ?? '';
      if (holder !== '' && holder !== this.#identity && !this.#expired()) return false;
      this.#see(await client.update<V1Lease>(leases, this.#next(found)));
      return true;
    } catch (thrown) {
      logger.debug({ lease: this.#name, error: messageOf(thrown) }, 'the leader lease was not taken');
      return false;
    }
  }

  async #find(): Promise<V1Lease | undefined> {
    try {
      return await this.#deps.client.get<V1Lease>(leases, this.#name, this.#namespace);
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  }

  #next(current: V1Lease | undefined): V1Lease {
    const now = microTimestamp(this.#deps.clock.nowMs());
    const held = current?.spec?.holderIdentity === this.#identity;
    const transitions = current?.spec?.leaseTransitions ?? 0;
    const spec: V1LeaseSpec = {
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.floor(this.#leaseDurationMs / 1000),
      acquireTime: held ? (current?.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: current === undefined || held ? transitions : transitions + 1,
    };
    return { ...this.#envelope(current), spec };
  }

  #envelope(current: V1Lease | undefined): V1Lease {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: current?.metadata ?? { name: this.#name, namespace: this.#namespace },
    };
  }

  async #release(): Promise<void> {
    if (!this.isLeader || this.#observed === undefined) return;
    const now = microTimestamp(this.#deps.clock.nowMs());
    const leaseTransitions = this.#observed.spec?.leaseTransitions ?? 0;
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
    try {
      this.#see(await this.#deps.client.update<V1Lease>(leases, { ...this.#envelope(this.#observed), spec }));
    } catch (thrown) {
      this.#deps.logger.debug({ lease: this.#name, error: messageOf(thrown) }, 'the leader lease was not released');
    }
  }

  #see(lease: V1Lease): void {
    const before = this.leader;
    this.#observed = lease;
    this.#observedAtMs = this.#deps.clock.monotonicMs();
    if (this.leader !== before && this.leader !== '') {
      this.#deps.logger.info({ lease: this.#name, leader: this.leader }, 'a new leader was elected');
    }
  }

  #expired(): boolean {
    const durationMs = (this.#observed?.spec?.leaseDurationSeconds ?? 0) * 1000;
    return this.#deps.clock.monotonicMs() - this.#observedAtMs >= durationMs;
  }

  #tell(what: string): void {
    this.#deps.events?.event(this.#envelope(this.#observed), 'Normal', 'LeaderElection', `${this.#identity} ${what}`);
  }
}
