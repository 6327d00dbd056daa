import { describe, expect, it } from 'vitest';
import { MomentBatch } from '../../cluster/dashboard/moment-batch.ts';
import { podRow } from './moments.ts';

const put = (name: string, revision: number) => ({
  type: 'page.object' as const,
  change: 'put' as const,
  row: podRow(name, { revision }),
  atMs: 0,
});

describe('MomentBatch', () => {
  it('sends of an object its last state, where it last changed', () => {
    const batch = new MomentBatch(0);
    batch.addPage(put('a', 1), 'a');
    batch.addPage(put('b', 2), 'b');
    batch.addPage(put('a', 3), 'a');
    const taken = batch.take(0);
    expect(
      taken.map((moment) => (moment.type === 'page.object' && moment.change === 'put' ? moment.row.revision : 0)),
    ).toEqual([2, 3]);
    expect(taken.map(({ place }) => place)).toEqual([2, 3]);
    expect(batch.empty).toBe(true);
  });

  it('leaves out what is too much of one kind, and says how much', () => {
    const batch = new MomentBatch(10);
    for (let at = 0; at < 1000; at++)
      batch.addSystem({ type: 'raft.append', member: 'm', first: at, last: at, term: 1, atMs: 0 });
    batch.addSystem({ type: 'fault', fault: 'f', phase: 'injected', words: '', atMs: 0 });
    const taken = batch.take(7);
    const skipped = taken.at(-1);
    const appends = taken.filter(({ type }) => type === 'raft.append').length;
    expect(appends).toBeLessThan(200);
    expect(taken.some(({ type }) => type === 'fault')).toBe(true);
    expect(skipped).toMatchObject({ type: 'page.skipped', count: 1000 - appends, atMs: 7 });
    const places = taken.map(({ place }) => place);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
