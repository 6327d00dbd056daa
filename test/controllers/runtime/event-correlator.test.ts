/** client-go's figures for counting, joining and dropping events. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { EventCorrelator } from '../../../controllers/runtime/event-correlator.ts';
import type { CoreV1Event } from '../../../generated/kubernetes.d.ts';

function event(message: string, reason = 'Reason', object = 'web'): CoreV1Event {
  return {
    metadata: { name: `${object}.${message}`, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: object, uid: object },
    source: { component: 'test' },
    type: 'Normal',
    reason,
    message,
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
  };
}

function send(correlator: EventCorrelator, what: CoreV1Event): CoreV1Event | undefined {
  const result = correlator.correlate(what);
  if (result !== undefined) correlator.written(result, result);
  return result;
}

describe('EventCorrelator', () => {
  it('counts the same event under its first name', () => {
    const correlator = new EventCorrelator(new VirtualClock());
    send(correlator, event('a'));
    const again = send(correlator, { ...event('a'), metadata: { name: 'other' } });
    expect(again).toMatchObject({ count: 2, metadata: { name: 'web.a' } });
  });

  it('joins the tenth different message of a reason, and goes on counting the joined one', () => {
    const correlator = new EventCorrelator(new VirtualClock());
    for (let i = 1; i <= 9; i++) expect(send(correlator, event(`m${i}`))?.message).toBe(`m${i}`);
    const joined = send(correlator, event('m10'));
    expect(joined).toMatchObject({ message: '(combined from similar events): m10', count: 1 });
    const next = send(correlator, event('m11'));
    expect(next).toMatchObject({ message: '(combined from similar events): m11', count: 2 });
    expect(next?.metadata.name).toBe(joined?.metadata.name);
    expect(send(correlator, event('m12', 'Another'))?.message).toBe('m12');
  });

  it('forgets similar messages after ten quiet minutes', async () => {
    const clock = new VirtualClock();
    const correlator = new EventCorrelator(clock);
    for (let i = 1; i <= 9; i++) send(correlator, event(`m${i}`));
    await clock.advance(600_001);
    expect(send(correlator, event('m10'))?.message).toBe('m10');
  });

  it('lets 25 through about one object, then one every five minutes', async () => {
    const clock = new VirtualClock();
    const correlator = new EventCorrelator(clock);
    const results = Array.from({ length: 30 }, () => send(correlator, event('a')));
    expect(results.filter((result) => result !== undefined)).toHaveLength(25);
    expect(send(correlator, event('a', 'Reason', 'other'))).toBeDefined();
    await clock.advance(300_000);
    expect(send(correlator, event('a'))?.count).toBe(31);
    expect(send(correlator, event('a'))).toBeUndefined();
  });
});
