import { describe, expect, test } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createMemoryStore, type WatchResponse } from '../../../store/index.ts';
import { describeStore } from '../../contract/store.ts';

describeStore('memory', () => {
  const clock = new VirtualClock();
  const store = createMemoryStore({ clock, random: new SeededRandom(1) });
  return Promise.resolve({ store, passTime: (ms) => clock.advance(ms), dispose: () => store.close() });
});

describe('the memory store by the clock', () => {
  test('L7 a lease ends and its keys go in one revision', async () => {
    const clock = new VirtualClock();
    const store = createMemoryStore({ clock, random: new SeededRandom(1) });
    const { id, ttl } = await store.leaseGrant({ ttl: 10 });
    expect(ttl).toBe(10);
    for (const key of ['a', 'b']) await store.put({ key, value: stringToBytes('x'), lease: id });
    const seen: WatchResponse[] = [];
    store.watch({ key: '\0', rangeEnd: '\0', prevKv: true }, (response) => void seen.push(response));
    await clock.advance(9000);
    expect(await store.leaseTimeToLive(id, { keys: true })).toMatchObject({ ttl: 1, grantedTtl: 10, keys: ['a', 'b'] });
    await store.leaseKeepAlive(id);
    await clock.advance(9900);
    expect((await store.range({ key: 'a' })).count).toBe(1);
    await clock.advance(1000);
    expect(await store.range({ key: 'a', rangeEnd: 'z' })).toMatchObject({ count: 0, header: { revision: 4 } });
    expect(seen.map((response) => response.type)).toEqual(['created', 'events']);
    expect(seen[1]).toMatchObject({
      events: [{ type: 'delete', kv: { key: 'a' }, prevKv: { lease: id } }, { kv: { key: 'b' } }],
    });
    expect((await store.leaseTimeToLive(id)).ttl).toBe(-1);
    await store.close();
    await clock.advance(0);
    expect(seen.at(-1)?.type).toBe('canceled');
  });
});
