/**
 * One process a data directory. Node has no flock, so the lock is, on Linux, an abstract socket whose name is the
 * directory's device and inode: the kernel gives a name to one process and takes it back when that process ends, even
 * by `kill -9`. The file `LOCK` beside the data says who has it, for the message; where there are no abstract sockets,
 * the process named in it is looked for instead (then two processes that start in the same instant are not told apart).
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { DiskLock } from './disk.ts';

export async function lockDirectory(directory: string): Promise<DiskLock> {
  const lockFile = join(directory, 'LOCK');
  const server = process.platform === 'linux' ? await holdName(directory, lockFile) : undefined;
  if (server === undefined) refuseIfOwnerLives(directory, lockFile);
  try {
    writeFileSync(lockFile, `${process.pid}\n`);
  } catch (error) {
    server?.close();
    throw new UsageError(`data directory ${directory} cannot be written: ${messageOf(error)}`);
  }
  let released = false;
  return {
    release: async () => {
      if (released) return;
      released = true;
      rmSync(lockFile, { force: true });
      if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Listens on the directory's name, or throws when another process does. */
async function holdName(directory: string, lockFile: string): Promise<Server> {
  const { dev, ino } = statSync(directory, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: `\0sampan-data-directory-${dev}-${ino}`, exclusive: true }, resolve);
    });
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw inUse(directory, ownerOf(lockFile));
  }
  return server;
}

function refuseIfOwnerLives(directory: string, lockFile: string): void {
  const owner = ownerOf(lockFile);
  if (owner === undefined) return;
  try {
    process.kill(owner, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return;
  }
  throw inUse(directory, owner);
}

function ownerOf(lockFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function inUse(directory: string, owner: number | undefined): UsageError {
  const who = owner === undefined ? 'another process' : `process ${owner}`;
  return new UsageError(`data directory ${directory} is in use by ${who}: stop it first, or name another directory`);
}
