import { describe, expect, it } from 'vitest';
import { AuditWebhook, batchDefaults } from '../../../../apiserver/auth/audit/audit-webhook.ts';
import type { PostText } from '../../../../apiserver/auth/webhook/webhook-client.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';

function webhook(codes: (number | Error)[]): { hook: AuditWebhook; clock: VirtualClock; batches: number[] } {
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
  return { hook: new AuditWebhook(post, batchDefaults, clock, silentLogger), clock, batches };
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
});
