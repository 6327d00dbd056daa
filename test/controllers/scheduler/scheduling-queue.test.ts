/** Who is tried next, and when those that failed are tried again. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { defaultPlugins } from '../../../controllers/scheduler/plugins/default-plugins.ts';
import { SchedulingQueue } from '../../../controllers/scheduler/scheduling-queue.ts';
import { pod } from '../build-objects.ts';

function setUp() {
  const clock = new VirtualClock();
  return { clock, queue: new SchedulingQueue(clock, defaultPlugins) };
}

/** Tries the next pod and fails it. */
function failNext(queue: SchedulingQueue, ...plugins: string[]): string | undefined {
  const next = queue.pop();
  if (next !== undefined) queue.failed(next, next.pod, new Set(plugins));
  return next?.pod.metadata?.name;
}

describe('SchedulingQueue', () => {
  it('goes by priority, then by time', async () => {
    const { clock, queue } = setUp();
    for (const [name, priority] of [
      ['a', 0],
      ['b', 10],
      ['c', 0],
    ] as const) {
      queue.add(pod(name, { priority }));
      await clock.advance(1);
    }
    expect([queue.pop()?.key, queue.pop()?.key, queue.pop()?.key, queue.pop()]).toEqual([
      'default/b',
      'default/a',
      'default/c',
      undefined,
    ]);
  });

  it('what was rejected waits for an event that helps its plugin', async () => {
    const { clock, queue } = setUp();
    queue.add(pod('a'));
    failNext(queue, 'TaintToleration');
    await clock.advance(60_000);
    queue.happened('pod-removed');
    expect(queue.pop()).toBeUndefined();
    queue.happened('node-taints');
    expect(queue.pop()?.attempts).toBe(2);
  });

  it('backs off from 1 s to 10 s, but is tried early when nothing else is to do', async () => {
    const { clock, queue } = setUp();
    queue.add(pod('a'));
    queue.add(pod('busy'));
    failNext(queue, 'NodeResourcesFit');
    queue.happened('pod-removed');
    expect(queue.sizes).toEqual([1, 1, 0]);
    await clock.advance(999);
    expect(queue.sizes).toEqual([1, 1, 0]);
    await clock.advance(1);
    expect(queue.sizes).toEqual([2, 0, 0]);
    failNext(queue, 'NodeResourcesFit');
    failNext(queue, 'NodeResourcesFit');
    queue.happened('pod-removed');
    expect(queue.sizes).toEqual([0, 2, 0]);
    expect(queue.pop()).toBeDefined();
  });

  it('after an error it comes back by itself, and not before its time', async () => {
    const { clock, queue } = setUp();
    queue.add(pod('a'));
    failNext(queue);
    expect(queue.pop()).toBeUndefined();
    await clock.advance(1000);
    expect(failNext(queue)).toBe('a');
    await clock.advance(1999);
    expect(queue.pop()).toBeUndefined();
    await clock.advance(1);
    expect(queue.pop()?.attempts).toBe(3);
  });

  it('tries everything again after five minutes, whatever happened', async () => {
    const { clock, queue } = setUp();
    queue.add(pod('a'));
    failNext(queue, 'NodeName');
    await clock.advance(299_000);
    expect(queue.sizes).toEqual([0, 0, 1]);
    await clock.advance(32_000);
    expect(queue.sizes).toEqual([1, 0, 0]);
  });

  it('tells pods of one name apart: a new one may come while the old one is in flight', () => {
    const { queue } = setUp();
    queue.add(pod('a'));
    const old = queue.pop();
    const next = pod('a');
    next.metadata = { ...next.metadata, uid: 'second' };
    queue.add(pod('a'));
    queue.add(next);
    if (old !== undefined) queue.done(old);
    expect([queue.pop()?.uid, queue.pop()]).toEqual(['second', undefined]);
  });
});
