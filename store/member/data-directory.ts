/**
 * What lies where in a member's data directory, and whose it is:
 *
 *   LOCK          held by the process that runs the member
 *   member.json   who the member is: written once, before anything else
 *   wal/          the log, unless it has a directory elsewhere
 *   state/        the applied state (LMDB)
 *   snap/         states received from other members, until they are taken over
 *
 * A directory that belongs to somebody else, or to a newer version, is refused before anything in it is touched.
 */
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { Disk } from '../wal/disk.ts';
import { idText } from './cluster-identity.ts';

const LAYOUT_VERSION = 1;

export interface DirectoryLayout {
  readonly root: string;
  readonly identity: string;
  readonly wal: string;
  readonly state: string;
  readonly snap: string;
}

export interface DirectoryOwner {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly name: string;
  readonly clusterToken: string;
}

/** `wal`: where the log lies, if elsewhere. */
export function layoutOf(root: string, wal = `${root}/wal`): DirectoryLayout {
  return { root, identity: `${root}/member.json`, wal, state: `${root}/state`, snap: `${root}/snap` };
}

/** Makes the directory if it is missing. */
export async function makeDataDirectory(disk: Disk, root: string): Promise<void> {
  try {
    await disk.makeDirectory(root);
  } catch (error) {
    const why = codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTDIR' ? 'it is not a directory' : messageOf(error);
    throw new UsageError(`data directory ${root} cannot be used: ${why}`);
  }
}

/** Whose directory it is; undefined for a new one. Throws `UsageError` when it cannot be told, or is a newer version's. */
export async function readOwner(disk: Disk, layout: DirectoryLayout): Promise<DirectoryOwner | undefined> {
  if (!(await disk.exists(layout.identity))) return undefined;
  const file = await disk.open(layout.identity, 'read');
  let text: string;
  try {
    text = Buffer.from(await file.read(0, file.size())).toString('utf8');
  } finally {
    await file.close();
  }
  return parseOwner(text, layout.identity);
}

/** Durable when it resolves. */
export async function writeOwner(disk: Disk, layout: DirectoryLayout, owner: DirectoryOwner): Promise<void> {
  const content = {
    version: LAYOUT_VERSION,
    memberId: idText(owner.memberId),
    clusterId: idText(owner.clusterId),
    name: owner.name,
    clusterToken: owner.clusterToken,
  };
  const temporary = `${layout.identity}.tmp`;
  const file = await disk.open(temporary, 'create');
  try {
    file.write(0, Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, layout.identity);
  await disk.syncDirectory(layout.root);
}

/** Throws `UsageError` unless the directory is this member's. */
export function checkOwner(root: string, owner: DirectoryOwner, name: string, clusterToken: string): void {
  if (owner.clusterToken !== clusterToken) {
    const whose = `data directory ${root} belongs to cluster "${owner.clusterToken}", not to "${clusterToken}"`;
    throw new UsageError(`${whose}: name another directory`);
  }
  if (owner.name !== name) {
    throw new UsageError(
      `data directory ${root} belongs to member "${owner.name}", not to "${name}": name another directory`,
    );
  }
}

function parseOwner(text: string, path: string): DirectoryOwner {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is corrupt: ${messageOf(error)}`);
  }
  const fields = typeof content === 'object' && content !== null ? new Map(Object.entries(content)) : new Map();
  const version = fields.get('version');
  if (typeof version === 'number' && version > LAYOUT_VERSION) {
    throw new UsageError(
      `${path} has version ${version}, this program knows up to ${LAYOUT_VERSION}: use a newer sampan`,
    );
  }
  const string = (name: string): string => {
    const value = fields.get(name);
    if (typeof value !== 'string') throw new UsageError(`${path} is corrupt: ${name} is missing`);
    return value;
  };
  const id = (name: string): bigint => {
    const digits = string(name);
    if (!/^[0-9a-f]{1,16}$/.test(digits)) throw new UsageError(`${path} is corrupt: ${name} is not an id`);
    return BigInt(`0x${digits}`);
  };
  return {
    memberId: id('memberId'),
    clusterId: id('clusterId'),
    name: string('name'),
    clusterToken: string('clusterToken'),
  };
}
