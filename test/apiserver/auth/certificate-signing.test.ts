import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CertificateSigner } from '../../../apiserver/auth/certificate-signing.ts';
import { makeAuthority, subjectOf } from '../../../apiserver/auth/certificates.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { type AlternativeName, makeCertificateRequest } from './certificate-requests.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const random = new SeededRandom('signing');

const requestFor = async (name: string, names: readonly AlternativeName[] = []): Promise<string> =>
  (await makeCertificateRequest(name, names)).request;

describe('a signer of certificate requests', () => {
  const names = [
    { type: 'dns', value: 'node-1' },
    { type: 'ip', value: '10.0.0.1' },
    { type: 'email', value: 'a@b.example' },
    { type: 'url', value: 'https://b.example/' },
  ] as const;

  it('I11 reads what is asked for, and gives the names, the key and the usages for the term', async () => {
    const authority = await makeAuthority('kubernetes', { nowMs: START, random });
    const clock = new VirtualClock(START);
    const signer = new CertificateSigner(authority, { clock, random });
    const request = await requestFor('CN=first, CN=jane, O=dev, O=ops', names);
    expect(await signer.read(request)).toEqual({
      commonName: 'jane',
      organizations: ['dev', 'ops'],
      dnsNames: ['node-1'],
      ipAddresses: ['10.0.0.1'],
      emailAddresses: ['a@b.example'],
      uris: ['https://b.example/'],
    });
    const certificate = new X509Certificate(await signer.sign(request, ['digital signature', 'client auth'], 7200));
    expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
    expect(subjectOf(certificate)).toEqual({ commonName: 'jane', organizations: ['dev', 'ops'] });
    expect(certificate.subjectAltName).toBe(
      'DNS:node-1, IP Address:10.0.0.1, email:a@b.example, URI:https://b.example/',
    );
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.ca).toBe(false);
    expect(Date.parse(certificate.validFrom)).toBe(START - 5 * 60_000);
    expect(Date.parse(certificate.validTo)).toBe(START + 2 * HOUR_MS);
  });

  it.each<[number | undefined, number]>([
    [undefined, 365 * 24 * HOUR_MS - 5 * 60_000],
    [1, HOUR_MS / 6],
    [400 * 24 * 3600, 365 * 24 * HOUR_MS - 5 * 60_000],
    [8 * 3600, 8 * HOUR_MS - 5 * 60_000],
  ])('I11 asked for %j seconds, it is valid for %d ms', async (asked, validMs) => {
    const authority = await makeAuthority('kubernetes', { nowMs: START, random });
    const signer = new CertificateSigner(authority, { clock: new VirtualClock(START), random });
    const certificate = new X509Certificate(await signer.sign(await requestFor('CN=a'), ['client auth'], asked));
    expect(Date.parse(certificate.validTo) - START).toBe(validMs);
  });

  it('I11 signs nothing beyond its own end, for no strange usage, and nothing that is no request', async () => {
    const authority = await makeAuthority('kubernetes', { nowMs: START, random });
    const endMs = Date.parse(new X509Certificate(authority.certificatePem).validTo);
    const request = await requestFor('CN=a');
    const at = (nowMs: number) => new CertificateSigner(authority, { clock: new VirtualClock(nowMs), random });
    const last = new X509Certificate(await at(endMs - HOUR_MS).sign(request, ['client auth']));
    expect(Date.parse(last.validTo)).toBe(endMs);
    await expect(at(endMs).sign(request, ['client auth'])).rejects.toThrow('the signer has expired');
    await expect(at(START).sign(request, ['flying'])).rejects.toThrow('unrecognized usage values: ["flying"]');
    await expect(at(START).read('text')).rejects.toThrow('PEM block type must be CERTIFICATE REQUEST');
  });
});
