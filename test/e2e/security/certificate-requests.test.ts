/** How a user gets a certificate from the cluster, and how a node does, as the documentation of Kubernetes tells it. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificateRequest } from '../../apiserver/auth/certificate-requests.ts';
import { root } from '../../source-tree.ts';
import { eventually, type Ran, run, SampanProcess } from '../sampan-process.ts';

let sampan: SampanProcess;
beforeAll(async () => {
  sampan = await SampanProcess.start('up', ['--nodes=1', '--no-addons', '--store-port=0']);
}, 60_000);
afterAll(async () => {
  await sampan?.stop();
  if (sampan !== undefined) fs.rmSync(sampan.dataDir, { recursive: true, force: true });
});

interface Request {
  readonly status: {
    readonly certificate?: string;
    readonly conditions?: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
  };
}

const read = (name: string) => sampan.json<Request>(`/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}`);
const lite = (kubeconfig: string, args: readonly string[], input?: string): Promise<Ran> =>
  run(process.execPath, [path.join(root, 'dist', 'kubectl-lite.cjs'), ...args], {
    env: { KUBECONFIG: kubeconfig },
    ...(input === undefined ? {} : { input }),
  });

function manifest(name: string, request: string, signerName: string, usages: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages, expirationSeconds: 3600 },
  });
}

async function create(text: string, kubeconfig = sampan.kubeconfig): Promise<void> {
  const created = await lite(kubeconfig, ['create', '-f', '-'], text);
  expect(created.stderr).toBe('');
}

it('signs what was approved: the certificate is its user', async () => {
  const { request, key } = await makeCertificateRequest('CN=jane, O=dev');
  await create(manifest('jane', request, 'kubernetes.io/kube-apiserver-client', ['client auth']));
  expect((await read('jane')).status.certificate).toBeUndefined();
  expect((await sampan.kubectlLite(['certificate', 'approve', 'jane'])).code).toBe(0);
  await eventually('it is signed', async () => (await read('jane')).status.certificate !== undefined);
  const certificate = (await read('jane')).status.certificate ?? '';
  const kubeconfig = path.join(sampan.dataDir, 'jane.kubeconfig');
  const own = fs
    .readFileSync(sampan.kubeconfig, 'utf8')
    .replace(/client-certificate-data: .*/, `client-certificate-data: ${certificate}`)
    .replace(/client-key-data: .*/, `client-key-data: ${Buffer.from(key).toString('base64')}`);
  fs.writeFileSync(kubeconfig, own, { mode: 0o600 });
  const whoami = await lite(kubeconfig, [
    'auth',
    'whoami',
    '-o',
    'jsonpath={.status.userInfo.username} {.status.userInfo.groups}',
  ]);
  expect(whoami.stdout).toBe('jane ["dev","system:authenticated"]');
}, 60_000);

it('says why it does not sign', async () => {
  const { request } = await makeCertificateRequest('CN=jane');
  await create(manifest('server', request, 'kubernetes.io/kube-apiserver-client', ['server auth']));
  await sampan.kubectlLite(['certificate', 'approve', 'server']);
  await eventually('it fails', async () => ((await read('server')).status.conditions ?? []).length > 1);
  const { status } = await read('server');
  expect(status.certificate).toBeUndefined();
  expect(status.conditions?.[1]).toMatchObject({
    type: 'Failed',
    reason: 'SignerValidationFailure',
    message: 'invalid usage for client certificate: server auth',
  });
}, 60_000);

it('approves by itself what a node asks for itself, once nodes may have it', async () => {
  const { request } = await makeCertificateRequest('CN=system:node:node-1, O=system:nodes');
  const role = 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient';
  const bind = ['create', 'clusterrolebinding', 'rotation', `--clusterrole=${role}`, '--group=system:nodes'];
  expect((await sampan.kubectlLite(bind)).code).toBe(0);
  const kubelet = path.join(sampan.dataDir, 'kubelets', 'node-1.kubeconfig');
  await eventually('the node has its kubeconfig', async () => fs.existsSync(kubelet));
  const usages = ['client auth', 'digital signature'];
  await create(manifest('node-1', request, 'kubernetes.io/kube-apiserver-client-kubelet', usages), kubelet);
  await eventually('it is signed', async () => (await read('node-1')).status.certificate !== undefined);
  expect((await read('node-1')).status.conditions).toEqual([
    expect.objectContaining({
      type: 'Approved',
      reason: 'AutoApproved',
      message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    }),
  ]);
}, 60_000);
