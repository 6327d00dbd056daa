/** The contract of `Store`, leases (store/SPEC.md, Lease). */

import { describe, expect, test } from 'vitest';
import { prefixEnd } from '../../base/bytes.ts';
import { bytes, keysOf, refused, type StoreHarness } from './store-harness.ts';

export function describeLease(h: StoreHarness): void {
  describe('a lease', () => {
    test('L1 is granted with the id that was asked for, or a new one, and is listed', async () => {
      const chosen = await h.store.leaseGrant({ ttl: 100 });
      expect(chosen.id).toBeGreaterThan(0n);
      expect(chosen.ttl).toBe(100);
      const id = 0x7edc_ba98_7654_3210n;
      expect((await h.store.leaseGrant({ id, ttl: 100 })).id).toBe(id);
      await refused(h.store.leaseGrant({ id, ttl: 100 }), 'leaseExists');
      const { leases } = await h.store.leases();
      expect(leases).toContain(id);
      expect(leases).toContain(chosen.id);
      await h.store.leaseRevoke(id);
      await h.store.leaseRevoke(chosen.id);
      expect((await h.store.leases()).leases).not.toContain(id);
    });

    test('L2 has a ttl within bounds: a short one is lengthened, one that is too long refused', async () => {
      for (const ttl of [0, 1]) {
        const granted = await h.store.leaseGrant({ ttl });
        expect(granted.ttl).toBeGreaterThanOrEqual(1);
        await h.store.leaseRevoke(granted.id);
      }
      await refused(h.store.leaseGrant({ ttl: 9_000_000_001 }), 'leaseTtlTooLarge');
      const longest = await h.store.leaseGrant({ ttl: 9_000_000_000 });
      expect(longest.ttl).toBe(9_000_000_000);
      await h.store.leaseRevoke(longest.id);
    });

    test('L3 revoked, its keys go in one revision', async () => {
      const p = h.prefix();
      const { id } = await h.store.leaseGrant({ ttl: 600 });
      for (const name of ['c', 'a', 'b']) await h.put(p + name, '1', { lease: id });
      await h.put(`${p}free`, '1');
      const start = await h.revision();
      const watch = h.record({ key: p, rangeEnd: prefixEnd(p), prevKv: true });
      await watch.created();
      await h.store.leaseRevoke(id);
      await watch.waitForEvents(3);
      expect(watch.events.map(({ type, kv }) => `${type} ${kv.key.slice(p.length)}@${kv.modRevision}`)).toEqual([
        `delete a@${start + 1}`,
        `delete b@${start + 1}`,
        `delete c@${start + 1}`,
      ]);
      expect(watch.events.every((event) => event.prevKv?.lease === id)).toBe(true);
      expect(keysOf(await h.list(p))).toEqual(['free']);
      await refused(h.store.leaseRevoke(id), 'leaseNotFound');
      watch.close();
    });

    test('L4 holds the keys whose newest value names it', async () => {
      const p = h.prefix();
      const { id } = await h.store.leaseGrant({ ttl: 600 });
      const { id: other } = await h.store.leaseGrant({ ttl: 600 });
      for (const name of ['a', 'b', 'c', 'd']) await h.put(p + name, '1', { lease: id });
      await h.put(`${p}b`, '2');
      await h.put(`${p}c`, '2', { lease: other });
      await h.delete(`${p}d`);
      expect((await h.store.leaseTimeToLive(id, { keys: true })).keys).toEqual([`${p}a`]);
      expect((await h.store.leaseTimeToLive(other, { keys: true })).keys).toEqual([`${p}c`]);
      expect((await h.store.leaseTimeToLive(id)).keys).toEqual([]);
      await h.store.leaseRevoke(id);
      expect(keysOf(await h.list(p))).toEqual(['b', 'c']);
      await h.store.leaseRevoke(other);
      expect(keysOf(await h.list(p))).toEqual(['b']);
    });

    test('L5 a key cannot name a lease that is not there', async () => {
      await refused(h.store.put({ key: `${h.prefix()}a`, value: bytes(''), lease: 12345n }), 'leaseNotFound');
    });

    test('L6 that does not exist has a ttl of -1, and cannot be kept alive', async () => {
      expect(await h.store.leaseTimeToLive(12345n, { keys: true })).toMatchObject({ id: 12345n, ttl: -1, keys: [] });
      expect((await h.store.leaseKeepAlive(12345n)).ttl).toBe(0);
      await refused(h.store.leaseRevoke(12345n), 'leaseNotFound');
    });

    test('L7 lives as long as it is kept alive, then ends and its keys go', async () => {
      const p = h.prefix();
      const { id, ttl } = await h.store.leaseGrant({ ttl: 3 });
      expect(ttl).toBe(3);
      await h.put(`${p}a`, '1', { lease: id });
      for (let i = 0; i < 3; i++) {
        await h.passTime(1800);
        expect((await h.store.leaseKeepAlive(id)).ttl).toBe(3);
      }
      expect((await h.list(p)).count).toBe(1);
      const left = await h.store.leaseTimeToLive(id);
      expect(left.ttl).toBeLessThanOrEqual(3);
      expect(left.ttl).toBeGreaterThanOrEqual(1);
      expect(left.grantedTtl).toBe(3);
      await h.eventually(async () => (await h.list(p)).count === 0, 'the lease has ended');
      expect((await h.store.leaseTimeToLive(id)).ttl).toBe(-1);
      expect((await h.store.leaseKeepAlive(id)).ttl).toBe(0);
    });
  });
}
