/**
 * The vocabulary of consensus, and `Ready`: the one value that crosses from the pure core to the loop around it.
 * The algorithm is Raft (Ongaro, "Consensus: Bridging Theory and Practice", 2014), shaped like etcd-io/raft.
 */

/** A member's id; 0n is nobody. */
export type MemberId = bigint;

export type EntryType = 'normal' | 'confChange';

export interface Entry {
  readonly term: number;
  readonly index: number;
  readonly type: EntryType;
  /** Opaque to raft. Empty for the entry a new leader appends in its own term. */
  readonly data: Uint8Array;
}

/** What must survive a restart beside the log. */
export interface HardState {
  readonly term: number;
  readonly vote: MemberId;
  readonly commit: number;
}

/** The membership: joint while `votersOutgoing` is not empty (then both majorities must agree). */
export interface ConfState {
  readonly voters: readonly MemberId[];
  readonly votersOutgoing: readonly MemberId[];
  readonly learners: readonly MemberId[];
  /** Voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly MemberId[];
  readonly autoLeave: boolean;
}

export interface ConfChangeSingle {
  readonly type: 'addVoter' | 'addLearner' | 'remove';
  readonly id: MemberId;
}

/**
 * One change is applied at once; several, or `joint`, go through a joint configuration. No changes: leave the joint
 * one.
 */
export interface ConfChange {
  readonly changes: readonly ConfChangeSingle[];
  readonly transition: 'auto' | 'jointImplicit' | 'jointExplicit';
  /** Opaque to raft: the member's name and addresses, the id of the request. */
  readonly context: Uint8Array;
}

export interface SnapshotMetadata {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
}

/** The state up to an index. The state itself is not in memory: whoever sends or restores it knows where it lies. */
export interface Snapshot {
  readonly metadata: SnapshotMetadata;
}

export type MessageType =
  | 'append'
  | 'appendResponse'
  | 'preVote'
  | 'preVoteResponse'
  | 'vote'
  | 'voteResponse'
  | 'heartbeat'
  | 'heartbeatResponse'
  | 'snapshot'
  | 'propose'
  | 'readIndex'
  | 'readIndexResponse'
  | 'transferLeader'
  | 'timeoutNow';

export interface Message {
  readonly type: MessageType;
  readonly from: MemberId;
  readonly to: MemberId;
  /** 0 in messages that are not bound to a term (propose, readIndex). */
  readonly term: number;
  /** append, vote: the term and index of the entry before, or of the last entry. Responses: see each handler. */
  readonly logTerm: number;
  readonly index: number;
  readonly commit: number;
  /**
   * In votes, pre-votes and their responses: the term of the entry at `commit`. Whoever has that entry learns that it
   * is committed, and so, it may be, that the membership it votes by is out of date.
   */
  readonly commitTerm?: number;
  readonly entries: readonly Entry[];
  readonly reject: boolean;
  /** The highest index at which the logs may agree, with `logTerm`: the conflict hint of a rejected append. */
  readonly rejectHint: number;
  readonly snapshot?: Snapshot;
  /**
   * readIndex: the request's unique context; heartbeat: the number of its round, which the answer carries back; vote:
   * 'transfer' when forced by a leadership transfer; transferLeader: the target's id in decimal.
   */
  readonly context?: string;
}

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

export interface SoftState {
  readonly leader: MemberId;
  readonly role: Role;
}

/** A linearizable read asked with `context` may be served once the state has applied `index`. */
export interface ReadState {
  readonly context: string;
  readonly index: number;
}

/**
 * What the core wants done. The loop does it in this order, and then calls `advance(ready)`:
 *
 * 1. **persist**: `snapshot`, then `entries`, then `hardState`; when `mustSync`, wait until they are durable;
 * 2. **send** `messages` to the peers, after step 1 (a leader's own append messages are safe to send before it);
 * 3. **apply** `snapshot`, then `committedEntries`, in order, and call `applyConfChange` for each of type confChange;
 * 4. **answer** `readStates` whose index has been applied.
 *
 * Until `advance`, no other Ready is given out.
 */
export interface Ready {
  /** Volatile state, when it changed. */
  readonly softState?: SoftState;
  /** Present when it changed since the last Ready. */
  readonly hardState?: HardState;
  readonly entries: readonly Entry[];
  readonly snapshot?: Snapshot;
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  readonly readStates: readonly ReadState[];
  /** False when only the commit index changed: that may be written without waiting. */
  readonly mustSync: boolean;
}

/**
 * What the core reads of the log that is already persisted. Synchronous: a cache of the log's tail stands behind it.
 */
export interface RaftLogReader {
  /**
   * As persisted. `confState` is the membership as of `RaftConfig.applied`: what `applyConfChange` returned last, or
   * the snapshot's. A founding member's log begins with a snapshot at index 1, term 1 that sets up the membership (and
   * hard state term 1, commit 1); a joining member's is empty, index 0, without members.
   */
  initialState(): { readonly hardState: HardState; readonly confState: ConfState };
  firstIndex(): number;
  lastIndex(): number;
  /** The term of an entry in [firstIndex-1, lastIndex]; 'compacted' or 'unavailable' outside. */
  term(index: number): number | 'compacted' | 'unavailable';
  /** Entries [low, high), at least one, then as many as fit in `bytesMax`. */
  entries(low: number, high: number, bytesMax: number): readonly Entry[] | 'compacted' | 'unavailable';
  /** The newest snapshot to send to a follower that is too far behind, or 'unavailable' while one is being made. */
  snapshot(): Snapshot | 'unavailable';
}

export interface RaftConfig {
  readonly id: MemberId;
  readonly log: RaftLogReader;
  /** Elections start after a random [electionTicks, 2*electionTicks) ticks without a leader. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Entries up to here were applied before the restart. */
  readonly applied: number;
  readonly messageBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly uncommittedBytesMax: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  /**
   * `safe`: every read confirms leadership with a quorum. `lease`: trusts check-quorum's lease; needs bounded clock
   * drift.
   */
  readonly readOnly: 'safe' | 'lease';
  /** Uniform in [0, exclusiveMax): for election timeouts. */
  readonly random: { below(exclusiveMax: number): number };
}
