/**
 * A new cluster from a snapshot: each of its members makes its own data directory from the same file. Keys, revisions,
 * leases, alarms and users are those of the snapshot; the members, and all ids, are new.
 *
 * The ids depend on the snapshot: members of the old cluster and of the restored one never take each other for their
 * own, even with the same names, addresses and token.
 *
 * Clients that have seen revisions after the snapshot would go back in time. With `bumpRevision` the new cluster begins
 * far enough ahead, and everything before is compacted, so that watches and caches of before are told to start anew.
 */

import type { Clock } from '../../base/clock.ts';
import { messageOf, UsageError } from '../../base/errors.ts';
import { silentRecorder } from '../../base/moments.ts';
import type { Backend } from '../backend/backend.ts';
import { openLmdbBackend } from '../backend/lmdb-backend.ts';
import { clusterIdOf, memberIdOf } from '../member/cluster-identity.ts';
import { layoutOf, makeDataDirectory, writeOwner } from '../member/data-directory.ts';
import { type FoundingMember, memberDefaults } from '../member/options.ts';
import { StateMachine } from '../member/state-machine.ts';
import type { ConfState } from '../raft/types.ts';
import type { Revision } from '../store.ts';
import type { Disk } from '../wal/disk.ts';
import { realDisk } from '../wal/real-disk.ts';
import { Wal } from '../wal/wal.ts';
import { readSnapshot, type SnapshotStatus, snapshotStatus } from './snapshot-file.ts';

export interface RestoreOptions {
  readonly snapshotPath: string;
  /** Made by the restore; must be empty or missing. */
  readonly dataDir: string;
  readonly name: string;
  readonly clusterToken: string;
  readonly initialCluster: readonly FoundingMember[];
  /** How much to add to the revision; then everything before is marked compacted. */
  readonly bumpRevision?: number;
  readonly clock: Clock;
  /** Default: the machine's. */
  readonly disk?: Disk;
  /** Opens the backend of a member in its folder. Default: LMDB. */
  readonly openBackend?: (folder: string) => Backend;
}

export interface Restored {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: Revision;
  readonly snapshot: SnapshotStatus;
}

/** The founding index and term, as in `open-member.ts`. */
const ORIGIN = { index: 1, term: 1 };

/** Rejects with a `UsageError` for a damaged snapshot or a directory that is not empty; then nothing was made. */
export async function restoreSnapshot(options: RestoreOptions): Promise<Restored> {
  const { snapshotPath, dataDir, name, clusterToken, initialCluster, clock, disk = realDisk } = options;
  const openBackend = options.openBackend ?? ((dir) => openLmdbBackend({ dir, clock }));
  const own = initialCluster.find((member) => member.name === name);
  if (own === undefined) throw new UsageError(`member "${name}" is not in the initial cluster`);
  const bump = options.bumpRevision ?? 0;
  if (!Number.isSafeInteger(bump) || bump < 0) throw new UsageError(`${bump} is not a number of revisions to add`);
  const snapshot = await snapshotStatus(snapshotPath, disk);
  if ((await disk.list(dataDir)).length > 0) throw new UsageError(`data directory ${dataDir} is not empty`);
  await makeDataDirectory(disk, dataDir);

  const layout = layoutOf(dataDir);
  const lock = await disk.lock(dataDir);
  try {
    const idToken = `${clusterToken}/${snapshot.hash.toString(16)}/${snapshot.revision}`;
    const members = initialCluster.map((member) => ({ ...member, id: memberIdOf([member.peerUrl], idToken) }));
    const clusterId = clusterIdOf(members.map(({ id }) => id));
    const memberId = memberIdOf([own.peerUrl], idToken);
    const confState: ConfState = {
      voters: members.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1)),
      votersOutgoing: [],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    };
    const backend = openBackend(layout.state);
    let revision: Revision;
    try {
      await restoreState(backend, snapshotPath, disk);
      revision = rewriteState(backend, members, confState, bump);
      await backend.commit();
    } finally {
      await backend.close();
    }
    await disk.makeDirectory(layout.wal);
    const segmentBytes = memberDefaults.firstSegmentBytes;
    const wal = await Wal.create(
      { disk, directory: layout.wal, segmentBytes, firstSegmentBytes: segmentBytes },
      { clusterId, memberId, hardState: { term: 1, vote: 0n, commit: 1 }, marker: { ...ORIGIN, confState } },
    );
    await wal.close();
    // Last: a directory without it is not a member's, and a start refuses it.
    await writeOwner(disk, layout, { memberId, clusterId, name, clusterToken });
    return { clusterId, memberId, revision, snapshot };
  } finally {
    await lock.release();
  }
}

async function restoreState(backend: Backend, snapshotPath: string, disk: Disk): Promise<void> {
  const chunks = readSnapshot(snapshotPath, disk);
  try {
    await backend.restore(chunks);
  } catch (error) {
    throw new UsageError(`${snapshotPath} is no snapshot that can be used: ${messageOf(error)}`);
  } finally {
    await chunks.return(undefined);
  }
}

/** Makes the state that of a new cluster. Returns its revision. */
function rewriteState(
  backend: Backend,
  members: readonly (FoundingMember & { readonly id: bigint })[],
  confState: ConfState,
  bump: number,
): Revision {
  for (const { key } of [...backend.range('members')]) backend.delete('members', key);
  const machine = new StateMachine({
    backend,
    header: () => ({ clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0 }),
    monotonicMs: () => 0,
    recorder: silentRecorder,
    name: '',
    onListenerError: () => {},
  });
  for (const { id, name, peerUrl } of members) {
    machine.membership.add({ id, name, peerUrls: [peerUrl], clientUrls: [], isLearner: false });
  }
  machine.setConfState(confState);
  machine.markApplied(ORIGIN);
  if (bump > 0) machine.keyspace.advanceTo(machine.keyspace.currentRevision + bump);
  return machine.keyspace.currentRevision;
}
