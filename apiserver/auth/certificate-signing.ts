/**
 * Signing what certificate requests (PKCS #10) ask for, with the names that they ask for, the usages of the API and a bounded
 * term (k8s.io/kubernetes/pkg/controller/certificates/authority). Who may have what is judged elsewhere.
 */
import type { CertificateAuthority, RequestedNames } from '../../base/certificate-authority.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import {
  authorityKey,
  type CertificatePair,
  importSigningKey,
  LEAF_VALID_MS,
  serialNumber,
  signingAlgorithmOf,
} from './certificates.ts';

const BACKDATE_MS = 5 * 60 * 1000;
/** Shorter terms are not shortened by the backdating. */
const SHORT_MS = 8 * 60 * 60 * 1000;
const TERM_LEAST_MS = 10 * 60 * 1000;

/** Bits of RFC 5280's KeyUsage, by the API's names. */
const keyUsages: Readonly<Record<string, number>> = {
  signing: 1,
  'digital signature': 1,
  'content commitment': 2,
  'key encipherment': 4,
  'data encipherment': 8,
  'key agreement': 16,
  'cert sign': 32,
  'crl sign': 64,
  'encipher only': 128,
  'decipher only': 256,
};

const PKIX = '1.3.6.1.5.5.7.3';
const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': `${PKIX}.1`,
  'client auth': `${PKIX}.2`,
  'code signing': `${PKIX}.3`,
  'email protection': `${PKIX}.4`,
  's/mime': `${PKIX}.4`,
  'ipsec end system': `${PKIX}.5`,
  'ipsec tunnel': `${PKIX}.6`,
  'ipsec user': `${PKIX}.7`,
  timestamping: `${PKIX}.8`,
  'ocsp signing': `${PKIX}.9`,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

export interface CertificateSignerDeps {
  readonly clock: Clock;
  /** For serial numbers. */
  readonly random: Random;
  /** How long certificates are valid that ask for nothing shorter; a year. */
  readonly termMs?: number;
}

export class CertificateSigner implements CertificateAuthority {
  readonly #authority: CertificatePair;
  readonly #deps: CertificateSignerDeps;

  constructor(authority: CertificatePair, deps: CertificateSignerDeps) {
    this.#authority = authority;
    this.#deps = deps;
  }

  async read(request: string): Promise<RequestedNames> {
    const { subjectName, names } = await parse(request);
    const of = (type: string): string[] => names.filter((name) => name.type === type).map(({ value }) => value);
    return {
      commonName: subjectName.getField('CN').at(-1) ?? '',
      organizations: subjectName.getField('O'),
      dnsNames: of('dns'),
      ipAddresses: of('ip'),
      emailAddresses: of('email'),
      uris: of('url'),
    };
  }

  async sign(request: string, usages: readonly string[], expirationSeconds?: number): Promise<string> {
    const { x509 } = await import('./x509-library.ts');
    const { clock, random, termMs = LEAF_VALID_MS } = this.#deps;
    const { subjectName, publicKey, names } = await parse(request);
    const strange = usages.filter((usage) => !Object.hasOwn(keyUsages, usage) && !Object.hasOwn(extendedUsages, usage));
    if (strange.length > 0) throw new Error(`unrecognized usage values: ${JSON.stringify(strange)}`);
    const issuer = new x509.X509Certificate(this.#authority.certificatePem);
    const signingKey = await importSigningKey(this.#authority.keyPem);
    const nowMs = clock.nowMs();
    const endMs = issuer.notAfter.getTime();
    if (nowMs >= endMs) throw new Error(`the signer has expired: NotAfter=${issuer.notAfter.toISOString()}`);
    const wantedMs =
      expirationSeconds === undefined ? termMs : Math.min(termMs, Math.max(TERM_LEAST_MS, expirationSeconds * 1000));
    const untilMs = nowMs + wantedMs - (wantedMs < SHORT_MS ? 0 : BACKDATE_MS);
    const bits = usages.reduce((all, usage) => all | (keyUsages[usage] ?? 0), 0);
    const extended = [...new Set(usages.flatMap((usage) => extendedUsages[usage] ?? []))];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: subjectName,
      issuer: issuer.subjectName,
      publicKey,
      signingKey,
      signingAlgorithm: signingAlgorithmOf(signingKey),
      serialNumber: serialNumber(random),
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(Math.min(untilMs, endMs)),
      extensions: [
        ...(bits === 0 ? [] : [new x509.KeyUsagesExtension(bits, true)]),
        ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
        new x509.BasicConstraintsExtension(false, undefined, true),
        ...authorityKey(x509, issuer),
        ...(names.length === 0
          ? []
          : [new x509.SubjectAlternativeNameExtension(names, subjectName.toJSON().length === 0)]),
      ],
    });
    return `${certificate.toString('pem')}\n`;
  }
}

/** Rejects when it is no request in PEM. */
export async function readRequest(pem: string) {
  const { x509 } = await import('./x509-library.ts');
  if (!/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(pem))
    throw new Error('PEM block type must be CERTIFICATE REQUEST');
  return new x509.Pkcs10CertificateRequest(pem);
}

async function parse(pem: string) {
  const { x509 } = await import('./x509-library.ts');
  const { subjectName, publicKey, extensions } = await readRequest(pem);
  const asked = extensions.find((each) => each instanceof x509.SubjectAlternativeNameExtension);
  const known = ['dns', 'ip', 'email', 'url'];
  return { subjectName, publicKey, names: (asked?.names.toJSON() ?? []).filter(({ type }) => known.includes(type)) };
}
