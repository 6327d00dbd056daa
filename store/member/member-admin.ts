/**
 * What an operator does to a cluster: members come, go and are promoted; leadership moves; alarms are disarmed; space is
 * given back. The checks are etcd's (server/etcdserver/server.go): a change that could cost the quorum is refused before
 * it is proposed.
 */
import { crc32c } from '@node-rs/crc32';
import type { Clock } from '../../base/clock.ts';
import type { AuthRecord, ConsensusStatus, MemberFigures, Members, StoreAdmin } from '../admin.ts';
import { StoreError } from '../errors.ts';
import type { Alarm, CallOptions, Member, WithHeader } from '../store.ts';
import { memberIdOf } from './cluster-identity.ts';
import type { CompactionSweeper } from './compaction-sweeper.ts';
import type { StoreMember } from './store-member.ts';

/** A learner is in sync when it has this part of the leader's log (etcd's readyPercent). */
const LEARNER_READY = 0.9;
const TRANSFER_POLL_MS = 10;

export interface MemberAdminDeps {
  readonly core: StoreMember;
  readonly clock: Clock;
  readonly sweeper: CompactionSweeper;
  readonly quotaBytes: number;
  readonly learnersMax: number;
}

export class MemberAdmin implements StoreAdmin {
  readonly quotaBytes: number;
  readonly #core: StoreMember;
  readonly #clock: Clock;
  readonly #sweeper: CompactionSweeper;
  readonly #learnersMax: number;

  constructor({ core, clock, sweeper, quotaBytes, learnersMax }: MemberAdminDeps) {
    this.#core = core;
    this.#clock = clock;
    this.#sweeper = sweeper;
    this.#learnersMax = learnersMax;
    this.quotaBytes = quotaBytes;
    core.calls.handle('promoteMember', (question) => this.#promoteAsLeader(question.bigU64()));
  }

  /** The new member can be started then, with `join`. */
  async memberAdd(
    request: { readonly peerUrls: readonly string[]; readonly isLearner: boolean },
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly member: Member; readonly members: readonly Member[] }>> {
    const { peerUrls, isLearner } = request;
    checkUrls(peerUrls);
    await this.#core.readBarrier(options);
    if (isLearner) this.#checkLearners();
    else this.#checkVotersAfter({ joining: 1 });
    const id = memberIdOf(peerUrls, '', Math.floor(this.#clock.nowMs() / 1000));
    const member: Member = { id, name: '', peerUrls, clientUrls: [], isLearner };
    await this.#core.changeMembership({ type: 'add', member }, options);
    return { ...this.#members(), member };
  }

  async memberRemove(id: bigint, options?: CallOptions): Promise<Members> {
    await this.#core.readBarrier(options);
    const { membership } = this.#core.machine;
    membership.checkRemove(id);
    if (membership.get(id)?.isLearner !== true) this.#checkVotersAfter({ leaving: id });
    await this.#core.changeMembership({ type: 'remove', id }, options);
    return this.#members();
  }

  async memberPromote(id: bigint, options?: CallOptions): Promise<Members> {
    await this.#core.readBarrier(options);
    if (this.#core.isLeader) {
      await this.#promoteAsLeader(id, options);
    } else {
      // Only the leader knows how far the learner is.
      await this.#core.calls.ask(this.#core.leader, 'promoteMember', (question) => question.bigU64(id));
      await this.#core.readBarrier(options);
    }
    return this.#members();
  }

  async memberUpdate(id: bigint, peerUrls: readonly string[], options?: CallOptions): Promise<Members> {
    checkUrls(peerUrls);
    await this.#core.submit<'memberUpdate'>({ type: 'memberUpdate', id, peerUrls }, options);
    return this.#members();
  }

  async moveLeader(target: bigint, options?: CallOptions): Promise<WithHeader<object>> {
    const core = this.#core;
    if (!core.isLeader) throw new StoreError('notLeader');
    if (core.machine.membership.get(target)?.isLearner !== false) throw new StoreError('badLeaderTransferee');
    if (target !== core.id) core.transferLeader(target);
    const deadlineMs = this.#clock.monotonicMs() + core.electionMs;
    while (core.leader !== target) {
      if (this.#clock.monotonicMs() > deadlineMs) throw new StoreError('timeout');
      await this.#clock.sleep(TRANSFER_POLL_MS, options?.signal);
      options?.signal?.throwIfAborted();
    }
    return { header: core.header() };
  }

  async alarms(options?: CallOptions): Promise<WithHeader<{ readonly alarms: readonly Alarm[] }>> {
    await this.#core.readBarrier(options);
    return { alarms: this.#core.machine.alarms.list(), header: this.#core.header() };
  }

  knownAlarms(): readonly Alarm[] {
    return this.#core.machine.alarms.list();
  }

  figures(): MemberFigures {
    const { keyspace } = this.#core.machine;
    return {
      ...this.#core.figures(),
      ...keyspace.counts,
      keys: keyspace.indexedKeys,
      compactRevision: keyspace.compactRevision,
      watchers: keyspace.hub.size,
      slowWatchers: keyspace.hub.behind,
    };
  }

  alarmActivate(alarm: Alarm, options?: CallOptions): Promise<WithHeader<object>> {
    return this.#core.submit<'alarm'>({ type: 'alarm', action: 'activate', alarm }, options);
  }

  alarmDeactivate(alarm: Alarm, options?: CallOptions): Promise<WithHeader<object>> {
    return this.#core.submit<'alarm'>({ type: 'alarm', action: 'deactivate', alarm }, options);
  }

  /** Gives back what was compacted before the call, too. */
  async defragment(): Promise<WithHeader<object>> {
    await this.#sweeper.finished();
    await this.#core.machine.backend.defragment();
    return { header: this.#core.header() };
  }

  async hash(options?: CallOptions): Promise<WithHeader<{ readonly hash: number }>> {
    const header = this.#core.header();
    let hash = 0;
    for await (const chunk of this.#core.machine.backend.snapshot()) {
      options?.signal?.throwIfAborted();
      hash = crc32c(chunk, hash);
    }
    return { hash, header };
  }

  isLearner(): boolean {
    return this.#core.machine.membership.get(this.#core.id)?.isLearner ?? false;
  }

  consensus(): ConsensusStatus {
    return this.#core.raftStatus();
  }

  leaderId(): bigint {
    return this.#core.leader;
  }

  authState(): AuthRecord {
    return this.#core.machine.auth.record;
  }

  setAuthState(
    expectedVersion: number,
    state: Uint8Array,
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly changed: boolean }>> {
    return this.#core.submit<'authReplace'>({ type: 'authReplace', expectedVersion, state }, options);
  }

  onAuthState(listener: (record: AuthRecord) => void): () => void {
    return this.#core.machine.auth.listen(listener);
  }

  #members(): Members {
    return { members: this.#core.machine.membership.list(), header: this.#core.header() };
  }

  async #promoteAsLeader(id: bigint, options?: CallOptions): Promise<void> {
    const core = this.#core;
    core.machine.membership.checkPromote(id);
    const { progress, lastIndex } = core.raftStatus();
    if (!core.isLeader) throw new StoreError('notLeader');
    if ((progress.get(id)?.match ?? 0) < lastIndex * LEARNER_READY) throw new StoreError('learnerNotReady');
    this.#checkVotersAfter({ joining: 1, joiningStarted: 1 });
    await core.changeMembership({ type: 'promote', id }, options);
  }

  #checkLearners(): void {
    const learners = this.#core.machine.membership.list().filter((member) => member.isLearner);
    if (learners.length >= this.#learnersMax) throw new StoreError('tooManyLearners');
  }

  /** The voters that will be there must have a quorum of members that have started, and that can be reached. */
  #checkVotersAfter(change: { joining?: number; joiningStarted?: number; leaving?: bigint }): void {
    const { joining = 0, joiningStarted = 0, leaving } = change;
    const voters = this.#core.machine.membership.list().filter((member) => !member.isLearner);
    const staying = voters.filter((member) => member.id !== leaving);
    const total = staying.length + joining;
    const started = staying.filter((member) => member.name !== '').length + joiningStarted;
    const quorum = Math.floor(total / 2) + 1;
    // A second member may join a first one, though it has not started.
    const isFirstPair = leaving === undefined && started === 1 && total === 2;
    if (total === 0 || (started < quorum && !isFirstPair)) throw new StoreError('memberNotEnoughStarted');
    const reachable = staying.filter((member) => this.#core.canReach(member.id)).length;
    if (joining > 0 && joiningStarted === 0 && reachable < staying.length) throw new StoreError('unhealthy');
    if (leaving !== undefined && this.#core.canReach(leaving) && reachable < quorum) throw new StoreError('unhealthy');
  }
}

function checkUrls(urls: readonly string[]): void {
  const isPeerUrl = (text: string): boolean => {
    if (!URL.canParse(text)) return false;
    const { protocol, port, pathname } = new URL(text);
    return (protocol === 'http:' || protocol === 'https:') && port !== '' && pathname === '/';
  };
  if (urls.length === 0 || !urls.every(isPeerUrl)) throw new StoreError('memberBadUrls');
}
