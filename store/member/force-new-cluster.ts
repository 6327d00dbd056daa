/**
 * A member whose cluster has lost its quorum for good goes on alone (`--force-new-cluster`), as etcd does it: what it
 * does not know to be committed is discarded, and its log gets the changes that leave it the only voter, committed by its
 * own word. They are applied like any others, so the data, the revision and the cluster's id stay.
 *
 * Dangerous by nature: what the others committed and this member had not heard of is lost, and whoever does this while
 * other members of the old cluster run has two clusters.
 */
import { UsageError } from '../../base/errors.ts';
import { decodeConfChange, encodeConfChange } from '../raft/conf-change-codec.ts';
import type { ConfState, Entry, HardState } from '../raft/types.ts';
import type { RecoveredLog } from '../wal/wal-recovery.ts';
import { encodeMembershipChange, type MembershipChange } from './membership-change.ts';

/** Who asked: nobody that runs. */
const REQUEST_ID = { member: 0n, incarnation: 0, number: 0 };

export interface ForcedLog {
  /** The entries that are known to be committed. */
  readonly kept: readonly Entry[];
  /** How many are not, and go. */
  readonly discarded: number;
  /** To be appended to those kept, in one piece. */
  readonly entries: readonly Entry[];
  /** With all of that committed. */
  readonly hardState: HardState;
}

/**
 * Undefined when the member is alone already, and its log lets nobody in: then all of its log is committed, and it starts as ever.
 * @param confState as of `appliedIndex`, which is not before the log's marker
 * Throws a `UsageError` when the log says that the member was removed.
 */
export function forceNewCluster(
  recovered: RecoveredLog,
  confState: ConfState,
  appliedIndex: number,
): ForcedLog | undefined {
  const { memberId, marker, hardState } = recovered;
  const commit = Math.max(hardState.commit, appliedIndex);
  const kept = recovered.entries.slice(0, commit - marker.index);
  const { voters, votersOutgoing, learners, learnersNext } = confState;
  const others = new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext]);
  others.delete(memberId);
  for (const entry of kept) {
    if (entry.type !== 'confChange' || entry.index <= appliedIndex) continue;
    for (const { type, id } of decodeConfChange(entry.data).changes) {
      if (id === memberId && type === 'remove') {
        throw new UsageError('this member was removed from its cluster: it cannot be the first of a new one');
      }
      if (type === 'remove') others.delete(id);
      else if (id !== memberId) others.add(id);
    }
  }
  const unsure = recovered.entries.slice(kept.length);
  if (others.size === 0 && !unsure.some(({ type }) => type === 'confChange')) return undefined;
  // Changes that turn out to be needless when they are applied, such as the promotion of a voter, change nothing. The
  // promotion comes first: there is a voter at all times.
  const changes: MembershipChange[] = [
    { type: 'promote', id: memberId },
    ...[...others].map((id): MembershipChange => ({ type: 'remove', id })),
  ];
  const forced = changes.map(
    (change, at): Entry => ({
      index: commit + 1 + at,
      term: hardState.term,
      type: 'confChange',
      data: encodeConfChange(encodeMembershipChange(REQUEST_ID, change)),
    }),
  );
  return {
    kept,
    discarded: unsure.length,
    entries: forced,
    hardState: { ...hardState, commit: commit + forced.length },
  };
}
