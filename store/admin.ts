/**
 * What operators ask of a member, beside the `Store`: members, alarms, space, leadership, and the users and roles that
 * `store/etcd` keeps. A member implements it; a store without one (the memory store, a remote one) simply has no
 * such methods, and the etcd API answers "unimplemented" for them.
 *
 * Failures are `StoreError`s. Meanings are etcd's Cluster and Maintenance services (etcd/api/etcdserverpb/rpc.proto).
 */
import type { Alarm, CallOptions, Member, WithHeader } from './store.ts';

/** All members after a change of them. */
export type Members = WithHeader<{ readonly members: readonly Member[] }>;

export interface StoreAdmin {
  /** Throws `memberBadUrls`, `peerUrlExists`, `tooManyLearners`, `unhealthy`. The new member has no name until it starts. */
  memberAdd(
    request: { readonly peerUrls: readonly string[]; readonly isLearner: boolean },
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly member: Member; readonly members: readonly Member[] }>>;
  /** Throws `memberNotFound`, `unhealthy`, `memberNotEnoughStarted`. */
  memberRemove(id: bigint, options?: CallOptions): Promise<Members>;
  /** Throws `memberNotFound`, `memberBadUrls`, `peerUrlExists`. */
  memberUpdate(id: bigint, peerUrls: readonly string[], options?: CallOptions): Promise<Members>;
  /** Makes a learner a voter. Throws `memberNotFound`, `memberNotLearner`, `learnerNotReady`. */
  memberPromote(id: bigint, options?: CallOptions): Promise<Members>;

  /** Every active alarm. */
  alarms(options?: CallOptions): Promise<WithHeader<{ readonly alarms: readonly Alarm[] }>>;
  alarmActivate(alarm: Alarm, options?: CallOptions): Promise<WithHeader<object>>;
  alarmDeactivate(alarm: Alarm, options?: CallOptions): Promise<WithHeader<object>>;

  /** Gives the backend's free space on this member back to the file system. */
  defragment(options?: CallOptions): Promise<WithHeader<object>>;
  /** Throws `notLeader` when this member is not, `badLeaderTransferee`, `timeout`. Resolves when the other one leads. */
  moveLeader(target: bigint, options?: CallOptions): Promise<WithHeader<object>>;
  /** CRC-32C of this member's whole backend: equal only where everything is. */
  hash(options?: CallOptions): Promise<WithHeader<{ readonly hash: number }>>;

  /** Alarms as this member knows them, without asking anybody. */
  knownAlarms(): readonly Alarm[];
  /** For those who watch over it; as this member knows it, counted from its start. */
  figures(): MemberFigures;

  /** Where its consensus is. */
  consensus(): ConsensusStatus;
  /** The member that leads, as this one knows it, or 0n. */
  leaderId(): bigint;
  /** Whether this member is one, as it knows itself. */
  isLearner(): boolean;
  /** Bytes of backend before the NOSPACE alarm. */
  readonly quotaBytes: number;

  /** Users, roles and permissions as `store/etcd` encodes them; replicated, but no part of the keyspace or its revision. */
  authState(): AuthRecord;
  /**
   * Replaces the record in one entry of the log, if its version is still `expectedVersion`; the version grows by one.
   * Resolves with false, changing nothing, when it is not.
   */
  setAuthState(
    expectedVersion: number,
    state: Uint8Array,
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly changed: boolean }>>;
  /** Calls `listener` whenever this member has applied a new record. */
  onAuthState(listener: (record: AuthRecord) => void): () => void;
}

export interface MemberFigures {
  readonly leaderChanges: number;
  /** Commands that wait for their outcome, and those whose outcome is not known. */
  readonly proposalsPending: number;
  readonly proposalsFailed: number;
  /** Operations that were applied here, those within transactions too. */
  readonly puts: number;
  readonly deletes: number;
  readonly ranges: number;
  readonly txns: number;
  readonly keys: number;
  readonly compactRevision: number;
  readonly watchers: number;
  /** Watchers that read history, because they began late or are slow. */
  readonly slowWatchers: number;
}

export interface ConsensusStatus {
  readonly id: bigint;
  readonly term: number;
  readonly vote: bigint;
  readonly commit: number;
  readonly applied: number;
  readonly role: string;
  /** 0n when none is known. */
  readonly leader: bigint;
  /** To whom leadership is being handed over; 0n when it is not. */
  readonly transferee: bigint;
  /** Of every member, on a leader; empty elsewhere. */
  readonly progress: ReadonlyMap<bigint, { readonly match: number; readonly next: number; readonly state: string }>;
}

export interface AuthRecord {
  /** 0 while nothing was ever set. */
  readonly version: number;
  readonly state: Uint8Array;
}
