/** client-go's promises about its work queue, on a virtual clock. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { DefaultRateLimit, ExponentialBackoff, TokenBucket } from '../../../controllers/runtime/rate-limits.ts';
import { WorkQueue } from '../../../controllers/runtime/work-queue.ts';

async function drain(queue: WorkQueue<string>): Promise<string[]> {
  const taken: string[] = [];
  while (queue.length > 0) {
    const item = await queue.take();
    if (item === undefined) break;
    taken.push(item);
    queue.done(item);
  }
  return taken;
}

describe('WorkQueue', () => {
  it('gives an item once however often it was added, in the order of first adds', async () => {
    const queue = new WorkQueue<string>(new VirtualClock());
    for (const item of ['a', 'b', 'a', 'c', 'b']) queue.add(item);
    expect(await drain(queue)).toEqual(['a', 'b', 'c']);
  });

  it('never gives an item to two workers; what was added meanwhile comes back when it is done', async () => {
    const queue = new WorkQueue<string>(new VirtualClock());
    queue.add('a');
    const first = await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done(first ?? '');
    expect(await drain(queue)).toEqual(['a']);
  });

  it('wakes a waiting taker, and all of them when it closes', async () => {
    const queue = new WorkQueue<string>(new VirtualClock());
    const waiting = queue.take();
    const hopeless = queue.take();
    queue.add('a');
    expect(await waiting).toBe('a');
    queue.close();
    expect(await hopeless).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
  });

  it('delays, keeping the earliest of several due times', async () => {
    const clock = new VirtualClock();
    const queue = new WorkQueue<string>(clock);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 500);
    queue.addAfter('a', 2000);
    await clock.advance(499);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(5000);
    expect(queue.length).toBe(0);
  });

  it('backs off from 5 ms, doubling, until the item is forgotten', async () => {
    const clock = new VirtualClock();
    const queue = new WorkQueue<string>(clock, new ExponentialBackoff());
    for (const delayMs of [5, 10, 20, 40]) {
      queue.addRateLimited('a');
      await clock.advance(delayMs - 1);
      expect(queue.length).toBe(0);
      await clock.advance(1);
      expect(await drain(queue)).toEqual(['a']);
    }
    expect(queue.failures('a')).toBe(4);
    queue.forget('a');
    queue.addRateLimited('a');
    await clock.advance(5);
    expect(queue.length).toBe(1);
  });

  it('keeps its order over many items', async () => {
    const queue = new WorkQueue<number>(new VirtualClock());
    for (let i = 0; i < 5000; i++) queue.add(i);
    for (let i = 0; i < 5000; i++) expect(await queue.take()).toBe(i);
  });
});

describe('rate limits', () => {
  it('an item waits at most 1,000 s', () => {
    const backoff = new ExponentialBackoff<string>();
    for (let i = 0; i < 60; i++) backoff.nextDelayMs('a');
    expect(backoff.nextDelayMs('a')).toBe(1_000_000);
  });

  it('a bucket gives its burst at once and then its rate', async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket(clock, 10, 2);
    expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false]);
    await clock.advance(100);
    expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false]);
    expect(bucket.reserveMs()).toBeCloseTo(100);
    expect(bucket.reserveMs()).toBeCloseTo(200);
  });

  it('over all items, 100 failures are free and then 10 a second', () => {
    const limit = new DefaultRateLimit<number>(new VirtualClock());
    for (let i = 0; i < 100; i++) expect(limit.nextDelayMs(i)).toBe(5);
    expect(limit.nextDelayMs(100)).toBeCloseTo(100);
    expect(limit.nextDelayMs(101)).toBeCloseTo(200);
  });
});
