/**
 * What the log's entries hold: commands to the state machine. Every member applies the same commands in the same order
 * and comes to the same state; a command therefore holds everything its outcome depends on, and no clock is read when
 * it is applied.
 */
import type { LeaseCheckpoint } from '../mvcc/lease-table.ts';
import type {
  Alarm,
  DeleteRangeRequest,
  DeleteRangeResult,
  LeaseId,
  PutRequest,
  PutResult,
  Revision,
  TxnRequest,
  TxnResult,
} from '../store.ts';

export type Command =
  | { readonly type: 'put'; readonly request: PutRequest }
  | { readonly type: 'deleteRange'; readonly request: DeleteRangeRequest }
  | { readonly type: 'txn'; readonly request: TxnRequest }
  | { readonly type: 'compact'; readonly revision: Revision }
  | { readonly type: 'leaseGrant'; readonly id: LeaseId; readonly ttl: number }
  /** `expiredInTerm` is 0 when a client asked; else it counts only in an entry of that very term. */
  | { readonly type: 'leaseRevoke'; readonly id: LeaseId; readonly expiredInTerm: number }
  /** What leases have left on the leader of `term`; it counts only in an entry of that very term. */
  | { readonly type: 'leaseCheckpoint'; readonly term: number; readonly checkpoints: readonly LeaseCheckpoint[] }
  | {
      readonly type: 'memberAttributes';
      readonly id: bigint;
      readonly name: string;
      readonly clientUrls: readonly string[];
    }
  | { readonly type: 'memberUpdate'; readonly id: bigint; readonly peerUrls: readonly string[] }
  /** Replaces the record of users and roles, if its version is still this one. */
  | { readonly type: 'authReplace'; readonly expectedVersion: number; readonly state: Uint8Array }
  | { readonly type: 'alarm'; readonly action: 'activate' | 'deactivate'; readonly alarm: Alarm };

export type CommandType = Command['type'];

/** What applying a command answers to whoever proposed it. */
export interface CommandResults {
  put: PutResult;
  deleteRange: DeleteRangeResult;
  txn: TxnResult;
  compact: object;
  leaseGrant: { readonly id: LeaseId; readonly ttl: number };
  leaseRevoke: object;
  leaseCheckpoint: object;
  memberAttributes: object;
  memberUpdate: object;
  authReplace: { readonly changed: boolean };
  alarm: object;
}

/** Who waits for a command's outcome: unique over all members and all their lives. */
export interface RequestId {
  readonly member: bigint;
  /** Drawn at random at each start. */
  readonly incarnation: number;
  readonly number: number;
}
