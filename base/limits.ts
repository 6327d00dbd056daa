/** Every bound in one place. Exceeding one is a clear error to whoever caused it, never growth without bound. */
export const limits = {
  /** Bytes of one HTTP request's body (kube-apiserver: 3 MiB). */
  requestBodyBytesMax: 3 * 1024 * 1024,
  /** Bytes of one store request (etcd's --max-request-bytes default). */
  storeRequestBytesMax: 1.5 * 1024 * 1024,
  /** Operations in one transaction (etcd's --max-txn-ops default). */
  txnOperationsMax: 128,
  /** Bytes of one raft message. */
  raftMessageBytesMax: 1024 * 1024,
  /** Append messages in flight to one follower. */
  raftInflightMessagesMax: 256,
  /** Bytes proposed and not yet committed; more is answered with "too many requests". */
  raftUncommittedBytesMax: 256 * 1024 * 1024,
  /** Events a watcher may hold undelivered before it is caught up from history instead. */
  watchBufferEventsMax: 1024,
  /** Bytes of backend before the NOSPACE alarm (etcd's --quota-backend-bytes default). */
  backendQuotaBytes: 2 * 1024 * 1024 * 1024,
  /** Watches in one call of the etcd API. */
  watchesPerStreamMax: 65_536,
  /** Calls that one connection of the etcd API may have open. */
  streamsPerConnectionMax: 65_536,
  /** Objects in one page when a client asks for none: 0 is no limit, as kube-apiserver has it. */
  listPageDefault: 0,
  /** Events per resource that the watch cache holds for resuming watches, however young they are. */
  watchCacheEventsMax: 4096,
  /** So many it holds however old they are. */
  watchCacheEventsMin: 512,
  /** As kube-apiserver: events younger than this stay, up to the maximum, so that a watch may be resumed. */
  watchCacheFreshMs: 75_000,
  /** Moments that a process remembers. */
  momentsMax: 50_000,
} as const;
