import { describe, expect, it } from 'vitest';
import { microTimestamp, timestamp } from '../../base/clock.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';

describe('VirtualClock', () => {
  it('runs timers in the order of their due time, ties in the order of scheduling', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.after(30, () => ran.push('c'));
    clock.after(10, () => ran.push('a1'));
    clock.after(10, () => ran.push('a2'));
    clock.after(20, () => ran.push('b'));
    await clock.advance(25);
    expect(ran).toEqual(['a1', 'a2', 'b']);
    expect(clock.monotonicMs()).toBe(25);
    await clock.advance(5);
    expect(ran.at(-1)).toBe('c');
  });

  it('runs timers set by timers, and code after awaits, within one advance', async () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10);
        ran.push(clock.monotonicMs());
      }
    };
    const done = loop();
    await clock.advance(100);
    await done;
    expect(ran).toEqual([10, 20, 30]);
  });

  it('does not run what was cancelled, and a period ends when cancelled inside its own call', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    clock.after(5, () => calls++).cancel();
    const period = clock.every(10, () => {
      calls++;
      if (calls === 2) period.cancel();
    });
    await clock.advance(100);
    expect(calls).toBe(2);
    expect(clock.nextDueInMs()).toBeUndefined();
  });

  it('a sleep ends at once when its signal is aborted', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const slept = clock.sleep(1000, abort.signal);
    abort.abort();
    await slept;
    expect(clock.monotonicMs()).toBe(0);
  });

  it('a jump of the wall clock leaves the monotonic clock alone', () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    clock.jumpWall(-3_600_000);
    expect(timestamp(clock.nowMs())).toBe('2025-12-31T23:00:00Z');
    expect(microTimestamp(clock.nowMs())).toBe('2025-12-31T23:00:00.000000Z');
    expect(clock.monotonicMs()).toBe(0);
  });

  it('keeps the order over many timers', async () => {
    const clock = new VirtualClock();
    const due = Array.from({ length: 500 }, (_, i) => (i * 7919) % 1000);
    const ran: number[] = [];
    for (const ms of due) clock.after(ms, () => ran.push(ms));
    await clock.advance(1000);
    expect(ran).toEqual([...due].sort((a, b) => a - b));
  });
});
