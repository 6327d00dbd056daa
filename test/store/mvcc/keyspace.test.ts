/** What the keyspace promises beyond the `Store` contract: restarts, compaction in steps, hashes, reports. */
import { describe, expect, test } from 'vitest';
import { bytesToString, stringToBytes } from '../../../base/bytes.ts';
import { RingRecorder } from '../../../base/ring-recorder.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { Backend } from '../../../store/backend/backend.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import type { ResponseHeader, StoreEvent } from '../../../store/index.ts';
import { Keyspace, type KeyspaceDeps } from '../../../store/mvcc/keyspace.ts';
import { LeaseTable } from '../../../store/mvcc/lease-table.ts';
import { collect } from '../../contract/backend.ts';

const header: ResponseHeader = { clusterId: 1n, memberId: 2n, revision: 0, raftTerm: 3 };

function open(backend: Backend = new MemoryBackend(), rest: Partial<KeyspaceDeps> = {}): Keyspace {
  return new Keyspace({ backend, leases: new LeaseTable({ backend }), header: () => header, ...rest });
}

function put(keyspace: Keyspace, key: string, value = ''): number {
  keyspace.applyPut({ key, value: stringToBytes(value) });
  return keyspace.currentRevision;
}

const records = (backend: Backend): number => [...backend.range('revisions')].length;

describe('a new keyspace', () => {
  test('M1 is at revision 1, with nothing compacted', () => {
    const keyspace = open();
    expect(keyspace.currentRevision).toBe(1);
    expect(keyspace.compactRevision).toBe(-1);
    expect(keyspace.range({ key: '\0', rangeEnd: '\0' })).toEqual({ kvs: [], more: false, count: 0 });
    expect(() => keyspace.range({ key: 'a', revision: 2 })).toThrow('future revision');
    keyspace.compact(0);
    expect(() => keyspace.compact(0)).toThrow('compacted');
  });
});

describe('a restart', () => {
  test('M20 finds revision, history, deletions and leases as they were', () => {
    const backend = new MemoryBackend();
    const leases = new LeaseTable({ backend });
    const before = open(backend, { leases });
    leases.grant({ id: 9n, ttl: 60 }, 0);
    put(before, 'a', '1');
    before.applyPut({ key: 'leased', value: stringToBytes('x'), lease: 9n });
    put(before, 'a', '2');
    before.applyDeleteRange({ key: 'a' });
    before.applyPut({ key: 'moved', value: stringToBytes('x'), lease: 9n });
    before.applyPut({ key: 'moved', value: stringToBytes('y') });
    const leasesAfter = new LeaseTable({ backend });
    const after = open(backend, { leases: leasesAfter });
    expect(after.currentRevision).toBe(before.currentRevision);
    for (let revision = 1; revision <= before.currentRevision; revision++) {
      const range = { key: '\0', rangeEnd: '\0', revision };
      expect(after.range(range)).toEqual(before.range(range));
    }
    expect(leasesAfter.timeToLive(9n, 0)?.keys).toEqual(['leased']);
    put(after, 'a', '3');
    expect(after.range({ key: 'a' }).kvs[0]).toMatchObject({ version: 1, createRevision: 8 });
  });

  test('M21 the revision never goes back, although compaction removed the last change', () => {
    const backend = new MemoryBackend();
    const before = open(backend);
    put(before, 'a');
    before.applyDeleteRange({ key: 'a' });
    put(before, 'b');
    before.applyDeleteRange({ key: 'b' });
    before.compact(before.currentRevision);
    while (!before.compactStep(100));
    const after = open(backend);
    expect(after.currentRevision).toBe(5);
    expect(after.compactRevision).toBe(5);
    put(after, 'c');
    after.compact(6);
    while (!after.compactStep(100));
    expect(records(backend)).toBe(1);
    expect(open(backend).currentRevision).toBe(6);
  });

  test('M21 a compact revision beyond all changes, as a restored backup may have, is the revision', () => {
    const backend = new MemoryBackend();
    put(open(backend), 'a', '1');
    backend.put('meta', 'compactRevision', stringToBytes('1000'));
    const keyspace = open(backend);
    expect(keyspace.currentRevision).toBe(1000);
    expect(() => keyspace.range({ key: 'a', revision: 999 })).toThrow('compacted');
    expect(keyspace.range({ key: 'a' }).kvs).toMatchObject([{ modRevision: 2 }]);
    expect(put(keyspace, 'a', '2')).toBe(1001);
  });

  test('M22 an interrupted compaction goes on', () => {
    const backend = new MemoryBackend();
    const before = open(backend);
    for (let i = 0; i < 50; i++) put(before, `k${i % 5}`, String(i));
    before.compact(before.currentRevision);
    expect(before.compactStep(7)).toBe(false);
    expect(records(backend)).toBe(43);
    const after = open(backend);
    expect(() => after.range({ key: 'k0', revision: 10 })).toThrow('compacted');
    expect(after.hashKv()).toEqual(before.hashKv());
    while (!after.compactStep(7));
    expect(records(backend)).toBe(5);
    expect(after.hashKv()).toEqual(before.hashKv());
  });
});

describe('compaction', () => {
  test('M22 goes in bounded steps, and reads do not show how far it is', () => {
    const backend = new MemoryBackend();
    const keyspace = open(backend);
    for (let i = 0; i < 40; i++) {
      if (i % 8 === 7) keyspace.applyDeleteRange({ key: 'k1' });
      else put(keyspace, `k${i % 4}`, String(i));
    }
    const at = 30;
    const answers = (): unknown[] =>
      [30, 31, 35, keyspace.currentRevision].map((revision) => keyspace.range({ key: '\0', rangeEnd: '\0', revision }));
    const before = answers();
    const hash = (): unknown => keyspace.hashKv(35).hash;
    keyspace.compact(at);
    const afterCompact = hash();
    let steps = 0;
    for (;;) {
      expect(answers()).toEqual(before);
      expect(hash()).toBe(afterCompact);
      const left = records(backend);
      const done = keyspace.compactStep(3);
      expect(left - records(backend)).toBeLessThanOrEqual(3);
      steps++;
      if (done) break;
    }
    expect(steps).toBeGreaterThan(5);
    expect(answers()).toEqual(before);
  });

  test('M22 keys that are deleted leave the index too', () => {
    const keyspace = open();
    for (let i = 0; i < 100; i++) put(keyspace, `k${i}`);
    keyspace.applyDeleteRange({ key: 'k', rangeEnd: 'l' });
    expect(keyspace.indexedKeys).toBe(100);
    keyspace.compact(keyspace.currentRevision);
    while (!keyspace.compactStep(10));
    // What changed at the compact revision itself is kept, for those who watch from there.
    expect(keyspace.indexedKeys).toBe(100);
    put(keyspace, 'other');
    keyspace.compact(keyspace.currentRevision);
    while (!keyspace.compactStep(10));
    expect(keyspace.indexedKeys).toBe(1);
  });
});

describe('a hash', () => {
  test('M18 differs when a value, a key or an order differs', () => {
    const variants = [
      ['a=1', 'b=2'],
      ['b=2', 'a=1'],
      ['a=1', 'b=3'],
      ['a=1', 'c=2'],
    ].map((writes) => {
      const keyspace = open();
      for (const write of writes) put(keyspace, write.slice(0, 1), write.slice(2));
      return keyspace.hashKv().hash;
    });
    expect(new Set(variants).size).toBe(4);
  });

  test('M18 begins anew when the keyspace is compacted meanwhile', () => {
    const keyspace = open();
    for (let i = 0; i < 5000; i++) put(keyspace, `k${i % 100}`, String(i));
    const steps = keyspace.hashKvInSteps();
    steps.next();
    keyspace.compact(4000);
    while (!keyspace.compactStep(1000));
    put(keyspace, 'later');
    let last = steps.next();
    while (!last.done) last = steps.next();
    expect(last.value).toEqual(keyspace.hashKv(5001));
    const late = keyspace.hashKvInSteps(4500);
    late.next();
    keyspace.compact(4600);
    expect(() => [...late]).toThrow('compacted');
  });
});

describe('replacing the state', () => {
  test('M23 a reload takes over another state, and watches go on without a gap', async () => {
    const leaderBackend = new MemoryBackend();
    const source = open(leaderBackend);
    const backend = new MemoryBackend();
    const leases = new LeaseTable({ backend });
    const follower = open(backend, { leases });
    for (const keyspace of [source, follower]) put(keyspace, 'a', '1');
    const seen: StoreEvent[] = [];
    follower.hub.watch({ key: 'a', rangeEnd: 'z', prevKv: true }, (response) => {
      if (response.type === 'events') seen.push(...response.events);
    });
    for (const keyspace of [source, follower]) put(keyspace, 'a', '2');
    for (const value of ['3', '4']) put(source, 'a', value);
    source.applyDeleteRange({ key: 'a' });
    await backend.restore(await collect(leaderBackend.snapshot()), () => {
      leases.reload();
      follower.reload();
    });
    put(follower, 'b', '5');
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(follower.currentRevision).toBe(7);
    expect(
      seen.map(
        ({ type, kv, prevKv }) => `${type}${kv.modRevision}<${bytesToString(prevKv?.value ?? stringToBytes('-'))}`,
      ),
    ).toEqual(['put3<1', 'put4<2', 'put5<3', 'delete6<4', 'put7<-']);
  });
});

describe('reports', () => {
  test('M24 each change is reported while somebody looks, and costs nothing otherwise', () => {
    const recorder = new RingRecorder(new VirtualClock(1234));
    const origin = { member: 'm', index: 7, term: 2 };
    const keyspace = open(new MemoryBackend(), { recorder, origin: () => origin });
    put(keyspace, 'a', '1');
    keyspace.applyTxn({
      compare: [],
      success: [
        { type: 'put', request: { key: 'b', value: stringToBytes('1') } },
        { type: 'deleteRange', request: { key: 'a' } },
      ],
      failure: [],
    });
    const change = { type: 'store.change', atMs: 1234, ...origin };
    const expected = [
      { ...change, seq: 1, change: 'put', key: 'a', revision: 2, version: 1 },
      { ...change, seq: 2, change: 'put', key: 'b', revision: 3, version: 1 },
      { ...change, seq: 3, change: 'delete', key: 'a', revision: 3, version: 0 },
    ];
    expect(recorder.moments()).toEqual(expected);
    const silent = open(new MemoryBackend(), {
      recorder: { active: false, watched: false, record: () => expect.fail('nobody looks') },
      origin: () => expect.fail('nobody looks'),
    });
    put(silent, 'a');
  });
});

describe('values that are not cached', () => {
  test('M8 are read from the backend', () => {
    const keyspace = open(new MemoryBackend(), { cacheBytesMax: 600 });
    for (let i = 0; i < 20; i++) put(keyspace, `k${String(i).padStart(2, '0')}`, `value ${i}`);
    for (let round = 0; round < 2; round++) {
      const { kvs } = keyspace.range({ key: '\0', rangeEnd: '\0' });
      expect(kvs.map((kv) => bytesToString(kv.value))).toEqual(Array.from({ length: 20 }, (_, i) => `value ${i}`));
    }
  });
});
