/** How a reconcile loop calls its reconciler. */
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { RingRecorder } from '../../../base/ring-recorder.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { Client } from '../../../controllers/runtime/client.ts';
import type { ReconcileResult } from '../../../controllers/runtime/reconcile-loop.ts';
import { ReconcileLoop } from '../../../controllers/runtime/reconcile-loop.ts';

function setUp(reconcile: (key: string) => Promise<ReconcileResult | undefined>, workers = 2) {
  const clock = new VirtualClock();
  const recorder = new RingRecorder(clock);
  const client = {} as Client;
  const loop = new ReconcileLoop(
    {
      name: 'test-controller',
      reconcile: async ({ namespace, name }, context) => {
        context.decided(() => `looked at ${name}`);
        return reconcile(`${namespace}|${name}`);
      },
    },
    { clock, logger: silentLogger, recorder, client },
    { workers },
  );
  loop.start();
  return { clock, loop, recorder };
}

describe('ReconcileLoop', () => {
  it('gives namespace and name, and tells moments', async () => {
    const seen: string[] = [];
    const { clock, loop, recorder } = setUp(async (key) => {
      seen.push(key);
      return undefined;
    });
    loop.enqueueKey('default/web');
    loop.enqueueKey('node-1');
    await clock.advance(0);
    expect(seen).toEqual(['default|web', '|node-1']);
    expect(recorder.moments().map((moment) => moment.type)).toEqual([
      'controller.take',
      'controller.decision',
      'controller.take',
      'controller.decision',
      'controller.done',
      'controller.done',
    ]);
    await loop.stop();
  });

  it('tries what fails again, later each time, and forgets after a success', async () => {
    const at: number[] = [];
    let failures = 3;
    const { clock, loop } = setUp(async () => {
      at.push(clock.monotonicMs());
      if (failures-- > 0) throw new Error('no');
      return undefined;
    });
    loop.enqueueKey('a');
    await clock.advance(1000);
    expect(at).toEqual([0, 5, 15, 35]);
    await loop.stop();
  });

  it('looks again after the time asked for', async () => {
    const at: number[] = [];
    const { clock, loop } = setUp(async () => {
      at.push(clock.monotonicMs());
      return at.length < 3 ? { requeueAfterMs: 1000 } : undefined;
    });
    loop.enqueueKey('a');
    await clock.advance(10_000);
    expect(at).toEqual([0, 1000, 2000]);
    await loop.stop();
  });

  it('never works on one key twice at a time', async () => {
    let inside = 0;
    let most = 0;
    let turns = 0;
    const { clock, loop } = setUp(async () => {
      inside++;
      turns++;
      most = Math.max(most, inside);
      await clock.sleep(10);
      inside--;
      return undefined;
    }, 5);
    for (let i = 0; i < 5; i++) {
      loop.enqueueKey('a');
      await clock.advance(3);
    }
    await clock.advance(100);
    expect(most).toBe(1);
    expect(turns).toBe(3);
    await loop.stop();
  });
});
