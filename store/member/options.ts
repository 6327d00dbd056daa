/** What a member is opened with, and the defaults (etcd's, where etcd has them). */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import type { Backend } from '../backend/backend.ts';
import type { PeerTlsMaterial } from '../transport/peer-tls.ts';
import type { ClusterDescription, Transport } from '../transport/transport.ts';
import type { Disk } from '../wal/disk.ts';
import type { DiskObserver } from '../wal/observed-disk.ts';

/** A member as it is named before the cluster exists. */
export interface FoundingMember {
  readonly name: string;
  /** `http://host:port` or `https://host:port`. */
  readonly peerUrl: string;
  /** Further addresses of the same member. */
  readonly morePeerUrls?: readonly string[];
}

/** Compaction without being asked: keep `retention` revisions, or the revisions of the last `retentionMs`. */
export type AutoCompaction =
  | { readonly mode: 'revision'; readonly retention: number }
  | { readonly mode: 'periodic'; readonly retentionMs: number };

/** Is told what the disk did, and how long it took. */
export interface StorageObserver extends DiskObserver {
  backendCommitted(durationMs: number): void;
}

export interface MemberOptions {
  /** Where everything lies; created if missing. On a simulated disk: any absolute path. */
  readonly dataDir: string;
  /** Where the log lies, for a disk of its own; default: in `dataDir`. */
  readonly walDir?: string;
  readonly name: string;
  /** Clusters with different tokens get different ids, even at the same addresses. */
  readonly clusterToken: string;
  /** All founding members, this one too; where `join` is set: the members of the cluster to join, this one too. */
  readonly initialCluster: readonly FoundingMember[];
  /**
   * This member was added to a running cluster, and starts for the first time: it asks the other members of
   * `initialCluster` who it is, unless it is told here.
   */
  readonly join?: boolean | ClusterDescription;
  /**
   * Where there is data: go on as the only member of the cluster, whoever else was in it. Not for a member that has a
   * quorum, nor while others run. A new member is founded as without it.
   */
  readonly forceNewCluster?: boolean;
  /** Addresses for clients, as told to them. */
  readonly clientUrls: readonly string[];
  /** Where to listen for peers, `host:port` each; absent: a member without peers. */
  readonly listenPeers?: readonly string[];
  /** Certificates for the traffic between members, both ways: whoever has none of this authority is not let in. */
  readonly tls?: PeerTlsMaterial;
  /** Without a leader for at least this long (and at most twice as long), an election starts. */
  readonly electionMs?: number;
  readonly heartbeatMs?: number;
  /** A marker is written, and the log before it dropped, after so many entries. */
  readonly snapshotEntries?: number;
  /** Entries that stay in memory behind the marker, for members that lag a little. */
  readonly catchUpEntries?: number;
  readonly quotaBytes?: number;
  /** Bytes of one request; default: `limits`. */
  readonly requestBytesMax?: number;
  /** Operations of one transaction; default: `limits`. */
  readonly txnOperationsMax?: number;
  /** Between two reports of progress to quiet watches that asked for them. */
  readonly watchProgressMs?: number;
  /** Learners that the cluster may have at a time. */
  readonly learnersMax?: number;
  readonly segmentBytes?: number;
  readonly autoCompaction?: AutoCompaction;
  /** How long a request waits for its outcome. */
  readonly requestTimeoutMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder?: Recorder;
  readonly observer?: StorageObserver;
  /** Default: the machine's. */
  readonly disk?: Disk;
  /** Default: LMDB in the data directory. */
  readonly backend?: Backend;
  /** Default: WebSockets, where `listenPeers` is set; else none. */
  readonly transport?: (identity: { readonly id: bigint; readonly clusterId: bigint }) => Transport;
  /** Stands around the default transport, where faults are made on purpose. */
  readonly aroundTransport?: (transport: Transport) => Transport;
  /** Default: `setImmediate`. A simulation passes `queueMicrotask`. */
  readonly defer?: (callback: () => void) => void;
}

/** Every address of a founder. */
export function peerUrlsOf({ peerUrl, morePeerUrls = [] }: FoundingMember): string[] {
  return [peerUrl, ...morePeerUrls];
}

export const memberDefaults = {
  electionMs: 1000,
  heartbeatMs: 100,
  snapshotEntries: 10_000,
  catchUpEntries: 5000,
  /** Bytes of log entries after which a marker is written, however few they are. */
  snapshotLogBytes: 64 << 20,
  segmentBytes: 64 << 20,
  firstSegmentBytes: 1 << 20,
  /**
   * From a write to the backend's commit. Longer than etcd's 100 ms: the log is what is durable, and every commit makes
   * the log's own syncs wait; a restart replays what a commit had not taken.
   */
  backendCommitMs: 500,
  watchProgressMs: 10 * 60_000,
  learnersMax: 1,
} as const;

/** How long a request waits: as etcd, five seconds for the disks and two elections. */
export function defaultRequestTimeoutMs(electionMs: number): number {
  return 5000 + 2 * electionMs;
}
