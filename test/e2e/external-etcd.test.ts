/** The API server on a proven etcd: TLS, a user of its own, and the death of what it stands on. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../store/etcd/certificates.ts';
import { etcdctl } from '../store/etcd/etcdctl.ts';
import { freePort, hasEtcd, hasEtcdctl, RealEtcd } from '../store/etcd/real-etcd.ts';
import { eventually, request, SampanProcess, temporaryDirectory } from './sampan-process.ts';

const TOKEN = 'e2e-token';
const MAPS = '/api/v1/namespaces/default/configmaps';
/** Long before a client's patience ends. */
const ANSWER_MS = 5000;

describe.skipIf(!hasEtcd || !hasEtcdctl)('the API server on a real etcd (Debian: etcd-server, etcd-client)', () => {
  const folder = temporaryDirectory();
  const file = (name: string): string => path.join(folder, name);
  let etcd: RealEtcd;
  let sampan: SampanProcess;

  beforeAll(async () => {
    const authority = await TestAuthority.make();
    fs.writeFileSync(file('ca.crt'), authority.pem);
    for (const name of ['server', 'root', 'apiserver']) {
      const { cert, key } = await authority.issue(name);
      fs.writeFileSync(file(`${name}.crt`), cert);
      fs.writeFileSync(file(`${name}.key`), key);
    }
    const tls = { '--cert-file': 'server.crt', '--key-file': 'server.key', '--trusted-ca-file': 'ca.crt' };
    const flags = Object.entries(tls).flatMap(([flag, name]) => [flag, file(name)]);
    etcd = await RealEtcd.start([...flags, '--client-cert-auth']);
    await restrict();
    fs.writeFileSync(file('tokens.csv'), `${TOKEN},tester,1,"system:masters"\n`, { mode: 0o600 });
    sampan = await SampanProcess.start('apiserver', [
      // Nobody is at the first address.
      `--etcd-servers=https://127.0.0.1:${await freePort()},${etcd.url}`,
      `--etcd-cafile=${file('ca.crt')}`,
      `--etcd-certfile=${file('apiserver.crt')}`,
      `--etcd-keyfile=${file('apiserver.key')}`,
      `--token-auth-file=${file('tokens.csv')}`,
    ]);
  }, 60_000);
  afterAll(async () => {
    await sampan?.stop();
    await etcd?.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
    if (sampan !== undefined) fs.rmSync(sampan.dataDir, { recursive: true, force: true });
  });

  /** Whoever comes with the API server's certificate may touch `/registry/` and nothing else. */
  async function restrict(): Promise<void> {
    for (const line of [
      'user add root --no-password',
      'user grant-role root root',
      'user add apiserver --no-password',
      'role add kubernetes',
      'role grant-permission kubernetes readwrite /registry/ --prefix=true',
      'user grant-role apiserver kubernetes',
      'auth enable',
    ]) {
      const { code, errors } = await asRoot(...line.split(' '));
      expect([line, code, errors]).toEqual([line, 0, []]);
    }
  }

  function asRoot(...args: string[]): ReturnType<typeof etcdctl> {
    return etcdctl(
      [etcd.url],
      [`--cacert=${file('ca.crt')}`, `--cert=${file('root.crt')}`, `--key=${file('root.key')}`, ...args],
    );
  }

  const create = (name: string) =>
    request(sampan.port, 'POST', MAPS, TOKEN, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

  async function names(): Promise<string[]> {
    const { code, text } = await request(sampan.port, 'GET', MAPS, TOKEN);
    expect(code).toBe(200);
    const { items } = JSON.parse(text) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
  }

  it('needs etcd: keeps everything below /registry, where etcdctl finds it', async () => {
    expect((await create('first')).code).toBe(201);
    const { stdout } = await asRoot('get', '/registry/configmaps/', '--prefix', '--keys-only');
    expect(stdout).toContain('/registry/configmaps/default/first');
    // Another's writes move etcd's revision, and reads stay as quick and as new.
    await asRoot('put', '/elsewhere', 'x');
    const startMs = performance.now();
    expect(await names()).toEqual(['first']);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  it('needs etcd: says so while etcd is dead, and has lost nothing when it is back', { timeout: 180_000 }, async () => {
    const acknowledged: string[] = ['first'];
    for (let n = 0; n < 20; n++) if ((await create(`before-${n}`)).code === 201) acknowledged.push(`before-${n}`);
    expect(acknowledged).toHaveLength(21);
    await etcd.kill();
    for (const ask of [() => create('meanwhile'), () => request(sampan.port, 'GET', `${MAPS}/first`, TOKEN)]) {
      const startMs = performance.now();
      const { code, text } = await ask();
      expect(performance.now() - startMs).toBeLessThan(ANSWER_MS);
      expect(code).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'ServiceUnavailable' });
    }
    await etcd.run();
    await eventually('it serves again', async () => (await create('after')).code === 201);
    expect((await names()).sort()).toEqual([...acknowledged, 'after'].sort());
  });
});
