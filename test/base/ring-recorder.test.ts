/** The ring of moments: numbers, bounds, readers. */
import { describe, expect, it } from 'vitest';
import type { Fact, Moment } from '../../base/moments.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';

const fact = (controller: string): Fact => ({ type: 'controller.decision', controller, key: 'a/b', words: '' });
const told = (moments: readonly Moment[]): string[] =>
  moments.map((moment) => `${moment.seq} ${'controller' in moment ? moment.controller : ''}`);

describe('RingRecorder', () => {
  it('numbers moments without gaps and drops the oldest', () => {
    const ring = new RingRecorder(new VirtualClock(), 3);
    expect([ring.first, ring.last, ring.moments()]).toEqual([1, 0, []]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) ring.record(fact(name));
    expect([ring.first, ring.last]).toEqual([3, 5]);
    expect(told(ring.moments())).toEqual(['3 c', '4 d', '5 e']);
    expect(told(ring.moments(3))).toEqual(['4 d', '5 e']);
    expect(told(ring.moments(0, 2))).toEqual(['3 c', '4 d']);
    expect(told(ring.moments(4, 2))).toEqual(['5 e']);
    expect(ring.moments(5)).toEqual([]);
    expect(ring.moments(99)).toEqual([]);
  });

  it('stamps with wall time and its fraction, and follows a clock that is set', async () => {
    const clock = new VirtualClock(5000);
    const ring = new RingRecorder(clock);
    ring.record(fact('a'));
    await clock.advance(1.25);
    ring.record(fact('b'));
    clock.jumpWall(-3000);
    ring.record(fact('c'));
    expect(ring.moments().map(({ atMs }) => atMs)).toEqual([5000, 5001.25, 2001]);
  });

  it('takes in what others stated, with their times and numbers of its own', () => {
    const ring = new RingRecorder(new VirtualClock());
    ring.record(fact('mine'));
    ring.take([{ ...fact('theirs'), seq: 77, atMs: 12 }]);
    expect(ring.moments(1)).toEqual([{ ...fact('theirs'), seq: 2, atMs: 12 }]);
  });

  it('tells listeners, and knows whether somebody watches', () => {
    const ring = new RingRecorder(new VirtualClock());
    const heard: Moment[] = [];
    const stop = ring.listen((moment) => heard.push(moment));
    ring.record(fact('a'));
    stop();
    ring.record(fact('b'));
    expect(told(heard)).toEqual(['1 a']);
    expect(ring.watched).toBe(false);
    const [first, second] = [ring.watch(), ring.watch()];
    first();
    first();
    expect(ring.watched).toBe(true);
    second();
    expect(ring.watched).toBe(false);
  });
});
