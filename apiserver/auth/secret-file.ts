/** Files that hold keys and tokens: readable by their owner alone, and whole or not there at all. */
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';

export const PRIVATE_MODE = 0o600;
export const PUBLIC_MODE = 0o644;

/**
 * Writes `text` durably to a temporary file beside `file` and renames it into place: a reader sees the old content or
 * the new, and a crash leaves one of them.
 */
export async function writeFileWhole(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await rm(temporary, { force: true });
    const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (thrown) {
    throw new UsageError(`cannot write ${file}: ${codeOf(thrown) ?? messageOf(thrown)}`, { cause: thrown });
  }
}

/** The text of a file, undefined when there is none; UsageError when there is one that cannot be read. */
export async function readTextIfPresent(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw new UsageError(`cannot read ${file}: ${codeOf(thrown) ?? messageOf(thrown)}`, { cause: thrown });
  }
}
