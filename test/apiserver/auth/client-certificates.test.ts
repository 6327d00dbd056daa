import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CertificatePair, makeAuthority, makeCertificate } from '../../../apiserver/auth/certificates.ts';
import { ClientCertificates } from '../../../apiserver/auth/client-certificates.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';

const nowMs = Date.UTC(2026, 0, 1);
const context = { nowMs, random: new SeededRandom(7) };
const der = (pair: CertificatePair): Uint8Array => new X509Certificate(pair.certificatePem).raw;

/** Version 1, made by openssl; valid for a hundred years. */
const OLD_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBGDCBvwIUA0/WPOzo3EVLvbWAQTlzVPF01DQwCgYIKoZIzj0EAwIwDjEMMAoG
A1UEAwwDb2xkMCAXDTI2MTIwMTE1NDk0NloYDzIxMjYxMTA3MTU0OTQ2WjAOMQww
CgYDVQQDDANvbGQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARYaPKDdzKkT8go
L2LltVdbSanGqWv9euZIpsADpJz7Uc0F1HbOeKumA7gf7Rp3G0szjKVRhv1Sf+Bl
q1R12MmUMAoGCCqGSM49BAMCA0gAMEUCIQCS7ig8loi+v+8z4DMj2xh04drTgk9d
NCeUxilxUTbNmQIgCIEJFPeO+8wc0rskXFTYHayssUFle/Y4ld3jfxjNgOE=
-----END CERTIFICATE-----
`;
const OLD_LEAF = `-----BEGIN CERTIFICATE-----
MIIBJTCBzQIUZ800g3xKWRTha35DA+QlP6uyyIswCgYIKoZIzj0EAwIwDjEMMAoG
A1UEAwwDb2xkMCAXDTI2MTIwMTE1NDk0NloYDzIxMjYxMTA3MTU0OTQ2WjAcMQww
CgYDVQQKDANkZXYxDDAKBgNVBAMMA2JvYjBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABMMcbvf6Ekbv7O++b9X9jDs5SzpAbNUDVQUM1NerJTZH+glf+gYlLYx4LeCT
0A2CuUUtLhebDU1EJ1YxIVYZND0wCgYIKoZIzj0EAwIDRwAwRAIgKPiuIJNR2uyg
/Rzk12WDKC9C4G6GsQmsjpaAIwCTwZECIHD1j15PiQbhTHE5XoZXUBYSiZ6t0And
eJkoLaj+/o/r
-----END CERTIFICATE-----
`;

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

  it('of an authority from before there were extensions are vouched for where it is listed, and nowhere else', () => {
    const later = nowMs + 400 * 24 * 60 * 60 * 1000;
    const chain = [new X509Certificate(OLD_LEAF).raw, new X509Certificate(OLD_AUTHORITY).raw];
    expect(judge(chain, later)).toBe('bob nobody');
    const listed = new ClientCertificates({ clientPem: OLD_AUTHORITY }, new VirtualClock(later));
    expect(listed.present(chain)).toMatchObject({ commonName: 'bob', signedBy: 'client-ca' });
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
