import { X509Certificate } from 'node:crypto';
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
