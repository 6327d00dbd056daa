/** From moments to the text that `kubectl-lite trace` prints: pure, compared with golden files. */
import { describe, expect, it } from 'vitest';
import type { Fact, Moment } from '../../base/moments.ts';
import { buildTrace } from '../../base/trace/build-trace.ts';
import { traceText } from '../../kubectl-lite/printers/trace.ts';
import { expectGolden } from '../controllers/golden.ts';

const BEGIN_MS = Date.UTC(2026, 0, 1);

/** Moments from `[ms since the beginning, fact]`, in whatever order they came. */
function momentsOf(told: readonly (readonly [number, Fact])[]): Moment[] {
  return told.map(([ms, fact], at) => ({ ...fact, seq: at + 1, atMs: BEGIN_MS + ms }) as Moment);
}

type Told = readonly [number, Fact];

/** One write of three members' store, from the request to its answer. */
function written(
  atMs: number,
  revision: number,
  about: { resource: string; name: string; key: string; request: string; cause?: string; verb?: string; user: string },
): Told[] {
  const { resource, name, key, request, cause, verb = 'create', user } = about;
  const index = revision + 100;
  const entry = { first: index, last: index, term: 2 };
  const change = verb === 'create' && !resource.includes('/') ? 'create' : 'update';
  const stored = resource.split('/')[0] ?? '';
  const put = { type: 'store.change', change: 'put', key, revision, version: 1, index, term: 2 } as const;
  return [
    [atMs + 1.5, { type: 'raft.append', member: 'm1', ...entry }],
    [atMs + 2, { type: 'raft.append', member: 'm2', ...entry }],
    [atMs + 2, { type: 'raft.append', member: 'm3', ...entry }],
    [atMs + 2.25, { type: 'raft.durable', member: 'm2', ...entry }],
    [atMs + 2.5, { type: 'raft.durable', member: 'm1', ...entry }],
    [atMs + 2.75, { type: 'raft.commit', member: 'm1', ...entry }],
    [atMs + 2.8, { ...put, member: 'm1' }],
    [atMs + 3, { type: 'raft.apply', member: 'm1', ...entry }],
    [atMs + 9, { ...put, member: 'm3' }],
    [
      atMs + 3.5,
      {
        type: 'api.watch-event',
        change: change === 'create' ? 'ADDED' : 'MODIFIED',
        resource: stored,
        namespace: 'default',
        name,
        revision,
        watchers: 2,
      },
    ],
    [
      atMs + 3.25,
      {
        type: 'api.write',
        request,
        change,
        resource: stored,
        namespace: 'default',
        name,
        revision,
        durationMs: 2.25,
      },
    ],
    [
      atMs + 4,
      {
        type: 'api.request',
        request,
        ...(cause === undefined ? {} : { cause }),
        verb,
        resource,
        namespace: 'default',
        name,
        user,
        userAgent: 'test/1.0 (linux)',
        code: verb === 'create' ? 201 : 200,
        durationMs: 4,
        authorizedMs: 0.5,
      },
    ],
  ];
}

const replicaSet = written(0, 10, {
  resource: 'replicasets.apps',
  name: 'web',
  key: '/registry/replicasets/default/web',
  request: 'r1',
  user: 'admin',
});

function podMade(at: number, name: string, revision: number): Told[] {
  const pod = { resource: 'pods', name, key: `/registry/pods/default/${name}` };
  return [
    ...written(at, revision, { ...pod, request: `create-${name}`, cause: 'rs/1', user: 'controller' }),
    [
      at + 5,
      {
        type: 'scheduler.decision',
        turn: `s-${name}`,
        pod: `default/${name}`,
        revision,
        node: 'n1',
        words: 'n1 is best',
      },
    ],
    ...written(at + 6, revision + 10, {
      ...pod,
      resource: 'pods/binding',
      request: `bind-${name}`,
      cause: `s-${name}`,
      user: 'scheduler',
    }),
    [
      at + 60,
      {
        type: 'node.container',
        node: 'n1',
        pod: `default/${name}`,
        container: 'c',
        state: 'running',
        reason: '',
        restarts: 0,
      },
    ],
    [
      at + 61,
      {
        type: 'node.pod',
        turn: `k-${name}`,
        node: 'n1',
        pod: `default/${name}`,
        revision: revision + 10,
        phase: 'Running',
        ready: true,
        words: 'c running',
      },
    ],
    ...written(at + 62, revision + 20, {
      ...pod,
      resource: 'pods/status',
      request: `run-${name}`,
      cause: `k-${name}`,
      verb: 'patch',
      user: 'node',
    }),
  ];
}

const turn: Told[] = [
  [
    4.5,
    { type: 'controller.take', turn: 'rs/1', controller: 'rs', key: 'default/web', queueLength: 0, revisions: [10] },
  ],
  [4.75, { type: 'controller.decision', turn: 'rs/1', controller: 'rs', key: 'default/web', words: 'creating 2 pods' }],
  [30, { type: 'controller.done', turn: 'rs/1', controller: 'rs', key: 'default/web', durationMs: 25.5 }],
];
const story = [...replicaSet, ...turn, ...podMade(5, 'web-a', 11), ...podMade(12, 'web-b', 12)];

const golden = (name: string): URL => new URL(`./${name}.golden`, import.meta.url);
const pod = { resource: 'pods', namespace: 'default', name: 'web-a' };

describe('trace', () => {
  it('of a pod: one line of causes, from who asked to Running', () => {
    const trace = buildTrace(momentsOf(story), pod);
    expectGolden(golden('trace-pod'), trace === undefined ? '' : traceText(trace));
  });

  it('does not depend on the order in which moments come: members tell late', () => {
    const late = story.filter(([, { type }]) => type.startsWith('raft.') || type === 'store.change');
    const soon = story.filter((each) => !late.includes(each));
    expect(buildTrace(momentsOf([...soon, ...late.reverse()]), pod)).toEqual(buildTrace(momentsOf(story), pod));
  });

  it('of an owner: a branch for each thing that came of it', () => {
    const trace = buildTrace(momentsOf(story), { resource: 'replicasets.apps', namespace: 'default', name: 'web' });
    expectGolden(golden('trace-owner'), trace === undefined ? '' : traceText(trace));
  });

  it('says what is no longer remembered', () => {
    const kept = momentsOf(story).filter((moment) => !('request' in moment) || moment.request !== 'r1');
    const trace = buildTrace(kept, pod);
    expect(trace?.missing).toEqual(['what set off turn rs/1 is no longer remembered']);
    const later = momentsOf(story).filter(({ atMs }) => atMs > BEGIN_MS + 50);
    const cut = buildTrace(later, pod);
    expectGolden(golden('trace-cut'), cut === undefined ? '' : traceText(cut));
  });

  it('of what nobody remembers: nothing', () => {
    expect(buildTrace([], pod)).toBeUndefined();
    expect(buildTrace(momentsOf(story), { ...pod, namespace: 'other' })).toBeUndefined();
    expect(buildTrace(momentsOf(story), { ...pod, name: 'web' })).toBeUndefined();
  });

  it('without a log of our own, the store is one step', () => {
    const outside = momentsOf(story).filter(({ type }) => !type.startsWith('raft.') && type !== 'store.change');
    const steps = buildTrace(outside, pod)?.roots[0]?.steps.map(({ words }) => words);
    expect(steps).toEqual([
      'authenticated and authorized',
      'admitted and validated; proposed to the store',
      'written as revision 10',
      'event ADDED at 10, 2 watchers waiting',
      'answered 201',
    ]);
  });

  it('counts what is too much to show', () => {
    const many: Told[] = [...replicaSet, ...turn];
    for (let at = 0; at < 500; at++) many.push(...podMade(5 + at, `web-${at}`, 1000 + at * 30));
    const trace = buildTrace(momentsOf(many), { resource: 'replicasets.apps', namespace: 'default', name: 'web' });
    expect(trace?.leftOut).toBeGreaterThan(0);
    expect(traceText(trace ?? expect.fail('no trace'))).toMatch(/not shown: \d+ more requests\n$/);
  });
});
