/** The contract of `Store`, the keyspace: reads, writes, transactions, compaction (store/SPEC.md, MVCC). */
import { describe, expect, test } from 'vitest';
import { limits } from '../../base/limits.ts';
import type { Compare, Operation, TxnRequest } from '../../store/index.ts';
import { bytes, keysOf, lastPart, refused, type StoreHarness, shown, textOf } from './store-harness.ts';

export function describeKeyspace(h: StoreHarness): void {
  describe('revisions', () => {
    test('M1 each transaction that changes something raises the revision by one, nothing else does', async () => {
      const p = h.prefix();
      const start = await h.revision();
      expect(await h.put(`${p}a`, '1')).toBe(start + 1);
      expect(await h.delete(`${p}none`)).toBe(start + 1);
      const three = await h.store.txn({
        compare: [],
        success: [put(`${p}b`, '1'), put(`${p}c`, '1'), { type: 'deleteRange', request: { key: `${p}a` } }],
        failure: [],
      });
      expect(three.header.revision).toBe(start + 2);
      const none = await h.store.txn({ compare: [], success: [get(`${p}b`)], failure: [put(`${p}x`, '1')] });
      expect(none.header.revision).toBe(start + 2);
      expect(await h.revision()).toBe(start + 2);
      expect((await h.list(p)).kvs.map((kv) => kv.modRevision)).toEqual([start + 2, start + 2]);
    });

    test('M2 a key knows when it was created and changed, and how often since; deleting it begins anew', async () => {
      const key = `${h.prefix()}k`;
      const first = await h.put(key, '1');
      const second = await h.put(key, '2');
      expect(await h.get(key)).toMatchObject({ createRevision: first, modRevision: second, version: 2, lease: 0n });
      await h.delete(key);
      expect(await h.get(key)).toBeUndefined();
      const again = await h.put(key, '3');
      expect(await h.get(key)).toMatchObject({ createRevision: again, modRevision: again, version: 1 });
    });
  });

  describe('range', () => {
    test('M3 one key, an interval, everything from a key on; an end that is not after the key finds nothing', async () => {
      const p = h.prefix();
      for (const name of ['a', 'b', 'ba', 'c']) await h.put(p + name, name);
      expect(keysOf(await h.store.range({ key: `${p}b` }))).toEqual(['b']);
      expect(keysOf(await h.store.range({ key: `${p}b`, rangeEnd: `${p}c` }))).toEqual(['b', 'ba']);
      expect(keysOf(await h.list(p))).toEqual(['a', 'b', 'ba', 'c']);
      const onward = await h.store.range({ key: `${p}ba`, rangeEnd: '\0', limit: 2 });
      expect(keysOf(onward)).toEqual(['ba', 'c']);
      expect(await h.store.range({ key: `${p}c`, rangeEnd: `${p}a` })).toMatchObject({
        kvs: [],
        count: 0,
        more: false,
      });
      expect(await h.store.range({ key: `${p}c`, rangeEnd: `${p}c` })).toMatchObject({
        kvs: [],
        count: 0,
        more: false,
      });
      expect(await h.store.range({ key: `${p}none` })).toMatchObject({ kvs: [], count: 0, more: false });
    });

    test('M3 keys and values are any bytes', async () => {
      const p = h.prefix();
      const all = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
      await h.put(`${p}${all}`, all);
      await h.put(`${p}\xff`, '');
      expect((await h.list(p)).kvs.map((kv) => kv.key)).toEqual([`${p}${all}`, `${p}\xff`]);
      expect(textOf(await h.get(`${p}${all}`))).toBe(all);
      expect((await h.get(`${p}\xff`))?.value).toHaveLength(0);
    });

    test('M4 a limit cuts; `more` says so, and `count` is that of the whole range', async () => {
      const p = h.prefix();
      for (const name of ['a', 'b', 'c']) await h.put(p + name, name);
      const two = await h.list(p, { limit: 2 });
      expect(two).toMatchObject({ count: 3, more: true });
      expect(keysOf(two)).toEqual(['a', 'b']);
      expect(await h.list(p, { limit: 3 })).toMatchObject({ count: 3, more: false });
      expect(await h.list(p, { limit: 0 })).toMatchObject({ count: 3, more: false });
    });

    test('M5 results are ordered by key, version, create, mod or value, before the limit cuts', async () => {
      const p = h.prefix();
      await h.put(`${p}a`, 'z');
      await h.put(`${p}b`, 'y');
      await h.put(`${p}c`, 'x');
      await h.put(`${p}b`, 'yy');
      const sorted = async (
        sortTarget: 'key' | 'version' | 'create' | 'mod' | 'value',
        sortOrder: 'ascend' | 'descend',
        limit = 0,
      ): Promise<string> => keysOf(await h.list(p, { sortTarget, sortOrder, limit })).join('');
      expect(await sorted('key', 'ascend')).toBe('abc');
      expect(await sorted('key', 'descend')).toBe('cba');
      expect(await sorted('key', 'descend', 2)).toBe('cb');
      expect(await sorted('version', 'descend', 1)).toBe('b');
      expect(await sorted('create', 'descend')).toBe('cba');
      expect(await sorted('mod', 'ascend')).toBe('acb');
      expect(await sorted('mod', 'descend', 2)).toBe('bc');
      expect(await sorted('value', 'ascend')).toBe('cba');
      expect(await sorted('value', 'descend', 1)).toBe('a');
      expect(keysOf(await h.list(p, { sortTarget: 'value' })).join('')).toBe('cba');
      expect(await h.list(p, { sortTarget: 'mod', sortOrder: 'descend', limit: 2 })).toMatchObject({
        more: true,
        count: 3,
      });
    });

    test('M6 bounds on revisions leave keys out, but not of the count', async () => {
      const p = h.prefix();
      const a = await h.put(`${p}a`, '1');
      const b = await h.put(`${p}b`, '1');
      const c = await h.put(`${p}c`, '1');
      const a2 = await h.put(`${p}a`, '2');
      expect(keysOf(await h.list(p, { minModRevision: c }))).toEqual(['a', 'c']);
      expect(keysOf(await h.list(p, { maxModRevision: c }))).toEqual(['b', 'c']);
      expect(keysOf(await h.list(p, { minCreateRevision: b }))).toEqual(['b', 'c']);
      expect(keysOf(await h.list(p, { maxCreateRevision: a }))).toEqual(['a']);
      expect(keysOf(await h.list(p, { minModRevision: a2, maxCreateRevision: b }))).toEqual(['a']);
      expect(await h.list(p, { minModRevision: c, limit: 1 })).toMatchObject({ count: 3, more: true });
    });

    test('M7 only keys, or only their number', async () => {
      const p = h.prefix();
      const { id } = await h.store.leaseGrant({ ttl: 600 });
      await h.put(`${p}a`, 'value');
      const b = await h.put(`${p}b`, 'value', { lease: id });
      const keys = await h.list(p, { keysOnly: true });
      expect(keys.kvs.map((kv) => kv.value.length)).toEqual([0, 0]);
      expect(keys.kvs[1]).toMatchObject({ key: `${p}b`, createRevision: b, modRevision: b, version: 1, lease: id });
      expect(keysOf(await h.list(p, { keysOnly: true, sortTarget: 'value', sortOrder: 'descend' }))).toHaveLength(2);
      expect(await h.list(p, { countOnly: true, limit: 1 })).toMatchObject({ kvs: [], count: 2, more: false });
      expect(await h.store.range({ key: `${p}a`, countOnly: true })).toMatchObject({ kvs: [], count: 1 });
      await h.store.leaseRevoke(id);
    });

    test('M8 the keyspace can be read as it was at any revision that is not compacted', async () => {
      const p = h.prefix();
      const created = await h.put(`${p}a`, '1');
      await h.put(`${p}b`, '1');
      await h.put(`${p}a`, '2');
      const deleted = await h.delete(`${p}a`);
      const again = await h.put(`${p}a`, '3');
      const at = async (revision: number): Promise<string> =>
        (await h.list(p, { revision })).kvs.map((kv) => `${lastPart(kv.key)}${textOf(kv)}v${kv.version}`).join(' ');
      expect(await at(created - 1)).toBe('');
      expect(await at(created)).toBe('a1v1');
      expect(await at(created + 1)).toBe('a1v1 b1v1');
      expect(await at(created + 2)).toBe('a2v2 b1v1');
      expect(await at(deleted)).toBe('b1v1');
      expect(await at(again)).toBe('a3v1 b1v1');
      expect(await h.list(p, { revision: created + 2, countOnly: true })).toMatchObject({ count: 2 });
      expect((await h.list(p, { revision: created, keysOnly: true })).kvs.map(shown)).toMatchObject([
        { version: 1, value: '' },
      ]);
      expect((await h.list(p, { revision: created })).header.revision).toBe(again);
    });

    test('M9 a future revision is refused', async () => {
      const key = `${h.prefix()}a`;
      const revision = await h.put(key, '1');
      await refused(h.store.range({ key, revision: revision + 1 }), 'futureRevision');
      const reading: TxnRequest = { compare: [], success: [get(key, revision + 1)], failure: [] };
      await refused(h.store.txn(reading), 'futureRevision');
      const writing: TxnRequest = { compare: [], success: [put(key, '2'), get(key, revision + 1)], failure: [] };
      await refused(h.store.txn(writing), 'futureRevision');
      expect(textOf(await h.get(key))).toBe('1');
    });
  });

  describe('put and delete', () => {
    test('M10 a put tells what was there, and can keep the value or the lease', async () => {
      const key = `${h.prefix()}k`;
      const { id } = await h.store.leaseGrant({ ttl: 600 });
      expect((await h.store.put({ key, value: bytes('1'), prevKv: true })).prevKv).toBeUndefined();
      expect(textOf((await h.store.put({ key, value: bytes('2'), lease: id, prevKv: true })).prevKv)).toBe('1');
      expect((await h.store.put({ key, value: bytes('3'), ignoreLease: true })).prevKv).toBeUndefined();
      expect(shown(await h.get(key))).toMatchObject({ value: '3', lease: id, version: 3 });
      await h.store.put({ key, value: bytes(''), ignoreValue: true });
      expect(shown(await h.get(key))).toMatchObject({ value: '3', lease: 0n, version: 4 });
      await h.store.leaseRevoke(id);
      expect(await h.get(key)).toMatchObject({ version: 4 });
    });

    test('M10 keeping what is not there, or giving it as well, is refused', async () => {
      const key = `${h.prefix()}k`;
      await refused(h.store.put({ key, value: bytes(''), ignoreValue: true }), 'keyNotFound');
      await refused(h.store.put({ key, value: bytes('1'), ignoreLease: true }), 'keyNotFound');
      await refused(h.store.put({ key, value: bytes('1'), ignoreValue: true }), 'valueProvided');
      await refused(h.store.put({ key, value: bytes('1'), ignoreLease: true, lease: 1n }), 'leaseProvided');
    });

    test('M11 a delete tells how many keys went, and what they were', async () => {
      const p = h.prefix();
      for (const name of ['a', 'b', 'c']) await h.put(p + name, name);
      const gone = await h.store.deleteRange({ key: `${p}a`, rangeEnd: `${p}c`, prevKv: true });
      expect(gone.deleted).toBe(2);
      expect(keysOf({ kvs: gone.prevKvs })).toEqual(['a', 'b']);
      expect(await h.store.deleteRange({ key: `${p}c` })).toMatchObject({ deleted: 1, prevKvs: [] });
      expect(await h.store.deleteRange({ key: `${p}c` })).toMatchObject({ deleted: 0, prevKvs: [] });
    });
  });

  describe('transactions', () => {
    test('M12 every target compares every way', async () => {
      const key = `${h.prefix()}k`;
      const { id } = await h.store.leaseGrant({ ttl: 600 });
      const created = await h.put(key, '1');
      const changed = await h.put(key, 'm', { lease: id });
      const holds = async (...compare: Compare[]): Promise<boolean> =>
        (await h.store.txn({ compare, success: [], failure: [] })).succeeded;
      const around = (target: 'version' | 'create' | 'mod', is: number): Promise<boolean[]> =>
        Promise.all(
          [is - 1, is, is + 1].flatMap((than) =>
            (['less', 'equal', 'notEqual', 'greater'] as const).map((result) =>
              holds(
                target === 'version'
                  ? { key, target, result, version: than }
                  : target === 'create'
                    ? { key, target, result, createRevision: than }
                    : { key, target, result, modRevision: than },
              ),
            ),
          ),
        );
      // less, equal, notEqual, greater: than one less, than the same, than one more
      const expected = [false, false, true, true, false, true, false, false, true, false, true, false];
      expect(await around('version', 2)).toEqual(expected);
      expect(await around('create', created)).toEqual(expected);
      expect(await around('mod', changed)).toEqual(expected);
      expect(await holds({ key, target: 'value', result: 'equal', value: bytes('m') })).toBe(true);
      expect(await holds({ key, target: 'value', result: 'greater', value: bytes('a') })).toBe(true);
      expect(await holds({ key, target: 'value', result: 'less', value: bytes('mm') })).toBe(true);
      expect(await holds({ key, target: 'value', result: 'notEqual', value: bytes('m') })).toBe(false);
      expect(await holds({ key, target: 'lease', result: 'equal', lease: id })).toBe(true);
      expect(await holds({ key, target: 'lease', result: 'greater', lease: 0n })).toBe(true);
      expect(
        await holds(
          { key, target: 'version', result: 'equal', version: 2 },
          { key, target: 'version', result: 'equal', version: 3 },
        ),
      ).toBe(false);
      await h.store.leaseRevoke(id);
    });

    test('M12 a key that is not there has zeros, and no value that compares', async () => {
      const key = `${h.prefix()}none`;
      const holds = async (compare: Compare): Promise<boolean> =>
        (await h.store.txn({ compare: [compare], success: [], failure: [] })).succeeded;
      expect(await holds({ key, target: 'create', result: 'equal', createRevision: 0 })).toBe(true);
      expect(await holds({ key, target: 'mod', result: 'less', modRevision: 1 })).toBe(true);
      expect(await holds({ key, target: 'version', result: 'greater', version: 0 })).toBe(false);
      expect(await holds({ key, target: 'lease', result: 'equal', lease: 0n })).toBe(true);
      expect(await holds({ key, target: 'value', result: 'equal', value: bytes('') })).toBe(false);
      expect(await holds({ key, target: 'value', result: 'notEqual', value: bytes('x') })).toBe(false);
    });

    test('M12 a compare of a range holds when it holds for every key in it', async () => {
      const p = h.prefix();
      await h.put(`${p}a`, '1');
      const last = await h.put(`${p}b`, '2');
      const rangeEnd = `${p}z`;
      const holds = async (compare: Compare): Promise<boolean> =>
        (await h.store.txn({ compare: [compare], success: [], failure: [] })).succeeded;
      expect(await holds({ key: p, rangeEnd, target: 'mod', result: 'less', modRevision: last + 1 })).toBe(true);
      expect(await holds({ key: p, rangeEnd, target: 'mod', result: 'less', modRevision: last })).toBe(false);
      expect(await holds({ key: p, rangeEnd, target: 'value', result: 'notEqual', value: bytes('3') })).toBe(true);
      expect(await holds({ key: `${p}x`, rangeEnd, target: 'create', result: 'equal', createRevision: 0 })).toBe(true);
    });

    test('M13 one branch runs, and each operation sees what those before it wrote', async () => {
      const p = h.prefix();
      await h.put(`${p}a`, 'old');
      const { succeeded, responses, header } = await h.store.txn({
        compare: [{ key: `${p}a`, target: 'value', result: 'equal', value: bytes('old') }],
        success: [
          { type: 'put', request: { key: `${p}b`, value: bytes('1'), prevKv: true } },
          { type: 'range', request: { key: p, rangeEnd: `${p}z` } },
          { type: 'deleteRange', request: { key: `${p}a`, prevKv: true } },
          { type: 'range', request: { key: p, rangeEnd: `${p}z` } },
          { type: 'range', request: { key: `${p}a`, revision: (await h.get(`${p}a`))?.modRevision ?? 0 } },
        ],
        failure: [put(`${p}c`, 'never')],
      });
      expect(succeeded).toBe(true);
      expect(responses.map((response) => response.type)).toEqual(['put', 'range', 'deleteRange', 'range', 'range']);
      const lists = responses.flatMap((response) => (response.type === 'range' ? [keysOf(response.result)] : []));
      expect(lists).toEqual([['a', 'b'], ['b'], ['a']]);
      const deletion = responses[2]?.type === 'deleteRange' ? responses[2].result : undefined;
      expect(deletion?.deleted).toBe(1);
      expect(textOf(deletion?.prevKvs[0])).toBe('old');
      expect(await h.get(`${p}b`)).toMatchObject({ createRevision: header.revision, modRevision: header.revision });
      expect(await h.get(`${p}c`)).toBeUndefined();
    });

    test('M14 all compares of nested transactions are made on the state before the transaction', async () => {
      const p = h.prefix();
      await h.put(`${p}a`, 'before');
      const nested = (value: string, name: string): Operation => ({
        type: 'txn',
        request: {
          compare: [{ key: `${p}a`, target: 'value', result: 'equal', value: bytes(value) }],
          success: [put(`${p}${name}`, 'yes')],
          failure: [put(`${p}${name}`, 'no')],
        },
      });
      const { responses } = await h.store.txn({
        compare: [],
        success: [put(`${p}a`, 'after'), nested('before', 'x'), nested('after', 'y')],
        failure: [],
      });
      expect(responses).toMatchObject([
        { type: 'put' },
        { result: { succeeded: true } },
        { result: { succeeded: false } },
      ]);
      expect([textOf(await h.get(`${p}x`)), textOf(await h.get(`${p}y`))]).toEqual(['yes', 'no']);
    });

    test('M15 a transaction that is refused has changed nothing', async () => {
      const p = h.prefix();
      const start = await h.put(`${p}a`, '1');
      const failing: Operation[] = [
        { type: 'put', request: { key: `${p}z`, value: bytes('1'), lease: 4711n } },
        { type: 'put', request: { key: `${p}z`, value: bytes(''), ignoreValue: true } },
      ];
      for (const operation of failing) {
        await expect(
          h.store.txn({
            compare: [],
            success: [put(`${p}b`, '1'), { type: 'txn', request: { compare: [], success: [operation], failure: [] } }],
            failure: [],
          }),
        ).rejects.toThrow('etcdserver: ');
      }
      expect(await h.list(p)).toMatchObject({ count: 1, header: { revision: start } });
    });

    test('M15 operations of the branch that is not taken cannot fail', async () => {
      const p = h.prefix();
      const { succeeded } = await h.store.txn({
        compare: [],
        success: [put(`${p}a`, '1')],
        failure: [{ type: 'put', request: { key: `${p}z`, value: bytes('1'), lease: 4711n } }],
      });
      expect(succeeded).toBe(true);
    });
  });

  describe('what is refused', () => {
    test('M16 an empty key', async () => {
      await refused(h.store.range({ key: '' }), 'emptyKey');
      await refused(h.store.put({ key: '', value: bytes('') }), 'emptyKey');
      await refused(h.store.deleteRange({ key: '' }), 'emptyKey');
      const compare: Compare = { key: '', target: 'version', result: 'equal', version: 0 };
      await refused(h.store.txn({ compare: [compare], success: [], failure: [] }), 'emptyKey');
      await refused(h.store.txn({ compare: [], success: [], failure: [put('', '1')] }), 'emptyKey');
    });

    test('M16 a key that a transaction would change twice', async () => {
      const p = h.prefix();
      const nested = (success: Operation[], failure: Operation[] = []): Operation => ({
        type: 'txn',
        request: { compare: [], success, failure },
      });
      const remove = (name: string, end?: string): Operation => ({
        type: 'deleteRange',
        request: { key: p + name, ...(end !== undefined && { rangeEnd: p + end }) },
      });
      const a = (): Operation => put(`${p}a`, '1');
      const twice: Operation[][] = [
        [a(), a()],
        [a(), remove('a')],
        [remove('a', 'b'), a()],
        [a(), nested([a()])],
        [nested([a()]), nested([a()])],
        [nested([a()]), remove('0', 'z')],
        [a(), nested([], [remove('a')])],
        [nested([nested([a()])]), a()],
      ];
      for (const success of twice) await refused(h.store.txn({ compare: [], success, failure: [] }), 'duplicateKey');
      await refused(h.store.txn({ compare: [], success: [], failure: [a(), a()] }), 'duplicateKey');
      const once: Operation[][] = [
        [a(), put(`${p}b`, '1')],
        [nested([a()], [a()])],
        [remove('a'), remove('a')],
        [a(), remove('a\0')],
        [remove('0', 'a'), a(), remove('b', 'z')],
        [get(`${p}a`), a(), get(`${p}a`)],
      ];
      for (const success of once) {
        expect((await h.store.txn({ compare: [], success, failure: success })).succeeded).toBe(true);
      }
    });

    test('M16 too many operations, counted in depth', async () => {
      const p = h.prefix();
      const many = (count: number): Operation[] => Array.from({ length: count }, (_, i) => put(`${p}${i}`, ''));
      const max = limits.txnOperationsMax;
      expect((await h.store.txn({ compare: [], success: many(max), failure: many(max) })).succeeded).toBe(true);
      await refused(h.store.txn({ compare: [], success: [], failure: many(max + 1) }), 'tooManyOps');
      const half: TxnRequest = { compare: [], success: many(max / 2), failure: [] };
      const filler = Array.from({ length: max / 2 }, () => get(`${p}x`));
      const deep = (rest: Operation[]): TxnRequest => ({
        compare: [],
        success: [{ type: 'txn', request: half }, ...rest],
        failure: [],
      });
      expect((await h.store.txn(deep(filler.slice(1)))).succeeded).toBe(true);
      await refused(h.store.txn(deep(filler)), 'tooManyOps');
    });

    test('M16 a request that is too large', async () => {
      const key = `${h.prefix()}large`;
      const value = new Uint8Array(limits.storeRequestBytesMax + 1);
      await refused(h.store.put({ key, value }), 'requestTooLarge');
      const half = new Uint8Array(limits.storeRequestBytesMax / 2);
      const twice: Operation[] = ['a', 'b'].map((name) => ({ type: 'put', request: { key: key + name, value: half } }));
      await refused(h.store.txn({ compare: [], success: twice, failure: [] }), 'requestTooLarge');
      await h.store.put({ key, value: half });
      expect((await h.get(key))?.value).toHaveLength(half.length);
    });
  });

  describe('compaction', () => {
    test('M17 history before the compact revision is refused, what was then the newest stays', async () => {
      const p = h.prefix();
      const first = await h.put(`${p}a`, '1');
      await h.put(`${p}b`, '1');
      await h.put(`${p}a`, '2');
      const deleted = await h.delete(`${p}b`);
      await h.put(`${p}a`, '3');
      await h.store.compact(deleted, { physical: true });
      await refused(h.store.range({ key: `${p}a`, revision: first }), 'compacted');
      await refused(h.store.range({ key: `${p}a`, revision: deleted - 1 }), 'compacted');
      await refused(h.store.txn({ compare: [], success: [get(`${p}a`, first)], failure: [] }), 'compacted');
      expect(textOf(await h.get(`${p}a`, { revision: deleted }))).toBe('2');
      expect(await h.get(`${p}b`, { revision: deleted })).toBeUndefined();
      expect(shown(await h.get(`${p}a`))).toMatchObject({ value: '3', version: 3, createRevision: first });
    });

    test('M17 compacting again at or before the same revision, or in the future, is refused', async () => {
      const revision = await h.put(`${h.prefix()}a`, '1');
      await h.store.compact(revision);
      await refused(h.store.compact(revision), 'compacted');
      await refused(h.store.compact(revision - 1), 'compacted');
      await refused(h.store.compact(revision + 1), 'futureRevision');
    });

    test.skipIf(h.lacks('hashRevision'))(
      'M18 a hash covers history up to a revision and stays the same while nothing of that changes',
      async () => {
        const p = h.prefix();
        await h.put(`${p}a`, '1');
        const at = await h.put(`${p}b`, '1');
        const { hash, hashRevision, compactRevision } = await h.store.hashKv();
        expect(hashRevision).toBe(at);
        await h.put(`${p}b`, '2');
        expect(await h.store.hashKv(at)).toMatchObject({ hash, hashRevision: at, compactRevision });
        expect((await h.store.hashKv()).hash).not.toBe(hash);
        await refused(h.store.hashKv(at + 2), 'futureRevision');
        await h.store.compact(at + 1, { physical: true });
        await refused(h.store.hashKv(at), 'compacted');
        expect((await h.store.hashKv()).compactRevision).toBe(at + 1);
      },
    );
  });
}

function put(key: string, value: string): Operation {
  return { type: 'put', request: { key, value: bytes(value) } };
}

function get(key: string, revision = 0): Operation {
  return { type: 'range', request: { key, revision } };
}
