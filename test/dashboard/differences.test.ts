import { describe, expect, it } from 'vitest';
import { differences } from '../../dashboard/model/differences.ts';
import { axis, axisTicks, traceRows } from '../../dashboard/model/trace.ts';
import { spanText } from '../../dashboard/words/spans.ts';

describe('differences', () => {
  it('names what was added, removed and changed, by path', () => {
    const before = {
      spec: { replicas: 3, paused: true },
      status: { conditions: [{ type: 'Available', status: 'False' }] },
    };
    const now = { spec: { replicas: 5 }, status: { conditions: [{ type: 'Available', status: 'True' }], ready: 1 } };
    expect(differences(before, now)).toEqual([
      { path: 'spec.replicas', kind: 'changed', before: 3, after: 5 },
      { path: 'spec.paused', kind: 'removed', before: true },
      { path: 'status.conditions[Available].status', kind: 'changed', before: 'False', after: 'True' },
      { path: 'status.ready', kind: 'added', after: 1 },
    ]);
  });

  it('brackets names that are no names', () => {
    expect(differences({}, { 'app.kubernetes.io/name': 'x' })[0]?.path).toBe('["app.kubernetes.io/name"]');
    expect(differences({ a: [1] }, { a: [1, 2] })[0]?.path).toBe('a[1]');
    expect(differences({ a: 1 }, { a: 1 })).toEqual([]);
  });
});

describe('a trace', () => {
  it('is rows, each with what it caused right below', () => {
    const node = (id: string, children: object[] = []) =>
      ({ type: 'request', id, title: id, by: '', startMs: 0, endMs: 1, steps: [], children }) as never;
    const rows = traceRows({
      target: { resource: 'pods', name: 'a' },
      startedAtMs: 0,
      totalMs: 1,
      roots: [node('a', [node('b', [node('c')]), node('d')])],
      missing: [],
      leftOut: 0,
    });
    expect(rows.map(({ node: { id }, depth }) => `${depth}${id}`)).toEqual(['0a', '1b', '2c', '1d']);
  });

  it('lies on an axis that gives the first milliseconds room', () => {
    expect(axis(0, 1000)).toBe(0);
    expect(axis(1000, 1000)).toBe(1);
    expect(axis(10, 1000)).toBeGreaterThan(0.2);
    expect(axisTicks(2000)).toEqual([0, 1, 3, 10, 30, 100, 300, 1000]);
  });

  it('says spans as people read them', () => {
    expect([0.123, 4.56, 340.2, 1240, 125_000].map(spanText)).toEqual([
      '0.12 ms',
      '4.6 ms',
      '340 ms',
      '1.24 s',
      '2 min 5 s',
    ]);
  });
});
