/** Controllers and nodes in processes of their own, each under its own name: what they may, and what they may not. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../source-tree.ts';
import { hasProgram, run, SampanProcess } from '../sampan-process.ts';

const sampan = path.join(root, 'dist', 'sampan.js');
let api: SampanProcess;
const children: ChildProcess[] = [];

/** Resolves once the process says that it is ready. */
async function start(...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [sampan, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (text: Buffer): void => {
      said += text.toString('utf8');
      if (said.includes('ready')) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('exit', () => reject(new Error(said)));
  });
  return child;
}

const file = (name: string): string => path.join(api.dataDir, name);

async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const endAt = performance.now() + 40_000;
  while (!(await ask())) {
    if (performance.now() > endAt) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe.skipIf(!hasProgram('kubectl'))('in processes of their own', () => {
  const audited = (): { user: { username: string }; verb: string; objectRef?: Record<string, string> }[] =>
    fs
      .readFileSync(file('audit.log'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  beforeAll(async () => {
    const dataDir = fs.mkdtempSync('/tmp/sampan-separate-');
    const policy = path.join(dataDir, 'policy.yaml');
    fs.writeFileSync(
      policy,
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata, verbs: [create, update, patch, delete]}]\n',
    );
    api = await SampanProcess.start(
      'apiserver',
      [
        '--enable-admission-plugins=NodeRestriction',
        '--node-kubeconfigs=node-1,node-2',
        `--audit-policy-file=${policy}`,
        `--audit-log-path=${path.join(dataDir, 'audit.log')}`,
      ],
      { dataDir },
    );
    await until('the kubeconfigs are written', async () => fs.existsSync(file('kubelets/node-2.kubeconfig')));
    await start(
      'controllers',
      `--kubeconfig=${file('controller-manager.kubeconfig')}`,
      `--scheduler-kubeconfig=${file('scheduler.kubeconfig')}`,
      '--use-service-account-credentials',
    );
    // Whoever does not check the server's certificate is let in by its own all the same.
    const checking = fs.readFileSync(file('super-admin.kubeconfig'), 'utf8');
    const unchecking = checking.replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true');
    expect(unchecking).not.toBe(checking);
    fs.writeFileSync(file('unchecking.kubeconfig'), unchecking);
    await start(
      'nodes',
      `--kubeconfig=${file('unchecking.kubeconfig')}`,
      `--kubeconfig-dir=${file('kubelets')}`,
      '--nodes=2',
    );
  }, 90_000);

  afterAll(async () => {
    for (const child of children) child.kill();
    await api?.stop();
    if (api !== undefined) fs.rmSync(api.dataDir, { recursive: true, force: true });
  });

  it('every controller writes as its own service account, and every node as itself', async () => {
    expect((await api.kubectl(['create', 'deployment', 'web', '--image=nginx', '--replicas=3'])).code).toBe(0);
    const rolledOut = await api.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    expect(rolledOut.stdout).toContain('successfully rolled out');
    const writers = new Set(audited().map(({ user, objectRef }) => `${user.username} ${objectRef?.resource}`));
    const account = 'system:serviceaccount:kube-system:';
    expect([...writers]).toEqual(
      expect.arrayContaining([
        `${account}deployment-controller replicasets`,
        `${account}replicaset-controller pods`,
        'system:kube-controller-manager serviceaccounts',
        'system:kube-scheduler pods',
        'system:node:node-1 nodes',
        'system:node:node-2 nodes',
      ]),
    );
    const managers = [...writers].filter((each) => each.startsWith('system:kube-controller-manager '));
    expect(managers.map((each) => each.split(' ')[1])).not.toContain('pods');
  }, 90_000);

  it('a node may not touch another', async () => {
    const asNode = (...args: string[]) =>
      run('kubectl', args, { env: { KUBECONFIG: file('kubelets/node-1.kubeconfig') } });
    const own = await asNode('label', 'node', 'node-1', 'a=b');
    expect(own.stderr).toBe('');
    const other = await asNode('label', 'node', 'node-2', 'a=b');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("cannot read 'node-2', only its own Node object");
    // Its own it may change, but not how others are drawn to it.
    const drawing = await asNode('label', 'node', 'node-1', 'node-restriction.kubernetes.io/a=b');
    expect(drawing.stderr).toContain('is not allowed to modify labels: node-restriction.kubernetes.io/a');
  });

  it('/readyz tells each step of the start under upstream’s name', async () => {
    const { stdout } = await api.kubectl(['get', '--raw', '/readyz?verbose']);
    for (const name of [
      'etcd-readiness',
      'informer-sync',
      'poststarthook/rbac/bootstrap-roles',
      'poststarthook/scheduling/bootstrap-system-priority-classes',
      'poststarthook/start-cluster-authentication-info-controller',
      'poststarthook/start-legacy-token-tracking-controller',
      'poststarthook/bootstrap-controller',
    ]) {
      expect(stdout).toContain(`[+]${name} ok\n`);
    }
    expect((await api.kubectl(['get', '--raw', '/livez/poststarthook/rbac/bootstrap-roles'])).stdout).toBe('ok');
  });

  it('certs renew makes all kubeconfigs anew, and the running server takes them and shows its new certificate', async () => {
    const names = ['admin.kubeconfig', 'scheduler.kubeconfig', 'kubelets/node-1.kubeconfig'];
    const before = names.map((name) => fs.readFileSync(file(name), 'utf8'));
    const renewed = await run(process.execPath, [sampan, 'certs', 'renew', `--data-dir=${api.dataDir}`]);
    expect([renewed.code, renewed.stderr]).toEqual([0, '']);
    expect(renewed.stdout).toContain('kubelets/node-1.kubeconfig');
    for (const [index, name] of names.entries()) {
      const now = fs.readFileSync(file(name), 'utf8');
      expect(now).not.toBe(before[index]);
      expect(fs.statSync(file(name)).mode & 0o777).toBe(0o600);
      expect(/server: .*/.exec(now)?.[0]).toBe(/server: .*/.exec(before[index] ?? '')?.[0]);
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await api.kubectl(['get', 'nodes', '-o', 'name'])).stdout).toBe('node/node-1\nnode/node-2\n');
  }, 30_000);
});
