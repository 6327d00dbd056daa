/** A remote store on a single real etcd that is killed and comes back: nothing is lost, and meanwhile it says so, soon. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prefixEnd, stringToBytes } from '../../../base/bytes.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { createRemoteStore, type Store } from '../../../store/index.ts';
import { hasEtcd, RealEtcd } from './real-etcd.ts';

describe.skipIf(!hasEtcd)('a remote store on a real etcd (Debian: etcd-server)', () => {
  let etcd: RealEtcd;
  let store: Store;

  beforeAll(async () => {
    etcd = await RealEtcd.start();
    const random = new SeededRandom('restart');
    store = createRemoteStore({ endpoints: [etcd.url], clock: systemClock, random, logger: silentLogger });
  });
  afterAll(async () => {
    await store?.close();
    await etcd?.dispose();
  });

  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('outlives its death', async () => {
    const keys: string[] = [];
    let created = 0;
    const watch = store.watch({ key: 'r/', rangeEnd: prefixEnd('r/') }, (response) => {
      if (response.type === 'created') created++;
      if (response.type === 'events') keys.push(...response.events.map(({ kv }) => kv.key));
    });
    // From now on means from when it was created.
    for (let waited = 0; waited < 5000 && created === 0; waited += 20) await sleep(20);
    for (let n = 0; n < 20; n++) await store.put({ key: `r/${n}`, value: stringToBytes(String(n)) });
    await etcd.kill();
    const startMs = performance.now();
    await expect(store.range({ key: 'r/1' })).rejects.toMatchObject({ reason: 'unhealthy', code: 14 });
    await expect(store.put({ key: 'r/never', value: stringToBytes('') })).rejects.toMatchObject({
      reason: 'unhealthy',
    });
    expect(performance.now() - startMs).toBeLessThan(8000);
    await etcd.run();
    await store.put({ key: 'r/after', value: stringToBytes('') });
    expect((await store.range({ key: 'r/', rangeEnd: prefixEnd('r/') })).count).toBe(21);
    for (let waited = 0; waited < 5000 && keys.length < 21; waited += 20) await sleep(20);
    expect(keys).toEqual([...Array.from({ length: 20 }, (_, n) => `r/${n}`), 'r/after']);
    expect(created).toBe(1);
    watch.close();
  });

  it('notices that it is stopped, and goes on when it is continued', async () => {
    etcd.signal('SIGSTOP');
    // Its threads stop when each is told to, not at once.
    await sleep(300);
    const startMs = performance.now();
    const late = store.put({ key: 'r/late', value: stringToBytes('') }).then(
      () => 'done',
      (thrown: { reason: string }) => thrown.reason,
    );
    expect(await late).toBe('timeoutConnectionLost');
    expect(performance.now() - startMs).toBeLessThan(5000);
    etcd.signal('SIGCONT');
    await store.put({ key: 'r/on', value: stringToBytes('') });
    expect((await store.range({ key: 'r/on' })).count).toBe(1);
  });
});

// What a server says too early would make the client take the events that follow for known, and drop them.
describe.skipIf(!hasEtcd)('progress on a real etcd, whichever version it is (Debian: etcd-server)', () => {
  it('needs etcd: never runs ahead of the events', { timeout: 120_000 }, async () => {
    const etcd = await RealEtcd.start();
    const random = new SeededRandom('progress');
    const store = createRemoteStore({ endpoints: [etcd.url], clock: systemClock, random, logger: silentLogger });
    try {
      const seen: number[] = [];
      let progressed = 0;
      const { header } = await store.put({ key: 'q/first', value: stringToBytes('') });
      const request = { key: 'q/', rangeEnd: prefixEnd('q/'), startRevision: header.revision + 1 };
      const watch = store.watch(request, (response) => {
        if (response.type === 'progress') progressed = response.header.revision;
        if (response.type !== 'events') return;
        for (const { kv } of response.events) {
          expect(kv.modRevision).toBeGreaterThan(progressed);
          seen.push(kv.modRevision);
        }
      });
      const put = (prefix: string, n: number) =>
        store.put({ key: `${prefix}/${n % 10}`, value: Buffer.alloc(2000, String(n)) });
      let last = 0;
      for (let round = 0; round < 40; round++) {
        const puts = Array.from({ length: 20 }, async (_, n) => {
          const { header } = await put('q', n);
          watch.requestProgress();
          return header.revision;
        });
        last = Math.max(last, ...(await Promise.all(puts)));
      }
      for (let waited = 0; waited < 10_000 && seen.length < 800; waited += 20) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(seen).toHaveLength(800);
      // Writes elsewhere move the revision, and nothing but progress tells.
      const elsewhere = await put('elsewhere', 0);
      for (let waited = 0; waited < 10_000 && progressed < elsewhere.header.revision; waited += 100) {
        watch.requestProgress();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(progressed).toBeGreaterThanOrEqual(elsewhere.header.revision);
      expect(last).toBeLessThan(elsewhere.header.revision);
      watch.close();
    } finally {
      await store.close();
      await etcd.dispose();
    }
  });
});
