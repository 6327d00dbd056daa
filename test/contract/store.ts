/**
 * What every `Store` promises (store/SPEC.md): one suite for the memory store, an embedded member and a remote cluster.
 * It knows nothing of the store's clock; whoever makes the store says how time passes.
 */
import { describe, expect, test } from 'vitest';
import type { Lack, StoreUnderTest } from './store-harness.ts';
import { StoreHarness } from './store-harness.ts';
import { describeKeyspace } from './store-keyspace.ts';
import { describeLease } from './store-lease.ts';
import { describeWatch } from './store-watch.ts';

export type { StoreUnderTest } from './store-harness.ts';

/** @param lacks what an old etcd behind the store cannot do; such cases are skipped, visibly */
export function describeStore(name: string, make: () => Promise<StoreUnderTest>, lacks: readonly Lack[] = []): void {
  describe(`store: ${name}`, () => {
    const harness = new StoreHarness(make, lacks);
    describeKeyspace(harness);
    describeWatch(harness);
    describeLease(harness);

    describe('the store', () => {
      test('S1 says who answered, and at which revision', async () => {
        const revision = await harness.put(`${harness.prefix()}a`, '1');
        const { header } = await harness.store.range({ key: 'a' });
        expect(header.revision).toBe(revision);
        expect(header.clusterId).not.toBe(0n);
        expect(header.memberId).not.toBe(0n);
        expect(header.raftTerm).toBeGreaterThan(0);
      });

      test('S2 knows its members and its state', async () => {
        const { members, header } = await harness.store.members();
        expect(members.some((member) => member.id === header.memberId)).toBe(true);
        const status = await harness.store.status();
        expect(members.some((member) => member.id === status.leader)).toBe(true);
        expect(status.version).toMatch(/^\d+\.\d+\.\d+/);
        expect(status.raftAppliedIndex).toBeGreaterThan(0);
        expect(status.dbSize).toBeGreaterThanOrEqual(status.dbSizeInUse);
        expect(status.errors).toEqual([]);
      });

      test('S3 gives a copy of its whole state', async () => {
        let bytes = 0;
        for await (const chunk of harness.store.snapshot()) bytes += chunk.length;
        expect(bytes).toBeGreaterThan(1000);
      });

      test('S4 does not begin what was given up', async () => {
        const key = `${harness.prefix()}a`;
        const signal = AbortSignal.abort();
        await expect(harness.store.put({ key, value: new Uint8Array(0) }, { signal })).rejects.toThrow();
        expect(await harness.get(key)).toBeUndefined();
      });
    });
  });
}
