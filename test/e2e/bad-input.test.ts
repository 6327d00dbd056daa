/** What users get wrong: each is refused in one clear line with exit code 1, and nothing is overwritten. */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../source-tree.ts';
import { freePort, type Ran, run, SampanProcess, temporaryDirectory } from './sampan-process.ts';

const TIMEOUT_MS = 120_000;

function sampan(...args: string[]): Promise<Ran> {
  return run(process.execPath, [path.join(root, 'dist', 'sampan.js'), ...args]);
}

function expectOneLine({ code, stderr }: Ran, pattern: RegExp): void {
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(pattern);
}

describe('kubectl-lite on bad input', () => {
  let server: SampanProcess;
  let folder: string;

  beforeAll(async () => {
    folder = temporaryDirectory();
    server = await SampanProcess.start('up', ['--nodes=0', '--store-port=0']);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await server.stop();
    fs.rmSync(server.dataDir, { recursive: true, force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const file = (name: string, text: string): string => {
    const place = path.join(folder, name);
    fs.writeFileSync(place, text);
    return place;
  };

  it('malformed YAML and JSON name file, line and column', async () => {
    const yaml = file('bad.yaml', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n spec: {}\n');
    expectOneLine(await server.kubectlLite(['create', '-f', yaml]), new RegExp(`\\(${yaml}:5:\\d+\\)`));
    const json = file('bad.json', '{"apiVersion": "v1",\n "kind": "Pod",,}\n');
    expectOneLine(await server.kubectlLite(['create', '-f', json]), new RegExp(`\\(${json}:2:\\d+\\)`));
  });

  it.each([
    [
      'an unknown kind',
      'apiVersion: v1\nkind: Pood\nmetadata: {name: a}\n',
      /no matches for kind "Pood" in version "v1"/,
    ],
    [
      'a wrong apiVersion',
      'apiVersion: apps/v9\nkind: Deployment\nmetadata: {name: a}\n',
      /no matches for kind "Deployment" in version "apps\/v9"/,
    ],
    ['a missing kind', 'apiVersion: v1\nmetadata: {name: a}\n', /kind not set/],
    ['a missing name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', /name or generateName is required/],
    [
      'an invalid field',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  restartPolicy: Sometimes\n  containers: [{name: c, image: i}]\n',
      /The Pod "a" is invalid|Pod "a" is invalid: spec\.restartPolicy: Unsupported value: "Sometimes"/,
    ],
    [
      'an unknown field',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  bogus: 1\n  containers: [{name: c, image: i}]\n',
      /strict decoding error: unknown field "spec\.bogus"/,
    ],
  ])('%s is refused with exit code 1', async (_what, text, pattern) => {
    const { code, stderr } = await server.kubectlLite(['create', '-f', '-'], text);
    expect(code).toBe(1);
    expect(stderr).toMatch(pattern);
  });

  it('an unreachable server and a wrong token say so in one line', async () => {
    // A certificate would be taken in the token's place, as kubectl does.
    const cluster = fs.readFileSync(server.kubeconfig, 'utf8').replace(/^ +client-(certificate|key)-data: .*\n/gm, '');
    const port = await freePort();
    expectOneLine(
      await server.kubectlLite(['get', 'pods', '--server', `https://127.0.0.1:${port}`]),
      /The connection to the server 127\.0\.0\.1:\d+ was refused/,
    );
    expectOneLine(
      await server.kubectlLite(['get', 'pods', '--token', 'wrong', '--kubeconfig', file('certificateless', cluster)]),
      /You must be logged in to the server \(Unauthorized\)/,
    );
  });

  it('a server without a kubeconfig anywhere is told of in one line', async () => {
    const empty = temporaryDirectory();
    const ran = await run(process.execPath, [path.join(root, 'dist', 'kubectl-lite.cjs'), 'get', 'pods'], {
      cwd: empty,
      env: { KUBECONFIG: '', HOME: empty },
    });
    expectOneLine(ran, /no kubeconfig found/);
  });

  it('a data directory in use by another process is refused', async () => {
    expectOneLine(
      await sampan('up', '--nodes=0', `--data-dir=${server.dataDir}`, '--secure-port=0', '--store-port=0'),
      /in use|another process/,
    );
    expect((await server.kubectlLite(['get', 'ns'])).code).toBe(0);
  });

  it(
    'a port in use is refused',
    async () => {
      const dataDir = temporaryDirectory();
      expectOneLine(
        await sampan('up', '--nodes=0', `--data-dir=${dataDir}`, `--secure-port=${server.port}`, '--store-port=0'),
        new RegExp(`127\\.0\\.0\\.1:${server.port}: another process uses this port`),
      );
      const store = net.createServer();
      await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
      const { port } = store.address() as net.AddressInfo;
      const three = temporaryDirectory();
      expectOneLine(
        await sampan(
          'up',
          '--members=3',
          '--nodes=0',
          `--data-dir=${three}`,
          '--secure-port=0',
          `--store-port=${port}`,
        ),
        new RegExp(`port ${port}.*in use`),
      );
      store.close();
    },
    TIMEOUT_MS,
  );

  it('a data directory that cannot be made, and one that is a file, are refused', async () => {
    const place = file('a-file', 'mine');
    expectOneLine(
      await sampan('up', '--nodes=0', `--data-dir=${place}`, '--secure-port=0', '--store-port=0'),
      /a-file/,
    );
    expect(fs.readFileSync(place, 'utf8')).toBe('mine');
    expectOneLine(
      await sampan('up', '--nodes=0', '--data-dir=/proc/no', '--secure-port=0', '--store-port=0'),
      /\/proc\/no/,
    );
  });

  it(
    'a corrupt log is refused and left as it is',
    async () => {
      const dataDir = temporaryDirectory();
      const flags = ['--nodes=0', '--store-port=0'];
      const once = await SampanProcess.start('up', flags, { dataDir });
      await once.stop();
      const walFolder = fs
        .readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
        .find((name) => name.endsWith('wal') && fs.statSync(path.join(dataDir, name)).isDirectory());
      const folderOfLog = path.join(dataDir, walFolder ?? 'wal');
      const segment = path.join(
        folderOfLog,
        fs
          .readdirSync(folderOfLog)
          .filter((name) => name.endsWith('.wal'))
          .sort()[0] ?? '',
      );
      const bytes = fs.readFileSync(segment);
      for (let at = 200; at < 260; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      fs.writeFileSync(segment, bytes);
      expectOneLine(
        await sampan('up', ...flags, `--data-dir=${dataDir}`, '--secure-port=0'),
        /\.wal.*(byte|offset|position)/,
      );
      expect(fs.readFileSync(segment).equals(bytes)).toBe(true);
      fs.rmSync(dataDir, { recursive: true, force: true });
    },
    TIMEOUT_MS,
  );

  it.each([
    [['up', '--nodes=minus'], /--nodes/],
    [['up', '--bogus'], /bogus/],
    [['up', '--node-monitor-grace-period=soon'], /duration/],
    [['sail'], /no command "sail"/],
  ])('sampan %j', async (args, pattern) => {
    expectOneLine(await sampan(...args), pattern);
  });
});
