/**
 * Makes `generated/` and `dist/`: the wire types and schemas from the client library's typings, and each command line
 * as one bundled file, so that it starts fast; and the page. `--if-stale` does nothing when nothing changed since the last build.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { build as buildPage } from 'vite';
import { generate } from './generate.mjs';
import { bundleKubectlLite } from './kubectl-lite.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);

/** What a build reads; a change in any of it makes the last build stale. */
const SOURCES = [
  'base',
  'store',
  'apiserver',
  'controllers',
  'nodes',
  'kubectl-lite',
  'cluster',
  'dashboard',
  'build',
  'package-lock.json',
];
const STAMP = at('dist', '.stamp');

/** The newest modification time below a path, in milliseconds. */
function newestMs(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return fs.readdirSync(file).reduce((newest, name) => Math.max(newest, newestMs(path.join(file, name))), stat.mtimeMs);
}

function isStale() {
  const stamp = fs.statSync(STAMP, { throwIfNoEntry: false });
  if (stamp === undefined || !fs.existsSync(at('generated', 'kubernetes.d.ts'))) return true;
  return SOURCES.some((source) => newestMs(at(source)) > stamp.mtimeMs);
}

/**
 * Packages that stay outside the bundles: they hold native code or are loaded seldom and lazily, if ever, and Node finds
 * them in node_modules.
 */
const EXTERNAL = [
  'lmdb',
  '@node-rs/crc32',
  'pino',
  'playwright-core',
  'prom-client',
  '@kubernetes/client-node',
  // What fastify requires when a route has a schema, or a test injects a request: never here.
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
];

/** Generated JSON as a text for JSON.parse, which starts faster than the same as an expression. */
const jsonAsText = {
  name: 'json as text',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]generated[/\\][^/\\]+\.json$/ }, ({ path: file }) => {
      const text = JSON.stringify(JSON.parse(fs.readFileSync(file, 'utf8')));
      return { contents: `export default JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
    });
  },
};

async function bundle(entry, outfile) {
  await build({
    entryPoints: { [path.basename(outfile, '.js')]: at(entry) },
    outdir: path.dirname(at(outfile)),
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    minifySyntax: true,
    // Shorter files load faster; names stay, for the stacks of errors.
    minifyWhitespace: true,
    plugins: [jsonAsText],
    external: EXTERNAL,
    legalComments: 'none',
    banner: {
      // CommonJS packages inside an ESM bundle still call require for Node's own modules.
      js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  });
  fs.chmodSync(at(outfile), 0o755);
}

if (process.argv.includes('--if-stale') && !isStale()) process.exit(0);
generate();
fs.rmSync(at('dist'), { recursive: true, force: true });
await Promise.all([
  bundle('cluster/sampan.ts', 'dist/sampan.js'),
  bundleKubectlLite(root),
  bundle('bench/run.ts', 'dist/bench.js'),
  buildPage({ root: at('dashboard'), logLevel: 'warn' }),
]);
fs.writeFileSync(STAMP, '');
