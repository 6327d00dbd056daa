/** What pages are told of what happens, and what they are not. */
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../base/moments.ts';
import { ChangedKeys } from '../../cluster/dashboard/key-changes.ts';
import { ToldFacts } from '../../cluster/dashboard/told-facts.ts';

const entries = (type: 'raft.append' | 'raft.commit', member: string, first: number, last = first, term = 1): Fact => ({
  type,
  member,
  first,
  last,
  term,
});
const state = (member: string, commit: number): Fact => ({
  type: 'raft.state',
  member,
  role: 'follower',
  term: 1,
  lastIndex: commit,
  commit,
  applied: commit,
  electionElapsedMs: 0,
  electionTimeoutMs: 1,
});
const decision = (key: string): Fact => ({ type: 'controller.decision', controller: 'c', key, words: '' });

describe('ToldFacts', () => {
  it('lets a burst pass whole, cuts what goes on to a rate of its kind, and counts what is left out', () => {
    const facts = new ToldFacts();
    let place = 0;
    const beat = (count: number) => {
      for (let at = 0; at < count; at++) facts.add(decision(`k${at}`), 0, ++place);
      facts.add({ type: 'fault', fault: 'f', phase: 'injected', targets: [], words: '' }, 0, ++place);
      return facts.take();
    };
    const burst = beat(300);
    expect([burst.moments.length, burst.leftOut]).toEqual([301, undefined]);
    let told = 0;
    let leftOut = 0;
    for (let at = 0; at < 20; at++) {
      const { moments, leftOut: kinds } = beat(300);
      expect(moments.at(-1)?.type).toBe('fault');
      told += moments.length - 1;
      leftOut += kinds?.['controller.decision'] ?? 0;
      expect(moments.map(({ place: each }) => each)).toEqual(
        moments.map(({ place: each }) => each).sort((a, b) => a - b),
      );
    }
    expect(told + leftOut).toBe(20 * 300);
    expect(told).toBeLessThan(300);
  });

  it('tells entries that follow each other at once, and nothing else of them', () => {
    const facts = new ToldFacts();
    const log: Fact[] = [
      entries('raft.append', 'a', 1),
      entries('raft.append', 'b', 1, 2),
      entries('raft.append', 'a', 2, 4),
      entries('raft.commit', 'a', 1, 4),
      entries('raft.append', 'a', 4, 5, 2),
    ];
    for (const [at, fact] of log.entries()) facts.add(fact, at, at);
    const told = () => facts.take().moments.map((each) => /* all are entries */ ({ ...(each as (typeof log)[0]) }));
    expect(told()).toMatchObject([
      { ...entries('raft.append', 'a', 1, 4), place: 0 },
      { ...entries('raft.append', 'b', 1, 2), place: 1 },
      { ...entries('raft.commit', 'a', 1, 4), place: 3 },
      { ...entries('raft.append', 'a', 4, 5, 2), place: 4 },
    ]);
    // What was told is told: the next goes on by itself.
    facts.add(entries('raft.append', 'a', 6, 6, 2), 0, 9);
    expect(told()).toMatchObject([entries('raft.append', 'a', 6, 6, 2)]);
  });

  it('tells of each member how it sees itself last', () => {
    const facts = new ToldFacts();
    for (const [at, fact] of [state('a', 1), state('b', 1), state('a', 2)].entries()) facts.add(fact, at, at);
    expect(facts.take().moments).toMatchObject([
      { member: 'b', commit: 1 },
      { member: 'a', commit: 2 },
    ]);
  });

  it('tells once a beat of heartbeats that pass the same way, and of other messages a share', () => {
    const facts = new ToldFacts();
    const message = (kind: string, to: string): Fact => ({
      type: 'raft.message',
      stage: 'sent',
      from: 'a',
      to,
      message: kind,
      term: 1,
      index: 0,
      entries: 0,
      reject: false,
    });
    const sent = ['heartbeat', 'append', 'heartbeat', 'append'].flatMap((kind) =>
      ['b', 'c'].map((to) => message(kind, to)),
    );
    for (const [at, fact] of sent.entries()) facts.add(fact, at, at);
    const { moments, leftOut } = facts.take();
    expect(moments.map((each) => 'message' in each && `${each.message} ${each.to}`)).toEqual([
      'heartbeat b',
      'heartbeat c',
      'append b',
      'append c',
      'append b',
      'append c',
    ]);
    expect(leftOut).toBeUndefined();
    facts.add(message('heartbeat', 'b'), 9, 9);
    expect(facts.take().moments).toHaveLength(1);
  });

  it('counts what was dropped before it was seen', () => {
    const facts = new ToldFacts();
    facts.lose(0);
    expect(facts.take().leftOut).toBeUndefined();
    facts.lose(12);
    expect(facts.take()).toEqual({ moments: [], leftOut: { lost: 12 } });
  });
});

describe('ChangedKeys', () => {
  const change = (key: string, revision: number, member = 'a', what: 'put' | 'delete' = 'put') =>
    ({
      type: 'store.change',
      member,
      change: what,
      key: `/registry/${key}`,
      revision,
      version: 1,
      index: 1,
      term: 1,
    }) as const;

  it('hears each change of whoever tells it first, tells the last of each key, and remembers it a while', () => {
    const keys = new ChangedKeys();
    keys.add(change('x', 1), 10);
    keys.add(change('y', 1), 10);
    keys.add(change('x', 1, 'b'), 11);
    keys.add(change('x', 2, 'b', 'delete'), 12);
    keys.add(change('x', 2), 13);
    keys.add({ ...change('x', 3), key: '/elsewhere' }, 14);
    expect(keys.waiting).toBe(2);
    expect(keys.take(20)).toMatchObject([
      { key: '/registry/x', revision: 2, change: 'delete', atMs: 12 },
      { key: '/registry/y', revision: 1 },
    ]);
    expect(keys.recentRevision('/registry/x')).toBe(2);
    for (let beat = 0; beat < 1000; beat++) keys.take(20);
    expect(keys.recentRevision('/registry/x')).toBe(0);
  });

  it('tells so many at once, those that wait longest first, until all are told', () => {
    const keys = new ChangedKeys();
    for (let at = 0; at < 2000; at++) keys.add(change(`k${at}`, at + 1), at);
    const told: (string | undefined)[] = [];
    let beats = 0;
    for (; keys.waiting > 0; beats++) {
      const moments = keys.take(5000);
      for (const moment of moments) told.push('key' in moment ? moment.key : undefined);
      // What waits is told as of now.
      for (const { atMs } of moments) expect(atMs).toBeGreaterThan(4000);
    }
    expect(told).toEqual(Array.from({ length: 2000 }, (_, at) => `/registry/k${at}`));
    expect(beats).toBeGreaterThan(10);
    expect(beats).toBeLessThan(80);
  });
});
