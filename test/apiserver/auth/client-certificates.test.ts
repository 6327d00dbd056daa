import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CertificatePair, makeAuthority, makeCertificate } from '../../../apiserver/auth/certificates.ts';
import { ClientCertificates } from '../../../apiserver/auth/client-certificates.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';

const nowMs = Date.UTC(2026, 0, 1);
const context = { nowMs, random: new SeededRandom(7) };
const der = (pair: CertificatePair): Uint8Array => new X509Certificate(pair.certificatePem).raw;

let ca: CertificatePair;
let proxyCa: CertificatePair;
let otherCa: CertificatePair;
let leaf: CertificatePair;

beforeAll(async () => {
  [ca, proxyCa, otherCa] = await Promise.all([
    makeAuthority('kubernetes', context),
    makeAuthority('front-proxy-ca', context),
    // The same name as ours: only the signature tells them apart.
    makeAuthority('kubernetes', context),
  ]);
  leaf = await makeCertificate({ commonName: 'bob', organizations: ['dev'], usages: ['client'] }, ca, context);
});

function judge(chain: readonly Uint8Array[], atMs = nowMs): string {
  const certificates = new ClientCertificates(
    { clientPem: ca.certificatePem, frontProxyPem: proxyCa.certificatePem },
    new VirtualClock(atMs),
  );
  const presented = certificates.present(chain);
  return presented === undefined ? 'none' : `${presented.commonName} ${presented.signedBy}`;
}

describe('client certificates', () => {
  it('of our authority are vouched for', () => {
    expect(judge([der(leaf)])).toBe('bob client-ca');
  });

  it('of the front proxy authority are told apart', async () => {
    const proxy = await makeCertificate({ commonName: 'front-proxy-client', usages: ['client'] }, proxyCa, context);
    expect(judge([der(proxy)])).toBe('front-proxy-client front-proxy-ca');
  });

  it('of another authority prove nothing, even with its certificate sent along', async () => {
    const forged = await makeCertificate({ commonName: 'admin', usages: ['client'] }, otherCa, context);
    expect(judge([der(forged)])).toBe('admin nobody');
    expect(judge([der(forged), der(otherCa)])).toBe('admin nobody');
    expect(judge([der(otherCa)])).toBe('kubernetes nobody');
  });

  it('prove nothing before and after their time', () => {
    expect(judge([der(leaf)], nowMs - 60 * 60 * 1000)).toBe('bob nobody');
    expect(judge([der(leaf)], nowMs + 366 * 24 * 60 * 60 * 1000)).toBe('bob nobody');
  });

  it('a judgement that is remembered still expires', async () => {
    const clock = new VirtualClock(nowMs);
    const certificates = new ClientCertificates({ clientPem: ca.certificatePem }, clock);
    expect(certificates.present([der(leaf)])?.signedBy).toBe('client-ca');
    clock.jumpWall(366 * 24 * 60 * 60 * 1000);
    expect(certificates.present([der(leaf)])?.signedBy).toBe('nobody');
  });

  it('made for servers prove nothing', async () => {
    const server = await makeCertificate({ commonName: 'kube-apiserver', usages: ['server'] }, ca, context);
    expect(judge([der(server)])).toBe('kube-apiserver nobody');
  });

  it('signed by a leaf prove nothing', async () => {
    const forged = await makeCertificate({ commonName: 'admin', usages: ['client'] }, leaf, context);
    expect(judge([der(forged), der(leaf)])).toBe('admin nobody');
  });

  it('tampered with prove nothing', () => {
    const bytes = Buffer.from(der(leaf));
    const at = bytes.indexOf('bob');
    bytes.write('bab', at);
    expect(judge([bytes])).toBe('bab nobody');
    expect(judge([Buffer.from('nonsense')])).toBe('none');
    expect(judge([])).toBe('none');
  });
});
