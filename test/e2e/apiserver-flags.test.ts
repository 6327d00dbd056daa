/** The API server started as others start kube-apiserver: kubeadm's and envtest's command lines, and what flags make of it. */
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { root } from '../source-tree.ts';
import { TestAuthority } from '../store/etcd/certificates.ts';
import { etcdctl } from '../store/etcd/etcdctl.ts';
import { hasEtcd, hasEtcdctl, RealEtcd } from '../store/etcd/real-etcd.ts';
import { eventually, request, run, SampanProcess, temporaryDirectory } from './sampan-process.ts';

const TOKEN = 'e2e-token';
const folder = temporaryDirectory();
const file = (name: string): string => path.join(folder, name);
fs.writeFileSync(file('tokens.csv'), `${TOKEN},tester,1,"system:masters"\n`, { mode: 0o600 });

const running: SampanProcess[] = [];

async function start(...flags: string[]): Promise<SampanProcess> {
  const sampan = await SampanProcess.start('apiserver', [`--token-auth-file=${file('tokens.csv')}`, ...flags]);
  running.push(sampan);
  return sampan;
}

afterEach(async () => {
  for (const each of running.splice(0)) {
    await each.stop();
    fs.rmSync(each.dataDir, { recursive: true, force: true });
  }
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const get = async (sampan: SampanProcess, url: string): Promise<number> =>
  (await request(sampan.port, 'GET', url, TOKEN)).code;

/** The certificate that a server shows. */
function shown(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error('no certificate'));
      else resolve(certificate);
    });
    socket.on('error', reject);
  });
}

describe('sampan apiserver with the flags of kube-apiserver', () => {
  it('ends with 1 and one line that says all that cannot be', async () => {
    const sampan = path.join(root, 'dist', 'sampan.js');
    const line = ['apiserver', `--data-dir=${file('never')}`, '--request-timeout=-1s', '--storage-backend=etcd2'];
    const { code, stdout, stderr } = await run(process.execPath, [sampan, ...line]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      "sampan apiserver: [--request-timeout can not be negative value, --storage-backend invalid, allowed values: etcd3. If not specified, it will default to 'etcd3']\n",
    );
    expect(fs.existsSync(file('never'))).toBe(false);
    const version = await run(process.execPath, [sampan, 'apiserver', '--version']);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Kubernetes v1\.\d+\.\d+/) });
  });

  it('lets nobody in who proves nothing where everything is allowed', async () => {
    const sampan = await start('--authorization-mode=AlwaysAllow');
    const bare = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        https
          .get({ port: sampan.port, path: '/api', headers, rejectUnauthorized: false }, ({ statusCode }) =>
            resolve(statusCode),
          )
          .on('error', reject);
      });
    expect(await bare({})).toBe(401);
    expect(await bare({ authorization: `Basic ${Buffer.from('bad:wrong').toString('base64')}` })).toBe(401);
    expect(await get(sampan, '/api')).toBe(200);
    expect(sampan.stderr).toContain('nobody is let in who proves nothing');
  });

  it('serves what envtest asks for: its certificate of --cert-dir, made where there is none, and the same after a restart', async () => {
    const authority = await TestAuthority.make();
    const { cert, key } = await authority.issue('envtest');
    const given = file('given');
    fs.mkdirSync(given);
    fs.writeFileSync(path.join(given, 'apiserver.crt'), cert);
    fs.writeFileSync(path.join(given, 'apiserver.key'), key, { mode: 0o600 });
    const common = [
      '--allow-privileged=true',
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
    ];
    const first = await start(...common, `--cert-dir=${given}`, '--service-cluster-ip-range=10.0.0.0/24');
    expect((await shown(first.port)).fingerprint256).toBe(new X509Certificate(cert).fingerprint256);
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    expect((await request(first.port, 'POST', '/api/v1/namespaces/default/pods', TOKEN, pod)).code).toBe(201);
    const made = file('made');
    const second = await start(...common, `--cert-dir=${made}`, '--advertise-address=10.9.8.7');
    const certificate = await shown(second.port);
    expect(certificate.subjectAltName).toContain('IP Address:10.9.8.7');
    expect(fs.statSync(path.join(made, 'apiserver.key')).mode & 0o777).toBe(0o600);
    const third = await start(...common, `--cert-dir=${made}`);
    expect((await shown(third.port)).fingerprint256).toBe(certificate.fingerprint256);
  });

  it('serves on when it is told to end and is to wait, and is not ready then; told again, it ends', async () => {
    const sampan = await start('--shutdown-delay-duration=10m');
    expect(await get(sampan, '/readyz')).toBe(200);
    const ended = sampan.stop();
    await eventually('it is not ready', async () => (await get(sampan, '/readyz')) === 500);
    expect(await get(sampan, '/livez')).toBe(200);
    void sampan.stop();
    expect(await ended).toBe(130);
  });

  it('forgets events, gives out ports and leaves out APIs as it is told', async () => {
    const sampan = await start(
      '--event-ttl=2s',
      '--service-node-port-range=32000-32001',
      '--runtime-config=policy/v1=false',
      '--logging-format=text',
      '--profiling=true',
    );
    expect(sampan.stderr).toMatch(/^W\d{4} [\d:.]+ +\d+ apiserver\] "flags without effect" flags=.*--profiling/m);
    const event = { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' } };
    expect((await request(sampan.port, 'POST', '/api/v1/namespaces/default/events', TOKEN, event)).code).toBe(201);
    await eventually('the event is forgotten', async () => {
      return (await get(sampan, '/api/v1/namespaces/default/events/e')) === 404;
    });
    const service = (name: string) => ({
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80 }], selector: { a: 'b' } },
    });
    const codes: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      codes.push(
        (await request(sampan.port, 'POST', '/api/v1/namespaces/default/services', TOKEN, service(name))).code,
      );
    }
    expect(codes.slice(0, 2)).toEqual([201, 201]);
    expect(codes[2]).not.toBe(201);
    expect(await get(sampan, '/apis/policy/v1')).toBe(404);
    expect(await get(sampan, '/apis/apps/v1')).toBe(200);
  });

  it.skipIf(!hasEtcd || !hasEtcdctl)(
    'needs etcd: starts with the command line of kubeadm, and keeps to --etcd-prefix',
    async () => {
      const authority = await TestAuthority.make();
      fs.writeFileSync(file('ca.crt'), authority.pem);
      for (const name of ['server', 'client']) {
        const { cert, key } = await authority.issue(name);
        fs.writeFileSync(file(`${name}.crt`), cert);
        fs.writeFileSync(file(`${name}.key`), key);
      }
      const etcd = await RealEtcd.start(
        [
          '--cert-file',
          file('server.crt'),
          '--key-file',
          file('server.key'),
          '--trusted-ca-file',
          file('ca.crt'),
        ].concat('--client-cert-auth'),
      );
      try {
        const kubeadm = [
          '--advertise-address=10.1.2.3',
          '--allow-privileged=true',
          '--authorization-mode=Node,RBAC',
          `--client-ca-file=${file('ca.crt')}`,
          '--enable-admission-plugins=NodeRestriction',
          '--enable-bootstrap-token-auth=true',
          `--etcd-cafile=${file('ca.crt')}`,
          `--etcd-certfile=${file('client.crt')}`,
          `--etcd-keyfile=${file('client.key')}`,
          `--etcd-servers=${etcd.url}`,
          `--kubelet-client-certificate=${file('client.crt')}`,
          `--kubelet-client-key=${file('client.key')}`,
          '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
          `--proxy-client-cert-file=${file('client.crt')}`,
          `--proxy-client-key-file=${file('client.key')}`,
          '--requestheader-allowed-names=front-proxy-client',
          `--requestheader-client-ca-file=${file('ca.crt')}`,
          '--requestheader-extra-headers-prefix=X-Remote-Extra-',
          '--requestheader-group-headers=X-Remote-Group',
          '--requestheader-username-headers=X-Remote-User',
          '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
          '--service-cluster-ip-range=10.96.0.0/12',
          `--tls-cert-file=${file('server.crt')}`,
          `--tls-private-key-file=${file('server.key')}`,
        ];
        const one = await start(...kubeadm, '--etcd-prefix=/one');
        const two = await start(...kubeadm);
        const maps = '/api/v1/namespaces/default/configmaps';
        const map = { metadata: { name: 'c' } };
        expect((await request(one.port, 'POST', maps, TOKEN, map)).code).toBe(201);
        expect([await get(one, `${maps}/c`), await get(two, `${maps}/c`)]).toEqual([200, 404]);
        const found = await etcdctl(
          [etcd.url],
          [`--cacert=${file('ca.crt')}`, `--cert=${file('client.crt')}`, `--key=${file('client.key')}`].concat(
            'get',
            '/',
            '--prefix',
            '--keys-only',
          ),
        );
        const keys = found.stdout.split('\n').filter((key) => key !== '');
        expect(keys).toContain('/one/configmaps/default/c');
        expect(new Set(keys.map((key) => key.split('/')[1]))).toEqual(new Set(['one', 'registry']));
        const endpoints = await request(one.port, 'GET', '/api/v1/namespaces/default/endpoints/kubernetes', TOKEN);
        expect(endpoints.text).toContain('10.1.2.3');
      } finally {
        for (const each of running.splice(0)) await each.stop();
        await etcd.dispose();
      }
    },
  );
});
