/** The tree of keys as the rows of a list: of folders that are open, what lies in them. Pure. */
import type { State } from './state.ts';

export interface KeyLine {
  /** The whole key, or the whole folder with its slash. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly folder: boolean;
  readonly open: boolean;
  /** Keys in the folder; the version of a key. */
  readonly count: number;
  readonly revision: number;
  readonly atMs: number;
}

export const ROOT_FOLDER = '/registry/';
const collator = new Intl.Collator('en', { numeric: true });

/** @param filter when given, all keys that contain it, without folders */
export function keyLines(state: State, open: ReadonlySet<string>, filter: string): readonly KeyLine[] {
  if (filter !== '') return filtered(state, filter);
  const lines: KeyLine[] = [];
  const add = (folder: string, depth: number): void => {
    const row = state.folders.get(folder);
    if (row === undefined) return;
    const names = [...row.children].map(([name]) => name).sort(collator.compare);
    for (const name of names) {
      const path = folder + name;
      const child = name.endsWith('/') ? state.folders.get(path) : undefined;
      if (child !== undefined) {
        const isOpen = open.has(path);
        lines.push({ path, name, depth, folder: true, open: isOpen, count: child.keys, revision: 0, atMs: child.atMs });
        if (isOpen) add(path, depth + 1);
        continue;
      }
      const key = state.keys.get(path);
      if (key === undefined) continue;
      const { version, revision, atMs } = key;
      lines.push({ path, name, depth, folder: false, open: false, count: version, revision, atMs });
    }
  };
  add(ROOT_FOLDER, 0);
  return lines;
}

const FILTERED_MAX = 2000;

function filtered(state: State, filter: string): readonly KeyLine[] {
  const lines: KeyLine[] = [];
  for (const [path, { version, revision, atMs }] of state.keys) {
    if (!path.includes(filter)) continue;
    const name = path.slice(ROOT_FOLDER.length);
    lines.push({ path, name, depth: 0, folder: false, open: false, count: version, revision, atMs });
    if (lines.length >= FILTERED_MAX) break;
  }
  return lines.sort((a, b) => collator.compare(a.path, b.path));
}
