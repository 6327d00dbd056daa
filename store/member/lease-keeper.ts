/**
 * What the leader does for leases: it alone knows when they end. It revokes those that ended, through the log, and
 * writes down what long ones have left. Other members ask it.
 *
 * A leader that was paused may believe in its office when another was elected long ago and renewed everything. So
 * nothing is renewed or revoked before a quorum has confirmed it (the read barrier), and what it then proposes counts
 * only in an entry of its own term: forwarded to a successor it does nothing.
 */
import type { BinaryReader } from '../../base/binary-reader.ts';
import type { BinaryWriter } from '../../base/binary-writer.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { StoreError } from '../errors.ts';
import type { CallOptions, LeaseId, LeaseStatus } from '../store.ts';
import type { CallName } from './peer-calls.ts';
import type { StoreMember } from './store-member.ts';

/** How late a lease may be revoked, as in etcd. */
const CHECK_MS = 500;
/** Leases revoked in one check (etcd: 1,000 a second). */
const REVOKED_MAX = 500;

export class LeaseKeeper {
  readonly #member: StoreMember;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #checking = false;

  constructor(member: StoreMember, clock: Clock, logger: Logger) {
    this.#member = member;
    this.#clock = clock;
    this.#logger = logger;
    member.calls.handle('leaseKeepAlive', async (question, answer) => {
      const id = question.bigI64();
      await this.#confirmPrimary();
      answer.varint(this.#renew(id));
    });
    member.calls.handle('leaseTimeToLive', async (question, answer) => {
      const id = question.bigI64();
      await this.#confirmPrimary();
      encodeStatus(answer, this.#statusOf(id));
    });
  }

  /** Answers the ttl from now on, 0 when there is no such lease. Rejects with `noLeader`, `timeout` and the like. */
  async keepAlive(id: LeaseId, options?: CallOptions): Promise<number> {
    await this.#member.readBarrier(options);
    const { leases } = this.#member.machine;
    if (!leases.isPrimary) return (await this.#ask('leaseKeepAlive', id)).varint();
    return this.#renew(id);
  }

  async timeToLive(id: LeaseId, options?: CallOptions): Promise<LeaseStatus> {
    await this.#member.readBarrier(options);
    const { leases } = this.#member.machine;
    if (leases.isPrimary || !leases.has(id)) return this.#statusOf(id);
    return decodeStatus(await this.#ask('leaseTimeToLive', id), id);
  }

  /** To be called often; looks at the leases now and then. */
  tick(): void {
    const nowMs = this.#clock.monotonicMs();
    const { leases } = this.#member.machine;
    if (!leases.isPrimary || this.#checking || nowMs - this.#checkedAtMs < CHECK_MS) return;
    this.#checkedAtMs = nowMs;
    const due = leases.nextExpiryMs();
    const checkpoints = leases.dueCheckpoints(nowMs);
    if (checkpoints.length === 0 && (due === undefined || due > nowMs)) return;
    this.#checking = true;
    this.#settleDue(checkpoints)
      .catch((error: unknown) => this.#logger.warn({ error: messageOf(error) }, 'expired leases were not revoked'))
      .finally(() => {
        this.#checking = false;
      });
  }

  async #settleDue(checkpoints: ReturnType<StoreMember['machine']['leases']['dueCheckpoints']>): Promise<void> {
    const member = this.#member;
    const term = member.term;
    await member.readBarrier();
    const { leases } = member.machine;
    if (!leases.isPrimary || member.term !== term) return;
    const expired = leases.expired(this.#clock.monotonicMs(), REVOKED_MAX);
    const settled: Promise<unknown>[] = expired.map((id) =>
      member.submit<'leaseRevoke'>({ type: 'leaseRevoke', id, expiredInTerm: term }).catch((error: unknown) => {
        if (!(error instanceof StoreError && error.reason === 'leaseNotFound')) throw error;
      }),
    );
    if (checkpoints.length > 0) {
      settled.push(member.submit<'leaseCheckpoint'>({ type: 'leaseCheckpoint', term, checkpoints }));
    }
    await Promise.all(settled);
  }

  #renew(id: LeaseId): number {
    const member = this.#member;
    const { leases } = member.machine;
    try {
      const ttl = leases.keepAlive(id, this.#clock.monotonicMs());
      if (leases.needsCheckpointClear(id)) {
        const checkpoints = [{ id, remainingTtl: 0 }];
        member
          .submit<'leaseCheckpoint'>({ type: 'leaseCheckpoint', term: member.term, checkpoints })
          .catch((error: unknown) => this.#logger.debug({ error: messageOf(error) }, 'a checkpoint was not cleared'));
      }
      return ttl;
    } catch (error) {
      if (error instanceof StoreError && error.reason === 'leaseNotFound') return 0;
      throw error;
    }
  }

  #statusOf(id: LeaseId): LeaseStatus {
    const status = this.#member.machine.leases.timeToLive(id, this.#clock.monotonicMs());
    return status === undefined ? { id, ttl: -1, grantedTtl: 0, keys: [] } : { id, ...status };
  }

  async #confirmPrimary(): Promise<void> {
    await this.#member.readBarrier();
    if (!this.#member.machine.leases.isPrimary) throw new StoreError('notLeader');
  }

  #ask(name: CallName, id: LeaseId): Promise<BinaryReader> {
    const { leader } = this.#member;
    if (leader === 0n || leader === this.#member.id) return Promise.reject(new StoreError('noLeader'));
    return this.#member.calls.ask(leader, name, (question) => question.bigI64(id));
  }
}

function encodeStatus(writer: BinaryWriter, { ttl, grantedTtl, keys }: LeaseStatus): void {
  writer.f64(ttl);
  writer.varint(grantedTtl);
  writer.varint(keys.length);
  for (const key of keys) writer.byteString(key);
}

function decodeStatus(reader: BinaryReader, id: LeaseId): LeaseStatus {
  const ttl = reader.f64();
  const grantedTtl = reader.varint();
  return { id, ttl, grantedTtl, keys: Array.from({ length: reader.varint() }, () => reader.byteString()) };
}
