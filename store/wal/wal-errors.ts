/** Why a log cannot be opened, or cannot go on. */
import { messageOf, UsageError } from '../../base/errors.ts';

/** The log on disk is not what was written: it names the file and the byte. Nothing was changed. */
export class CorruptLogError extends UsageError {
  readonly path: string;
  /** Where in the file. */
  readonly position: number;

  constructor(path: string, position: number, what: string) {
    super(
      `${path} is corrupt at byte ${position}: ${what}; replace this member's data directory, or restore a snapshot`,
    );
    this.path = path;
    this.position = position;
  }
}

/**
 * The disk failed (full, or an I/O error). It is never retried: after a failed sync the kernel may have dropped the
 * pages, and a second sync that succeeds would prove nothing. The member stops, and recovers from what is on disk.
 */
export class DiskFailedError extends Error {
  override readonly name = 'DiskFailedError';

  constructor(what: string, cause: unknown) {
    super(`${what}: ${messageOf(cause)}`, { cause });
  }
}
