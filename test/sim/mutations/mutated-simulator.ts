/** The simulator, bundled with one planted bug. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Mutation } from './mutations.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const folder = path.join(root, 'node_modules', '.cache', 'sampan', `mutations-${process.pid}`);

export interface MutationResult {
  /** Runs that were needed; all of them where it was not found. */
  readonly seeds: number;
  readonly failed?: { readonly seed: number; readonly violations: readonly { judge: string; words: string }[] };
}

/** Runs seeds until one fails. Rejects when the place to be replaced is not there exactly once. */
export async function findMutation(mutation: Mutation): Promise<MutationResult> {
  const outfile = path.join(folder, `${mutation.name.replace(/\W+/g, '-')}.mjs`);
  await build({
    entryPoints: [path.join(root, 'test/sim/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    plugins: [planting(mutation)],
  });
  const args = ['--seeds', String(mutation.seedsMax), '--steps', String(mutation.steps ?? 120)];
  args.push('--members', String(mutation.members ?? 0), '--json');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [outfile, ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${mutation.name}: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
  return JSON.parse(output) as MutationResult;
}

export function removeBundles(): void {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** The source with the bug in it. */
export function mutated(mutation: Mutation): string {
  const source = fs.readFileSync(path.join(root, mutation.file), 'utf8');
  const places = source.split(mutation.from).length - 1;
  if (places !== 1) {
    throw new Error(
      `"${mutation.name}": ${mutation.file} has ${places} places like this, there must be one: ${mutation.from}`,
    );
  }
  return source.replace(mutation.from, () => mutation.to);
}

function planting(mutation: Mutation): Plugin {
  const target = path.join(root, mutation.file);
  return {
    name: 'planted-bug',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) =>
        file === target ? { contents: mutated(mutation), loader: 'ts' } : undefined,
      );
    },
  };
}
