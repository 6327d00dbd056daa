/**
 * Opens a member: takes the data directory, founds or reads back what is in it, joins the parts, starts them. Nothing is
 * written before everything that could be refused was looked at.
 */
import { messageOf, UsageError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { silentRecorder } from '../../base/moments.ts';
import { openLmdbBackend } from '../backend/lmdb-backend.ts';
import { MemoryLog } from '../raft/memory-log.ts';
import { RaftNode } from '../raft/raft-node.ts';
import type { ConfState } from '../raft/types.ts';
import { type ClusterDescription, noTransport, type Transport } from '../transport/transport.ts';
import { describeCluster, WsTransport } from '../transport/ws-transport.ts';
import type { Disk, DiskLock } from '../wal/disk.ts';
import { observedDisk } from '../wal/observed-disk.ts';
import { realDisk } from '../wal/real-disk.ts';
import { Wal, type WalOptions } from '../wal/wal.ts';
import { type RecoveredLog, recoverLog } from '../wal/wal-recovery.ts';
import { clusterIdOf, memberIdOf } from './cluster-identity.ts';
import {
  checkOwner,
  type DirectoryLayout,
  type DirectoryOwner,
  layoutOf,
  makeDataDirectory,
  readOwner,
  writeOwner,
} from './data-directory.ts';
import { forceNewCluster } from './force-new-cluster.ts';
import {
  defaultRequestTimeoutMs,
  type FoundingMember,
  type MemberOptions,
  memberDefaults,
  peerUrlsOf,
} from './options.ts';
import { PendingRequests } from './pending-requests.ts';
import { RunningMember } from './running-member.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { StateMachine } from './state-machine.ts';
import { StoreMember } from './store-member.ts';

/**
 * Resolves when the member runs; it may take an election more until it serves. Rejects with a `UsageError` for a data
 * directory that is in use, belongs to another member or cluster, is corrupt or cannot be written.
 */
export async function openMember(options: MemberOptions): Promise<RunningMember> {
  const disk = options.disk ?? realDisk;
  const layout = layoutOf(options.dataDir, options.walDir);
  await makeDataDirectory(disk, layout.root);
  const lock = await disk.lock(layout.root);
  try {
    const { owner, recovered } = await inspect(disk, layout, options);
    return await assemble(options, { disk, layout, lock, owner, recovered });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Found {
  readonly disk: Disk;
  readonly layout: DirectoryLayout;
  readonly lock: DiskLock;
  readonly owner: DirectoryOwner;
  readonly recovered: RecoveredLog | undefined;
}

/** Reads only. */
async function inspect(
  disk: Disk,
  layout: DirectoryLayout,
  options: MemberOptions,
): Promise<{ owner: DirectoryOwner; recovered: RecoveredLog | undefined }> {
  const found = await readOwner(disk, layout);
  const recovered = await recoverLog(disk, layout.wal);
  if (found === undefined) {
    if (recovered !== undefined)
      throw new UsageError(`${layout.identity} is missing beside a log: name another directory`);
    return { owner: options.join ? await joinerOf(options) : founderOf(options), recovered };
  }
  checkOwner(layout.root, found, options.name, options.clusterToken);
  if (recovered !== undefined && (recovered.clusterId !== found.clusterId || recovered.memberId !== found.memberId)) {
    throw new UsageError(`the log in ${layout.wal} belongs to another member than ${layout.identity} says`);
  }
  return { owner: found, recovered };
}

function founderOf(options: MemberOptions): DirectoryOwner {
  const { name, clusterToken, initialCluster } = options;
  const own = ownEntry(options);
  const ids = initialCluster.map((each) => memberIdOf(peerUrlsOf(each), clusterToken));
  if (new Set(ids).size < ids.length || new Set(initialCluster.map((member) => member.name)).size < ids.length) {
    throw new UsageError('two members of the initial cluster have the same name or peer address');
  }
  return { memberId: memberIdOf(peerUrlsOf(own), clusterToken), clusterId: clusterIdOf(ids), name, clusterToken };
}

function ownEntry({ name, initialCluster }: MemberOptions): FoundingMember {
  const own = initialCluster.find((member) => member.name === name);
  if (own === undefined) throw new UsageError(`member "${name}" is not in the initial cluster`);
  return own;
}

/** The member as the running cluster knows it. */
async function joinerOf(options: MemberOptions): Promise<DirectoryOwner> {
  const { name, clusterToken } = options;
  const peerUrls = peerUrlsOf(ownEntry(options));
  const { clusterId, members } = await describe(options);
  const own = members.find((member) => peerUrls.some((url) => member.peerUrls.includes(url)));
  if (own === undefined) throw new UsageError(`the cluster has no member at ${peerUrls.join(', ')}: add it first`);
  return { memberId: own.id, clusterId, name, clusterToken };
}

async function describe(options: MemberOptions): Promise<ClusterDescription> {
  if (typeof options.join === 'object') return options.join;
  const failures: string[] = [];
  const others = options.initialCluster.filter(({ name }) => name !== options.name).flatMap(peerUrlsOf);
  for (const url of others) {
    try {
      return await describeCluster(url, options.tls);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new UsageError(`no member of the cluster to join answers: ${failures.join('; ')}`);
}

async function assemble(options: MemberOptions, found: Found): Promise<RunningMember> {
  const { layout, owner } = found;
  const { clock, logger, random } = options;
  const recorder = options.recorder ?? silentRecorder;
  const electionMs = options.electionMs ?? memberDefaults.electionMs;
  const heartbeatMs = options.heartbeatMs ?? memberDefaults.heartbeatMs;
  const requestTimeoutMs = options.requestTimeoutMs ?? defaultRequestTimeoutMs(electionMs);
  let member: StoreMember | undefined;
  const backend =
    options.backend ??
    openLmdbBackend({
      dir: layout.state,
      clock,
      commitIntervalMs: memberDefaults.backendCommitMs,
      onFailure: (thrown) => member?.failFrom(thrown),
      onCommit: (durationMs) => options.observer?.backendCommitted(durationMs),
    });
  try {
    const machine = new StateMachine({
      backend,
      header: () =>
        member?.header() ?? { clusterId: owner.clusterId, memberId: owner.memberId, revision: 0, raftTerm: 0 },
      monotonicMs: () => clock.monotonicMs(),
      recorder,
      name: owner.name,
      onListenerError: (thrown) => logger.error({ err: thrown }, 'a watch listener failed; its watch was closed'),
    });
    if (machine.membership.isRemoved(owner.memberId)) {
      throw new UsageError(
        `member "${owner.name}" was removed from the cluster: add it again, and start it with a new data directory`,
      );
    }
    const { wal, log, snapshots } = await openLog(options, found, machine);
    const replayedEntries = log.lastIndex() - machine.applied.index;
    const raft = new RaftNode({
      id: owner.memberId,
      log,
      electionTicks: Math.max(2, Math.round(electionMs / heartbeatMs)),
      heartbeatTicks: 1,
      applied: machine.applied.index,
      messageBytesMax: limits.raftMessageBytesMax,
      inflightMessagesMax: limits.raftInflightMessagesMax,
      uncommittedBytesMax: limits.raftUncommittedBytesMax,
      preVote: true,
      checkQuorum: true,
      readOnly: 'safe',
      random: random.fork(`raft/${owner.memberId}`),
    });
    const incarnation = random.below(2 ** 32);
    member = new StoreMember({
      id: owner.memberId,
      name: owner.name,
      clusterId: owner.clusterId,
      raft,
      log,
      wal,
      machine,
      snapshots,
      pending: new PendingRequests(owner.memberId, incarnation, requestTimeoutMs),
      transport: transportOf(options, owner),
      firstPeers: options.join && machine.membership.list().length === 0 ? (await describe(options)).members : [],
      lock: found.lock,
      clock,
      logger,
      recorder,
      defer: options.defer ?? ((callback) => setImmediate(callback)),
      heartbeatMs,
      electionMs,
      requestTimeoutMs,
      incarnation,
      replayedEntries,
    });
    logger.info({ replayedEntries, appliedIndex: machine.applied.index }, `replayed ${replayedEntries} log entries`);
    const running = new RunningMember(member, options);
    await member.start();
    return running;
  } catch (error) {
    await (member ?? backend).close();
    throw error;
  }
}

function transportOf(options: MemberOptions, { memberId: id, clusterId }: DirectoryOwner): Transport {
  if (options.transport !== undefined) return options.transport({ id, clusterId });
  const { listenPeers, tls, clock, random, logger } = options;
  if (listenPeers === undefined) return noTransport;
  const transport = new WsTransport({ id, clusterId, listen: listenPeers, ...(tls && { tls }), clock, random, logger });
  return options.aroundTransport?.(transport) ?? transport;
}

async function openLog(
  options: MemberOptions,
  { disk, layout, owner, recovered }: Found,
  machine: StateMachine,
): Promise<{ wal: Wal; log: MemoryLog; snapshots: SnapshotKeeper }> {
  const segmentBytes = options.segmentBytes ?? memberDefaults.segmentBytes;
  const { clock, observer } = options;
  const walOptions: WalOptions = {
    disk: observer === undefined ? disk : observedDisk(disk, clock, observer),
    directory: layout.wal,
    segmentBytes,
    firstSegmentBytes: Math.min(segmentBytes, memberDefaults.firstSegmentBytes),
  };
  const log = new MemoryLog();
  const keeper = (wal: Wal): SnapshotKeeper =>
    new SnapshotKeeper({
      disk,
      directory: layout.snap,
      machine,
      log,
      wal,
      logger: options.logger,
      snapshotEntries: options.snapshotEntries ?? memberDefaults.snapshotEntries,
      snapshotLogBytes: memberDefaults.snapshotLogBytes,
      catchUpEntries: options.catchUpEntries ?? memberDefaults.catchUpEntries,
    });
  if (recovered === undefined) {
    const wal = await found(options, walOptions, layout, owner, machine, log);
    return { wal, log, snapshots: keeper(wal) };
  }
  const lastIndex = recovered.marker.index + recovered.entries.length;
  if (machine.applied.index > lastIndex) {
    throw new UsageError(
      `the state in ${layout.root} has applied entry ${machine.applied.index}, and its log ends at ${lastIndex}: part of the log is missing`,
    );
  }
  const wal = await Wal.resume(walOptions, recovered);
  log.applySnapshot({ metadata: recovered.marker });
  const snapshots = keeper(wal);
  await snapshots.tidy();
  // A state that was received is taken over again if the crash came before that was done.
  if (machine.applied.index < recovered.marker.index) await snapshots.restore(recovered.marker);
  const { entries, hardState } = options.forceNewCluster
    ? await goOnAlone(options, wal, recovered, machine)
    : recovered;
  log.append(entries);
  log.setHardState({ ...hardState, commit: Math.max(hardState.commit, machine.applied.index) });
  log.setConfState(machine.confState ?? recovered.marker.confState);
  return { wal, log, snapshots };
}

/** Makes this member the only one. Durable when it resolves with the log that it then has. */
async function goOnAlone(
  { logger }: MemberOptions,
  wal: Wal,
  recovered: RecoveredLog,
  machine: StateMachine,
): Promise<Pick<RecoveredLog, 'entries' | 'hardState'>> {
  const confState = machine.confState ?? recovered.marker.confState;
  const forced = forceNewCluster(recovered, confState, machine.applied.index);
  if (forced === undefined) return recovered;
  const { kept, discarded, entries, hardState } = forced;
  wal.append({ entries, hardState });
  await wal.sync();
  logger.warn({ discarded, commit: hardState.commit }, 'forced to go on as the only member of its cluster');
  return { entries: [...kept, ...entries], hardState };
}

/** The beginning of a member's life. Done again from the start if a crash interrupts it: the log comes last. */
async function found(
  options: MemberOptions,
  walOptions: WalOptions,
  layout: DirectoryLayout,
  owner: DirectoryOwner,
  machine: StateMachine,
  log: MemoryLog,
): Promise<Wal> {
  const { disk } = walOptions;
  const origin = options.join ? { index: 0, term: 0 } : { index: 1, term: 1 };
  if (machine.applied.index > origin.index) {
    throw new UsageError(`${layout.root} holds a state and no log: part of it is missing, name another directory`);
  }
  await writeOwner(disk, layout, owner);
  await disk.makeDirectory(layout.wal);
  const voters = options.initialCluster
    .map((each) => memberIdOf(peerUrlsOf(each), options.clusterToken))
    .sort((a, b) => (a < b ? -1 : 1));
  const confState: ConfState = {
    voters: options.join ? [] : voters,
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  };
  if (!options.join) {
    for (const founder of options.initialCluster) {
      const peerUrls = peerUrlsOf(founder);
      const id = memberIdOf(peerUrls, options.clusterToken);
      machine.membership.add({ id, name: founder.name, peerUrls, clientUrls: [], isLearner: false });
    }
    machine.setConfState(confState);
    machine.markApplied(origin);
    await machine.backend.commit();
  }
  const hardState = { term: origin.term, vote: 0n, commit: origin.index };
  const marker = { ...origin, confState };
  const wal = await Wal.create(walOptions, { clusterId: owner.clusterId, memberId: owner.memberId, hardState, marker });
  await disk.syncDirectory(layout.root);
  if (!options.join) log.applySnapshot({ metadata: marker });
  log.setHardState(hardState);
  return wal;
}
