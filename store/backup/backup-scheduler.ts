/**
 * Backups by themselves: a snapshot file at the times of a cron pattern, the newest so many kept. A backup that fails is
 * reported and does not stop the next one; an old one is removed only after a newer one is complete and verified.
 */
import { Cron } from 'croner';
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Store } from '../store.ts';
import type { Disk } from '../wal/disk.ts';
import { realDisk } from '../wal/real-disk.ts';
import { type SnapshotStatus, saveSnapshot } from './snapshot-file.ts';

const FILE_NAME = /^snapshot-\d{8}T\d{6}Z-\d+\.db$/;
/** A clock's timers may be bounded (a month is too long for Node's): long waits go in steps. */
const STEP_MS_MAX = 24 * 60 * 60_000;

export interface BackupSchedulerDeps {
  readonly store: Store;
  /** Where the files go; made if missing. */
  readonly directory: string;
  /** A cron pattern, in UTC: `0 3 * * *`, or with seconds in front. */
  readonly schedule: string;
  /** How many files stay; 1 or more. */
  readonly retention: number;
  /** Default: the machine's. */
  readonly disk?: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class BackupScheduler {
  readonly #deps: BackupSchedulerDeps;
  readonly #disk: Disk;
  readonly #cron: Cron;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Throws a `UsageError` for a pattern or a retention that cannot be. */
  constructor(deps: BackupSchedulerDeps) {
    if (!Number.isSafeInteger(deps.retention) || deps.retention < 1) {
      throw new UsageError(`backup retention ${deps.retention}: at least 1 backup must be kept`);
    }
    try {
      this.#cron = new Cron(deps.schedule, { paused: true, timezone: 'UTC' });
    } catch (error) {
      throw new UsageError(`backup schedule "${deps.schedule}" is not a cron pattern: ${messageOf(error)}`);
    }
    this.#deps = deps;
    this.#disk = deps.disk ?? realDisk;
    this.#arm();
  }

  /** Makes a backup now. Rejects when it cannot. */
  async backUp(): Promise<SnapshotStatus & { readonly path: string }> {
    const { store, directory, clock } = this.#deps;
    const disk = this.#disk;
    await disk.makeDirectory(directory);
    const { header } = await store.status();
    const at = new Date(clock.nowMs()).toISOString().replace(/[-:]|\.\d+/g, '');
    const path = `${directory}/snapshot-${at}-${header.revision}.db`;
    const status = await saveSnapshot(store, path, disk);
    await this.#removeOld();
    return { ...status, path };
  }

  /** Waits for a backup that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #arm(): void {
    const { clock } = this.#deps;
    const nowMs = clock.nowMs();
    const next = this.#cron.nextRun(new Date(nowMs));
    if (next === null) return;
    const waitMs = next.getTime() - nowMs;
    this.#timer = clock.after(Math.min(waitMs, STEP_MS_MAX), () => {
      if (this.#stopped) return;
      if (waitMs > STEP_MS_MAX) {
        this.#arm();
        return;
      }
      this.#running = this.#runAndReport().finally(() => {
        if (!this.#stopped) this.#arm();
      });
    });
  }

  async #runAndReport(): Promise<void> {
    const { logger } = this.#deps;
    try {
      const { path, revision, totalSize } = await this.backUp();
      logger.info({ path, revision, totalSize }, 'backup written');
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'the backup failed');
    }
  }

  /** By name: the time is in it. */
  async #removeOld(): Promise<void> {
    const { directory, retention } = this.#deps;
    const disk = this.#disk;
    const backups = (await disk.list(directory)).filter((name) => FILE_NAME.test(name));
    for (const name of backups.slice(0, -retention)) await disk.remove(`${directory}/${name}`);
  }
}
