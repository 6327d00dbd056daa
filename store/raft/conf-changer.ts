/**
 * How a configuration becomes the next one (Ongaro 2014, chapter 4): pure functions from one ConfState to another.
 *
 * - A simple change adds or removes at most one voter: any majority of the old and of the new overlap.
 * - Several go through a joint configuration: `voters` is the new set, `votersOutgoing` the old; both must agree until
 *   the joint configuration is left.
 *
 * Invariants of the result: at least one voter; a learner is in neither voter set; `learnersNext` is a subset of
 * `votersOutgoing`, which becomes learners on leaving; not joint means nobody outgoing, nobody next, no autoLeave.
 * Ids are in ascending order.
 */
import type { ConfChange, ConfChangeSingle, ConfState, MemberId } from './types.ts';

/** A change that the current configuration does not allow. */
export class ConfChangeError extends Error {
  override readonly name = 'ConfChangeError';
}

/**
 * The configuration after `change`. Changes with id 0n count for nothing: a loop turns a change it refuses into such.
 */
export function nextConfState(current: ConfState, change: ConfChange): ConfState {
  if (change.changes.length === 0) return leaveJoint(current);
  if (change.transition === 'auto' && change.changes.length === 1) return changeSimply(current, change.changes);
  return enterJoint(current, change.changes, change.transition !== 'jointExplicit');
}

interface Draft {
  readonly voters: Set<MemberId>;
  readonly votersOutgoing: ReadonlySet<MemberId>;
  readonly learners: Set<MemberId>;
  readonly learnersNext: Set<MemberId>;
}

function changeSimply(current: ConfState, changes: readonly ConfChangeSingle[]): ConfState {
  if (isJoint(current)) throw new ConfChangeError('the joint configuration must be left before another change');
  const draft = draftOf(current, new Set());
  applyAll(draft, changes);
  return finish(draft, false);
}

function enterJoint(current: ConfState, changes: readonly ConfChangeSingle[], autoLeave: boolean): ConfState {
  if (isJoint(current)) throw new ConfChangeError('the configuration is joint already');
  if (current.voters.length === 0) throw new ConfChangeError('a configuration without voters cannot become joint');
  const draft = draftOf(current, new Set(current.voters));
  applyAll(draft, changes);
  return finish(draft, autoLeave);
}

function leaveJoint(current: ConfState): ConfState {
  if (!isJoint(current)) throw new ConfChangeError('the configuration is not joint and cannot be left');
  const draft = draftOf(current, new Set());
  for (const id of current.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  return finish(draft, false);
}

function applyAll(draft: Draft, changes: readonly ConfChangeSingle[]): void {
  for (const change of changes) {
    if (change.id === 0n) continue;
    if (change.type === 'addVoter') addVoter(draft, change.id);
    else if (change.type === 'addLearner') addLearner(draft, change.id);
    else remove(draft, change.id);
  }
  if (draft.voters.size === 0) throw new ConfChangeError('the change would leave no voter');
}

function addVoter(draft: Draft, id: MemberId): void {
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  draft.voters.add(id);
}

function addLearner(draft: Draft, id: MemberId): void {
  if (draft.learners.has(id)) return;
  remove(draft, id);
  // A voter of the outgoing set still votes there: it becomes a learner on leaving.
  if (draft.votersOutgoing.has(id)) draft.learnersNext.add(id);
  else draft.learners.add(id);
}

function remove(draft: Draft, id: MemberId): void {
  draft.voters.delete(id);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
}

function isJoint(state: ConfState): boolean {
  return state.votersOutgoing.length > 0;
}

function draftOf(state: ConfState, votersOutgoing: ReadonlySet<MemberId>): Draft {
  return {
    voters: new Set(state.voters),
    votersOutgoing,
    learners: new Set(state.learners),
    learnersNext: new Set(state.learnersNext),
  };
}

function finish(draft: Draft, autoLeave: boolean): ConfState {
  return {
    voters: ascending(draft.voters),
    votersOutgoing: ascending(draft.votersOutgoing),
    learners: ascending(draft.learners),
    learnersNext: ascending(draft.learnersNext),
    autoLeave,
  };
}

function ascending(ids: ReadonlySet<MemberId>): MemberId[] {
  return [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
