import { describe, expect, it } from 'vitest';
import { AuditWebhook, type BatchLimits, batchDefaults } from '../../../../apiserver/auth/audit/audit-webhook.ts';
import type { PostText } from '../../../../apiserver/auth/webhook/webhook-client.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';

function webhook(
  codes: (number | Error)[],
  limits: BatchLimits = batchDefaults,
): { hook: AuditWebhook; clock: VirtualClock; batches: number[] } {
  const clock = new VirtualClock();
  const batches: number[] = [];
  const post: PostText = async (body) => {
    const { kind, items } = JSON.parse(body) as { kind: string; items: object[] };
    expect(kind).toBe('EventList');
    batches.push(items.length);
    const code = codes.shift() ?? 200;
    if (code instanceof Error) throw code;
    return { code, headers: {}, text: '' };
  };
  return { hook: new AuditWebhook(post, limits, clock, silentLogger), clock, batches };
}

describe('the audit webhook', () => {
  it('gets batches: when one is full, or after half a minute', async () => {
    const { hook, clock, batches } = webhook([]);
    for (let i = 0; i < 401; i++) hook.write({ i });
    await clock.advance(0);
    expect(batches).toEqual([400, 1]);
    hook.write({});
    await clock.advance(29_999);
    expect(batches.length).toBe(2);
    await clock.advance(1);
    expect(batches).toEqual([400, 1, 1]);
  });

  it('is tried again, with longer and longer waits', async () => {
    const { hook, clock, batches } = webhook([new Error('away'), 503, 200]);
    hook.write({});
    await clock.advance(30_000);
    expect(batches.length).toBe(1);
    await clock.advance(10_000);
    expect(batches.length).toBe(2);
    await clock.advance(15_000);
    expect(batches.length).toBe(3);
    await clock.advance(100_000);
    expect(batches.length).toBe(3);
  });

  it('never holds more than its buffer', async () => {
    const { hook, clock, batches } = webhook([503]);
    for (let i = 0; i < 20_000; i++) hook.write({ i });
    await clock.advance(60_000);
    expect(batches.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(10_000 + 2 * 400);
  });

  it('gets what is left at the end', async () => {
    const { hook, batches } = webhook([]);
    hook.write({});
    await hook.close();
    expect(batches).toEqual([1]);
  });

  it('O7 sends no more batches than asked, some at once and then so many a second, and none bigger than asked', async () => {
    const { hook, clock, batches } = webhook([], {
      ...batchDefaults,
      batchEventsMax: 1,
      throttle: { perSecond: 2, burst: 3 },
    });
    for (let i = 0; i < 7; i++) hook.write({ i });
    await clock.advance(0);
    expect(batches.length).toBe(3);
    await clock.advance(500);
    expect(batches.length).toBe(4);
    await clock.advance(1000);
    expect(batches.length).toBe(6);
    const small = webhook([], { ...batchDefaults, batchEventsMax: 4, batchBytesMax: 25 });
    for (let i = 0; i < 4; i++) small.hook.write({ text: '0123' });
    await small.clock.advance(0);
    expect(small.batches).toEqual([1, 1, 1, 1]);
    const fitting = webhook([], { ...batchDefaults, batchEventsMax: 4, batchBytesMax: 40 });
    for (let i = 0; i < 4; i++) fitting.hook.write({ text: '0123' });
    await fitting.clock.advance(0);
    expect(fitting.batches).toEqual([2, 2]);
  });
});
