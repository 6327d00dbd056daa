/**
 * Making and judging single X.509 certificates. Keys are ECDSA P-256: as strong as RSA 3072 and a hundred times faster
 * to make, so that a first start stays short. The X.509 library is imported only when a certificate is really made;
 * reading and checking needs Node alone.
 */
import { createPrivateKey, createPublicKey, type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { codeOf } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** kubeadm's terms: certificate authorities ten years, everything they sign one. */
export const AUTHORITY_VALID_MS = 3650 * DAY_MS;
export const LEAF_VALID_MS = 365 * DAY_MS;
/** A leaf with less than this left is renewed at the next start. */
export const RENEW_BEFORE_MS = 30 * DAY_MS;
/** Certificates start a little in the past: other machines' clocks may be behind. */
const BACKDATE_MS = 5 * 60 * 1000;

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export type Usage = 'server' | 'client';

export interface CertificateRequest extends Subject {
  readonly usages: readonly Usage[];
  /** DNS names and IP addresses that a server answers to. */
  readonly names?: readonly string[];
}

/** A certificate and its private key, in PEM. */
export interface CertificatePair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface SigningContext {
  readonly nowMs: number;
  /** For serial numbers. */
  readonly random: Random;
}

export async function makeAuthority(commonName: string, context: SigningContext): Promise<CertificatePair> {
  const { x509 } = await import('./x509-library.ts');
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: distinguishedName({ commonName }),
    keys,
    signingAlgorithm: SIGNING,
    serialNumber: serialNumber(context.random),
    notBefore: new Date(context.nowMs - BACKDATE_MS),
    notAfter: new Date(context.nowMs + AUTHORITY_VALID_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
    ],
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await privateKeyPem(keys.privateKey) };
}

/** A server's certificate that signs itself: it hides traffic, and proves nothing to those who were not given it. */
export async function makeSelfSigned(
  {
    names,
    organization,
    validMs,
  }: { readonly names: readonly string[]; readonly organization: string; readonly validMs: number },
  context: SigningContext,
): Promise<CertificatePair> {
  const { x509 } = await import('./x509-library.ts');
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ O: [organization] }],
    keys,
    signingAlgorithm: SIGNING,
    serialNumber: serialNumber(context.random),
    notBefore: new Date(context.nowMs - BACKDATE_MS),
    notAfter: new Date(context.nowMs + validMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...alternativeNames(x509, names),
    ],
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await privateKeyPem(keys.privateKey) };
}

/** A certificate for `request`, signed by `authority`; never valid beyond the authority. */
export async function makeCertificate(
  request: CertificateRequest,
  authority: CertificatePair,
  context: SigningContext,
): Promise<CertificatePair> {
  const { x509 } = await import('./x509-library.ts');
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const signingKey = await importSigningKey(authority.keyPem);
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: distinguishedName(request),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: signingAlgorithmOf(signingKey),
    serialNumber: serialNumber(context.random),
    notBefore: new Date(context.nowMs - BACKDATE_MS),
    notAfter: new Date(Math.min(context.nowMs + LEAF_VALID_MS, issuer.notAfter.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(
        request.usages.map((usage) =>
          usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
        ),
      ),
      ...authorityKey(x509, issuer),
      ...alternativeNames(x509, request.names ?? []),
    ],
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await privateKeyPem(keys.privateKey) };
}

/** Whoever signs is named by the identifier that its own certificate has, if it has one. */
export function authorityKey(
  x509: typeof import('@peculiar/x509'),
  issuer: import('@peculiar/x509').X509Certificate,
): InstanceType<typeof x509.AuthorityKeyIdentifierExtension>[] {
  const own = issuer.getExtension(x509.SubjectKeyIdentifierExtension);
  return own === null ? [] : [new x509.AuthorityKeyIdentifierExtension(own.keyId)];
}

function alternativeNames(
  x509: typeof import('@peculiar/x509'),
  names: readonly string[],
): InstanceType<typeof x509.SubjectAlternativeNameExtension>[] {
  if (names.length === 0) return [];
  const typed = names.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value }));
  return [new x509.SubjectAlternativeNameExtension(typed)];
}

/** A key pair for signing service-account tokens (ES256): PKCS#8 and SPKI in PEM. */
export async function makeSigningKeys(): Promise<{ privateKeyPem: string; publicKeyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const keyPem = await privateKeyPem(keys.privateKey);
  return { privateKeyPem: keyPem, publicKeyPem: publicKeyPemOf(createPrivateKey(keyPem)) };
}

export function publicKeyPemOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
}

/** Why the first certificate of a PEM file cannot be used, in words; or the certificate. */
export function parseCertificate(pem: string): X509Certificate | string {
  if (!/-----BEGIN CERTIFICATE-----/.test(pem)) return 'holds no PEM block of type CERTIFICATE';
  try {
    return new X509Certificate(pem);
  } catch (thrown) {
    return `holds no valid certificate (${codeOf(thrown) ?? 'it cannot be decoded'})`;
  }
}

export function parsePrivateKey(pem: string): KeyObject | string {
  if (!/-----BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-----/.test(pem)) return 'holds no PEM block of a private key';
  try {
    return createPrivateKey(pem);
  } catch (thrown) {
    return `holds no valid private key (${codeOf(thrown) ?? 'it cannot be decoded'})`;
  }
}

export function parsePublicKey(pem: string): KeyObject | string {
  if (!/-----BEGIN /.test(pem)) return 'holds no PEM block';
  try {
    return createPublicKey(pem);
  } catch (thrown) {
    return `holds no valid public key (${codeOf(thrown) ?? 'it cannot be decoded'})`;
  }
}

/** The last millisecond at which it is valid. */
export function validUntilMs(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

/** The names of `wanted` (DNS names and addresses) that the certificate does not answer to. */
export function missingNames(certificate: X509Certificate, wanted: readonly string[]): string[] {
  return wanted.filter((name) =>
    isAddress(name) ? certificate.checkIP(name) === undefined : certificate.checkHost(name) === undefined,
  );
}

/** CN and O of a subject; of several CNs the last counts, as Go reads them. */
export function subjectOf(certificate: X509Certificate): Required<Subject> {
  const subject: Readonly<Record<string, string | string[] | undefined>> = certificate.toLegacyObject().subject;
  const values = (value: string | string[] | undefined): string[] =>
    value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
  return { commonName: values(subject.CN).at(-1) ?? '', organizations: values(subject.O) };
}

export function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.includes(':');
}

function distinguishedName(subject: Subject): Record<string, string[]>[] {
  const organizations = subject.organizations ?? [];
  return [...(organizations.length > 0 ? [{ O: [...organizations] }] : []), { CN: [subject.commonName] }];
}

/** 63 random bits in hex, never zero (RFC 5280 wants a positive integer). */
export function serialNumber(random: Random): string {
  const bytes = random.bytes(8);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

export function signingAlgorithmOf({ algorithm }: webcrypto.CryptoKey) {
  return algorithm.name === 'ECDSA' ? SIGNING : algorithm;
}

/** A CA's key for WebCrypto. What we make is P-256; a user's own CA may be another curve or RSA. */
export async function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = createPrivateKey(pem);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'P-256', hash: 'SHA-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}
