/**
 * The page's one rule: what is known after a moment follows from what was known before it, and from nothing else. So any
 * moment of the past can be shown again, on any machine that has the recording.
 *
 * `reduceAll` is the same for many moments at once, and copies what they touch only once. Pure.
 */
import { podLook } from './look.ts';
import type { Moment } from './moment.ts';
import { addDecision, controllerTurn, leftOut, nodeSaid } from './reduce-controllers.ts';
import { keyChanged } from './reduce-keys.ts';
import { ballot, entriesMoved, memberState, messagePassed, roleChanged, sampled } from './reduce-members.ts';
import type { ObjectRow, PodRow, RowResource } from './rows.ts';
import { emptyState, type State } from './state.ts';
import { Edit, Table } from './table.ts';

/** A state that is being made: nobody else has it yet, so its fields may be set. */
export type Draft = { -readonly [Field in keyof State]: State[Field] };

export function reduce(state: State, moment: Moment): State {
  return reduceAll(state, [moment]);
}

export function reduceAll(state: State, moments: readonly Moment[]): State {
  if (moments.length === 0) return state;
  const draft: Draft = { ...state };
  const edit = new Edit();
  for (const moment of moments) apply(draft, moment, edit);
  return draft;
}

function apply(draft: Draft, moment: Moment, edit: Edit): void {
  draft.place = moment.place;
  if (moment.atMs > draft.atMs) draft.atMs = moment.atMs;
  switch (moment.type) {
    case 'page.start':
      Object.assign(draft, { ...emptyState, cluster: moment.cluster, place: moment.place, atMs: moment.atMs });
      return;
    case 'page.object':
      if (moment.change === 'put') putRow(draft, moment.row, edit);
      else dropRow(draft, moment.resource, moment.key, edit);
      return;
    case 'page.key':
      keyChanged(draft, moment, edit);
      return;
    case 'page.members':
      sampled(draft, moment.members);
      return;
    case 'page.watches':
      draft.watches = moment.watches;
      return;
    case 'page.skipped':
      leftOut(draft, moment);
      return;
    case 'page.behind':
      draft.behind = moment.objects + moment.keys;
      return;
    case 'raft.role':
      roleChanged(draft, moment);
      return;
    case 'raft.vote-asked':
    case 'raft.vote':
      ballot(draft, moment);
      return;
    case 'raft.append':
    case 'raft.durable':
    case 'raft.commit':
    case 'raft.apply':
      entriesMoved(draft, moment);
      return;
    case 'raft.message':
      messagePassed(draft, moment);
      return;
    case 'raft.state':
      memberState(draft, moment);
      return;
    case 'controller.take':
    case 'controller.done':
      controllerTurn(draft, moment);
      return;
    case 'controller.decision':
      addDecision(draft, moment.controller, moment.key, moment.words, moment);
      return;
    case 'scheduler.decision':
      addDecision(draft, 'scheduler', moment.pod, moment.words, moment);
      return;
    case 'node.pod':
    case 'node.container':
      nodeSaid(draft, moment);
      return;
    case 'store.change':
      draft.revision = Math.max(draft.revision, moment.revision);
      return;
    default:
      // Requests, writes, watch events and faults are read from the sequence itself (`trace.ts`).
      return;
  }
}

function putRow(draft: Draft, row: ObjectRow, edit: Edit): void {
  draft.revision = Math.max(draft.revision, row.revision);
  switch (row.resource) {
    case 'pods':
      putPod(draft, row, edit);
      return;
    case 'nodes':
      draft.nodes = draft.nodes.set(row.key, row, edit);
      return;
    case 'faults':
      draft.faults = draft.faults.set(row.key, row, edit);
      return;
    case 'namespaces':
      draft.namespaces = draft.namespaces.set(row.key, row, edit);
      return;
    default:
      draft.workloads = draft.workloads.set(`${row.resource} ${row.key}`, row, edit);
  }
}

function dropRow(draft: Draft, resource: RowResource, key: string, edit: Edit): void {
  switch (resource) {
    case 'pods':
      dropPod(draft, key, edit);
      return;
    case 'nodes':
      draft.nodes = draft.nodes.delete(key, edit);
      return;
    case 'faults':
      draft.faults = draft.faults.delete(key, edit);
      return;
    case 'namespaces':
      draft.namespaces = draft.namespaces.delete(key, edit);
      return;
    default:
      draft.workloads = draft.workloads.delete(`${resource} ${key}`, edit);
  }
}

function putPod(draft: Draft, pod: PodRow, edit: Edit): void {
  const before = draft.pods.get(pod.key);
  draft.pods = draft.pods.set(pod.key, pod, edit);
  count(draft, podLook(pod), 1);
  if (before !== undefined) count(draft, podLook(before), -1);
  const { node = '', owner = '' } = pod;
  if (before?.node !== pod.node || before === undefined) {
    if (before !== undefined) draft.podsByNode = unlisted(draft.podsByNode, before.node ?? '', pod.key, edit);
    draft.podsByNode = listed(draft.podsByNode, node, pod.key, edit);
  }
  if (before?.owner !== pod.owner || before === undefined) {
    if (before !== undefined) draft.podsByOwner = unlisted(draft.podsByOwner, before.owner ?? '', pod.key, edit);
    draft.podsByOwner = listed(draft.podsByOwner, owner, pod.key, edit);
  }
}

function dropPod(draft: Draft, key: string, edit: Edit): void {
  const pod = draft.pods.get(key);
  if (pod === undefined) return;
  draft.pods = draft.pods.delete(key, edit);
  count(draft, podLook(pod), -1);
  draft.podsByNode = unlisted(draft.podsByNode, pod.node ?? '', key, edit);
  draft.podsByOwner = unlisted(draft.podsByOwner, pod.owner ?? '', key, edit);
}

function count(draft: Draft, look: string, by: number): void {
  draft.podCounts = new Map(draft.podCounts).set(look, (draft.podCounts.get(look) ?? 0) + by);
}

type Index = Table<Table<true>>;

function listed(index: Index, value: string, key: string, edit: Edit): Index {
  return index.set(value, (index.get(value) ?? Table.empty<true>()).set(key, true, edit), edit);
}

function unlisted(index: Index, value: string, key: string, edit: Edit): Index {
  const rest = index.get(value)?.delete(key, edit);
  if (rest === undefined) return index;
  return rest.size === 0 ? index.delete(value, edit) : index.set(value, rest, edit);
}
