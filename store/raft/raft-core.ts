/**
 * The state of one member's consensus, shared by the files that act on it: roles, election, replication, follower,
 * proposals, read-index, transfer, membership. Each is a set of functions over this; only raft-node.ts is public.
 *
 * Invariants: `term` never decreases; `vote` changes within a term only from nobody to somebody; `leader` is of `term`;
 * `log` of a leader is only appended to. Messages leave through `outbox`, and a message to oneself (the own vote)
 * through `toSelf`: it counts once the Ready it belongs to is durable.
 */
import { assert } from '../../base/assert.ts';
import { ProgressTracker } from './progress-tracker.ts';
import { RaftLog } from './raft-log.ts';
import { ReadOnly } from './read-only.ts';
import type { Resignation } from './resignation.ts';
import type { ConfState, Entry, MemberId, Message, MessageType, RaftConfig, ReadState, Role } from './types.ts';

export const NOBODY: MemberId = 0n;
const NO_ENTRIES: readonly Entry[] = [];

/** A message to send: what is left out is zero or empty; `from` and `term` are filled in. */
export type Draft = Pick<Message, 'type' | 'to'> & Partial<Omit<Message, 'type' | 'to' | 'from'>>;

export class RaftCore {
  readonly config: RaftConfig;
  readonly id: MemberId;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  /**
   * The membership as of the last applied change. The tracker's is the same, but ahead of it between the arrival of a
   * snapshot and its restoring: entries before the snapshot may still be on their way to be applied.
   */
  appliedConfState: ConfState;

  term: number;
  vote: MemberId;
  role: Role = 'follower';
  leader: MemberId = NOBODY;

  /** Ticks since this member was created: what its lease is measured in. */
  now = 0;
  /** Ticks since a leader was last heard, or since a role began. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** An election starts at this many; drawn anew each time, so that members do not tie for ever. */
  randomizedElectionTicks = 0;
  /** Ticks since any leader was last heard, whatever happened to the term since. For lease reads. */
  ticksSinceLeader: number;

  /** Leader: to whom leadership is being handed over. While so, proposals are dropped. */
  transferee: MemberId = NOBODY;
  /** Leader: somebody was told in this term to start an election at once, so the lease proves nothing any more. */
  leaseVoid = false;
  /** Leader: the last membership change in its log that may not be applied is not after this. */
  pendingConfIndex = 0;
  /** Leader: bytes proposed and not yet applied; an estimate that is never too high. */
  uncommittedBytes = 0;
  reads: ReadOnly;
  /** Leader: it is no voter any more, and leads only until the voters know. */
  resignation: Resignation | undefined;

  outbox: Message[] = [];
  toSelf: Message[] = [];
  readStates: ReadState[] = [];

  constructor(config: RaftConfig) {
    validate(config);
    const { hardState, confState } = config.log.initialState();
    this.config = config;
    this.id = config.id;
    this.log = new RaftLog(config.log, hardState.commit, config.applied);
    this.tracker = new ProgressTracker(config.inflightMessagesMax);
    this.tracker.switchTo(confState, this.log.lastIndex());
    this.appliedConfState = confState;
    this.term = hardState.term;
    this.vote = hardState.vote;
    this.reads = new ReadOnly(this.usesLease);
    // Before the restart this member may have promised a leader not to elect another: it keeps silent for that long.
    this.ticksSinceLeader = this.usesLease ? 0 : config.electionTicks;
  }

  get usesLease(): boolean {
    return this.config.readOnly === 'lease';
  }

  /** May stand for election: a voter whose log is not about to be replaced. */
  get isPromotable(): boolean {
    const own = this.tracker.progress(this.id);
    return own !== undefined && !own.isLearner && this.log.pendingSnapshot === undefined;
  }

  /** Only then does a leader know what is committed (section 6.4, step 1). */
  get hasCommittedInTerm(): boolean {
    return this.log.termOrZero(this.log.committed) === this.term;
  }

  /** Puts a message in the outbox, to leave with the next Ready after all that is written now is durable. */
  send(draft: Draft): void {
    const message: { -readonly [Field in keyof Message]: Message[Field] } = {
      type: draft.type,
      from: this.id,
      to: draft.to,
      term: draft.term ?? (isTermless(draft.type) ? 0 : this.term),
      logTerm: draft.logTerm ?? 0,
      index: draft.index ?? 0,
      commit: draft.commit ?? 0,
      entries: draft.entries ?? NO_ENTRIES,
      reject: draft.reject ?? false,
      rejectHint: draft.rejectHint ?? 0,
    };
    if (draft.commitTerm !== undefined) message.commitTerm = draft.commitTerm;
    if (draft.snapshot !== undefined) message.snapshot = draft.snapshot;
    if (draft.context !== undefined) message.context = draft.context;
    if (message.to === this.id) this.toSelf.push(message);
    else this.outbox.push(message);
  }
}

/** Messages that are forwarded to whoever leads, not bound to the sender's term. */
function isTermless(type: MessageType): boolean {
  return type === 'propose' || type === 'readIndex';
}

function validate(config: RaftConfig): void {
  assert(config.id !== NOBODY, 'a member id must not be 0');
  assert(config.heartbeatTicks > 0, 'heartbeatTicks must be positive');
  assert(config.electionTicks > config.heartbeatTicks, 'electionTicks must be greater than heartbeatTicks');
  assert(config.inflightMessagesMax > 0, 'inflightMessagesMax must be positive');
  assert(config.readOnly === 'safe' || config.checkQuorum, 'reads by lease need checkQuorum');
}
