/**
 * A member that runs, as its owner sees it: the store, what it says of itself, changes of the members, and its end. The
 * duties that repeat (leases, quota, sweeping, compaction by itself) hang on its ticks.
 */
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import type { StoreAdmin } from '../admin.ts';
import type { Member, MemberStatus, Store, WithHeader } from '../store.ts';
import { AutoCompactor } from './auto-compactor.ts';
import { CompactionSweeper } from './compaction-sweeper.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { MemberAdmin } from './member-admin.ts';
import { MemberStore } from './member-store.ts';
import { type MemberOptions, memberDefaults } from './options.ts';
import { Quota } from './quota.ts';
import type { MemberFailure, StoreMember } from './store-member.ts';

export class RunningMember {
  readonly store: Store;
  /** Changes of the members, alarms, upkeep. */
  readonly admin: StoreAdmin;
  /** The member's consensus, for those who look inside: tests, the dashboard, the etcd server. */
  readonly core: StoreMember;
  readonly #logger: Logger;
  readonly #options: MemberOptions;
  readonly #ends: (() => void)[] = [];
  #publishing = false;

  constructor(core: StoreMember, options: MemberOptions) {
    this.core = core;
    this.#options = options;
    this.#logger = options.logger;
    const { clock, logger, random } = options;
    const leases = new LeaseKeeper(core, clock, logger);
    const sweeper = new CompactionSweeper(core.machine.keyspace, clock);
    const quotaBytes = options.quotaBytes ?? limits.backendQuotaBytes;
    const quota = new Quota(core, quotaBytes);
    const requestLimits = {
      storeRequestBytesMax: options.requestBytesMax ?? limits.storeRequestBytesMax,
      txnOperationsMax: options.txnOperationsMax ?? limits.txnOperationsMax,
    };
    this.store = new MemberStore({ member: core, leases, sweeper, quota, clock, random, requestLimits });
    const learnersMax = options.learnersMax ?? memberDefaults.learnersMax;
    this.admin = new MemberAdmin({ core, clock, sweeper, quotaBytes, learnersMax });
    this.#ends.push(
      core.onTick(() => {
        leases.tick();
        quota.measure();
        sweeper.wake();
        this.#maybePublish();
      }),
      () => sweeper.stop(),
      core.onRole(() => this.#maybePublish()),
    );
    const progress = clock.every(options.watchProgressMs ?? memberDefaults.watchProgressMs, () =>
      core.machine.keyspace.hub.tick(),
    );
    this.#ends.push(() => progress.cancel());
    if (options.autoCompaction !== undefined) {
      const compactor = new AutoCompactor({ core, store: this.store, clock, logger, rule: options.autoCompaction });
      this.#ends.push(() => compactor.stop());
    }
    void core.stopped.then(() => {
      for (const end of this.#ends) end();
    });
  }

  get id(): bigint {
    return this.core.id;
  }

  get name(): string {
    return this.#options.name;
  }

  get clusterId(): bigint {
    return this.core.clusterId;
  }

  /** Entries of the log that the state did not hold at the start, and that were read back. */
  get replayedEntries(): number {
    return this.core.replayedEntries;
  }

  get isLeader(): boolean {
    return this.core.isLeader;
  }

  /** As this member knows them. */
  get members(): readonly Member[] {
    return this.core.machine.membership.list();
  }

  /** Version, sizes, leader, indexes, alarms. */
  status(): Promise<WithHeader<MemberStatus>> {
    return this.store.status();
  }

  /** Resolves when it has ended: with the failure if it could not go on, with undefined after `close`. */
  get stopped(): Promise<MemberFailure | undefined> {
    return this.core.stopped;
  }

  /** Resolves when there is a leader and this member has caught up with it; rejects with `timeout` or `stopped`. */
  ready(): Promise<void> {
    return this.core.readBarrier();
  }

  /** Ends cleanly. Idempotent. */
  close(): Promise<void> {
    return this.core.close();
  }

  /** Tells the cluster this member's name and client addresses, until it knows them. */
  #maybePublish(): boolean {
    const { name, clientUrls } = this.#options;
    const { core } = this;
    const known = core.machine.membership.get(core.id);
    if (this.#publishing || core.leader === 0n || known === undefined) return false;
    if (known.name === name && sameUrls(known.clientUrls, clientUrls)) return false;
    this.#publishing = true;
    core
      .submit<'memberAttributes'>({ type: 'memberAttributes', id: core.id, name, clientUrls })
      .catch((error: unknown) => {
        this.#logger.warn({ error: messageOf(error) }, 'the member could not publish its addresses yet');
      })
      .finally(() => {
        this.#publishing = false;
      });
    return true;
  }
}

function sameUrls(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((url, at) => url === b[at]);
}
