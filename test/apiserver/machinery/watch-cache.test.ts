import { afterEach, describe, expect, it } from 'vitest';
import { StoredForm, StoredObject } from '../../../apiserver/machinery/stored-object.ts';
import { WatchCache } from '../../../apiserver/machinery/watch-cache.ts';
import { limits } from '../../../base/limits.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createMemoryStore, type Store } from '../../../store/index.ts';
import { cutStore } from './cut-store.ts';

const form = new StoredForm('Thing', 'v1');
const value = (name: string, more: object = {}): Uint8Array =>
  Buffer.from(form.encode({ metadata: { name }, ...more }));

const stores: Store[] = [];
const caches: WatchCache[] = [];

afterEach(async () => {
  for (const cache of caches.splice(0)) cache.close();
  for (const store of stores.splice(0)) await store.close();
});

function makeStore(): Store {
  const store = createMemoryStore({ clock: new VirtualClock(), random: new SeededRandom('cache') });
  stores.push(store);
  return store;
}

function makeCache(store: Store, clock = new VirtualClock()): WatchCache {
  const cache = new WatchCache({ store, clock, logger: silentLogger });
  caches.push(cache);
  return cache;
}

describe('stored objects', () => {
  it('R5 bytes are the stored ones with the revision put in', () => {
    const stored = StoredObject.of(form, '/k', 7, value('a', { data: { x: 'ü' } }));
    const text = Buffer.from(stored.bytes()).toString();
    expect(text).toBe(
      '{"kind":"Thing","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"},"data":{"x":"ü"}}',
    );
    expect(stored.object).toEqual(JSON.parse(text));
    expect(`{${Buffer.from(stored.itemTail()).toString()}`).toBe(
      '{"metadata":{"resourceVersion":"7","name":"a"},"data":{"x":"ü"}}',
    );
    expect(JSON.parse(Buffer.from(stored.deletedAt(12).bytes()).toString())).toMatchObject({
      metadata: { name: 'a', resourceVersion: '12' },
    });
    const empty = StoredObject.of(form, '/k', 7, Buffer.from('{"kind":"Thing","apiVersion":"v1","metadata":{}}'));
    expect(empty.object.metadata).toEqual({ resourceVersion: '7' });
  });

  it('R5 what others wrote in another layout is read all the same', () => {
    const other = Buffer.from(
      '{"data":{"x":"1"}, "metadata": {"name":"a","resourceVersion":"3"},"kind":"Thing","apiVersion":"v1"}',
    );
    const stored = StoredObject.of(form, '/k', 9, other);
    expect(stored.object).toEqual({
      kind: 'Thing',
      apiVersion: 'v1',
      metadata: { name: 'a', resourceVersion: '9' },
      data: { x: '1' },
    });
    expect(JSON.parse(Buffer.from(stored.deletedAt(12).bytes()).toString()).metadata.resourceVersion).toBe('12');
  });
});

describe('the watch cache', () => {
  it('R1 has everything that the store has, and is fresh when asked to be', async () => {
    const store = makeStore();
    for (let at = 0; at < 5; at++) await store.put({ key: `/registry/things/ns/t${at}`, value: value(`t${at}`) });
    const cache = makeCache(store);
    const things = cache.resource('/registry/things', form);
    await cache.start();
    expect(things.size).toBe(5);
    await store.put({ key: '/registry/things/ns/new', value: value('new') });
    const other = await store.put({ key: '/elsewhere', value: value('x') });
    const [first, second] = await Promise.all([cache.fresh(), cache.fresh()]);
    expect(first).toBe(other.header.revision);
    expect(second).toBe(first);
    expect(things.get('/registry/things/ns/new')?.object.metadata.name).toBe('new');
    expect(cache.revision).toBe(other.header.revision);
  });

  it('N5 a resource that is claimed later gets what was there before', async () => {
    const store = makeStore();
    await store.put({ key: '/registry/x.dev/things/ns/a', value: value('a') });
    const cache = makeCache(store);
    await cache.start();
    await store.put({ key: '/registry/x.dev/things/ns/b', value: value('b') });
    await cache.fresh();
    const things = cache.resource('/registry/x.dev/things', form);
    expect(things.list('/registry/x.dev/things/').map(({ key }) => key)).toEqual([
      '/registry/x.dev/things/ns/a',
      '/registry/x.dev/things/ns/b',
    ]);
    cache.drop('/registry/x.dev/things');
    expect(things.size).toBe(0);
  });

  it('R1 followers are told what there is and what changes', async () => {
    const store = makeStore();
    await store.put({ key: '/registry/things/a', value: value('a') });
    const cache = makeCache(store);
    const told: string[] = [];
    cache.resource('/registry/things', form).follow({
      put: ({ object }) => told.push(`put ${object.metadata.name}`),
      remove: ({ object }) => told.push(`remove ${object.metadata.name}`),
    });
    await cache.start();
    await store.put({ key: '/registry/things/b', value: value('b') });
    await store.deleteRange({ key: '/registry/things/a' });
    await cache.fresh();
    expect(told).toEqual(['put a', 'put b', 'remove a']);
  });

  it('W9 starts anew when the store ends its watch, and tells watchers', async () => {
    const store = makeStore();
    const cutting = cutStore(store);
    const cache = makeCache(cutting.store);
    const things = cache.resource('/registry/things', form);
    await cache.start();
    await store.put({ key: '/registry/things/a', value: value('a') });
    await cache.fresh();
    const place = things.end - 1;
    expect(things.event(place)).toMatchObject({ object: { key: '/registry/things/a' } });
    await cutting.cut();
    await store.put({ key: '/registry/things/b', value: value('b') });
    await cache.fresh();
    expect(things.event(place)).toBe('gone');
    expect(things.list('/registry/things/').map(({ key }) => key)).toEqual([
      '/registry/things/a',
      '/registry/things/b',
    ]);
    expect(things.placeAfter(1)).toBeUndefined();
  });

  it('W13 history reaches back as far as a watch may be resumed, and no further', async () => {
    const store = makeStore();
    const clock = new VirtualClock();
    const cache = makeCache(store, clock);
    const things = cache.resource('/registry/things', form);
    await cache.start();
    const write = async (times: number): Promise<number> => {
      let revision = 0;
      for (let n = 0; n < times; n++) {
        revision = (await store.put({ key: `/registry/things/${n % 10}`, value: value(`${n}`) })).header.revision;
      }
      await cache.fresh();
      return revision;
    };
    const { watchCacheEventsMin: few, watchCacheEventsMax: many, watchCacheFreshMs } = limits;
    const first = await write(1);
    // Young ones stay, though they are more than a few.
    await write(3 * few);
    expect(things.placeAfter(first)).toBeDefined();
    // Of the old ones a few stay, also when nothing happens any more.
    await clock.advance(2 * watchCacheFreshMs + 1);
    expect(things.placeAfter(first)).toBeUndefined();
    expect(things.end - (things.placeAfter(things.since) ?? 0)).toBe(few);
    // Too many are too many, however young.
    const later = await write(1);
    await write(2 * many + few);
    expect(things.placeAfter(later)).toBeUndefined();
    expect(things.end - (things.placeAfter(things.since) ?? 0)).toBeLessThan(2 * many);
  });
});
