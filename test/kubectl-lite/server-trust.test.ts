import { webcrypto, X509Certificate } from 'node:crypto';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type CertificatePair, makeAuthority, makeCertificate, type Usage } from '../../apiserver/auth/certificates.ts';
import { codeOf } from '../../base/errors.ts';
import { SeededRandom } from '../../base/random.ts';
import { systemClock } from '../../base/system.ts';
import { HttpClient } from '../../kubectl-lite/http/http-client.ts';
import { connectTrusting, isTrusted } from '../../kubectl-lite/server-trust.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const signing = { nowMs: NOW_MS, random: new SeededRandom(1) };

const certificate = ({ certificatePem }: CertificatePair): X509Certificate => new X509Certificate(certificatePem);
const issued = (authority: CertificatePair, usage: Usage = 'server'): Promise<CertificatePair> =>
  makeCertificate({ commonName: 'server', usages: [usage], names: ['api.test', '127.0.0.1'] }, authority, signing);

describe('who is trusted', () => {
  it('is the named server of the authority, while both are valid, and nobody else', async () => {
    const authority = await makeAuthority('one', signing);
    const other = await makeAuthority('one', signing);
    const leaf = certificate(await issued(authority));
    const judged = (name: string, { by = authority, nowMs = NOW_MS, who = leaf } = {}): boolean =>
      isTrusted(who, [certificate(by)], name, nowMs);
    expect(judged('api.test')).toBe(true);
    expect(judged('127.0.0.1')).toBe(true);
    expect(judged('server')).toBe(false);
    expect(judged('127.0.0.2')).toBe(false);
    expect(judged('api.test', { by: other })).toBe(false);
    expect(judged('api.test', { nowMs: NOW_MS + 2 * YEAR_MS })).toBe(false);
    expect(judged('api.test', { nowMs: NOW_MS - YEAR_MS })).toBe(false);
    expect(judged('api.test', { who: certificate(await issued(authority, 'client')) })).toBe(false);
    expect(isTrusted(leaf, [], 'api.test', NOW_MS)).toBe(false);
    expect(isTrusted(leaf, [leaf], 'api.test', NOW_MS)).toBe(false);
  });
});

describe('what is left to Node to judge', () => {
  /** An authority and a leaf of one's own making. */
  async function pairOf({ hash = 'SHA-256', constrained = false, name = 'a.api.test' }) {
    const { x509 } = await import('../../apiserver/auth/x509-library.ts');
    const curve = { name: 'ECDSA', namedCurve: 'P-256' };
    const [own, ofLeaf] = await Promise.all(
      [1, 2].map(() => webcrypto.subtle.generateKey(curve, true, ['sign', 'verify'])),
    );
    if (own === undefined || ofLeaf === undefined) throw new Error('no keys');
    const validity = { notBefore: new Date(NOW_MS), notAfter: new Date(NOW_MS + YEAR_MS) };
    // Only names below other.test (RFC 5280, 4.2.1.10).
    const constraints = Buffer.concat([Buffer.from('300fa00d300b8209', 'hex'), Buffer.from('other.tes')]);
    const authority = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: ['one'] }],
      keys: own,
      signingAlgorithm: { ...curve, hash: 'SHA-256' },
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        ...(constrained ? [new x509.Extension('2.5.29.30', true, constraints)] : []),
      ],
    });
    const leaf = await x509.X509CertificateGenerator.create({
      subject: [{ CN: ['server'] }],
      issuer: authority.subjectName,
      publicKey: ofLeaf.publicKey,
      signingKey: own.privateKey,
      signingAlgorithm: { ...curve, hash },
      ...validity,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
    });
    const read = (made: { toString(format: 'pem'): string }) => new X509Certificate(made.toString('pem'));
    return isTrusted(read(leaf), [read(authority)], 'a.api.test', NOW_MS);
  }

  it('is a weak signature, an authority for certain names, half a name', async () => {
    expect(await pairOf({})).toBe(true);
    expect(await pairOf({ name: '*.api.test' })).toBe(true);
    expect(await pairOf({ name: 'a*.api.test' })).toBe(false);
    expect(await pairOf({ hash: 'SHA-1' })).toBe(false);
    expect(await pairOf({ constrained: true })).toBe(false);
  });
});

describe('a connection', () => {
  const servers: https.Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  it('sends nothing to a server that its authority has not issued', async () => {
    // OpenSSL judges by the machine's clock.
    const now = { nowMs: systemClock.nowMs(), random: new SeededRandom(2) };
    const [own, foreign] = [await makeAuthority('own', now), await makeAuthority('foreign', now)];
    const pair = await makeCertificate({ commonName: 's', usages: ['server'], names: ['127.0.0.1'] }, own, now);
    let seen = 0;
    const server = https.createServer({ cert: pair.certificatePem, key: pair.keyPem }, (_, response) => {
      seen++;
      response.end('well');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const asked = async (authority: CertificatePair): Promise<string | undefined> => {
      const options = { host: '127.0.0.1', port, ca: Buffer.from(authority.certificatePem) };
      const client = new HttpClient('127.0.0.1', () => connectTrusting(options, systemClock), 0);
      try {
        return await (await client.request({ method: 'GET', target: '/', headers: {} })).text();
      } catch (thrown) {
        return codeOf(thrown);
      } finally {
        client.close();
      }
    };
    expect(await asked(own)).toBe('well');
    expect(await asked(foreign)).toMatch(/UNABLE_TO|SELF_SIGNED|CERT/);
    expect(seen).toBe(1);
  });
});
