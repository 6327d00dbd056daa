/** Arbitrary moments, for the tests of what the page makes of them. */
import fc from 'fast-check';
import type { Moment, PageMoment, SystemMoment } from '../../dashboard/model/moment.ts';
import type { PodRow } from '../../dashboard/model/rows.ts';

export function podRow(name: string, fields: Partial<PodRow> = {}): PodRow {
  return {
    resource: 'pods',
    key: `default/${name}`,
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    revision: 1,
    createdMs: 0,
    phase: 'Pending',
    ready: false,
    containers: [{ name: 'main', image: 'nginx', state: 'unknown', ready: false, restarts: 0 }],
    ...fields,
  };
}

/** Gives each its place and a time. */
export function inOrder(moments: readonly (SystemMoment | PageMoment)[], from = 1): Moment[] {
  return moments.map((moment, at) => ({ ...moment, place: from + at, atMs: (from + at) * 10 }));
}

const atMs = 0;
const name = fc.constantFrom('a', 'b', 'c');
const member = fc.constantFrom('m1', 'm2', 'm3');
const pod = fc
  .record({
    name,
    node: fc.constantFrom('node-1', 'node-2'),
    owner: fc.constantFrom('rs-1', 'rs-2'),
    phase: fc.constantFrom('Pending', 'Running', 'Failed'),
    ready: fc.boolean(),
  })
  .map(({ name: each, ...fields }) => podRow(each, fields));

const moment: fc.Arbitrary<SystemMoment | PageMoment> = fc.oneof(
  pod.map((row) => ({ type: 'page.object' as const, change: 'put' as const, row, atMs })),
  name.map((each) => ({
    type: 'page.object' as const,
    change: 'delete' as const,
    resource: 'pods' as const,
    key: `default/${each}`,
    atMs,
  })),
  fc
    .record({
      change: fc.constantFrom('put' as const, 'delete' as const),
      name,
      folder: fc.constantFrom('pods/default/', 'leases/x/', 'minions/'),
    })
    .map(({ change, name: each, folder }) => ({
      type: 'page.key' as const,
      change,
      key: `/registry/${folder}${each}`,
      revision: 5,
      version: 1,
      atMs,
    })),
  fc
    .record({ member, role: fc.constantFrom('leader', 'follower', 'candidate'), term: fc.nat(9) })
    .map((each) => ({ type: 'raft.role' as const, ...each, atMs })),
  fc
    .record({
      member,
      first: fc.nat(20),
      term: fc.nat(3),
      type: fc.constantFrom('raft.append' as const, 'raft.commit' as const, 'raft.apply' as const),
    })
    .map((each) => ({ ...each, last: each.first + 2, atMs })),
  fc
    .record({
      from: member,
      to: member,
      stage: fc.constantFrom('sent' as const, 'received' as const),
      index: fc.nat(3),
    })
    .map((each) => ({
      type: 'raft.message' as const,
      message: 'append',
      term: 1,
      entries: 1,
      reject: false,
      ...each,
      atMs,
    })),
  fc
    .record({ controller: name, key: name, words: fc.string() })
    .map((each) => ({ type: 'controller.decision' as const, ...each, atMs })),
  fc
    .record({ controller: name, key: name, queueLength: fc.nat(9) })
    .map((each) => ({ type: 'controller.take' as const, turn: 't', revisions: [], ...each, atMs })),
);

export const someMoments = (maxLength: number): fc.Arbitrary<Moment[]> =>
  fc.array(moment, { maxLength }).map((moments) => inOrder(moments));
