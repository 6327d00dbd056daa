import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { podLook } from '../../dashboard/model/look.ts';
import { reduce, reduceAll } from '../../dashboard/model/reduce.ts';
import { emptyState, type State } from '../../dashboard/model/state.ts';
import { inOrder, podRow, someMoments } from './moments.ts';

/** Tables as what they hold: how they are built inside depends on the way. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_field, each: unknown) => {
      if (each === null || typeof each !== 'object' || !(Symbol.iterator in each) || Array.isArray(each)) return each;
      return Object.fromEntries([...(each as Iterable<[string, unknown]>)].sort(([a], [b]) => (a < b ? -1 : 1)));
    }),
  );
}

const stateOf = (...moments: Parameters<typeof inOrder>[0]): State => reduceAll(emptyState, inOrder(moments));
const put = (name: string, fields = {}) => ({
  type: 'page.object' as const,
  change: 'put' as const,
  row: podRow(name, fields),
  atMs: 0,
});

describe('reduce', () => {
  it('makes the same of many moments at once as of one after the other', () => {
    fc.assert(
      fc.property(someMoments(120), fc.nat(120), (moments, cut) => {
        const one = moments.reduce(reduce, emptyState);
        const two = reduceAll(reduceAll(emptyState, moments.slice(0, cut)), moments.slice(cut));
        expect(plain(two)).toEqual(plain(one));
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('never changes a state that was there before', () => {
    fc.assert(
      fc.property(someMoments(60), someMoments(60), (first, second) => {
        const state = reduceAll(emptyState, first);
        const before = plain(state);
        reduceAll(state, second);
        expect(plain(state)).toEqual(before);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('knows which pods are on a node and of an owner, and how many look like what', () => {
    fc.assert(
      fc.property(someMoments(150), (moments) => {
        const state = reduceAll(emptyState, moments);
        const pods = [...state.pods.values()];
        for (const [node, keys] of state.podsByNode) {
          expect([...keys].map(([key]) => key).sort()).toEqual(
            pods
              .filter((pod) => (pod.node ?? '') === node)
              .map(({ key }) => key)
              .sort(),
          );
        }
        expect([...state.podsByOwner].reduce((sum, [, keys]) => sum + keys.size, 0)).toBe(pods.length);
        for (const [look, count] of state.podCounts)
          expect(count).toBe(pods.filter((pod) => podLook(pod) === look).length);
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  it('counts the keys below every folder', () => {
    fc.assert(
      fc.property(someMoments(150), (moments) => {
        const state = reduceAll(emptyState, moments);
        for (const [folder, { keys, children }] of state.folders) {
          const below = [...state.keys].filter(([key]) => key.startsWith(folder));
          expect(keys).toBe(below.length);
          const names = new Set(below.map(([key]) => /^[^/]*\/?/.exec(key.slice(folder.length))?.[0] ?? ''));
          expect(new Set([...children].map(([name]) => name))).toEqual(names);
        }
      }),
      { seed: 6, numRuns: 150 },
    );
  });

  it('moves a pod from node to node', () => {
    const state = stateOf(
      put('web', { node: 'node-1' }),
      put('web', { node: 'node-2', phase: 'Running', ready: true }),
    );
    expect(state.podsByNode.get('node-1')).toBeUndefined();
    expect(state.podsByNode.get('node-2')?.has('default/web')).toBe(true);
    expect(state.podCounts.get('running')).toBe(1);
  });

  it('tells an election in words that follow the votes', () => {
    const state = stateOf(
      { type: 'raft.role', member: 'm2', role: 'candidate', term: 2, atMs: 0 },
      { type: 'raft.vote-asked', member: 'm2', to: 'm1', term: 2, pre: false, atMs: 0 },
      { type: 'raft.vote', member: 'm1', candidate: 'm2', term: 2, granted: true, pre: false, atMs: 0 },
      { type: 'raft.role', member: 'm2', role: 'leader', term: 2, leader: 'm2', atMs: 0 },
    );
    expect(state.turnings.map(({ kind }) => kind)).toEqual(['elected', 'granted', 'asked', 'stood']);
    expect(state.members.get('m2')?.role).toBe('leader');
  });

  it('takes samples of members for what they are, under ids and names', () => {
    const sample = {
      name: 'm1',
      id: 'a1',
      state: 'running',
      restarts: 0,
      term: 3,
      leader: 'a1',
      index: 9,
      applied: 8,
      revision: 7,
      bytes: 1,
    };
    const state = stateOf(
      { type: 'raft.append', member: 'a1', first: 9, last: 9, term: 3, atMs: 0 },
      { type: 'page.members', members: [sample], atMs: 0 },
    );
    expect([...state.members.keys()]).toEqual(['m1']);
    expect(state.members.get('m1')).toMatchObject({ role: 'leader', leader: 'm1', term: 3, lastIndex: 9, applied: 8 });
    const dead = stateOf(
      { type: 'page.members', members: [sample], atMs: 0 },
      { type: 'page.members', members: [{ ...sample, state: 'crashed', term: 0 }], atMs: 0 },
    );
    expect(dead.members.get('m1')).toMatchObject({ state: 'crashed', term: 3 });
  });

  it('drops what an append overwrites from the end of the log', () => {
    const state = stateOf(
      { type: 'raft.append', member: 'm1', first: 1, last: 4, term: 1, atMs: 0 },
      { type: 'raft.append', member: 'm1', first: 3, last: 3, term: 2, atMs: 0 },
    );
    expect(state.members.get('m1')?.tail.map(({ index, term }) => `${index}/${term}`)).toEqual(['1/1', '2/1', '3/2']);
  });
});
