/** What a member knows of itself, under the names that etcd has for it and its dashboards read. */
import type { StoreAdmin } from '../../admin.ts';
import type { Store } from '../../store.ts';
import { minorVersion } from '../services/maintenance-service.ts';
import { descriptorLimit, openDescriptors } from './descriptors.ts';
import { counter, type Family, gauge } from './exposition.ts';

export interface HealthCounts {
  succeeded: number;
  failed: number;
}

export async function memberFamilies(
  store: Store,
  admin: StoreAdmin | undefined,
  health: Readonly<HealthCounts>,
  nowMs: number,
): Promise<Family[]> {
  const status = await store.status();
  const { memberId, revision } = status.header;
  const labelled = (name: string, help: string, labels: string): Family => ({
    name,
    help,
    type: 'gauge',
    samples: [{ labels, value: 1 }],
  });
  return [
    gauge(
      'etcd_server_has_leader',
      'Whether or not a leader exists. 1 is existence, 0 is not.',
      status.leader === 0n ? 0 : 1,
    ),
    gauge('etcd_server_is_leader', 'Whether or not this member is a leader.', status.leader === memberId ? 1 : 0),
    gauge('etcd_server_is_learner', 'Whether or not this member is a learner.', status.isLearner ? 1 : 0),
    labelled('etcd_server_id', 'Server or member ID in hexadecimal format.', `server_id="${memberId.toString(16)}"`),
    labelled('etcd_server_version', 'Which version is running.', `server_version="${status.version}"`),
    labelled(
      'etcd_cluster_version',
      'Which version is running.',
      `cluster_version="${minorVersion(status.version).replace(/\.0$/, '')}"`,
    ),
    gauge(
      'etcd_server_proposals_committed_total',
      'The total number of consensus proposals committed.',
      status.raftIndex,
    ),
    gauge(
      'etcd_server_proposals_applied_total',
      'The total number of consensus proposals applied.',
      status.raftAppliedIndex,
    ),
    counter('etcd_server_health_success', 'The total number of successful health checks.', health.succeeded),
    counter('etcd_server_health_failures', 'The total number of failed health checks.', health.failed),
    gauge('etcd_debugging_mvcc_current_revision', 'The current revision of store.', revision),
    gauge(
      'etcd_mvcc_db_total_size_in_bytes',
      'Total size of the underlying database physically allocated in bytes.',
      status.dbSize,
    ),
    gauge(
      'etcd_mvcc_db_total_size_in_use_in_bytes',
      'Total size of the underlying database logically in use in bytes.',
      status.dbSizeInUse,
    ),
    ...(admin === undefined ? [] : adminFamilies(admin)),
    ...processFamilies(nowMs),
  ];
}

function adminFamilies(admin: StoreAdmin): Family[] {
  const figures = admin.figures();
  return [
    counter('etcd_server_leader_changes_seen_total', 'The number of leader changes seen.', figures.leaderChanges),
    gauge(
      'etcd_server_proposals_pending',
      'The current number of pending proposals to commit.',
      figures.proposalsPending,
    ),
    counter(
      'etcd_server_proposals_failed_total',
      'The total number of failed proposals seen.',
      figures.proposalsFailed,
    ),
    gauge('etcd_server_quota_backend_bytes', 'Current backend storage quota size in bytes.', admin.quotaBytes),
    counter('etcd_mvcc_put_total', 'Total number of puts seen by this member.', figures.puts),
    counter('etcd_mvcc_delete_total', 'Total number of deletes seen by this member.', figures.deletes),
    counter('etcd_mvcc_range_total', 'Total number of ranges seen by this member.', figures.ranges),
    counter('etcd_mvcc_txn_total', 'Total number of txns seen by this member.', figures.txns),
    gauge('etcd_debugging_mvcc_keys_total', 'Total number of keys.', figures.keys),
    gauge(
      'etcd_debugging_mvcc_compact_revision',
      'The revision of the last compaction in store.',
      figures.compactRevision,
    ),
    gauge('etcd_debugging_mvcc_watcher_total', 'Total number of watchers.', figures.watchers),
    gauge('etcd_debugging_mvcc_slow_watcher_total', 'Total number of unsynced slow watchers.', figures.slowWatchers),
  ];
}

function processFamilies(nowMs: number): Family[] {
  const { user, system } = process.cpuUsage();
  const open = openDescriptors();
  const most = descriptorLimit();
  return [
    counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()),
    gauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      nowMs / 1000 - process.uptime(),
    ),
    ...(open === undefined ? [] : [gauge('process_open_fds', 'Number of open file descriptors.', open)]),
    ...(most === undefined ? [] : [gauge('process_max_fds', 'Maximum number of open file descriptors.', most)]),
  ];
}
