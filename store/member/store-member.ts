/**
 * One member of the store: consensus, log, state and transport, joined. Requests come in here, go through raft, and are
 * answered when their entry was applied; `MemberStore` makes the Store interface of that.
 *
 * Invariants:
 * - nothing is answered before its entry is committed, thus durable on a quorum, and applied here;
 * - what is sent, applied and answered follows the order of `ReadyLoop`;
 * - after a failure of the disk, or of an assertion, the member answers nobody any more: `stopped` says why.
 */
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import { StoreError } from '../errors.ts';
import type { MemoryLog } from '../raft/memory-log.ts';
import type { RaftNode } from '../raft/raft-node.ts';
import type { RaftStatus } from '../raft/status.ts';
import type { ConfChange, Entry, HardState, Message, SoftState } from '../raft/types.ts';
import type { CallOptions, Member, ResponseHeader, WithHeader } from '../store.ts';
import type { Transport } from '../transport/transport.ts';
import type { DiskLock } from '../wal/disk.ts';
import type { Wal } from '../wal/wal.ts';
import { idText } from './cluster-identity.ts';
import type { Command, CommandResults, CommandType } from './command.ts';
import { encodeCommand } from './command-codec.ts';
import { EntryApplier } from './entry-applier.ts';
import { encodeMembershipChange, type MembershipChange } from './membership-change.ts';
import { PeerCalls } from './peer-calls.ts';
import type { PendingRequests } from './pending-requests.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { RaftMoments } from './raft-moments.ts';
import { ReadGate } from './read-gate.ts';
import { ReadyLoop } from './ready-loop.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import type { StateMachine } from './state-machine.ts';
import { Succession } from './succession.ts';

export interface StoreMemberParts {
  readonly id: bigint;
  readonly name: string;
  readonly clusterId: bigint;
  readonly raft: RaftNode;
  readonly log: MemoryLog;
  readonly wal: Wal;
  readonly machine: StateMachine;
  readonly snapshots: SnapshotKeeper;
  readonly pending: PendingRequests;
  readonly transport: Transport;
  /** Whom to reach until the state says who the members are: those of the cluster that is joined. */
  readonly firstPeers: readonly Member[];
  readonly lock: DiskLock;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly defer: (callback: () => void) => void;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly requestTimeoutMs: number;
  /** Unique to this life of the member. */
  readonly incarnation: number;
  /** Entries in the log that the state had not applied at the start. */
  readonly replayedEntries: number;
}

/** Why a member ended by itself. */
export interface MemberFailure {
  readonly error: unknown;
}

export class StoreMember {
  readonly id: bigint;
  readonly clusterId: bigint;
  readonly replayedEntries: number;
  readonly machine: StateMachine;
  /** Questions to and from other members. */
  readonly calls: PeerCalls;
  /** Resolves when the member has ended: with undefined after `close`, with the failure where it could not go on. */
  readonly stopped: Promise<MemberFailure | undefined>;
  readonly #parts: StoreMemberParts;
  readonly #loop: ReadyLoop;
  readonly #gate: ReadGate;
  readonly #queue: ProposalQueue;
  readonly #applier: EntryApplier;
  readonly #moments: RaftMoments;
  readonly #succession: Succession;
  readonly #writer = new BinaryWriter(1024);
  readonly #stopped = new Deferred<MemberFailure | undefined>();
  readonly #roleListeners = new Set<(softState: SoftState) => void>();
  readonly #tickListeners = new Set<() => void>();
  /** The members that the transport knows, as `Membership.changes`. */
  #connectedChanges = -1;
  #leaderChanges = 0;
  #softState: SoftState = { leader: 0n, role: 'follower' };
  #term = 0;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;
  #failure: MemberFailure | undefined;
  /** Takes nothing in any more, not even from peers: later than `isStopped` when it ends cleanly. */
  #deaf = false;

  constructor(parts: StoreMemberParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.clusterId = parts.clusterId;
    this.replayedEntries = parts.replayedEntries;
    this.machine = parts.machine;
    this.calls = new PeerCalls((to, request) => parts.transport.call(to, request));
    this.stopped = this.#stopped.promise;
    this.#term = parts.raft.status().term;
    this.#gate = new ReadGate({
      ask: (context) => {
        parts.raft.readIndex(context);
        this.#loop.wake();
      },
      monotonicMs: () => parts.clock.monotonicMs(),
      timeoutMs: parts.requestTimeoutMs,
      contextPrefix: `${idText(parts.id)}-${parts.incarnation}`,
    });
    this.#gate.applied(this.machine.applied.index);
    this.#queue = new ProposalQueue(parts.raft, parts.pending);
    this.#succession = new Succession({
      id: parts.id,
      raft: parts.raft,
      clock: parts.clock,
      electionMs: parts.electionMs,
      isLeader: () => this.isLeader,
      input: (change) => this.#input(change),
    });
    this.#moments = new RaftMoments({
      name: parts.name,
      recorder: parts.recorder,
      nameOf: (id) => (id === parts.id ? parts.name : parts.machine.membership.get(id)?.name),
    });
    this.#applier = new EntryApplier({
      machine: parts.machine,
      raft: parts.raft,
      pending: parts.pending,
      header: (revision) => this.header(revision),
      onTermBegins: (term) => this.#onTermBegins(term),
      onRemoved: (id) => this.#onRemoved(id),
    });
    this.#loop = new ReadyLoop({
      id: parts.id,
      raft: parts.raft,
      log: parts.log,
      wal: parts.wal,
      beforeRound: () => this.#queue.maybeHandOver(this.canReach(this.leader)),
      onState: (softState, hardState) => this.#onState(softState, hardState),
      onPersisted: (entries, durable) => this.#moments.entries(entries, durable ? 'raft.durable' : 'raft.append'),
      send: (messages) => this.#send(messages),
      apply: (entries) => this.#apply(entries),
      applySnapshot: async (snapshot) => {
        await parts.snapshots.restore(snapshot.metadata);
        this.#connectPeers();
        this.#gate.applied(this.machine.applied.index);
      },
      onReadStates: (readStates) => this.#gate.answer(readStates),
      onFailure: (error) => this.#fail(error),
      defer: parts.defer,
    });
  }

  /** Begins to tick, to listen to peers, and, where it is the only voter, to lead at once. */
  async start(): Promise<void> {
    const { transport, raft, clock, heartbeatMs } = this.#parts;
    this.#connectPeers();
    await transport.start({
      onMessage: (message) => {
        this.#succession.reached(message.from);
        this.#moments.received(message);
        this.#input(() => raft.step(message));
      },
      onSnapshot: async (message, chunks) => {
        this.#moments.received(message);
        await this.#parts.snapshots.receive(message, chunks);
        this.#input(() => raft.step(message));
      },
      onCall: (_from, request) => this.calls.answer(request),
      onUnreachable: (id) => {
        this.#succession.lost(id);
        this.#input(() => raft.reportUnreachable(id));
      },
      onReachable: (id) => {
        this.#succession.reached(id);
        this.#succession.maybeCampaignEarly();
      },
      isRemoved: (id) => this.machine.membership.isRemoved(id),
      onRemoved: () => this.#fail(removedError()),
      describe: () => ({ clusterId: this.clusterId, members: this.machine.membership.list() }),
    });
    this.#timer = clock.every(heartbeatMs, () => this.#tick());
    if (this.isSoleVoter) this.#input(() => raft.campaign());
    this.#loop.wake();
  }

  get isLeader(): boolean {
    return this.#softState.role === 'leader';
  }

  /** 0n when there is none. */
  get leader(): bigint {
    return this.#softState.leader;
  }

  get electionMs(): number {
    return this.#parts.electionMs;
  }

  get term(): number {
    return this.#term;
  }

  get isSoleVoter(): boolean {
    const confState = this.machine.confState;
    return (
      confState !== undefined &&
      confState.votersOutgoing.length === 0 &&
      confState.voters.length === 1 &&
      confState.voters[0] === this.id
    );
  }

  /** True once it answers nobody any more. */
  get isStopped(): boolean {
    return this.#closing !== undefined || this.#failure !== undefined;
  }

  raftStatus(): RaftStatus {
    return this.#parts.raft.status();
  }

  figures(): { leaderChanges: number; proposalsPending: number; proposalsFailed: number } {
    const { pending } = this.#parts;
    return { leaderChanges: this.#leaderChanges, proposalsPending: pending.size, proposalsFailed: pending.expired };
  }

  header(revision = this.machine.keyspace.currentRevision): ResponseHeader {
    return { clusterId: this.clusterId, memberId: this.id, revision, raftTerm: this.#term };
  }

  /**
   * Takes a command through the log. Resolves with what applying it answered; rejects with the `StoreError` that it
   * answered, or with one that says that the outcome is not known (`timeout`, `timeoutLeaderFail`, `stopped`).
   */
  async submit<T extends CommandType>(
    command: Extract<Command, { type: T }>,
    options?: CallOptions,
  ): Promise<WithHeader<CommandResults[T]>> {
    if (this.isStopped) throw this.#stoppedError();
    const { pending, clock } = this.#parts;
    if (pending.bytes > limits.raftUncommittedBytesMax) throw new StoreError('tooManyRequests');
    const { data, outcome } = pending.add<WithHeader<CommandResults[T]>>(clock.monotonicMs(), options, (id) => {
      this.#writer.reset();
      encodeCommand(this.#writer, id, command);
      return this.#writer.copy();
    });
    this.#queue.add(data);
    this.#loop.wake();
    return outcome;
  }

  /** Takes a change of the members through the log; resolves when it is applied here. */
  async changeMembership(change: MembershipChange, options?: CallOptions): Promise<void> {
    if (this.isStopped) throw this.#stoppedError();
    const { pending, clock, raft } = this.#parts;
    let confChange: ConfChange | undefined;
    const { outcome } = pending.add<void>(clock.monotonicMs(), options, (id) => {
      confChange = encodeMembershipChange(id, change);
      return confChange.context;
    });
    // A leader drops a change while another is not applied: then it is tried again, until it is in or has timed out.
    const propose = (): void => {
      this.#input(() => {
        if (confChange !== undefined && raft.proposeConfChange(confChange) === 'accepted') confChange = undefined;
      });
    };
    const stopRetrying = this.onTick(propose);
    propose();
    return outcome.finally(() => {
      confChange = undefined;
      stopRetrying();
    });
  }

  /** Resolves when the state here is at least as new as anything acknowledged, anywhere, before the call. */
  readBarrier(options?: CallOptions): Promise<void> {
    if (this.isStopped) return Promise.reject(this.#stoppedError());
    // The only voter cannot be deposed, and what it acknowledged it had applied.
    if (this.isLeader && this.isSoleVoter && this.machine.applied.term === this.#term) return Promise.resolve();
    return this.#gate.pass(options);
  }

  /** Whether the last thing heard of the way to that member was good. */
  canReach(id: bigint): boolean {
    return this.#succession.canReach(id);
  }

  transferLeader(to: bigint): void {
    this.#input(() => this.#parts.raft.transferLeader(to));
  }

  /** Called whenever the leader, or this member's role, changes. */
  onRole(listener: (softState: SoftState) => void): () => void {
    this.#roleListeners.add(listener);
    return () => this.#roleListeners.delete(listener);
  }

  /** Called once a heartbeat interval. */
  onTick(listener: () => void): () => void {
    this.#tickListeners.add(listener);
    return () => this.#tickListeners.delete(listener);
  }

  /** The member cannot go on, for a reason outside of it: its backend failed. */
  failFrom(error: unknown): void {
    this.#fail(error);
  }

  /** Ends cleanly: what was acknowledged is durable, everything else is rejected. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #stoppedError(): StoreError {
    return new StoreError('stopped', { cause: this.#failure?.error });
  }

  #input(change: () => void): void {
    if (this.#deaf) return;
    try {
      change();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#loop.wake();
  }

  #tick(): void {
    const { raft, pending, clock, heartbeatMs } = this.#parts;
    this.#input(() => raft.tick());
    this.#succession.maybeCampaignEarly();
    pending.expire(clock.monotonicMs(), this.leader === 0n ? 'timeoutLeaderFail' : 'timeout');
    this.#gate.tick();
    this.#moments.state(() => this.#parts.raft.status(), heartbeatMs);
    for (const listener of [...this.#tickListeners]) listener();
  }

  #onState(softState: SoftState | undefined, hardState: HardState | undefined): void {
    if (hardState !== undefined) this.#term = hardState.term;
    if (softState !== undefined) this.#onSoftState(softState);
  }

  #onSoftState(softState: SoftState): void {
    const before = this.#softState;
    this.#softState = softState;
    const { role, leader } = softState;
    this.#parts.logger.info({ role, term: this.#term, leader: idText(leader) }, 'raft role');
    this.#moments.role(softState, this.#term);
    if (before.leader !== leader) {
      if (before.leader !== 0n) this.#queue.leaderLost();
      if (leader !== 0n) {
        this.#leaderChanges++;
        this.#gate.tick(true);
        this.#succession.leaderIsKnown();
      }
    }
    if (!this.isLeader && this.machine.leases.isPrimary) this.machine.leases.demote();
    for (const listener of [...this.#roleListeners]) listener(softState);
  }

  #apply(entries: readonly Entry[]): void {
    this.#moments.entries(entries, 'raft.commit');
    this.#applier.apply(entries);
    this.#moments.entries(entries, 'raft.apply');
    this.#connectPeers();
    this.#gate.applied(this.machine.applied.index);
    this.#parts.snapshots.maybeMark(entries, this.#loop);
  }

  #onTermBegins(term: number): void {
    const { clock, electionMs } = this.#parts;
    if (term !== this.#term) return;
    if (this.isLeader) this.machine.leases.promote(clock.monotonicMs(), electionMs);
    this.#queue.termBegan();
  }

  #onRemoved(id: bigint): void {
    const { transport, clock, electionMs } = this.#parts;
    transport.removePeer(id);
    // Time for the others to learn that it is committed.
    if (id === this.id) clock.after(electionMs, () => this.#fail(removedError()));
  }

  /** Makes the transport know who the members are and where, when that has changed. */
  #connectPeers(): void {
    const { membership } = this.machine;
    if (membership.changes === this.#connectedChanges) return;
    this.#connectedChanges = membership.changes;
    const known = membership.list();
    for (const { id, peerUrls } of known.length > 0 ? known : this.#parts.firstPeers) {
      if (id !== this.id) this.#parts.transport.setPeer(id, peerUrls);
    }
  }

  #send(messages: readonly Message[]): void {
    const { transport, snapshots, raft } = this.#parts;
    this.#moments.sent(messages);
    const plain = messages.filter((message) => message.type !== 'snapshot');
    if (plain.length > 0) transport.send(plain);
    for (const message of messages) {
      if (message.type !== 'snapshot') continue;
      void snapshots.send(message, transport).then((outcome) => {
        this.#input(() => raft.reportSnapshot(message.to, outcome));
      });
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return;
    this.#failure = { error };
    this.#deaf = true;
    this.#parts.logger.error({ error: messageOf(error) }, 'the member stops');
    this.#rejectWaiting();
    this.#stopped.resolve(this.#failure);
    // Frees sockets, lock and files; what it cannot free any more does not matter after this.
    this.close().catch(() => {});
  }

  #rejectWaiting(): void {
    this.#queue.clear();
    this.#parts.pending.rejectAll('stopped', this.#failure?.error);
    this.#gate.rejectAll('stopped', this.#failure?.error);
  }

  async #shutDown(): Promise<void> {
    const { transport, wal, lock } = this.#parts;
    if (this.#failure === undefined) await this.#succession.handOver();
    this.#deaf = true;
    this.#timer?.cancel();
    await this.#loop.stop();
    this.#rejectWaiting();
    this.machine.keyspace.hub.cancelAll(new StoreError('stopped').message);
    await transport.close();
    await this.#closeDisk(wal);
    await lock.release();
    this.#stopped.resolve(undefined);
  }

  /** Nothing that fails here loses anything: what was acknowledged is durable already. */
  async #closeDisk(wal: Wal): Promise<void> {
    const steps = [() => this.#writeLastCommit(wal), () => this.machine.backend.close(), () => wal.close()];
    for (const step of steps) await step().catch((error: unknown) => this.#logCloseError(error));
  }

  /** So that the next start knows at once what is committed. */
  async #writeLastCommit(wal: Wal): Promise<void> {
    const hardState = this.#loop.takeUnwrittenHardState();
    if (this.#failure !== undefined || hardState === undefined || wal.full) return;
    wal.append({ entries: [], hardState });
    await wal.sync();
  }

  #logCloseError(error: unknown): void {
    this.#parts.logger.warn({ error: messageOf(error) }, 'closing failed');
  }
}

function removedError(): Error {
  return new Error('this member was removed from the cluster');
}
