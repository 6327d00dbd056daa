/**
 * `node build/run-source.mjs ENTRY.ts [ARGUMENT…]` bundles a program of this repository that is not shipped (simulator,
 * torture, benchmarks) and runs it. The bundle lies below node_modules, so that packages with native parts are found.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) throw new Error('name a source file to run');
const folder = path.join(root, 'node_modules', '.cache', 'sampan');
fs.mkdirSync(folder, { recursive: true });
const outfile = path.join(folder, `${entry.replace(/\W+/g, '-')}-${process.pid}.mjs`);
await build({
  entryPoints: [path.join(root, entry)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});
process.on('exit', () => fs.rmSync(outfile, { force: true }));
process.argv = [process.argv[0], outfile, ...rest];
await import(pathToFileURL(outfile).href);
