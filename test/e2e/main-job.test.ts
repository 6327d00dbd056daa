/** The main job as a user does it: start, create, watch pods run, roll out, crash a node, heal it, stop. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasProgram, SampanProcess } from './sampan-process.ts';

const kubectlMissing = !hasProgram('kubectl');
const TIMEOUT_MS = 120_000;

describe('sampan up, three nodes', () => {
  let sampan: SampanProcess;

  beforeAll(async () => {
    sampan = await SampanProcess.start('up', [
      '--nodes=3',
      '--store-port=0',
      '--node-monitor-grace-period=4s',
      '--default-not-ready-toleration-seconds=2',
      '--default-unreachable-toleration-seconds=2',
    ]);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await sampan.stop();
    fs.rmSync(sampan.dataDir, { recursive: true, force: true });
  }, TIMEOUT_MS);

  it('says in one line how long it took, where the kubeconfig is, and what to type next', () => {
    expect(sampan.stdout.trim().split('\n')).toHaveLength(1);
    expect(sampan.stdout).toMatch(/ready in \d+\.\d+ s/);
    expect(sampan.stdout).toContain(sampan.kubeconfig);
    expect(sampan.stdout).toContain('kubectl');
  });

  it('keeps private files private', () => {
    expect(fs.statSync(sampan.kubeconfig).mode & 0o077).toBe(0);
    expect(fs.statSync(path.join(sampan.dataDir, 'pki', 'ca.key')).mode & 0o077).toBe(0);
  });

  it(
    'shows the control plane and the add-ons in kube-system',
    async () => {
      let names: string[] = [];
      await eventually('the add-ons run', async () => {
        const { stdout } = await sampan.kubectlLite(['get', 'pods', '--all-namespaces']);
        const [head, ...lines] = stdout.trimEnd().split('\n');
        expect(head?.split(/\s+/)).toEqual(['NAMESPACE', 'NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']);
        names = lines.map((line) => line.split(/\s+/)[1] ?? '');
        return (
          lines.length === 12 && lines.every((line) => line.startsWith('kube-system ') && / 1\/1 +Running /.test(line))
        );
      });
      const count = (prefix: string): number => names.filter((name) => name.startsWith(prefix)).length;
      expect(
        [
          'etcd-',
          'kube-apiserver-',
          'kube-controller-manager-',
          'kube-scheduler-',
          'coredns-',
          'kube-proxy-',
          'kube-flannel-',
        ].map(count),
      ).toEqual([1, 1, 1, 1, 2, 3, 3]);
    },
    TIMEOUT_MS,
  );

  it.skipIf(kubectlMissing)(
    'the real kubectl creates, rolls out, describes, logs, sets an image and deletes (needs kubectl)',
    async () => {
      const ok = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await sampan.kubectl(args);
        expect(`${args.join(' ')}: exit ${code} ${code === 0 ? '' : stderr}`).toBe(`${args.join(' ')}: exit 0 `);
        return stdout;
      };
      expect(await ok('create', 'deployment', 'web', '--image=nginx', '--replicas=5')).toBe(
        'deployment.apps/web created\n',
      );
      expect(await ok('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
      const wide = await ok('get', 'pods', '-l', 'app=web', '-o', 'wide');
      const rows = wide.trimEnd().split('\n').slice(1);
      expect(rows).toHaveLength(5);
      for (const row of rows)
        expect(row).toMatch(
          /^web-[0-9a-z]+-[bcdfghjklmnpqrstvwxz2456789]{5} +1\/1 +Running +0 +\S+ +10\.244\.\d+\.\d+ +node-[123] /,
        );
      expect((await ok('get', 'nodes')).match(/ Ready /g)).toHaveLength(3);
      const pod = rows[0]?.split(/\s+/)[0] ?? '';
      const described = await ok('describe', 'pod', pod);
      expect(described).toMatch(/Normal +Scheduled +\S+ +default-scheduler +Successfully assigned default\//);
      expect(described).toMatch(/Normal +Started +\S+ +kubelet +Started container nginx/);
      expect(await ok('logs', pod)).toContain('nginx');
      await ok('set', 'image', 'deployment/web', 'nginx=nginx:1.28');
      expect(await ok('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
      expect((await ok('get', 'replicasets', '-l', 'app=web', '--no-headers')).trim().split('\n')).toHaveLength(2);
      for (const args of [
        ['get', 'deployments'],
        ['get', 'nodes', '-o', 'wide'],
        ['get', 'rs,svc'],
        ['get', 'ns'],
        ['get', 'pods', '-n', 'kube-system', '-o', 'name'],
      ]) {
        const [theirs, ours] = await Promise.all([sampan.kubectl(args), sampan.kubectlLite(args)]);
        const ageless = (text: string): string => text.replace(/\b(\d+[smhd])+\b/g, 'AGE').replace(/ +/g, ' ');
        expect(ageless(ours.stdout)).toBe(ageless(theirs.stdout));
      }
      expect(await ok('delete', 'deployment', 'web')).toMatch(/^deployment\.apps "web" deleted/);
      await eventually(
        'its pods are gone',
        async () => (await sampan.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'name'])).stdout === '',
      );
    },
    TIMEOUT_MS,
  );

  it(
    'a crashed node turns NotReady, its pods are replaced elsewhere, and it is Ready again when healed',
    async () => {
      const manifest = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'moving' },
        spec: {
          replicas: 6,
          selector: { matchLabels: { app: 'moving' } },
          template: { metadata: { labels: { app: 'moving' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
        },
      };
      expect(await sampan.kubectlLite(['create', '-f', '-'], JSON.stringify(manifest))).toMatchObject({
        code: 0,
        stdout: 'deployment.apps/moving created\n',
      });
      const pods = async (): Promise<string[][]> => {
        const { stdout } = await sampan.kubectlLite(['get', 'pods', '-l', 'app=moving', '-o', 'wide', '--no-headers']);
        return stdout
          .trimEnd()
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(/\s{2,}/));
      };
      const running = (rows: string[][]): string[][] => rows.filter((row) => row[2] === 'Running');
      await eventually('six pods run', async () => running(await pods()).length === 6);
      expect(running(await pods()).some((row) => row[6] === 'node-2')).toBe(true);
      expect(await sampan.kubectlLite(['crash', 'node', 'node-2'])).toMatchObject({ code: 0 });
      const node = async (): Promise<string> =>
        (await sampan.kubectlLite(['get', 'node', 'node-2', '--no-headers'])).stdout;
      await eventually('node-2 is NotReady', async () => /NotReady/.test(await node()));
      await eventually(
        'six pods run on the other nodes',
        async () => {
          const rows = running(await pods());
          return rows.length === 6 && rows.every((row) => row[6] !== 'node-2');
        },
        60_000,
      );
      const { stdout: described } = await sampan.kubectlLite(['describe', 'node', 'node-2']);
      expect(described).toContain('NodeNotReady');
      const { stdout: events } = await sampan.kubectlLite(['get', 'events', '-A']);
      expect(events).toContain('TaintManagerEviction');
      expect(await sampan.kubectlLite(['heal', 'node', 'node-2'])).toMatchObject({ code: 0 });
      await eventually('node-2 is Ready', async () => / Ready /.test(await node()));
      await eventually('what was evicted is gone', async () => (await pods()).length === 6);
      expect(await sampan.kubectlLite(['delete', 'deployment', 'moving'])).toMatchObject({ code: 0 });
    },
    TIMEOUT_MS,
  );

  it(
    'ends on SIGTERM with nothing left behind, and finds every object again',
    async () => {
      expect(
        await sampan.kubectlLite(
          ['create', '-f', '-'],
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\ndata: {a: b}\n',
        ),
      ).toMatchObject({ code: 0 });
      const children = sampan.descendants();
      expect(await sampan.stop()).toBe(0);
      for (const pid of children) expect(fs.existsSync(`/proc/${pid}`)).toBe(false);
      sampan = await SampanProcess.start('up', ['--nodes=3', '--store-port=0'], { dataDir: sampan.dataDir });
      const { stdout } = await sampan.kubectlLite(['get', 'configmap', 'kept', '-o', 'json']);
      expect(JSON.parse(stdout)).toMatchObject({ data: { a: 'b' } });
    },
    TIMEOUT_MS,
  );
});
