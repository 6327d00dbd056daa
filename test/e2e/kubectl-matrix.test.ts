/** The kubectl matrix: each version of kubectl that is found runs every command line against one running cluster. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterCommands } from './kubectl-commands/cluster.ts';
import { files } from './kubectl-commands/command-line.ts';
import { objectCommands } from './kubectl-commands/objects.ts';
import { workloadCommands } from './kubectl-commands/workloads.ts';
import { run, SampanProcess, temporaryDirectory } from './sampan-process.ts';

interface Kubectl {
  readonly program: string;
  /** 27 of 1.27. */
  readonly minor: number;
}

const WANTED = [27, 30, 33];
const TIMEOUT_MS = 400_000;

/** The versions that lie beside the machine's own kubectl, or that one alone. */
function kubectls(): Kubectl[] {
  const own = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'kubectl'))
    .find((file) => fs.existsSync(file));
  if (own === undefined) return [];
  const real = fs.realpathSync(own);
  const beside = WANTED.map((minor) => ({ program: `${real}.1.${minor}`, minor })).filter(({ program }) =>
    fs.existsSync(program),
  );
  return beside.length > 0 ? beside : [{ program: real, minor: 99 }];
}

const found = kubectls();
/** In this order: each finds what the ones before it made. */
const commandLines = [...clusterCommands, ...objectCommands, ...workloadCommands];

describe.skipIf(found.length === 0)('kubectl matrix (needs kubectl)', () => {
  const directory = temporaryDirectory();
  let sampan: SampanProcess;

  beforeAll(async () => {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      fs.writeFileSync(path.join(directory, name), text);
    }
    sampan = await SampanProcess.start('up', ['--nodes=3', '--store-port=0', '--no-addons']);
  }, 60_000);

  afterAll(async () => {
    await sampan.stop();
    for (const each of [sampan.dataDir, directory]) fs.rmSync(each, { recursive: true, force: true });
  }, 60_000);

  it.each(found.map((kubectl) => [kubectl.minor, kubectl] as const))(
    '1.%d: every command line does what it says',
    async (minor, { program }) => {
      const namespace = `matrix-${minor}`;
      const kubeconfig = { KUBECONFIG: sampan.kubeconfig };
      expect((await run(program, ['create', 'namespace', namespace], { env: kubeconfig })).code).toBe(0);
      const failures: string[] = [];
      let ran = 0;
      for (const { args, stdin, editor, exit = 0, expect: pattern, since = 0 } of commandLines) {
        if (minor < since) continue;
        ran++;
        const filled = args.map((arg) => arg.replaceAll('$NS', namespace).replaceAll('$DIR', directory));
        const env = editor === undefined ? kubeconfig : { ...kubeconfig, KUBE_EDITOR: `sed -i -e '${editor}'` };
        const { code, stdout, stderr } = await run(program, ['-n', namespace, ...filled], {
          env,
          ...(stdin === undefined ? {} : { input: stdin.replaceAll('$NS', namespace) }),
        });
        const output = `${stdout}\n${stderr}`;
        if (code !== exit || !pattern.test(output))
          failures.push(
            `kubectl ${filled.join(' ')}\n  exit ${code}, expected ${exit}; expected ${pattern}; printed: ${output.trim().slice(0, 400)}`,
          );
      }
      expect(failures.join('\n')).toBe('');
      expect(ran).toBeGreaterThanOrEqual(150);
    },
    TIMEOUT_MS,
  );
});
