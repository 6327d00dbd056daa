import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { subjectOf } from '../../../apiserver/auth/certificates.ts';
import { administrator, ensureKubeconfig, nodeSubject } from '../../../apiserver/auth/kubeconfig.ts';
import { ensurePki, type Pki } from '../../../apiserver/auth/pki.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';

let directory: string;
let pki: Pki;
const clock = new VirtualClock(Date.UTC(2026, 0, 1));

beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-kubeconfig-'));
  pki = await ensurePki({
    directory: path.join(directory, 'pki'),
    hostname: 'boat',
    serviceIp: '10.96.0.1',
    extraNames: [],
    store: false,
    otherDataExists: false,
    clock,
    random: new SeededRandom(1),
    logger: silentLogger,
  });
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

async function write(server: string, subject = administrator, at = clock): Promise<string> {
  const file = path.join(directory, 'a.kubeconfig');
  await ensureKubeconfig({ file, user: 'me', subject }, { pki, server, clusterName: 'sampan', clock: at });
  return fs.readFileSync(file, 'utf8');
}

function certificateIn(text: string): string {
  return parse(text).users[0].user['client-certificate-data'];
}

it('writes a complete kubeconfig that its owner alone can read', async () => {
  const text = await write('https://127.0.0.1:6443');
  expect(fs.statSync(path.join(directory, 'a.kubeconfig')).mode & 0o777).toBe(0o600);
  const config = parse(text);
  expect(config['current-context']).toBe('me@sampan');
  expect(config.contexts).toEqual([{ name: 'me@sampan', context: { cluster: 'sampan', user: 'me' } }]);
  expect(config.clusters[0].cluster.server).toBe('https://127.0.0.1:6443');
  expect(Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toBe(
    pki.authority('ca').certificatePem,
  );
  const certificate = new X509Certificate(Buffer.from(certificateIn(text), 'base64'));
  expect(subjectOf(certificate)).toEqual({ commonName: 'kubernetes-admin', organizations: ['kubeadm:cluster-admins'] });
});

it('keeps the certificate while it serves, and follows the address', async () => {
  const first = await write('https://127.0.0.1:6443');
  expect(await write('https://127.0.0.1:6443')).toBe(first);
  const moved = await write('https://127.0.0.1:7443');
  expect(moved).not.toBe(first);
  expect(certificateIn(moved)).toBe(certificateIn(first));
});

it('issues another certificate when it expires soon, is another identity, or is damaged', async () => {
  const first = await write('https://127.0.0.1:6443');
  const later = await write('https://127.0.0.1:6443', administrator, new VirtualClock(Date.UTC(2026, 11, 15)));
  expect(certificateIn(later)).not.toBe(certificateIn(first));
  const node = await write('https://127.0.0.1:6443', nodeSubject('n1'));
  expect(subjectOf(new X509Certificate(Buffer.from(certificateIn(node), 'base64'))).commonName).toBe('system:node:n1');
  fs.writeFileSync(path.join(directory, 'a.kubeconfig'), 'torn');
  expect(parse(await write('https://127.0.0.1:6443')).kind).toBe('Config');
});
