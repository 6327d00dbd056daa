/**
 * Changes of the members, as they go through the log: raft's part (who votes) in the ConfChange, ours (name, addresses,
 * who asked) in its context. Whether a change is allowed is decided when it is applied, by the members as they are then,
 * the same on every member; one that is refused is given to raft as a change of nobody.
 */
import { unreachable } from '../../base/assert.ts';
import { BinaryFormatError, BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import { StoreError } from '../errors.ts';
import { decodeConfChange } from '../raft/conf-change-codec.ts';
import type { ConfChange, ConfState, Entry } from '../raft/types.ts';
import type { Member } from '../store.ts';
import type { RequestId } from './command.ts';
import { decodeMember, encodeMember, type Membership } from './membership.ts';

export type MembershipChange =
  | { readonly type: 'add'; readonly member: Member }
  | { readonly type: 'promote'; readonly id: bigint }
  | { readonly type: 'remove'; readonly id: bigint };

const changeTypes = ['add', 'promote', 'remove'] as const;

/** What is to be done after a membership entry was applied. */
export interface Settlement {
  readonly requestId?: RequestId;
  /** Why the change was refused. */
  readonly error?: StoreError;
  readonly removed?: bigint;
}

export function encodeMembershipChange(requestId: RequestId, change: MembershipChange): ConfChange {
  const writer = new BinaryWriter();
  writer.bigU64(requestId.member);
  writer.u32(requestId.incarnation);
  writer.u32(requestId.number);
  writer.u8(changeTypes.indexOf(change.type));
  const id = change.type === 'add' ? change.member.id : change.id;
  writer.bigU64(id);
  if (change.type === 'add') encodeMember(writer, change.member);
  return { changes: [{ type: raftTypeOf(change), id }], transition: 'auto', context: writer.copy() };
}

/** Applies a confChange entry to the members and to raft. */
export function applyMembershipEntry(
  entry: Entry,
  membership: Membership,
  applyConfChange: (change: ConfChange) => ConfState,
): { readonly confState: ConfState; readonly settlement: Settlement } {
  const confChange = decodeConfChange(entry.data);
  // Leaving a joint configuration has no context: raft proposed it by itself.
  if (confChange.context.length === 0) return { confState: applyConfChange(confChange), settlement: {} };
  const { requestId, change } = decodeContext(confChange.context);
  try {
    checkChange(membership, change);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const nobody = { ...confChange, changes: confChange.changes.map(({ type }) => ({ type, id: 0n })) };
    return { confState: applyConfChange(nobody), settlement: { requestId, error } };
  }
  const confState = applyConfChange(confChange);
  makeChange(membership, change);
  return { confState, settlement: { requestId, ...(change.type === 'remove' && { removed: change.id }) } };
}

function raftTypeOf(change: MembershipChange): 'addVoter' | 'addLearner' | 'remove' {
  if (change.type === 'remove') return 'remove';
  return change.type === 'add' && change.member.isLearner ? 'addLearner' : 'addVoter';
}

function decodeContext(context: Uint8Array): { requestId: RequestId; change: MembershipChange } {
  const reader = new BinaryReader(context);
  const requestId = { member: reader.bigU64(), incarnation: reader.u32(), number: reader.u32() };
  const type = changeTypes[reader.u8()];
  const id = reader.bigU64();
  if (type === undefined) throw new BinaryFormatError('the membership change is not known to this version');
  return { requestId, change: type === 'add' ? { type, member: decodeMember(reader, id) } : { type, id } };
}

function checkChange(membership: Membership, change: MembershipChange): void {
  switch (change.type) {
    case 'add':
      membership.checkAdd(change.member);
      return;
    case 'promote':
      membership.checkPromote(change.id);
      return;
    case 'remove':
      membership.checkRemove(change.id);
      return;
    default:
      unreachable(change);
  }
}

function makeChange(membership: Membership, change: MembershipChange): void {
  switch (change.type) {
    case 'add':
      membership.add(change.member);
      return;
    case 'promote':
      membership.promote(change.id);
      return;
    case 'remove':
      membership.remove(change.id);
      return;
    default:
      unreachable(change);
  }
}
