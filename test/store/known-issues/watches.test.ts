/**
 * etcd's known issues of watches (the track record of its robustness tests), each as the situation in which it showed,
 * here. The number is that of etcd's issue.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createMemoryStore, type Store, type StoreEvent, type WatchResponse } from '../../../store/index.ts';
import { MemoryCluster } from '../member/cluster-fixture.ts';

const clock = new VirtualClock();
let cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  const ended = Promise.all(cleanups.map((cleanup) => cleanup()));
  await clock.advance(1000);
  await ended;
  cleanups = [];
});

function newStore(): Store {
  const store = createMemoryStore({ clock, random: new SeededRandom(1) });
  cleanups.push(() => store.close());
  return store;
}

const value = (text: string): Buffer => Buffer.from(text);
const everything = { key: '\0', rangeEnd: '\0' };

function revisionsOf(responses: readonly WatchResponse[]): number[] {
  return responses.flatMap((each) => (each.type === 'events' ? each.events.map(({ kv }) => kv.modRevision) : []));
}

/** Three members, of which the one named last is cut off and knows nothing after revision 2. */
async function laggingCluster(): Promise<{ cluster: MemoryCluster; leader: Store; lagging: Store }> {
  const cluster = new MemoryCluster({ size: 3, clock, member: { defer: queueMicrotask } });
  cleanups.push(() => cluster.stop());
  await cluster.start();
  await clock.advance(1000);
  const { leader } = cluster;
  const lagging = cluster.running.find((member) => member !== leader);
  if (leader === undefined || lagging === undefined) throw new Error('no leader');
  await during(leader.store.put({ key: 'a', value: value('1') }));
  await clock.advance(200);
  cluster.network.isolate(lagging.id);
  for (let at = 3; at <= 10; at++) await during(leader.store.put({ key: 'a', value: value(String(at)) }));
  return { cluster, leader: leader.store, lagging: lagging.store };
}

/** Lets time pass until it has settled. */
async function during<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  while (!settled) await clock.advance(10);
  return promise;
}

describe("etcd's known issues of watches", () => {
  it('etcd #15220: progress is not told before the events that are waiting in the stream', async () => {
    const store = newStore();
    const seen: string[] = [];
    let release = (): void => {};
    const watch = store.watch({ ...everything, startRevision: 1 }, (response) => {
      seen.push(`${response.type} ${response.header.revision}`);
      if (response.type !== 'events') return;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await clock.advance(1);
    await store.put({ key: 'a', value: value('1') });
    await clock.advance(1);
    // The stream is busy with revision 2; 3 and 4 wait behind it, and progress is asked for.
    await store.put({ key: 'a', value: value('2') });
    await store.put({ key: 'a', value: value('3') });
    watch.requestProgress();
    await clock.advance(1);
    expect(seen).toEqual(['created 1', 'events 2']);
    release();
    await clock.advance(1);
    release();
    await clock.advance(1);
    expect(seen).toEqual(['created 1', 'events 2', 'events 4', 'progress 4']);
  });

  it('etcd #15271: a watch that goes on at a member that lags does not travel back in time', async () => {
    const { cluster, leader, lagging } = await laggingCluster();
    const responses: WatchResponse[] = [];
    // The client has seen up to 10 elsewhere.
    lagging.watch({ ...everything, startRevision: 11 }, (response) => void responses.push(response));
    await clock.advance(100);
    cluster.network.heal();
    await clock.advance(1000);
    await during(leader.put({ key: 'a', value: value('11') }));
    await clock.advance(500);
    expect(revisionsOf(responses)).toEqual([11]);
  });

  it('etcd #17247: the operations of a transaction give each event once', async () => {
    const store = newStore();
    const events: StoreEvent[] = [];
    store.watch(everything, (response) => {
      if (response.type === 'events') events.push(...response.events);
    });
    await clock.advance(1);
    const put = (key: string) => ({ type: 'put', request: { key, value: value('x') } }) as const;
    await store.txn({
      compare: [],
      success: [
        put('a'),
        { type: 'range', request: everything },
        put('b'),
        { type: 'txn', request: { compare: [], success: [put('c')], failure: [] } },
        { type: 'range', request: everything },
      ],
      failure: [],
    });
    // A transaction that only reads, over the same keys, gives none.
    await store.txn({ compare: [], success: [{ type: 'range', request: everything }], failure: [] });
    await clock.advance(1);
    expect(events.map(({ kv }) => `${kv.key}@${kv.modRevision}`)).toEqual(['a@2', 'b@2', 'c@2']);
  });

  it('etcd #17529: a watcher that starves for long gets every event in the end', async () => {
    const store = newStore();
    const responses: WatchResponse[] = [];
    let release = (): void => {};
    store.watch({ ...everything, startRevision: 1 }, (response) => {
      responses.push(response);
      if (response.type !== 'events') return;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await clock.advance(1);
    for (let at = 0; at < 5000; at++) await store.put({ key: `k${at % 7}`, value: value(String(at)) });
    await clock.advance(1);
    for (let round = 0; round < 20; round++) {
      release();
      await clock.advance(5);
    }
    expect(revisionsOf(responses)).toEqual(Array.from({ length: 5000 }, (_, at) => at + 2));
  });

  it('etcd #18089: a deletion at the very revision of a compaction is still told to who reads history', async () => {
    const store = newStore();
    await store.put({ key: 'a', value: value('1') });
    await store.put({ key: 'b', value: value('1') });
    const { header } = await store.deleteRange({ key: 'a' });
    await store.compact(header.revision, { physical: true });
    const responses: WatchResponse[] = [];
    store.watch({ ...everything, startRevision: header.revision }, (response) => void responses.push(response));
    await clock.advance(10);
    expect(responses.map(({ type }) => type)).toEqual(['created', 'events']);
    expect(revisionsOf(responses)).toEqual([header.revision]);
  });

  it('etcd #19179: a watch opened on the revision of a compaction, a deletion, sees it, before and after sweeping', async () => {
    for (const physical of [false, true]) {
      const store = newStore();
      await store.put({ key: 'a', value: value('1') });
      const { header } = await store.txn({
        compare: [],
        success: [
          { type: 'deleteRange', request: { key: 'a' } },
          { type: 'put', request: { key: 'b', value: value('1') } },
        ],
        failure: [],
      });
      const events: StoreEvent[] = [];
      const compacted = store.compact(header.revision, { physical });
      store.watch({ ...everything, startRevision: header.revision }, (response) => {
        if (response.type === 'events') events.push(...response.events);
      });
      await compacted;
      await clock.advance(10);
      expect(events.map(({ type, kv }) => `${type} ${kv.key}`)).toEqual(['delete a', 'put b']);
    }
  });

  it('etcd #20221: a watch on a future revision is told no progress before it', async () => {
    const { lagging } = await laggingCluster();
    const responses: WatchResponse[] = [];
    const watch = lagging.watch({ ...everything, startRevision: 11 }, (response) => void responses.push(response));
    await clock.advance(10);
    watch.requestProgress();
    await clock.advance(100);
    expect(responses.map(({ type }) => type)).toEqual(['created']);
  });

  it('etcd #20221: a watch on a future revision gets no old events when they come to its member', async () => {
    const { cluster, leader, lagging } = await laggingCluster();
    const responses: WatchResponse[] = [];
    lagging.watch({ ...everything, startRevision: 9 }, (response) => void responses.push(response));
    await clock.advance(10);
    cluster.network.heal();
    await clock.advance(1000);
    await during(leader.put({ key: 'a', value: value('11') }));
    await clock.advance(500);
    expect(revisionsOf(responses)).toEqual([9, 10, 11]);
  });
});
