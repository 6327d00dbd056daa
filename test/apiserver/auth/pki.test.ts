import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingNames, subjectOf } from '../../../apiserver/auth/certificates.ts';
import { ensurePki, type Pki, type PkiOptions } from '../../../apiserver/auth/pki.ts';
import { UsageError } from '../../../base/errors.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
let directory: string;
let clock: VirtualClock;

beforeEach(() => {
  directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-pki-')), 'pki');
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
});
afterEach(() => fs.rmSync(path.dirname(directory), { recursive: true, force: true }));

function ensure(more: Partial<PkiOptions> = {}): Promise<Pki> {
  return ensurePki({
    directory,
    hostname: 'boat',
    serviceIp: '10.96.0.1',
    extraNames: ['api.example.test', '192.0.2.7'],
    store: true,
    otherDataExists: false,
    clock,
    random: new SeededRandom(1),
    logger: silentLogger,
    ...more,
  });
}

const at = (name: string): string => path.join(directory, name);
const certificate = (name: string): X509Certificate => new X509Certificate(fs.readFileSync(at(name)));
const everything = (): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(at(name)).isFile())
      .sort()
      .map((name) => [name, fs.readFileSync(at(name), 'utf8')]),
  );

describe('a first start', () => {
  it('makes the files of kubeadm, private ones readable by the owner alone', async () => {
    await ensure();
    const names = Object.keys(everything());
    expect(names).toEqual(
      [
        'apiserver-etcd-client',
        'apiserver-kubelet-client',
        'apiserver',
        'ca',
        'etcd/ca',
        'etcd/healthcheck-client',
        'etcd/peer',
        'etcd/server',
        'front-proxy-ca',
        'front-proxy-client',
      ]
        .flatMap((name) => [`${name}.crt`, `${name}.key`])
        .concat('sa.key', 'sa.pub')
        .sort(),
    );
    for (const name of names) {
      expect([name, fs.statSync(at(name)).mode & 0o777]).toEqual([name, name.endsWith('.key') ? 0o600 : 0o644]);
    }
    expect(fs.existsSync(`${directory}.new`)).toBe(false);
  });

  it('gives the server every name that it is reached by', async () => {
    await ensure();
    const wanted = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
    wanted.push('kubernetes.default.svc.cluster.local', '10.96.0.1', 'boat', 'api.example.test', '192.0.2.7');
    expect(missingNames(certificate('apiserver.crt'), wanted)).toEqual([]);
    expect(missingNames(certificate('apiserver.crt'), ['evil.test', '10.96.0.2'])).toEqual(['evil.test', '10.96.0.2']);
  });

  it('signs each leaf with its own authority', async () => {
    const pki = await ensure();
    const ca = certificate('ca.crt');
    expect(ca.ca).toBe(true);
    expect(certificate('apiserver.crt').verify(ca.publicKey)).toBe(true);
    expect(certificate('apiserver.crt').ca).toBe(false);
    expect(certificate('front-proxy-client.crt').verify(ca.publicKey)).toBe(false);
    expect(certificate('etcd/peer.crt').verify(certificate('etcd/ca.crt').publicKey)).toBe(true);
    expect(subjectOf(certificate('apiserver-kubelet-client.crt'))).toEqual({
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['kubeadm:cluster-admins'],
    });
    const node = await pki.issueClient({ commonName: 'system:node:n,1', organizations: ['system:nodes', 'b=c'] });
    const issued = new X509Certificate(node.certificatePem);
    expect(subjectOf(issued)).toEqual({ commonName: 'system:node:n,1', organizations: ['system:nodes', 'b=c'] });
    expect(issued.verify(ca.publicKey)).toBe(true);
    expect(issued.checkPrivateKey(createPrivateKey(node.keyPem))).toBe(true);
  });

  it('leaves nothing half done behind when it is interrupted', async () => {
    fs.mkdirSync(`${directory}.new`, { recursive: true });
    fs.writeFileSync(`${directory}.new/ca.key`, 'half');
    await ensure();
    expect(fs.existsSync(`${directory}.new`)).toBe(false);
    expect(certificate('ca.crt').ca).toBe(true);
  });
});

describe('a later start', () => {
  it('changes no byte', async () => {
    await ensure();
    const before = everything();
    const pki = await ensure({ otherDataExists: true });
    expect(everything()).toEqual(before);
    expect(pki.leaf('apiserver').certificatePem).toBe(before['apiserver.crt']);
    expect(pki.serviceAccount.privateKeyPem).toBe(before['sa.key']);
  });

  it('adds the store certificates when they are asked for first then', async () => {
    await ensure({ store: false });
    expect(fs.existsSync(at('etcd/ca.crt'))).toBe(false);
    await ensure({ otherDataExists: true });
    expect(fs.existsSync(at('etcd/ca.crt'))).toBe(true);
  });

  it('renews leaves 30 days before they expire, and keeps the authority', async () => {
    await ensure();
    const before = everything();
    clock = new VirtualClock(Date.UTC(2026, 0, 1) + 330 * DAY_MS);
    await ensure();
    expect(everything()).toEqual(before);
    clock = new VirtualClock(Date.UTC(2026, 0, 1) + 336 * DAY_MS);
    await ensure();
    const after = everything();
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toContain('apiserver.crt');
    expect(changed).toContain('etcd/peer.key');
    expect(changed.filter((name) => /ca\.(crt|key)$|^sa\./.test(name))).toEqual([]);
  });

  it('renews the serving certificate when the host got another name', async () => {
    await ensure();
    const before = everything();
    await ensure({ hostname: 'ship' });
    expect(missingNames(certificate('apiserver.crt'), ['ship'])).toEqual([]);
    expect(everything()['front-proxy-client.crt']).toBe(before['front-proxy-client.crt']);
  });
});

describe('files that do not fit are named, and nothing is overwritten', () => {
  const other = 'not a certificate\n';
  const cases: readonly [string, (before: Record<string, string>) => void, string][] = [
    ['a corrupt CA', () => fs.writeFileSync(at('ca.crt'), other), 'ca.crt holds no PEM block of type CERTIFICATE'],
    ['an empty CA key', () => fs.writeFileSync(at('ca.key'), ''), 'ca.key holds no PEM block of a private key'],
    ['a torn leaf', () => fs.truncateSync(at('apiserver.crt'), 200), 'apiserver.crt holds no valid certificate'],
    [
      'the key of another certificate',
      (files) => fs.writeFileSync(at('apiserver.key'), files['sa.key'] ?? ''),
      'apiserver.key is not the private key of',
    ],
    [
      'a leaf of another authority',
      (files) => {
        fs.writeFileSync(at('apiserver.crt'), files['front-proxy-client.crt'] ?? '');
        fs.writeFileSync(at('apiserver.key'), files['front-proxy-client.key'] ?? '');
      },
      'apiserver.crt was not signed by',
    ],
    [
      'a leaf in the place of an authority',
      (files) => {
        fs.writeFileSync(at('ca.crt'), files['apiserver.crt'] ?? '');
        fs.writeFileSync(at('ca.key'), files['apiserver.key'] ?? '');
      },
      "ca.crt is not a certificate authority's",
    ],
    ['a lost authority', () => fs.rmSync(at('ca.crt')), 'ca.crt is missing, but'],
    ['a lost leaf key', () => fs.rmSync(at('apiserver.key')), 'apiserver.key is missing, but'],
    ['a lost service-account key', () => fs.rmSync(at('sa.key')), 'sa.key is missing, and tokens that were signed'],
    [
      'a service-account key that is not its own',
      (files) => fs.writeFileSync(at('sa.key'), files['apiserver.key'] ?? ''),
      'sa.pub is not the public key of',
    ],
    ['a file in the place of the directory', () => replaceByFile(directory), 'is not a directory'],
  ];

  function replaceByFile(place: string): void {
    fs.rmSync(place, { recursive: true });
    fs.writeFileSync(place, '');
  }

  it.each(cases)('%s', async (_title, damage, message) => {
    await ensure();
    damage(everything());
    const damaged = fs.statSync(directory).isDirectory() ? everything() : {};
    const failure = await ensure().catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UsageError);
    expect(String(failure)).toContain(message);
    expect(String(failure)).toContain(directory);
    if (fs.statSync(directory).isDirectory()) expect(everything()).toEqual(damaged);
  });

  it('an expired authority', async () => {
    await ensure();
    clock = new VirtualClock(Date.UTC(2036, 5, 1));
    await expect(ensure()).rejects.toThrow(/ca\.crt expired on/);
  });

  it('no PKI at all, where objects exist', async () => {
    await expect(ensure({ otherDataExists: true })).rejects.toThrow(/sa\.key is missing/);
    await ensure({ otherDataExists: true, replaceLostServiceAccountKey: true });
    expect(fs.existsSync(at('sa.key'))).toBe(true);
  });

  it('a CA kept elsewhere serves until something must be signed', async () => {
    await ensure();
    fs.rmSync(at('ca.key'));
    const pki = await ensure();
    expect(pki.authority('ca').keyPem).toBe('');
    await expect(pki.issueClient({ commonName: 'x' })).rejects.toThrow(/ca\.key is missing/);
    // Due, and nobody here can renew it: it serves to its end.
    clock = new VirtualClock(Date.UTC(2026, 11, 20));
    const certificate = (await ensure()).leaf('apiserver').certificatePem;
    expect(certificate).toBe(pki.leaf('apiserver').certificatePem);
    clock = new VirtualClock(Date.UTC(2027, 2, 1));
    await expect(ensure()).rejects.toThrow(/ca\.key is missing/);
  });
});
