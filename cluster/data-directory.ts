/** The directory that a cluster is kept in: made before anything else, so that what is wrong with it is said first. */
import fs from 'node:fs';
import path from 'node:path';
import { codeOf, UsageError } from '../base/errors.ts';

/**
 * Makes the directory, readable by its owner alone, if it is missing. UsageError when it cannot be, or is not to be written.
 * It goes folder by folder: a recursive mkdir of Node's never ends where the file system says ENOENT to everything (/proc).
 */
export function prepareDataDirectory(directory: string): void {
  const missing: string[] = [];
  let place = path.resolve(directory);
  while (!fs.existsSync(place) && place !== path.dirname(place)) {
    missing.push(place);
    place = path.dirname(place);
  }
  try {
    for (const folder of missing.reverse()) fs.mkdirSync(folder, { mode: 0o700 });
    if (!fs.statSync(directory).isDirectory())
      throw new UsageError(`data directory ${directory} cannot be used: it is not a directory`);
    fs.accessSync(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(
      `data directory ${directory} cannot be used: ${codeOf(thrown) ?? String(thrown)}; choose another with --data-dir`,
    );
  }
}
