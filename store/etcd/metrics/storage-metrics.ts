/** How long the disk takes, under etcd's names: the member reports each sync of the log and each commit of the state. */
import type { StorageObserver } from '../../member/options.ts';
import { counter, exponentialBounds, type Family, Histogram, histogram } from './exposition.ts';

/** etcd's bounds for both: 1 ms, doubled to 8 s. */
const SECONDS_BOUNDS = exponentialBounds(0.001, 2, 14);

export class StorageMetrics implements StorageObserver {
  readonly #walSync = new Histogram(SECONDS_BOUNDS);
  readonly #commit = new Histogram(SECONDS_BOUNDS);
  #walBytes = 0;

  walWritten(bytes: number): void {
    this.#walBytes += bytes;
  }

  walSynced(durationMs: number): void {
    this.#walSync.observe(durationMs / 1000);
  }

  backendCommitted(durationMs: number): void {
    this.#commit.observe(durationMs / 1000);
  }

  families(): Family[] {
    return [
      histogram(
        'etcd_disk_wal_fsync_duration_seconds',
        'The latency distributions of fsync called by WAL.',
        this.#walSync,
      ),
      counter('etcd_disk_wal_write_bytes_total', 'Total number of bytes written in WAL.', this.#walBytes),
      histogram(
        'etcd_disk_backend_commit_duration_seconds',
        'The latency distributions of commit called by backend.',
        this.#commit,
      ),
    ];
  }
}
