/** Wall time of `kubectl-lite get ns` beside `kubectl get ns`: by turns, process start to exit, on one server. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const RUNS = 40;
const WARM_RUNS = 3;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export async function benchKubectlLite(): Promise<void> {
  const server = await startServer('up', ['--nodes=0', '--store-port=0']);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    KUBECONFIG: path.join(server.dataDir, 'data', 'admin.kubeconfig'),
    HOME: server.dataDir,
  };
  // Loading an extra bundle of certificates costs a tenth of a second that users do not pay.
  delete env.NODE_EXTRA_CA_CERTS;
  const programs: readonly (readonly [string, string, readonly string[]])[] = [
    ['kubectl-lite get ns', process.execPath, [path.join(root, 'dist', 'kubectl-lite.cjs'), 'get', 'ns']],
    ['kubectl get ns', process.env.KUBECTL ?? 'kubectl', ['get', 'ns']],
    ['node, doing nothing', process.execPath, ['-e', '0']],
  ];
  const times = programs.map((): number[] => []);
  try {
    for (let run = 0; run < RUNS + WARM_RUNS; run++) {
      for (const [at, [, program, args]] of programs.entries()) {
        const startedAt = performance.now();
        const { status, error } = spawnSync(program, [...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
        if (error !== undefined || status !== 0) {
          if (run === 0) console.error(`bench: ${program} ${args.join(' ')} does not run here`);
          continue;
        }
        if (run >= WARM_RUNS) times[at]?.push(performance.now() - startedAt);
      }
    }
  } finally {
    await server.stop();
    fs.rmSync(server.dataDir, { recursive: true, force: true });
  }
  printTable(
    `kubectl-lite: wall time in ms, ${RUNS} runs by turns`,
    ['what', 'min', 'median', 'p90'],
    programs.map(([title], at) => [
      title,
      ...[0, 0.5, 0.9].map((share) => percentile(times[at] ?? [], share).toFixed(0)),
    ]),
  );
}
