/**
 * Bundles kubectl-lite so that it starts fast (`kubectl-lite/start.cjs` says how): esbuild splits it into parts, each
 * becomes a CommonJS module, and the parts that a `get` needs are put into one file, whose compiled code is kept.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

/** The part that is loaded first, and the command for whose sake parts are put together. */
const MAIN = 'main.js';
const COMMAND = /^get-\w+\.js$/;

/** @param root of the repository */
export async function bundleKubectlLite(root) {
  const source = path.join(root, 'kubectl-lite');
  const folder = path.join(root, 'dist', 'kubectl-lite');
  const starter = path.join(root, 'dist', 'kubectl-lite.cjs');
  fs.mkdirSync(folder, { recursive: true });
  const parts = await partsOf(path.join(source, 'main.ts'));
  const common = closureOf(parts, [MAIN, ...[...parts.keys()].filter((name) => COMMAND.test(name))]);
  for (const [name, { code }] of parts)
    if (!common.has(name)) fs.writeFileSync(path.join(folder, name), `(${wrapped(code)})`);
  const members = [...common].map((name) => `${JSON.stringify(name)}:${wrapped(parts.get(name).code)}`);
  fs.writeFileSync(path.join(folder, 'common.js'), `({${members.join(',\n')}})`);
  fs.copyFileSync(path.join(source, 'start.cjs'), starter);
  fs.chmodSync(starter, 0o755);
  await keepCode(starter, path.join(folder, 'common.code'));
}

const wrapped = (code) => `function(exports,require,module){${code}\n}`;

/** The parts by name, and which others each needs at once. */
async function partsOf(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    outdir: '.',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifySyntax: true,
    // Shorter files load faster; names stay, for the stacks of errors.
    minifyWhitespace: true,
    legalComments: 'none',
  });
  const parts = new Map();
  for (const { path: file, text } of outputFiles) {
    const name = path.basename(file);
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minifySyntax: true,
      minifyWhitespace: true,
      // `import()` becomes a promise of `require`.
      supported: { 'dynamic-import': false },
    });
    const { imports } = metafile.outputs[name];
    const needed = imports.filter(({ kind, external }) => kind === 'import-statement' && external !== true);
    parts.set(name, { code, needs: needed.map((each) => path.basename(each.path)) });
  }
  return parts;
}

function closureOf(parts, names) {
  const closure = new Set();
  const add = (name) => {
    if (closure.has(name)) return;
    closure.add(name);
    parts.get(name).needs.forEach(add);
  };
  names.forEach(add);
  return closure;
}

/** Runs `get` twice against a server that knows namespaces only: the second time from what the first remembered. */
async function keepCode(starter, file) {
  const server = http.createServer(({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[url.split('?')[0]] ?? {}));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'kubectl-lite-build-'));
  const kubeconfig = path.join(home, 'kubeconfig');
  fs.writeFileSync(kubeconfig, kubeconfigText(`http://127.0.0.1:${server.address().port}`));
  const run = (options) =>
    new Promise((resolve, reject) => {
      const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig, CODE_FILE: file };
      const child = spawn(process.execPath, [...options, starter, 'get', 'namespaces'], {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      child.on('error', reject);
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`kubectl-lite ended with ${code}`))));
    });
  try {
    await run([]);
    await run(['--require', path.join(path.dirname(fileURLToPath(import.meta.url)), 'keep-code.cjs')]);
  } finally {
    server.close().closeAllConnections();
    fs.rmSync(home, { recursive: true, force: true });
  }
}

const NAMESPACES = {
  resource: 'namespaces',
  singularResource: 'namespace',
  responseKind: { kind: 'Namespace' },
  scope: 'Cluster',
  verbs: ['get', 'list'],
  shortNames: ['ns'],
};

const answers = {
  '/api': { items: [{ metadata: {}, versions: [{ version: 'v1', resources: [NAMESPACES] }] }] },
  '/apis': { items: [] },
  '/api/v1/namespaces': {
    kind: 'Table',
    columnDefinitions: [{ name: 'Name' }, { name: 'Status' }, { name: 'Age' }],
    rows: [{ cells: ['default', 'Active', '1m'], object: { metadata: { name: 'default' } } }],
  },
};

const kubeconfigText = (server) => `apiVersion: v1
kind: Config
clusters:
- name: "build"
  cluster:
    server: "${server}"
users:
- name: "build"
  user:
    token: "none"
contexts:
- name: "build"
  context:
    cluster: "build"
    user: "build"
current-context: "build"
`;
