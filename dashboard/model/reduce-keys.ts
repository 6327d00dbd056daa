/** Keys of the store: which there are, and how many below each folder of `/registry/`. Pure. */
import type { KeyRow, State } from './state.ts';
import { type Edit, Table } from './table.ts';

interface KeyMoment {
  readonly change: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  readonly version: number;
  readonly atMs: number;
}

type Draft = { -readonly [Field in keyof State]: State[Field] };

export function keyChanged(draft: Draft, moment: KeyMoment, edit: Edit): void {
  const { key, change, revision, version, atMs } = moment;
  draft.revision = Math.max(draft.revision, revision);
  const before = draft.keys.get(key);
  if (change === 'put') {
    const row: KeyRow = { revision, version, atMs };
    draft.keys = draft.keys.set(key, row, edit);
    touchFolders(draft, key, before === undefined ? 1 : 0, atMs, edit);
  } else if (before !== undefined) {
    draft.keys = draft.keys.delete(key, edit);
    touchFolders(draft, key, -1, atMs, edit);
  }
}

function touchFolders(draft: Draft, key: string, by: number, atMs: number, edit: Edit): void {
  let child = key;
  for (let folder = folderOf(child); folder !== ''; child = folder, folder = folderOf(folder)) {
    const before = draft.folders.get(folder) ?? { keys: 0, atMs: 0, children: Table.empty<true>() };
    const keys = before.keys + by;
    if (keys === 0) {
      draft.folders = draft.folders.delete(folder, edit);
      continue;
    }
    const name = child.slice(folder.length);
    const gone = by < 0 && (child === key || !draft.folders.has(child));
    const children = gone
      ? before.children.delete(name, edit)
      : before.children.has(name)
        ? before.children
        : before.children.set(name, true, edit);
    draft.folders = draft.folders.set(folder, { keys, atMs, children }, edit);
  }
}

/** `/registry/pods/default/web` lies in `/registry/pods/default/`, that in `/registry/pods/`; '' above the root. */
export function folderOf(key: string): string {
  const slash = key.lastIndexOf('/', key.length - 2);
  return slash <= 0 ? '' : key.slice(0, slash + 1);
}
