import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { RingRecorder } from '../../../base/ring-recorder.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createEmbeddedStore, type EmbeddedStoreOptions, type RunningMember } from '../../../store/index.ts';

const value = Buffer.from('v');
const MINUTE_MS = 60_000;

async function open(
  options: Partial<EmbeddedStoreOptions>,
): Promise<{ member: RunningMember; clock: VirtualClock; compacted: () => number }> {
  const clock = new VirtualClock();
  const member = await createEmbeddedStore({ clock, random: new SeededRandom(1), defer: queueMicrotask, ...options });
  return { member, clock, compacted: () => member.core.machine.keyspace.compactRevision };
}

describe('compaction by itself', () => {
  it('D14: by revision, it keeps so many, looked at every five minutes', async () => {
    const { member, clock, compacted } = await open({ autoCompaction: { mode: 'revision', retention: 100 } });
    for (let at = 0; at < 250; at++) await member.store.put({ key: `k${at % 10}`, value });
    await clock.advance(4 * MINUTE_MS);
    expect(compacted()).toBe(-1);
    await clock.advance(2 * MINUTE_MS);
    expect(compacted()).toBe(151);
    await clock.advance(6 * MINUTE_MS);
    expect(compacted()).toBe(151);
    // What is compacted is gone from the backend too.
    expect([...member.core.machine.backend.range('revisions')].length).toBeLessThan(115);
    await member.close();
  });

  it('D14: by period, it keeps the revisions of that time', async () => {
    const { member, clock, compacted } = await open({
      autoCompaction: { mode: 'periodic', retentionMs: 10 * MINUTE_MS },
    });
    const revisions: number[] = [];
    for (let minute = 0; minute < 30; minute++) {
      revisions.push((await member.store.put({ key: 'k', value })).header.revision);
      await clock.advance(MINUTE_MS);
    }
    const kept = revisions.filter((revision) => revision >= compacted()).length;
    expect(kept).toBeGreaterThanOrEqual(10);
    expect(kept).toBeLessThanOrEqual(12);
    await member.close();
  });
});

describe('moments', () => {
  it('D15: a write leaves its trace: appended, durable, committed, applied, in this order', async () => {
    const recorder = new RingRecorder(new VirtualClock());
    const { member } = await open({ recorder });
    expect(recorder.moments().filter(({ type }) => type === 'raft.role')).toMatchObject([
      { role: 'candidate', term: 2 },
      { role: 'leader', term: 2, leader: member.name },
    ]);
    const before = recorder.moments().length;
    await member.store.put({ key: 'a', value });
    const types = recorder
      .moments()
      .slice(before)
      .map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('raft.'))).toEqual([
      'raft.append',
      'raft.durable',
      'raft.commit',
      'raft.apply',
    ]);
    expect(types).toContain('store.change');
    await member.close();
  });
});
