/**
 * An error in what a user typed or configured: a flag, a file, an address, a data directory. The commands print its
 * message on one line and exit with 1, without a stack. The message says what, where, and what to do.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Node's `code` (`ENOENT`, `EADDRINUSE` …) of whatever was thrown, if it has one. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
