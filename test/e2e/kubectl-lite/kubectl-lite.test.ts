/**
 * kubectl-lite beside the real kubectl: the same command lines on one server, each program in a namespace of its own; the
 * same output on both streams, and the same exit code. The list and the score are printed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../source-tree.ts';
import { type Ran, run, SampanProcess, temporaryDirectory } from '../sampan-process.ts';
import { compare } from './compare.ts';
import { files } from './files.ts';
import { changes, configurations, errors, readings, setUp, usages } from './lines.ts';
import { startMetricsServer } from './metrics-server.ts';

const TIMEOUT_MS = 600_000;
/** Command lines that change nothing are run so many at a time. */
const AT_ONCE = 4;

/** The kubectl whose output is the measure: of version 1.33, beside the machine's own or that one itself. */
async function measure(): Promise<{ program: string; version: string } | undefined> {
  const own = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'kubectl'))
    .find((file) => fs.existsSync(file));
  if (own === undefined) return undefined;
  const real = fs.realpathSync(own);
  const program = fs.existsSync(`${real}.1.33`) ? `${real}.1.33` : real;
  const { stdout } = await run(program, ['version', '--client']);
  return { program, version: /v\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown' };
}

const kubectl = await measure();
/** Another version prints other words here and there; then there is nothing to measure by. */
const fits = kubectl?.version === 'v1.33';
const title =
  kubectl === undefined || fits
    ? 'kubectl-lite beside kubectl 1.33 (needs kubectl)'
    : `kubectl-lite beside kubectl 1.33 (here is ${kubectl.version})`;

/** Splits at spaces; single quotes hold together, and one within is written \'. */
function words(line: string): string[] {
  return (line.match(/(?:'(?:\\'|[^'])*'|[^\s'])+/g) ?? []).map((word) =>
    word.replace(/'((?:\\'|[^'])*)'/g, (_, inner: string) => inner.replaceAll("\\'", "'")),
  );
}

interface Side {
  readonly namespace: string;
  readonly folder: string;
  run(line: string): Promise<Ran>;
}

describe.skipIf(!fits)(title, () => {
  let server: SampanProcess;
  let sides: readonly [Side, Side];
  const score: string[] = [];

  beforeAll(async () => {
    server = await SampanProcess.start('up', ['--nodes=3', '--store-port=0', '--no-dashboard']);
    // One folder for both: where a file lies is told in many messages.
    const base = temporaryDirectory();
    const side = async (namespace: string, program: string, before: readonly string[]): Promise<Side> => {
      const folder = path.join(base, namespace);
      fs.mkdirSync(folder);
      fs.mkdirSync(path.join(folder, 'bin'));
      for (const [name, text] of Object.entries(files))
        fs.writeFileSync(path.join(folder, name), text.replaceAll('NS', namespace), {
          mode: name.startsWith('bin/') && !name.includes('not-executable') ? 0o755 : 0o644,
        });
      const kubeconfig = path.join(folder, 'kubeconfig');
      const admin = fs.readFileSync(server.kubeconfig, 'utf8');
      fs.writeFileSync(
        kubeconfig,
        admin.replace(/^( +)(user: "?kubernetes-admin"?)$/m, `$1$2\n$1namespace: "${namespace}"`),
      );
      await server.kubectl(['create', 'namespace', namespace]);
      const env = {
        KUBECONFIG: kubeconfig,
        HOME: folder,
        EDITOR: 'true',
        KUBE_EDITOR: 'true',
        PATH: `${path.join(folder, 'bin')}${path.delimiter}/usr/bin${path.delimiter}/bin`,
      };
      return {
        namespace,
        folder,
        run: (line) =>
          run(
            program,
            [...before, ...words(line).map((word) => word.replaceAll('NS', namespace).replaceAll('DIR', folder))],
            {
              env,
            },
          ),
      };
    };
    sides = [
      await side('real-side', kubectl?.program ?? '', []),
      await side('lite-side', process.execPath, [path.join(root, 'dist', 'kubectl-lite.cjs')]),
    ];
  }, TIMEOUT_MS);

  afterAll(async () => {
    await server.stop();
    fs.rmSync(server.dataDir, { recursive: true, force: true });
    for (const { folder } of sides) fs.rmSync(path.dirname(folder), { recursive: true, force: true });
    const equal = score.filter((line) => line.startsWith('  = ')).length;
    process.stdout.write(
      `${score.join('\n')}\nkubectl-lite: ${equal} of ${score.length} command lines as kubectl 1.33\n`,
    );
  }, TIMEOUT_MS);

  /** @param tries of what only reads: the two namespaces change at different moments, so it may be equal a moment later */
  async function compareLine(line: string, tries: number): Promise<string | undefined> {
    const [left, right] = sides;
    const [real, lite] = await Promise.all([left.run(line), right.run(line)]);
    const compared = compare(real, left.namespace, lite, right.namespace);
    if (!compared.equal && tries > 1) return compareLine(line, tries - 1);
    score.push(`${compared.equal ? '  = ' : '  x '}${line}`);
    return compared.equal ? undefined : `${line}\n--- kubectl\n${compared.real}\n--- kubectl-lite\n${compared.lite}`;
  }

  async function compareAll(lines: readonly string[], atOnce: number, tries = 1): Promise<void> {
    const waiting = [...lines];
    const differences: string[] = [];
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
          const difference = await compareLine(line, tries);
          if (difference !== undefined) differences.push(difference);
        }
      }),
    );
    expect(differences.join('\n\n')).toBe('');
  }

  it('makes the same objects', () => compareAll(setUp, 1), TIMEOUT_MS);
  it('refuses and fails in the same words', () => compareAll(errors, AT_ONCE), TIMEOUT_MS);
  it('shows the same', () => compareAll(readings, AT_ONCE, 3), TIMEOUT_MS);
  it(
    'keeps kubeconfigs the same way',
    () =>
      compareAll(
        configurations.map((line) => `${line} --kubeconfig=DIR/other`),
        1,
      ),
    TIMEOUT_MS,
  );
  it(
    'shows the same of what is used',
    async () => {
      const metrics = await startMetricsServer();
      try {
        const place = `--kubeconfig=DIR/none --server=${metrics.address} --cache-dir=DIR/metrics`;
        await compareAll(
          usages.map((line) => `${line} ${place}`),
          1,
        );
      } finally {
        metrics.close();
      }
    },
    TIMEOUT_MS,
  );
  it('changes the same, and says the same of it', () => compareAll(changes, 1), TIMEOUT_MS);
});
