/**
 * What a client of the store can cause, with etcd's gRPC code and message (etcd/api/v3rpc/rpctypes/error.go). One
 * catalogue: `store/etcd` sends these on the wire as they are, and its client makes them again from what arrives.
 */

/** gRPC status codes (grpc/statuscodes.md), those in use. */
export const grpcCode = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

const catalogue = {
  emptyKey: [grpcCode.invalidArgument, 'etcdserver: key is not provided'],
  keyNotFound: [grpcCode.invalidArgument, 'etcdserver: key not found'],
  valueProvided: [grpcCode.invalidArgument, 'etcdserver: value is provided'],
  leaseProvided: [grpcCode.invalidArgument, 'etcdserver: lease is provided'],
  tooManyOps: [grpcCode.invalidArgument, 'etcdserver: too many operations in txn request'],
  duplicateKey: [grpcCode.invalidArgument, 'etcdserver: duplicate key given in txn request'],
  invalidSortOption: [grpcCode.invalidArgument, 'etcdserver: invalid sort option'],
  compacted: [grpcCode.outOfRange, 'etcdserver: mvcc: required revision has been compacted'],
  futureRevision: [grpcCode.outOfRange, 'etcdserver: mvcc: required revision is a future revision'],
  noSpace: [grpcCode.resourceExhausted, 'etcdserver: mvcc: database space exceeded'],
  leaseNotFound: [grpcCode.notFound, 'etcdserver: requested lease not found'],
  leaseExists: [grpcCode.failedPrecondition, 'etcdserver: lease already exists'],
  leaseTtlTooLarge: [grpcCode.outOfRange, 'etcdserver: too large lease TTL'],
  requestTooLarge: [grpcCode.invalidArgument, 'etcdserver: request is too large'],
  tooManyRequests: [grpcCode.resourceExhausted, 'etcdserver: too many requests'],
  memberExists: [grpcCode.failedPrecondition, 'etcdserver: member ID already exist'],
  peerUrlExists: [grpcCode.failedPrecondition, 'etcdserver: Peer URLs already exists'],
  memberNotEnoughStarted: [
    grpcCode.failedPrecondition,
    'etcdserver: re-configuration failed due to not enough started members',
  ],
  memberBadUrls: [grpcCode.invalidArgument, 'etcdserver: given member URLs are invalid'],
  memberNotFound: [grpcCode.notFound, 'etcdserver: member not found'],
  memberNotLearner: [grpcCode.failedPrecondition, 'etcdserver: can only promote a learner member'],
  learnerNotReady: [
    grpcCode.failedPrecondition,
    'etcdserver: can only promote a learner member which is in sync with leader',
  ],
  tooManyLearners: [grpcCode.failedPrecondition, 'etcdserver: too many learner members in cluster'],
  clusterIdMismatch: [grpcCode.failedPrecondition, 'etcdserver: cluster ID mismatch'],
  noLeader: [grpcCode.unavailable, 'etcdserver: no leader'],
  notLeader: [grpcCode.failedPrecondition, 'etcdserver: not leader'],
  leaderChanged: [grpcCode.unavailable, 'etcdserver: leader changed'],
  notCapable: [grpcCode.failedPrecondition, 'etcdserver: not capable'],
  stopped: [grpcCode.unavailable, 'etcdserver: server stopped'],
  timeout: [grpcCode.unavailable, 'etcdserver: request timed out'],
  timeoutLeaderFail: [grpcCode.unavailable, 'etcdserver: request timed out, possibly due to previous leader failure'],
  timeoutConnectionLost: [grpcCode.unavailable, 'etcdserver: request timed out, possibly due to connection lost'],
  unhealthy: [grpcCode.unavailable, 'etcdserver: unhealthy cluster'],
  corrupt: [grpcCode.dataLoss, 'etcdserver: corrupt cluster'],
  badLeaderTransferee: [grpcCode.failedPrecondition, 'etcdserver: bad leader transferee'],
  rootUserNotExist: [grpcCode.failedPrecondition, 'etcdserver: root user does not exist'],
  rootRoleNotExist: [grpcCode.failedPrecondition, 'etcdserver: root user does not have root role'],
  userExists: [grpcCode.failedPrecondition, 'etcdserver: user name already exists'],
  userEmpty: [grpcCode.invalidArgument, 'etcdserver: user name is empty'],
  userNotFound: [grpcCode.failedPrecondition, 'etcdserver: user name not found'],
  roleExists: [grpcCode.failedPrecondition, 'etcdserver: role name already exists'],
  roleNotFound: [grpcCode.failedPrecondition, 'etcdserver: role name not found'],
  roleEmpty: [grpcCode.invalidArgument, 'etcdserver: role name is empty'],
  authFailed: [grpcCode.invalidArgument, 'etcdserver: authentication failed, invalid user ID or password'],
  permissionNotGiven: [grpcCode.invalidArgument, 'etcdserver: permission not given'],
  permissionDenied: [grpcCode.permissionDenied, 'etcdserver: permission denied'],
  roleNotGranted: [grpcCode.failedPrecondition, 'etcdserver: role is not granted to the user'],
  permissionNotGranted: [grpcCode.failedPrecondition, 'etcdserver: permission is not granted to the role'],
  authNotEnabled: [grpcCode.failedPrecondition, 'etcdserver: authentication is not enabled'],
  invalidAuthToken: [grpcCode.unauthenticated, 'etcdserver: invalid auth token'],
  invalidAuthManagement: [grpcCode.invalidArgument, 'etcdserver: invalid auth management'],
  authOldRevision: [grpcCode.invalidArgument, 'etcdserver: revision of auth store is old'],
  notSupportedForLearner: [grpcCode.unavailable, 'etcdserver: rpc not supported for learner'],
} as const satisfies Record<string, readonly [number, string]>;

export type StoreErrorReason = keyof typeof catalogue;

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly reason: StoreErrorReason;
  /** The gRPC status code. */
  readonly code: number;
  /** For `compacted`: the revision up to which history is gone, where known. */
  readonly compactRevision: number | undefined;

  constructor(reason: StoreErrorReason, options: { compactRevision?: number; cause?: unknown } = {}) {
    const [code, message] = catalogue[reason];
    super(message, { cause: options.cause });
    this.reason = reason;
    this.code = code;
    this.compactRevision = options.compactRevision;
  }
}

const byMessage = new Map<string, StoreErrorReason>(
  Object.entries(catalogue).map(([reason, [, message]]) => [message, reason as StoreErrorReason]),
);

/** The reason of an error message as etcd sends it, if it is one of the catalogue. */
export function reasonOfMessage(message: string): StoreErrorReason | undefined {
  return byMessage.get(message);
}
