/** The files of this repository, for the tests that read code as text. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Found from wherever this runs: as it stands, or bundled by `build/run-source.mjs`. */
export const root = rootAbove(path.dirname(fileURLToPath(import.meta.url)));

function rootAbove(folder: string): string {
  if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
  return rootAbove(path.dirname(folder));
}

const CODE_FOLDERS = [
  'base',
  'store',
  'apiserver',
  'controllers',
  'nodes',
  'kubectl-lite',
  'cluster',
  'dashboard',
  'bench',
];

function walk(folder: string): string[] {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : walk(name);
    return /\.(ts|tsx)$/.test(entry.name) ? [name] : [];
  });
}

/** Every TypeScript source file outside the tests, relative to the root, with forward slashes. */
export function codeFiles(): string[] {
  return CODE_FOLDERS.flatMap(walk).sort();
}

/** Every TypeScript file of the tests. */
export function testFiles(): string[] {
  return walk('test').sort();
}
