/**
 * What an operator does to a cluster: members come, go and are promoted; leadership moves; alarms are disarmed; space is
 * given back. The checks are etcd's (server/etcdserver/server.go): a change that could cost the quorum is refused before
 * it is proposed.
 */
import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../errors.ts';
import type { Alarm, CallOptions, Member, ResponseHeader } from '../store.ts';
import { memberIdOf } from './cluster-identity.ts';
import { memberDefaults } from './options.ts';
import type { StoreMember } from './store-member.ts';

/** A learner is in sync when it has this part of the leader's log (etcd's readyPercent). */
const LEARNER_READY = 0.9;
const TRANSFER_POLL_MS = 10;

export class MemberAdmin {
  readonly #core: StoreMember;
  readonly #clock: Clock;

  constructor(core: StoreMember, clock: Clock) {
    this.#core = core;
    this.#clock = clock;
    core.calls.handle('promoteMember', (question) => this.#promoteAsLeader(question.bigU64()));
  }

  /**
   * Takes a member into the cluster, which can be started then with `join`. Rejects with `memberNotEnoughStarted`,
   * `unhealthy`, `tooManyLearners`, `peerUrlExists`, `memberBadUrls`.
   */
  async addMember(
    request: { readonly peerUrls: readonly string[]; readonly isLearner?: boolean },
    options?: CallOptions,
  ): Promise<Member> {
    const { peerUrls, isLearner = false } = request;
    checkUrls(peerUrls);
    await this.#core.readBarrier(options);
    if (isLearner) this.#checkLearners();
    else this.#checkVotersAfter({ joining: 1 });
    const id = memberIdOf(peerUrls, '', Math.floor(this.#clock.nowMs() / 1000));
    const member: Member = { id, name: '', peerUrls, clientUrls: [], isLearner };
    await this.#core.changeMembership({ type: 'add', member }, options);
    return member;
  }

  /** Rejects with `memberNotFound`, `memberNotEnoughStarted`, `unhealthy`. */
  async removeMember(id: bigint, options?: CallOptions): Promise<void> {
    await this.#core.readBarrier(options);
    const { membership } = this.#core.machine;
    membership.checkRemove(id);
    if (membership.get(id)?.isLearner !== true) this.#checkVotersAfter({ leaving: id });
    await this.#core.changeMembership({ type: 'remove', id }, options);
  }

  /** Makes a learner a voter. Rejects with `memberNotFound`, `memberNotLearner`, `learnerNotReady`. */
  async promoteMember(id: bigint, options?: CallOptions): Promise<void> {
    await this.#core.readBarrier(options);
    if (this.#core.isLeader) {
      await this.#promoteAsLeader(id, options);
      return;
    }
    // Only the leader knows how far the learner is.
    await this.#core.calls.ask(this.#core.leader, 'promoteMember', (question) => question.bigU64(id));
    await this.#core.readBarrier(options);
  }

  /** Changes where a member is. Rejects with `memberNotFound`, `peerUrlExists`, `memberBadUrls`. */
  async updateMember(id: bigint, peerUrls: readonly string[], options?: CallOptions): Promise<void> {
    checkUrls(peerUrls);
    await this.#core.submit<'memberUpdate'>({ type: 'memberUpdate', id, peerUrls }, options);
  }

  /** Hands leadership over. Rejects with `notLeader`, `badLeaderTransferee`, `timeout`. */
  async moveLeader(to: bigint, options?: CallOptions): Promise<void> {
    const core = this.#core;
    if (!core.isLeader) throw new StoreError('notLeader');
    if (core.machine.membership.get(to)?.isLearner !== false) throw new StoreError('badLeaderTransferee');
    if (to === core.id) return;
    core.transferLeader(to);
    const deadlineMs = this.#clock.monotonicMs() + core.electionMs;
    while (core.leader !== to) {
      if (this.#clock.monotonicMs() > deadlineMs) throw new StoreError('timeout');
      await this.#clock.sleep(TRANSFER_POLL_MS, options?.signal);
      options?.signal?.throwIfAborted();
    }
  }

  alarms(): readonly Alarm[] {
    return this.#core.machine.alarms.list();
  }

  async setAlarm(alarm: Alarm, active: boolean, options?: CallOptions): Promise<ResponseHeader> {
    const action = active ? 'activate' : 'deactivate';
    return (await this.#core.submit<'alarm'>({ type: 'alarm', action, alarm }, options)).header;
  }

  /** Gives free space of this member's backend back to the file system. */
  defragment(): Promise<void> {
    return this.#core.machine.backend.defragment();
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
    if (learners.length >= memberDefaults.learnersMax) throw new StoreError('tooManyLearners');
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
