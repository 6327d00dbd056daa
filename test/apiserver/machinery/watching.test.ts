import { describe, expect, it } from 'vitest';
import type { WatchFrame } from '../../../apiserver/machinery/api-server.ts';
import { limits } from '../../../base/limits.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { type Fixture, startForTest as start, startServer } from './server-fixture.ts';
import { testRows } from './test-rows.ts';

const CM = '/api/v1/namespaces/ns/configmaps';
const merge = { 'content-type': 'application/merge-patch+json' };
const named = (name: string, labels: object = {}): object => ({ metadata: { name, labels } });

/** A watch whose events are taken one at a time. */
class Taker {
  readonly #iterator: AsyncIterator<WatchFrame>;
  readonly controller = new AbortController();

  constructor(events: AsyncIterable<WatchFrame>, controller: AbortController) {
    this.#iterator = events[Symbol.asyncIterator]();
    this.controller = controller;
  }

  async next(): Promise<WatchFrame | undefined> {
    const result = await this.#iterator.next();
    return result.done === true ? undefined : result.value;
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    for (let at = 0; at < count; at++) taken.push(say(await this.next()));
    return taken;
  }
}

function say(frame: WatchFrame | undefined): string {
  return frame === undefined ? 'end' : `${frame.type} ${frame.object.metadata?.name ?? frame.object.code ?? ''}`.trim();
}

async function watch(fixture: Fixture, url: string, headers: Record<string, string> = {}): Promise<Taker> {
  const controller = new AbortController();
  const answer = await fixture.server.handle({
    method: 'GET',
    url: `${url}${url.includes('?') ? '&' : '?'}watch=true`,
    headers,
    body: undefined,
    credentials: { type: 'network', remoteAddress: '' },
    signal: controller.signal,
  });
  if (answer.type !== 'watch') throw new Error(`not a watch: ${answer.code}`);
  return new Taker(answer.events, controller);
}

const versionOf = async (fixture: Fixture): Promise<string> =>
  (await fixture.call('GET', CM)).body.metadata.resourceVersion ?? '';

describe('watches', () => {
  it('W1 every change after the revision, once, in order', async () => {
    const fixture = await start();
    const { call } = fixture;
    await call('POST', CM, named('before'));
    const from = await versionOf(fixture);
    await call('POST', CM, named('a'));
    const events = await watch(fixture, `${CM}?resourceVersion=${from}`);
    await call('PATCH', `${CM}/a`, { data: { x: '1' } }, merge);
    await call('POST', '/api/v1/namespaces/other/configmaps', named('elsewhere'));
    await call('DELETE', `${CM}/a`);
    await call('POST', CM, named('b'));
    expect(await events.take(4)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
    const again = await watch(fixture, `${CM}?resourceVersion=${from}`);
    const revisions: number[] = [];
    for (let at = 0; at < 4; at++) revisions.push(Number((await again.next())?.object.metadata.resourceVersion));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(4);
  });

  it('W2 without a revision, what exists comes first', async () => {
    const fixture = await start();
    const { call } = fixture;
    await call('POST', CM, named('a'));
    await call('POST', CM, named('b'));
    for (const query of ['', '?resourceVersion=0']) {
      const events = await watch(fixture, `${CM}${query}`);
      expect(await events.take(2)).toEqual(['ADDED a', 'ADDED b']);
    }
    const events = await watch(fixture, CM);
    await events.take(2);
    await call('DELETE', `${CM}/a`);
    expect(await events.take(1)).toEqual(['DELETED a']);
    const one = await watch(fixture, '/api/v1/watch/namespaces/ns/configmaps/b');
    expect(await one.take(1)).toEqual(['ADDED b']);
  });

  it('W3 objects that begin or cease to match are ADDED and DELETED', async () => {
    const fixture = await start();
    const { call } = fixture;
    const from = await versionOf(fixture);
    await call('POST', CM, named('a', { x: 'no' }));
    await call('PATCH', `${CM}/a`, { metadata: { labels: { x: 'yes' } } }, merge);
    await call('PATCH', `${CM}/a`, { data: { n: '1' } }, merge);
    const last = await call('PATCH', `${CM}/a`, { metadata: { labels: { x: 'no' } } }, merge);
    await call('DELETE', `${CM}/a`);
    await call('POST', CM, named('b', { x: 'yes' }));
    const events = await watch(fixture, `${CM}?resourceVersion=${from}&labelSelector=x%3Dyes`);
    expect(await events.take(2)).toEqual(['ADDED a', 'MODIFIED a']);
    const gone = await events.next();
    expect(gone).toMatchObject({
      type: 'DELETED',
      object: { metadata: { labels: { x: 'yes' }, resourceVersion: last.body.metadata.resourceVersion } },
    });
    expect(await events.take(1)).toEqual(['ADDED b']);
  });

  it('W4 sendInitialEvents ends them with an annotated bookmark', async () => {
    const fixture = await start();
    const { call } = fixture;
    await call('POST', CM, named('a'));
    const version = await versionOf(fixture);
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const events = await watch(fixture, `${CM}?${query}&resourceVersion=${version}`);
    expect(await events.take(1)).toEqual(['ADDED a']);
    expect(await events.next()).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        metadata: { resourceVersion: version, annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    await call('POST', CM, named('b'));
    expect(await events.take(1)).toEqual(['ADDED b']);
    const bad = await call('GET', `${CM}?watch=true&sendInitialEvents=true`);
    expect(bad.body.message).toContain('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  });

  it('W5 a revision beyond history is an ERROR of 410', async () => {
    const fixture = await start();
    const { store } = fixture;
    await fixture.call('POST', CM, named('a'));
    await fixture.call('POST', CM, named('b'));
    await store.compact(3);
    const later = await start({ store });
    const events = await watch(later, `${CM}?resourceVersion=2`);
    expect(await events.next()).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 2 (3)' },
    });
    expect(await events.next()).toBeUndefined();
    const abc = await fixture.call('GET', `${CM}?watch=true&resourceVersion=abc`);
    expect(abc.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      code: 500,
    });
  });

  it('W6 ends by its time, by its client, and with the server', async () => {
    const clock = new VirtualClock();
    const fixture = await start({ clock });
    const timed = await watch(fixture, `${CM}?timeoutSeconds=5`);
    const ended = timed.next();
    await clock.advance(5_001);
    expect(await ended).toBeUndefined();
    const aborted = await watch(fixture, CM);
    const left = aborted.next();
    aborted.controller.abort();
    expect(await left).toBeUndefined();
    const closed = await watch(fixture, CM);
    const cut = closed.next();
    await fixture.server.close();
    expect(await cut).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('W7 an event is encoded once for all watchers of the same view', async () => {
    const fixture = await start();
    const from = await versionOf(fixture);
    const [one, two, table] = await Promise.all([
      watch(fixture, `${CM}?resourceVersion=${from}`),
      watch(fixture, `${CM}?resourceVersion=${from}&labelSelector=!none`),
      watch(fixture, `${CM}?resourceVersion=${from}`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
    ]);
    await fixture.call('POST', CM, named('a'));
    const [first, second, third] = await Promise.all([one?.next(), two?.next(), table?.next()]);
    expect(first).toBe(second);
    expect(first?.bytes()).toBe(second?.bytes());
    expect(third?.object).toMatchObject({ kind: 'Table', columnDefinitions: [{}, {}], rows: [{ cells: ['a', 0] }] });
    await fixture.call('POST', CM, named('b'));
    expect((await table?.next())?.object).toMatchObject({ columnDefinitions: null, rows: [{ cells: ['b', 0] }] });
    const partial = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
    const meta = await watch(fixture, `${CM}?resourceVersion=${from}`, partial);
    expect((await meta.next())?.object.kind).toBe('PartialObjectMetadata');
  });

  it('W8 who does not keep up is cut off, and others do not notice', async () => {
    const fixture = await start();
    const { call } = fixture;
    const from = await versionOf(fixture);
    const slow = await watch(fixture, `${CM}?resourceVersion=${from}`);
    await call('POST', CM, named('a'));
    expect(await slow.take(1)).toEqual(['ADDED a']);
    const quick = await watch(fixture, `${CM}?resourceVersion=${from}`);
    let seen = 0;
    const follow = (async () => {
      while (seen < 2 * limits.watchCacheEventsMax) {
        const frame = await quick.next();
        if (frame === undefined || frame.type === 'ERROR') return;
        if (frame.type === 'MODIFIED') seen++;
      }
    })();
    const services = fixture.server.services;
    for (let at = 0; at < 2 * limits.watchCacheEventsMax; at++) {
      await services.update({ group: '', resource: 'configmaps' }, 'ns', 'a', (object) => ({
        ...object,
        data: { n: String(at) },
      }));
      // As between requests: others get their turn.
      if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await follow;
    expect(seen).toBe(2 * limits.watchCacheEventsMax);
    expect(await slow.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await slow.next()).toBeUndefined();
  });

  it('W11 a server that has just started serves watches from before its start, unless that was compacted away', async () => {
    const before = await start();
    const { call, store } = before;
    await call('POST', CM, named('a', { x: 'no' }));
    const from = await versionOf(before);
    await call('PATCH', `${CM}/a`, { metadata: { labels: { x: 'yes' } } }, merge);
    await call('POST', CM, named('b', { x: 'yes' }));
    await call('DELETE', `${CM}/b`);
    const after = await start({ store });
    await after.call('POST', CM, named('c', { x: 'yes' }));
    const all = ['MODIFIED a', 'ADDED b', 'DELETED b', 'ADDED c'];
    const [one, two] = await Promise.all([
      watch(after, `${CM}?resourceVersion=${from}`),
      watch(after, `${CM}?resourceVersion=${from}`),
    ]);
    expect(await one.take(4)).toEqual(all);
    expect(await two.take(4)).toEqual(all);
    const selected = await watch(after, `${CM}?resourceVersion=${from}&labelSelector=x%3Dyes`);
    expect(await selected.take(4)).toEqual(['ADDED a', 'ADDED b', 'DELETED b', 'ADDED c']);

    const since = await versionOf(after);
    await after.call('POST', CM, named('d'));
    await store.compact(Number(since));
    const last = await start({ store });
    const reached = await watch(last, `${CM}?resourceVersion=${since}`);
    expect(await reached.take(1)).toEqual(['ADDED d']);
    const lost = await watch(last, `${CM}?resourceVersion=${Number(since) - 1}`);
    expect(await lost.next()).toMatchObject({
      type: 'ERROR',
      object: { code: 410, message: `too old resource version: ${Number(since) - 1} (${since})` },
    });
  });

  it('W12 requests wait until the cache was read once', async () => {
    const before = await start();
    await before.call('POST', CM, named('a'));
    const from = await versionOf(before);
    const { server, store, call } = await startServer(testRows, { store: before.store, ready: false });
    const [list, events] = await Promise.all([
      call('GET', CM),
      watch({ ...before, server }, `${CM}?resourceVersion=${from}`),
    ]);
    expect(list.body.items).toHaveLength(1);
    await call('POST', CM, named('b'));
    expect(await events.take(1)).toEqual(['ADDED b']);
    await server.close();

    const clock = new VirtualClock();
    const silent = new Proxy(store, {
      get: (target, name) => (name === 'range' ? () => new Promise(() => {}) : Reflect.get(target, name)),
    });
    const stuck = await startServer(testRows, { store: silent, clock, ready: false });
    const answer = stuck.call('GET', CM);
    await clock.advance(3000);
    expect(await answer).toMatchObject({ code: 429, body: { message: 'storage is (re)initializing' } });
    await stuck.server.close();
  });

  it('W10 bookmarks tell how far a quiet watch is', async () => {
    const clock = new VirtualClock();
    const fixture = await start({ clock });
    const events = await watch(fixture, `${CM}?resourceVersion=${await versionOf(fixture)}&allowWatchBookmarks=true`);
    const next = events.next();
    const other = await fixture.call('POST', '/apis/test.dev/v1/zones', named('z'));
    await clock.advance(61_000);
    expect(await next).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { resourceVersion: other.body.metadata.resourceVersion } },
    });
  });
});
