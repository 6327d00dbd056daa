/**
 * `Store`: etcd's semantics as a TypeScript interface. The API server knows nothing else of the store; whether a member
 * runs in this process or a cluster is reached over the etcd v3 gRPC API, it cannot tell (design.md, seam 2).
 *
 * Names and meanings are etcd's (etcd/api/etcdserverpb/rpc.proto): where a comment here is silent, etcd's answer holds.
 * Failures are `StoreError`s with etcd's code and message (`errors.ts`).
 */
import type { ByteString } from '../base/bytes.ts';

/** A key, as a byte string. Kubernetes' keys are ASCII, so they read as they are. Never empty but in a range's bounds. */
export type Key = ByteString;

/**
 * A revision of the keyspace: 1 when it is empty, one more with every transaction that changes something. Safe integers:
 * at 100,000 writes a second they last 2,800 years.
 */
export type Revision = number;

/** A lease's id: any positive 64-bit integer, chosen by the client or by the store. 0n is no lease. */
export type LeaseId = bigint;

export interface KeyValue {
  readonly key: Key;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** 1 at creation, one more with every change, 1 again after a deletion. */
  readonly version: number;
  /** The lease it is attached to, 0n for none. */
  readonly lease: LeaseId;
}

/** Every answer says who gave it and at which revision. */
export interface ResponseHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: Revision;
  readonly raftTerm: number;
}

export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value';

export interface RangeRequest {
  readonly key: Key;
  /** Absent: the one key. `'\0'`: every key from `key` on. Otherwise: the keys in [key, rangeEnd). */
  readonly rangeEnd?: Key;
  /** At most so many keys; 0 or absent: all. */
  readonly limit?: number;
  /** Read the keyspace as it was at this revision; 0 or absent: now. */
  readonly revision?: Revision;
  readonly sortOrder?: 'none' | 'ascend' | 'descend';
  readonly sortTarget?: SortTarget;
  /** True: answer from this member's own state, which may lag. False or absent: linearizable. */
  readonly serializable?: boolean;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  readonly minModRevision?: Revision;
  readonly maxModRevision?: Revision;
  readonly minCreateRevision?: Revision;
  readonly maxCreateRevision?: Revision;
}

export interface RangeResult {
  readonly kvs: readonly KeyValue[];
  /** Keys remain beyond the limit. */
  readonly more: boolean;
  /** Keys in the range, whatever the limit. */
  readonly count: number;
}

export interface PutRequest {
  readonly key: Key;
  readonly value: Uint8Array;
  readonly lease?: LeaseId;
  readonly prevKv?: boolean;
  /** Keep the present value (and change only the lease); the key must exist. */
  readonly ignoreValue?: boolean;
  readonly ignoreLease?: boolean;
}

export interface PutResult {
  readonly prevKv?: KeyValue;
}

export interface DeleteRangeRequest {
  readonly key: Key;
  readonly rangeEnd?: Key;
  readonly prevKv?: boolean;
}

export interface DeleteRangeResult {
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export type CompareResult = 'equal' | 'greater' | 'less' | 'notEqual';

/** A condition on a key, or on every key of a range. A key that does not exist has revisions and version 0. */
export type Compare = { readonly key: Key; readonly rangeEnd?: Key; readonly result: CompareResult } & (
  | { readonly target: 'version'; readonly version: number }
  | { readonly target: 'create'; readonly createRevision: Revision }
  | { readonly target: 'mod'; readonly modRevision: Revision }
  | { readonly target: 'value'; readonly value: Uint8Array }
  | { readonly target: 'lease'; readonly lease: LeaseId }
);

export type Operation =
  | { readonly type: 'range'; readonly request: RangeRequest }
  | { readonly type: 'put'; readonly request: PutRequest }
  | { readonly type: 'deleteRange'; readonly request: DeleteRangeRequest }
  | { readonly type: 'txn'; readonly request: TxnRequest };

export type OperationResult =
  | { readonly type: 'range'; readonly result: RangeResult }
  | { readonly type: 'put'; readonly result: PutResult }
  | { readonly type: 'deleteRange'; readonly result: DeleteRangeResult }
  | { readonly type: 'txn'; readonly result: TxnResult };

/** If every compare holds, the success operations, else the failure ones; all at one revision, atomically. */
export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  readonly responses: readonly OperationResult[];
}

export type WithHeader<T> = T & { readonly header: ResponseHeader };

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  /** For a delete: the key, with modRevision the revision of the deletion, an empty value and version 0. */
  readonly kv: KeyValue;
  /** What the key held before; only when the watch asked for it, and there was something. */
  readonly prevKv?: KeyValue;
}

export interface WatchRequest {
  readonly key: Key;
  readonly rangeEnd?: Key;
  /** The first revision to see, inclusive; 0 or absent: from now on. */
  readonly startRevision?: Revision;
  readonly prevKv?: boolean;
  /** Report the revision now and then while nothing happens. */
  readonly progressNotify?: boolean;
  /** Leave out puts, or deletes. */
  readonly filters?: readonly ('noPut' | 'noDelete')[];
}

export type WatchResponse =
  /** The first answer: the watch exists, and will see every change after `header.revision` (or from its start revision). */
  | { readonly type: 'created'; readonly header: ResponseHeader }
  /** All events of one or more whole revisions, in order. */
  | { readonly type: 'events'; readonly header: ResponseHeader; readonly events: readonly StoreEvent[] }
  /** Every event up to `header.revision` was delivered. */
  | { readonly type: 'progress'; readonly header: ResponseHeader }
  /** The last answer. With `compactRevision`: the start revision was compacted away, start again from a list. */
  | {
      readonly type: 'canceled';
      readonly header: ResponseHeader;
      readonly compactRevision?: Revision;
      readonly reason: string;
    };

/**
 * Gets a watch's answers, in order, one at a time. It may return a promise: nothing more is delivered until that has
 * settled, and what happens meanwhile is read from history later, so that a slow listener holds no memory.
 */
export type WatchListener = (response: WatchResponse) => void | Promise<void>;

export interface Watch {
  /** Ends the watch: the listener is not called again. Idempotent. */
  close(): void;
  /** Asks for a `progress` answer as soon as everything so far was delivered. */
  requestProgress(): void;
}

export interface LeaseStatus {
  readonly id: LeaseId;
  /** Seconds left; -1 when there is no such lease. */
  readonly ttl: number;
  readonly grantedTtl: number;
  /** The keys attached to it, when asked for. */
  readonly keys: readonly Key[];
}

export interface Member {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface MemberStatus {
  readonly version: string;
  /** Bytes of the backend, allocated and in use. */
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  /** 0n when there is none. */
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly isLearner: boolean;
  /** Active alarms and other errors, in words. */
  readonly errors: readonly string[];
}

export interface Alarm {
  readonly memberId: bigint;
  readonly alarm: 'NOSPACE' | 'CORRUPT';
}

export interface CallOptions {
  /** Gives up waiting (the operation may still happen). */
  readonly signal?: AbortSignal;
}

export interface Store {
  range(request: RangeRequest, options?: CallOptions): Promise<WithHeader<RangeResult>>;
  put(request: PutRequest, options?: CallOptions): Promise<WithHeader<PutResult>>;
  deleteRange(request: DeleteRangeRequest, options?: CallOptions): Promise<WithHeader<DeleteRangeResult>>;
  txn(request: TxnRequest, options?: CallOptions): Promise<WithHeader<TxnResult>>;
  /** Forgets all revisions before `revision` but the newest of each key. `physical`: answer when the space is free. */
  compact(revision: Revision, options?: CallOptions & { readonly physical?: boolean }): Promise<WithHeader<object>>;

  watch(request: WatchRequest, listener: WatchListener): Watch;

  /** `id` 0n or absent: the store chooses. `ttl` in seconds; the store may grant more. */
  leaseGrant(
    request: { readonly id?: LeaseId; readonly ttl: number },
    options?: CallOptions,
  ): Promise<WithHeader<{ readonly id: LeaseId; readonly ttl: number }>>;
  /** Deletes the lease and, in one revision, every key attached to it. */
  leaseRevoke(id: LeaseId, options?: CallOptions): Promise<WithHeader<object>>;
  /** Starts the term anew; answers the ttl, 0 when there is no such lease. */
  leaseKeepAlive(id: LeaseId, options?: CallOptions): Promise<WithHeader<{ readonly ttl: number }>>;
  leaseTimeToLive(id: LeaseId, options?: CallOptions & { readonly keys?: boolean }): Promise<WithHeader<LeaseStatus>>;
  leases(options?: CallOptions): Promise<WithHeader<{ readonly leases: readonly LeaseId[] }>>;

  members(
    options?: CallOptions & { readonly linearizable?: boolean },
  ): Promise<WithHeader<{ readonly members: readonly Member[] }>>;
  status(options?: CallOptions): Promise<WithHeader<MemberStatus>>;
  /** A hash of all keys and values up to `revision` (0: now): equal on every member. CRC-32C. */
  hashKv(
    revision?: Revision,
    options?: CallOptions,
  ): Promise<
    WithHeader<{ readonly hash: number; readonly compactRevision: Revision; readonly hashRevision: Revision }>
  >;
  /** A consistent copy of the whole state, in chunks; `sampan snapshot` and etcdctl write it to a file. */
  snapshot(options?: CallOptions): AsyncIterable<Uint8Array>;

  /** Ends watches, and the member or the connections behind it. Idempotent. */
  close(): Promise<void>;
}
