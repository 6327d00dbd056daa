import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { drawLeaseId, LeaseTable } from '../../../store/mvcc/lease-table.ts';

const noKeys = { deleteKeys: (keys: readonly string[]): number => keys.length };
const seconds = (count: number): number => count * 1000;

function primary(backend = new MemoryBackend()): LeaseTable {
  const leases = new LeaseTable({ backend });
  leases.promote(0, 0);
  return leases;
}

describe('expiry', () => {
  test('L8 comes after the ttl, never before, and again every 3 s until the lease is revoked', () => {
    const leases = primary();
    leases.grant({ id: 1n, ttl: 10 }, 0);
    leases.grant({ id: 2n, ttl: 5 }, 0);
    expect(leases.expired(seconds(5) - 1)).toEqual([]);
    expect(leases.expired(seconds(5))).toEqual([2n]);
    expect(leases.expired(seconds(6))).toEqual([]);
    expect(leases.expired(seconds(8))).toEqual([2n]);
    leases.revoke(2n, noKeys);
    expect(leases.expired(seconds(100))).toEqual([1n]);
  });

  test('L8 a renewal starts the term anew; an expired lease cannot be renewed', () => {
    const leases = primary();
    leases.grant({ id: 1n, ttl: 10 }, 0);
    expect(leases.keepAlive(1n, seconds(9))).toBe(10);
    expect(leases.expired(seconds(18))).toEqual([]);
    expect(leases.timeToLive(1n, seconds(18))).toMatchObject({ ttl: 1, grantedTtl: 10 });
    expect(() => leases.keepAlive(1n, seconds(19))).toThrow('requested lease not found');
    expect(leases.expired(seconds(19))).toEqual([1n]);
    expect(leases.timeToLive(1n, seconds(25))?.ttl).toBe(0);
  });

  test('L8 many at once come in portions', () => {
    const leases = primary();
    for (let id = 1n; id <= 20n; id++) leases.grant({ id, ttl: 2 }, 0);
    const first = leases.expired(seconds(2), 15);
    const second = leases.expired(seconds(2), 15);
    expect(first).toHaveLength(15);
    expect(new Set([...first, ...second]).size).toBe(20);
  });

  test('L8 the next time to look is known', () => {
    const leases = primary();
    expect(leases.nextExpiryMs()).toBeUndefined();
    leases.grant({ id: 1n, ttl: 10 }, seconds(1));
    expect(leases.nextExpiryMs()).toBe(seconds(11));
  });
});

describe('leaders', () => {
  test('L9 only the primary lets leases expire or renews them', () => {
    const leases = new LeaseTable({ backend: new MemoryBackend() });
    leases.grant({ id: 1n, ttl: 10 }, 0);
    expect(leases.expired(seconds(1000))).toEqual([]);
    expect(() => leases.keepAlive(1n, 0)).toThrow('not leader');
    expect(leases.timeToLive(1n, seconds(1000))).toMatchObject({ ttl: 10 });
    leases.promote(seconds(1000), 0);
    expect(leases.isPrimary).toBe(true);
    expect(leases.expired(seconds(1010))).toEqual([1n]);
    leases.demote();
    expect(leases.expired(seconds(9999))).toEqual([]);
  });

  test('L9 a new primary gives every lease its whole time again, and the extension more', () => {
    const leases = primary();
    leases.grant({ id: 1n, ttl: 10 }, 0);
    leases.promote(seconds(9), seconds(1));
    expect(leases.expired(seconds(20) - 1)).toEqual([]);
    expect(leases.expired(seconds(20))).toEqual([1n]);
  });

  test('L9 leases that would end all at once after a promotion are spread, later and never earlier', () => {
    const leases = primary();
    for (let id = 1n; id <= 2000n; id++) leases.grant({ id, ttl: 60 }, 0);
    leases.promote(0, 0);
    expect(leases.expired(seconds(60) - 1, 5000)).toHaveLength(0);
    expect(leases.expired(seconds(61), 5000).length).toBeLessThanOrEqual(751);
    expect(leases.expired(seconds(62), 5000).length).toBeLessThanOrEqual(751);
    expect(leases.expired(seconds(62.9), 5000).length).toBeGreaterThan(400);
  });
});

describe('checkpoints', () => {
  test('L10 the remaining time of long leases is to be written down every 5 minutes', () => {
    const leases = primary();
    leases.grant({ id: 1n, ttl: 3600 }, 0);
    leases.grant({ id: 2n, ttl: 200 }, 0);
    expect(leases.dueCheckpoints(seconds(299))).toEqual([]);
    expect(leases.dueCheckpoints(seconds(300))).toEqual([{ id: 1n, remainingTtl: 3300 }]);
    expect(leases.dueCheckpoints(seconds(300))).toEqual([]);
    expect(leases.dueCheckpoints(seconds(601))).toEqual([{ id: 1n, remainingTtl: 2999 }]);
  });

  test('L10 what was written down survives a restart: a lease goes on where it was, and not earlier', () => {
    const backend = new MemoryBackend();
    const before = primary(backend);
    before.grant({ id: 1n, ttl: 3600 }, 0);
    before.grant({ id: 2n, ttl: 3600 }, 0);
    for (const checkpoint of before.dueCheckpoints(seconds(1800))) before.checkpoint(checkpoint);
    expect(before.needsCheckpointClear(2n)).toBe(true);
    before.keepAlive(2n, seconds(1900));
    before.checkpoint({ id: 2n, remainingTtl: 0 });
    const after = new LeaseTable({ backend });
    expect(after.list()).toEqual([1n, 2n]);
    after.promote(seconds(50), seconds(1));
    expect(after.expired(seconds(50 + 1 + 1800) - 1)).toEqual([]);
    expect(after.expired(seconds(50 + 1 + 1800))).toEqual([1n]);
    expect(after.timeToLive(2n, seconds(51))).toMatchObject({ ttl: 3600, grantedTtl: 3600 });
  });

  test('L10 a checkpoint does not shorten a lease that runs', () => {
    const leases = primary();
    leases.grant({ id: 1n, ttl: 3600 }, 0);
    leases.checkpoint({ id: 1n, remainingTtl: 10 });
    expect(leases.expired(seconds(3599))).toEqual([]);
    leases.checkpoint({ id: 77n, remainingTtl: 10 });
  });
});

describe('ids', () => {
  test('L1 drawn ids are positive 63-bit numbers; negative ones are taken as they are', () => {
    const random = new SeededRandom('ids');
    const drawn = Array.from({ length: 100 }, () => drawLeaseId(random));
    expect(drawn.every((id) => id > 0n && id < 2n ** 63n)).toBe(true);
    expect(new Set(drawn).size).toBe(100);
    const backend = new MemoryBackend();
    primary(backend).grant({ id: -5n, ttl: 10 }, 0);
    expect(new LeaseTable({ backend }).list()).toEqual([-5n]);
    expect(() => primary().grant({ id: 0n, ttl: 10 }, 0)).toThrow('requested lease not found');
  });
});
