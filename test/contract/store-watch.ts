/** The contract of `Store`, watches: etcd's guarantees by name (store/SPEC.md, Watch). */
import { describe, expect, test } from 'vitest';
import { prefixEnd } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { bytes, describeEvent, refused, type StoreHarness, shown } from './store-harness.ts';

export function describeWatch(h: StoreHarness): void {
  describe('a watch', () => {
    test('W1 begins with `created`, and sees every change after its revision', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}a`, 'before');
      const watch = h.record({ key: p, rangeEnd: prefixEnd(p) });
      await watch.created();
      expect(watch.responses[0]?.header.revision).toBe(start);
      await h.put(`${p}a`, '1');
      await h.put(`${p}b`, '2');
      await h.delete(`${p}a`);
      await h.put('/contract/other', 'x');
      await watch.waitForEvents(3);
      expect(watch.describe()).toEqual([`put a=1@${start + 1}`, `put b=2@${start + 2}`, `delete a@${start + 3}`]);
      watch.close();
    });

    test('W1 watches one key, an interval, or everything from a key on', async () => {
      const p = h.prefix();
      const one = h.record({ key: `${p}b` });
      const interval = h.record({ key: `${p}b`, rangeEnd: `${p}c` });
      const onward = h.record({ key: `${p}bb`, rangeEnd: '\0' });
      await Promise.all([one, interval, onward].map((watch) => watch.created()));
      for (const name of ['a', 'b', 'ba', 'bb', 'c']) await h.put(p + name, name);
      await onward.waitForEvents(2);
      const seen = [one, interval, onward].map((watch) =>
        watch.events.flatMap((event) => (event.kv.key.startsWith(p) ? [event.kv.key.slice(p.length)] : [])).join(' '),
      );
      expect(seen).toEqual(['b', 'b ba bb', 'bb c']);
      for (const watch of [one, interval, onward]) watch.close();
    });

    test('W2 Ordered, W3 Unique: each event once, by revision', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}x`, '');
      const watches = [0, start - 5, start + 1, start + 10].map((startRevision) =>
        h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: Math.max(0, startRevision) }),
      );
      for (let i = 0; i < 30; i++) await h.put(`${p}${i % 3}`, String(i));
      for (const watch of watches) {
        await h.eventually(() => watch.events.at(-1)?.kv.modRevision === start + 30, 'the last event came');
        const revisions = watch.events.map((event) => event.kv.modRevision);
        expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
        watch.close();
      }
      expect(watches.map((watch) => watch.events.length)).toEqual([30, 31, 30, 21]);
    });

    test('W4 Atomic: the events of one revision come together, in the order of the transaction', async () => {
      const p = h.prefix();
      await h.put(`${p}gone`, '1');
      const start = await h.put(`${p}gone2`, '1');
      const watch = h.record({ key: p, rangeEnd: prefixEnd(p) });
      const { header } = await h.store.txn({
        compare: [],
        success: [
          { type: 'put', request: { key: `${p}z`, value: bytes('1') } },
          { type: 'deleteRange', request: { key: `${p}gone`, rangeEnd: `${p}gone9` } },
          { type: 'put', request: { key: `${p}a`, value: bytes('2') } },
        ],
        failure: [],
      });
      await watch.waitForEvents(4);
      const late = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start + 1 });
      await late.waitForEvents(4);
      const at = header.revision;
      for (const one of [watch, late]) {
        const together = one.responses.filter((response) => response.type === 'events');
        expect(together).toHaveLength(1);
        expect(one.describe()).toEqual([`put z=1@${at}`, `delete gone@${at}`, `delete gone2@${at}`, `put a=2@${at}`]);
        one.close();
      }
    });

    test('W5 Reliable: a listener that is busy for long misses nothing', async () => {
      const p = h.prefix();
      const watch = h.record({ key: p, rangeEnd: prefixEnd(p) });
      await watch.created();
      watch.hold();
      const count = limits.watchBufferEventsMax + 300;
      await h.put(`${p}first`, '');
      await watch.waitForEvents(1);
      for (let i = 0; i < count; i++) void h.put(`${p}${i}`, String(i));
      await h.eventually(async () => (await h.list(p, { countOnly: true })).count === count + 1, 'all is written');
      expect(watch.events).toHaveLength(1);
      watch.release();
      const events = await watch.waitForEvents(count + 1);
      await watch.staysAt(count + 1);
      const revisions = events.map((event) => event.kv.modRevision);
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
      expect(new Set(events.map((event) => event.kv.key)).size).toBe(count + 1);
      watch.close();
    });

    test('W6 Resumable: from any revision that is not compacted, it goes on as if it had been there', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}k`, '0');
      const whole = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start, prevKv: true });
      for (let i = 1; i <= 20; i++) {
        if (i % 7 === 0) await h.delete(`${p}k`);
        else await h.put(`${p}k`, String(i));
      }
      const expected = (await whole.waitForEvents(21)).map(describeEvent);
      for (const from of [1, 7, 8, 14, 20]) {
        const resumed = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start + from, prevKv: true });
        await resumed.waitForEvents(21 - from);
        expect(resumed.describe()).toEqual(expected.slice(from));
        resumed.close();
      }
      whole.close();
    });

    test('W7 Bookmarkable: progress tells a revision up to which everything has been delivered', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}a`, '1');
      const watch = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start });
      await h.put(`${p}a`, '2');
      const elsewhere = await h.put('/contract/other', 'x');
      await watch.waitForEvents(2);
      watch.requestProgress();
      const { header } = await watch.waitFor('progress');
      expect(header.revision).toBeGreaterThanOrEqual(elsewhere);
      await h.put(`${p}a`, '3');
      await watch.waitForEvents(3);
      let promised = 0;
      for (const response of watch.responses) {
        if (response.type === 'progress') promised = response.header.revision;
        if (response.type !== 'events') continue;
        for (const event of response.events) expect(event.kv.modRevision).toBeGreaterThan(promised);
      }
      expect(promised).toBeGreaterThan(0);
      watch.close();
    });

    test('W8 PrevKV: an event tells what was there before, when it was asked to', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}a`, '1');
      const now = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start, prevKv: true });
      const without = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start });
      await now.waitForEvents(1);
      await h.put(`${p}a`, '2');
      await h.delete(`${p}a`);
      await h.put(`${p}a`, '3');
      await now.waitForEvents(4);
      const late = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start, prevKv: true });
      await late.waitForEvents(4);
      const expected = [
        `put a=1@${start}`,
        `put a=2@${start + 1} was 1@${start}`,
        `delete a@${start + 2} was 2@${start + 1}`,
        `put a=3@${start + 3}`,
      ];
      expect(now.describe()).toEqual(expected);
      expect(late.describe()).toEqual(expected);
      await without.waitForEvents(4);
      expect(without.events.every((event) => event.prevKv === undefined)).toBe(true);
      for (const watch of [now, late, without]) watch.close();
    });

    test('W9 IsCreate: a put is a creation exactly when its create and mod revisions are the same', async () => {
      const key = `${h.prefix()}k`;
      const watch = h.record({ key });
      await watch.created();
      await h.put(key, '1');
      await h.put(key, '2');
      await h.delete(key);
      await h.put(key, '3');
      const events = await watch.waitForEvents(4);
      expect(events.map(({ type, kv }) => type === 'put' && kv.createRevision === kv.modRevision)).toEqual([
        true,
        false,
        false,
        true,
      ]);
      expect(shown(events[2]?.kv)).toMatchObject({ createRevision: 0, version: 0, lease: 0n, value: '' });
      expect(events.map((event) => event.kv.version)).toEqual([1, 2, 0, 1]);
      watch.close();
    });

    test('W10 Filter: puts or deletes are left out', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}a`, '1');
      const range = { key: p, rangeEnd: prefixEnd(p), startRevision: start };
      const noPut = h.record({ ...range, filters: ['noPut'] });
      const noDelete = h.record({ ...range, filters: ['noDelete'] });
      const neither = h.record({ ...range, filters: ['noPut', 'noDelete'] });
      await h.delete(`${p}a`);
      await h.put(`${p}a`, '2');
      await h.delete(`${p}a`);
      await noPut.waitForEvents(2);
      await noDelete.waitForEvents(2);
      expect(noPut.describe()).toEqual([`delete a@${start + 1}`, `delete a@${start + 3}`]);
      expect(noDelete.describe()).toEqual([`put a=1@${start}`, `put a=2@${start + 2}`]);
      await neither.staysAt(0);
      for (const watch of [noPut, noDelete, neither]) watch.close();
    });

    test('W11 from a compacted revision it is canceled, with the compact revision', async () => {
      const p = h.prefix();
      const old = await h.put(`${p}a`, '1');
      await h.put(`${p}a`, '2');
      const compacted = await h.delete(`${p}a`);
      await h.store.compact(compacted, { physical: true });
      const gone = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: old });
      const { compactRevision } = await gone.waitFor('canceled');
      expect(compactRevision).toBe(compacted);
      expect(gone.events).toEqual([]);
      await h.put(`${p}a`, '3');
      await gone.staysAt(0);
    });

    test.skipIf(h.lacks('deletionsAtCompactRevision'))(
      'W11 from the compact revision itself it sees what changed then, deletions too',
      async () => {
        const p = h.prefix();
        await h.put(`${p}a`, '1');
        const compacted = await h.delete(`${p}a`);
        await h.store.compact(compacted, { physical: true });
        const watch = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: compacted });
        await h.put(`${p}a`, '2');
        await watch.waitForEvents(2);
        expect(watch.describe()).toEqual([`delete a@${compacted}`, `put a=2@${compacted + 1}`]);
        watch.close();
      },
    );

    test('W12 from a future revision it sees nothing before that', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}a`, '1');
      const watch = h.record({ key: p, rangeEnd: prefixEnd(p), startRevision: start + 3 });
      await watch.created();
      for (let i = 1; i <= 4; i++) await h.put(`${p}a`, String(i));
      await watch.waitForEvents(2);
      expect(watch.describe()).toEqual([`put a=3@${start + 3}`, `put a=4@${start + 4}`]);
      watch.close();
    });

    test('W13 closed, it hears nothing more', async () => {
      const key = `${h.prefix()}a`;
      const watch = h.record({ key });
      await watch.created();
      await h.put(key, '1');
      await watch.waitForEvents(1);
      watch.close();
      watch.close();
      watch.requestProgress();
      await h.put(key, '2');
      await h.passTime(100);
      expect(watch.responses).toHaveLength(2);
    });

    test('W14 an interval that ends before it begins is canceled', async () => {
      const p = h.prefix();
      for (const rangeEnd of [`${p}a`, `${p}b`]) {
        const watch = h.record({ key: `${p}b`, rangeEnd });
        await watch.waitFor('canceled');
        expect(watch.events).toEqual([]);
      }
    });

    test('W15 an empty key means the first', async () => {
      const p = h.prefix();
      const watch = h.record({ key: '', rangeEnd: '\0' });
      await watch.created();
      await h.put(`${p}a`, '1');
      await h.eventually(() => watch.events.some((event) => event.kv.key === `${p}a`), 'the event came');
      watch.close();
    });

    test('W16 many watches of many keys each see their own', async () => {
      const p = h.prefix();
      const watches = Array.from({ length: 60 }, (_, i) =>
        i % 2 === 0 ? h.record({ key: `${p}${i}` }) : h.record({ key: `${p}${i}`, rangeEnd: `${p}${i}\xff` }),
      );
      await Promise.all(watches.map((watch) => watch.created()));
      for (let i = 0; i < 60; i++) await h.put(`${p}${i}`, String(i));
      await h.eventually(() => watches.every((watch) => watch.events.length >= 1), 'each has seen something');
      for (const [i, watch] of watches.entries()) {
        expect(watch.events[0]?.kv.key).toBe(`${p}${i}`);
        watch.close();
      }
    });

    test('W17 a listener sees a state that a read confirms', async () => {
      const key = `${h.prefix()}a`;
      const watch = h.record({ key });
      await watch.created();
      const revision = await h.put(key, '1');
      await watch.waitForEvents(1);
      await refused(h.store.range({ key, revision: revision + 1000 }), 'futureRevision');
      expect((await h.get(key))?.modRevision).toBe(revision);
      watch.close();
    });
  });
}
