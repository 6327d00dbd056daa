/**
 * One member's consensus, whole and pure: inputs are ticks, messages, proposals and reads; the only output is `Ready`.
 * There is no time, no I/O and no concurrency in here; the loop around it (store/member) has all three.
 *
 * The loop: call the inputs; while `hasReady()`, take `ready()`, do what it says in its order (see types.ts), call
 * `advance(ready)`. Inputs may also come between `ready()` and `advance()`; their consequences are in the next Ready.
 *
 * Invariants: at most one Ready is outstanding; nothing is promised to anybody before the Ready that carries it is
 * durable. A broken invariant throws an AssertionError, after which this member must stop.
 */
import { assert } from '../../base/assert.ts';
import { encodeConfChange } from './conf-change-codec.ts';
import { maybeCampaign } from './election.ts';
import { releaseUncommitted } from './leader-log.ts';
import { applyConfChange, maybeResign } from './membership.ts';
import { maybeAutoLeave, type ProposalOutcome, propose } from './proposals.ts';
import { NOBODY, RaftCore } from './raft-core.ts';
import { requestRead, settleReads } from './read-index.ts';
import { acknowledgeOwn, onSnapshotOutcome, onUnreachable } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { type RaftStatus, statusOf } from './status.ts';
import { step } from './step.ts';
import { tick } from './ticks.ts';
import { requestTransfer } from './transfer.ts';
import type { ConfChange, ConfState, HardState, MemberId, Message, RaftConfig, Ready, SoftState } from './types.ts';

export class RaftNode {
  readonly #core: RaftCore;
  #softState: SoftState;
  #hardState: HardState;
  #outstanding: { readonly ready: Ready; readonly toSelf: readonly Message[] } | undefined;

  constructor(config: RaftConfig) {
    this.#core = new RaftCore(config);
    becomeFollower(this.#core, this.#core.term, NOBODY);
    this.#softState = this.#currentSoftState();
    this.#hardState = this.#currentHardState();
  }

  /** One unit of the loop's time has passed; electionTicks and heartbeatTicks count these. */
  tick(): void {
    tick(this.#core);
    this.#settle();
  }

  /** Stands for election now (first asking for pre-votes, if so configured), unless it leads or may not stand. */
  campaign(): void {
    maybeCampaign(this.#core, 'timeout');
    this.#settle();
  }

  /**
   * Appends to the leader's log, or forwards to the leader. 'accepted' is no promise: the entries may still be lost,
   * and are decided only when they are applied. 'dropped': no leader is known, leadership is being transferred, or the
   * uncommitted bytes would exceed their limit; nothing was appended.
   */
  propose(data: readonly Uint8Array[]): ProposalOutcome {
    const outcome = propose(
      this.#core,
      data.map((bytes) => ({ type: 'normal', data: bytes })),
    );
    this.#settle();
    return outcome;
  }

  /** As `propose`; a leader also drops a change while another is not applied, and one that its membership forbids. */
  proposeConfChange(change: ConfChange): ProposalOutcome {
    const outcome = propose(this.#core, [{ type: 'confChange', data: encodeConfChange(change) }]);
    this.#settle();
    return outcome;
  }

  /**
   * To be called for every confChange entry when it is applied, before `advance`. A change that the loop refuses for
   * reasons of its own is to be passed with its ids replaced by 0n. Returns the membership from now on.
   *
   * @throws ConfChangeError if the change does not fit the membership; no leader lets such a one into the log.
   */
  applyConfChange(change: ConfChange): ConfState {
    const confState = applyConfChange(this.#core, change);
    this.#settle();
    return confState;
  }

  /** A message from a peer, as it came from the network: old, repeated and misdirected ones do no harm. */
  step(message: Message): void {
    if (message.to !== this.#core.id || message.from === this.#core.id) return;
    step(this.#core, message);
    this.#settle();
  }

  /**
   * Asks at which index a linearizable read may be served; the answer is in `Ready.readStates`. It may never come (no
   * leader, a lost message, a change of leader): ask again, with another context.
   *
   * @param context unique to this question among all this member ever asks.
   */
  readIndex(context: string): void {
    requestRead(this.#core, context);
    this.#settle();
  }

  /** Hands leadership to `to`, a voter, if that succeeds within an election timeout. A follower asks its leader to. */
  transferLeader(to: MemberId): void {
    requestTransfer(this.#core, to);
    this.#settle();
  }

  /**
   * A follower forgets its leader, to vote for another at once. Not when reads rely on the lease, which that breaks.
   */
  forgetLeader(): void {
    if (this.#core.role === 'follower' && !this.#core.usesLease) this.#core.leader = NOBODY;
  }

  /** The last message to `id` could not be delivered. */
  reportUnreachable(id: MemberId): void {
    if (this.#core.role === 'leader') onUnreachable(this.#core, id);
  }

  /** What became of the snapshot for `id`. To be called for each snapshot message, else that member waits for ever. */
  reportSnapshot(id: MemberId, outcome: 'sent' | 'failed'): void {
    if (this.#core.role === 'leader') onSnapshotOutcome(this.#core, id, outcome);
  }

  /** Whether `ready()` has anything to say now. False while a Ready is outstanding. */
  hasReady(): boolean {
    if (this.#outstanding !== undefined) return false;
    const core = this.#core;
    return (
      core.outbox.length > 0 ||
      core.toSelf.length > 0 ||
      core.log.hasUnstableEntries ||
      core.log.hasCommittedEntries ||
      core.log.pendingSnapshot !== undefined ||
      core.readStates.length > 0 ||
      !sameHardState(this.#currentHardState(), this.#hardState) ||
      !sameSoftState(this.#currentSoftState(), this.#softState)
    );
  }

  /** What is to be done now; to be done in full, and then handed to `advance`. */
  ready(): Ready {
    assert(this.#outstanding === undefined, 'ready() was called again before advance()');
    const core = this.#core;
    const softState = this.#currentSoftState();
    const hardState = this.#currentHardState();
    const entries = core.log.unstableEntries();
    const snapshot = core.log.pendingSnapshot;
    const votedOrTermChanged = hardState.term !== this.#hardState.term || hardState.vote !== this.#hardState.vote;
    const ready: { -readonly [Field in keyof Ready]: Ready[Field] } = {
      entries,
      committedEntries: core.log.committedEntries(core.config.messageBytesMax),
      messages: core.outbox,
      readStates: core.readStates,
      mustSync: votedOrTermChanged || entries.length > 0 || snapshot !== undefined,
    };
    if (!sameSoftState(softState, this.#softState)) ready.softState = softState;
    if (!sameHardState(hardState, this.#hardState)) ready.hardState = hardState;
    if (snapshot !== undefined) ready.snapshot = snapshot;
    this.#outstanding = { ready, toSelf: core.toSelf };
    this.#softState = softState;
    this.#hardState = hardState;
    core.outbox = [];
    core.toSelf = [];
    core.readStates = [];
    core.reads.closeRound();
    return ready;
  }

  /** The Ready was done: what it asked to persist is durable, what it asked to apply is applied. */
  advance(ready: Ready): void {
    const outstanding = this.#outstanding;
    assert(outstanding !== undefined && outstanding.ready === ready, 'advance() with a Ready that is not outstanding');
    this.#outstanding = undefined;
    const core = this.#core;

    const lastEntry = ready.entries.at(-1);
    if (lastEntry !== undefined) core.log.stableTo(lastEntry.index, lastEntry.term);
    if (ready.snapshot !== undefined) {
      core.log.stableSnapshotTo(ready.snapshot.metadata.index);
      core.log.appliedTo(ready.snapshot.metadata.index);
      core.appliedConfState = ready.snapshot.metadata.confState;
    }
    const lastApplied = ready.committedEntries.at(-1);
    if (lastApplied !== undefined) {
      core.log.appliedTo(lastApplied.index);
      releaseUncommitted(core, ready.committedEntries);
    }
    // Entries of the current term on its leader are its own: durable here, they count for the quorum.
    if (core.role === 'leader' && lastEntry?.term === core.term) acknowledgeOwn(core, lastEntry.index);
    for (const message of outstanding.toSelf) step(core, message);
    this.#settle();
  }

  status(): RaftStatus {
    return statusOf(this.#core);
  }

  /** After every input: what it may have made possible on a leader. */
  #settle(): void {
    if (this.#core.role !== 'leader') return;
    settleReads(this.#core);
    maybeAutoLeave(this.#core);
    maybeResign(this.#core);
  }

  #currentSoftState(): SoftState {
    return { leader: this.#core.leader, role: this.#core.role };
  }

  #currentHardState(): HardState {
    return { term: this.#core.term, vote: this.#core.vote, commit: this.#core.log.committed };
  }
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role;
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}
