/**
 * Leases: ids with a time to live, and the keys that hang on them. Pure: whoever calls says what time it is, in
 * milliseconds of a monotonic clock.
 *
 * What is replicated (grant, revoke, checkpoint, which key hangs where) is the same on every member and is in the
 * backend. When a lease ends is known to the primary alone, the leader: everywhere else leases never expire. A new
 * primary gives every lease its whole remaining time again, and more, so that none ends early because a leader did.
 *
 * Invariants:
 * - A lease is never reported as expired before its granted ttl has passed since it was granted or last renewed here.
 * - A key hangs on one lease at most, and then its newest value says so (the keyspace attaches what it writes).
 */
import type { ByteString } from '../../base/bytes.ts';
import type { Random } from '../../base/random.ts';
import type { Backend } from '../backend/backend.ts';
import { StoreError } from '../errors.ts';
import type { LeaseId } from '../store.ts';
import type { LeaseAttachments } from './lease-attachments.ts';
import { TimerHeap } from './timer-heap.ts';

/** Seconds; more is refused (etcd's MaxLeaseTTL). */
export const LEASE_TTL_MAX = 9_000_000_000;
/** Seconds; less becomes this: etcd's minimum with its default election timeout of 1 s. */
const DEFAULT_TTL_MIN = 2;
/** The remaining time of longer leases is written down this often. */
const CHECKPOINT_INTERVAL_MS = 5 * 60_000;
/** An expired lease that was reported and is still there is reported again after this time. */
const EXPIRED_RETRY_MS = 3000;
/** Expiries a second that a new primary spreads leases to, three quarters of etcd's 1,000 revocations. */
const EXPIRIES_PER_SECOND_MAX = 750;

interface Lease {
  readonly id: LeaseId;
  /** Seconds. */
  readonly ttl: number;
  /** Seconds left at the last checkpoint; 0: the whole ttl. */
  remainingTtl: number;
  /** Infinite where this member is not the primary. */
  expiresAtMs: number;
  readonly keys: Set<ByteString>;
}

export interface LeaseTableDeps {
  readonly backend: Backend;
  /** Seconds; see `DEFAULT_TTL_MIN`. */
  readonly ttlMin?: number;
}

export interface LeaseCheckpoint {
  readonly id: LeaseId;
  /** Seconds. */
  readonly remainingTtl: number;
}

export class LeaseTable implements LeaseAttachments {
  readonly #backend: Backend;
  readonly #ttlMin: number;
  readonly #leases = new Map<LeaseId, Lease>();
  readonly #leaseOfKey = new Map<ByteString, LeaseId>();
  #primary = false;
  #expiries = new TimerHeap<LeaseId>();
  #checkpoints = new TimerHeap<LeaseId>();

  /** Reads the leases from the backend; their keys come with the keyspace that is built on it. Not primary at first. */
  constructor({ backend, ttlMin = DEFAULT_TTL_MIN }: LeaseTableDeps) {
    this.#backend = backend;
    this.#ttlMin = ttlMin;
    this.#recover();
  }

  get isPrimary(): boolean {
    return this.#primary;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Throws `leaseNotFound` for id 0n, `leaseTtlTooLarge`, `leaseExists`. */
  grant(request: { readonly id: LeaseId; readonly ttl: number }, nowMs: number): { id: LeaseId; ttl: number } {
    const { id } = request;
    if (id === 0n) throw new StoreError('leaseNotFound');
    if (request.ttl > LEASE_TTL_MAX) throw new StoreError('leaseTtlTooLarge');
    if (this.#leases.has(id)) throw new StoreError('leaseExists');
    const ttl = Math.max(request.ttl, this.#ttlMin);
    const lease: Lease = { id, ttl, remainingTtl: 0, expiresAtMs: Number.POSITIVE_INFINITY, keys: new Set() };
    this.#leases.set(id, lease);
    this.#persist(lease);
    if (this.#primary) this.#refresh(lease, nowMs, 0);
    return { id, ttl };
  }

  /** Deletes the lease and, in one revision, its keys. Throws `leaseNotFound`. */
  revoke(id: LeaseId, keyspace: { deleteKeys(keys: readonly ByteString[]): number }): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new StoreError('leaseNotFound');
    keyspace.deleteKeys([...lease.keys]);
    this.#leases.delete(id);
    this.#backend.delete('leases', leaseKey(id));
  }

  /**
   * Starts the term anew, on the primary; answers the granted ttl. Throws `notLeader` where it is not primary,
   * `leaseNotFound` also for one that is expired and about to be revoked.
   */
  keepAlive(id: LeaseId, nowMs: number): number {
    if (!this.#primary) throw new StoreError('notLeader');
    const lease = this.#leases.get(id);
    if (lease === undefined || lease.expiresAtMs <= nowMs) throw new StoreError('leaseNotFound');
    // Now the whole ttl counts again. What a checkpoint wrote down is less, and is cleared by `checkpoint(id, 0)`,
    // which the member proposes (`needsCheckpointClear`).
    lease.expiresAtMs = nowMs + lease.ttl * 1000;
    return lease.ttl;
  }

  /** Whether a remaining time shorter than the ttl is written down, which a renewal has made wrong. */
  needsCheckpointClear(id: LeaseId): boolean {
    return (this.#leases.get(id)?.remainingTtl ?? 0) > 0;
  }

  /** undefined when there is no such lease. `ttl` is in whole seconds and, where it is not primary, the granted one. */
  timeToLive(
    id: LeaseId,
    nowMs: number,
  ): { readonly ttl: number; readonly grantedTtl: number; readonly keys: readonly ByteString[] } | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    const leftMs = lease.expiresAtMs - nowMs;
    const ttl = this.#primary ? Math.max(0, Math.floor(leftMs / 1000)) : lease.ttl;
    return { ttl, grantedTtl: lease.ttl, keys: [...lease.keys].sort() };
  }

  /** Every lease, those that end first first. */
  list(): LeaseId[] {
    return [...this.#leases.values()]
      .sort((a, b) =>
        a.expiresAtMs === b.expiresAtMs ? compareIds(a.id, b.id) : a.expiresAtMs < b.expiresAtMs ? -1 : 1,
      )
      .map((lease) => lease.id);
  }

  /**
   * Up to `limit` leases that have ended and are to be revoked; none where it is not primary. One that is not revoked
   * is reported again after 3 s.
   */
  expired(nowMs: number, limit = 500): LeaseId[] {
    const ended: LeaseId[] = [];
    while (ended.length < limit) {
      const id = this.#expiries.takeDue(nowMs);
      if (id === undefined) break;
      const lease = this.#leases.get(id);
      if (lease === undefined) continue;
      // A renewal moves the end without touching the heap; it is put in its new place here.
      if (lease.expiresAtMs > nowMs) {
        this.#expiries.add(lease.expiresAtMs, id);
        continue;
      }
      ended.push(id);
      this.#expiries.add(nowMs + EXPIRED_RETRY_MS, id);
    }
    return ended;
  }

  /** The time at which `expired` may have something to say; undefined: not before something changes. */
  nextExpiryMs(): number | undefined {
    return this.#expiries.nextMs();
  }

  /** Up to `limit` remaining times that are to be replicated, so that long leases do not start anew with every leader. */
  dueCheckpoints(nowMs: number, limit = 1000): LeaseCheckpoint[] {
    const due: LeaseCheckpoint[] = [];
    while (due.length < limit) {
      const id = this.#checkpoints.takeDue(nowMs);
      if (id === undefined) break;
      const lease = this.#leases.get(id);
      if (lease === undefined || lease.expiresAtMs <= nowMs) continue;
      const remainingTtl = Math.ceil((lease.expiresAtMs - nowMs) / 1000);
      if (remainingTtl < lease.ttl) due.push({ id, remainingTtl });
      this.#checkpoints.add(nowMs + CHECKPOINT_INTERVAL_MS, id);
    }
    return due;
  }

  /** Applies a replicated remaining time, for the next promotion to start from; 0: the whole ttl again. */
  checkpoint({ id, remainingTtl }: LeaseCheckpoint): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    lease.remainingTtl = remainingTtl;
    this.#persist(lease);
  }

  /** This member leads now: every lease gets its remaining time again, and `extendMs` (an election timeout) more. */
  promote(nowMs: number, extendMs: number): void {
    this.#primary = true;
    this.#expiries = new TimerHeap();
    this.#checkpoints = new TimerHeap();
    for (const lease of this.#leases.values()) this.#refresh(lease, nowMs, extendMs);
    this.#spreadExpiries();
  }

  demote(): void {
    this.#primary = false;
    this.#expiries = new TimerHeap();
    this.#checkpoints = new TimerHeap();
    for (const lease of this.#leases.values()) lease.expiresAtMs = Number.POSITIVE_INFINITY;
  }

  /** Reads the leases anew after the backend was replaced. Then the keyspace reloads, and attaches the keys. */
  reload(): void {
    this.demote();
    this.#leases.clear();
    this.#leaseOfKey.clear();
    this.#recover();
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  leaseOf(key: ByteString): LeaseId {
    return this.#leaseOfKey.get(key) ?? 0n;
  }

  attach(key: ByteString, id: LeaseId): void {
    const old = this.#leaseOfKey.size === 0 ? undefined : this.#leaseOfKey.get(key);
    if (old !== undefined) {
      if (old === id) return;
      this.#leases.get(old)?.keys.delete(key);
      this.#leaseOfKey.delete(key);
    }
    if (id === 0n) return;
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    lease.keys.add(key);
    this.#leaseOfKey.set(key, id);
  }

  detachAll(): void {
    this.#leaseOfKey.clear();
    for (const lease of this.#leases.values()) lease.keys.clear();
  }

  #refresh(lease: Lease, nowMs: number, extendMs: number): void {
    const seconds = lease.remainingTtl > 0 ? lease.remainingTtl : lease.ttl;
    lease.expiresAtMs = nowMs + extendMs + seconds * 1000;
    this.#expiries.add(lease.expiresAtMs, lease.id);
    if (seconds * 1000 > CHECKPOINT_INTERVAL_MS) this.#checkpoints.add(nowMs + CHECKPOINT_INTERVAL_MS, lease.id);
  }

  /** After a promotion many leases may end at once; they are moved later, never earlier, to what can be revoked in time. */
  #spreadExpiries(): void {
    if (this.#leases.size <= EXPIRIES_PER_SECOND_MAX) return;
    const spacingMs = 1000 / EXPIRIES_PER_SECOND_MAX;
    let earliestMs = 0;
    this.#expiries = new TimerHeap();
    for (const id of this.list()) {
      const lease = this.#leases.get(id);
      if (lease === undefined) continue;
      lease.expiresAtMs = Math.max(lease.expiresAtMs, earliestMs);
      earliestMs = lease.expiresAtMs + spacingMs;
      this.#expiries.add(lease.expiresAtMs, id);
    }
  }

  #persist({ id, ttl, remainingTtl }: Lease): void {
    const value = Buffer.allocUnsafe(16);
    value.writeBigUInt64BE(BigInt(ttl), 0);
    value.writeBigUInt64BE(BigInt(remainingTtl), 8);
    this.#backend.put('leases', leaseKey(id), value);
  }

  #recover(): void {
    for (const { key, value } of this.#backend.range('leases')) {
      const id = Buffer.from(key, 'latin1').readBigInt64BE(0);
      const bytes = Buffer.from(value);
      this.#leases.set(id, {
        id,
        ttl: Math.max(Number(bytes.readBigUInt64BE(0)), this.#ttlMin),
        remainingTtl: Number(bytes.readBigUInt64BE(8)),
        expiresAtMs: Number.POSITIVE_INFINITY,
        keys: new Set(),
      });
    }
  }
}

/** An id for a lease whose client names none: positive, 63 bits. */
export function drawLeaseId(random: Random): LeaseId {
  const drawn = Buffer.from(random.bytes(8)).readBigUInt64BE(0) & 0x7fff_ffff_ffff_ffffn;
  return drawn === 0n ? 1n : drawn;
}

function leaseKey(id: LeaseId): ByteString {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(id, 0);
  return bytes.toString('latin1');
}

function compareIds(a: LeaseId, b: LeaseId): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
