/**
 * Whether certificates and keys fit together: pure judgements on what was read. What cannot be used is a UsageError
 * with the file's name; what is merely due for renewal is a reason in words.
 */
import { createPublicKey, type X509Certificate } from 'node:crypto';
import { UsageError } from '../../base/errors.ts';
import {
  missingNames,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
  publicKeyPemOf,
  RENEW_BEFORE_MS,
  subjectOf,
  validUntilMs,
} from './certificates.ts';
import type { ServiceAccountKeys, StoredPair } from './pki.ts';
import type { LeafPlan } from './pki-plan.ts';

/** An authority with less than this left is worth a warning at every start. */
const AUTHORITY_WARN_MS = 90 * 24 * 60 * 60 * 1000;

/** The certificate of a pair whose key belongs to it. */
export function judgePair(pair: StoredPair): X509Certificate {
  const certificate = readCertificate(pair.certificateFile, pair.certificatePem);
  const key = parsePrivateKey(pair.keyPem);
  if (typeof key === 'string') throw new UsageError(`${pair.keyFile} ${key}`);
  if (!certificate.checkPrivateKey(key)) {
    throw new UsageError(`${pair.keyFile} is not the private key of ${pair.certificateFile}`);
  }
  return certificate;
}

/** A warning in words when the authority expires soon; undefined when all is well. */
export function judgeAuthority(pair: StoredPair, keyIsHere: boolean, nowMs: number): string | undefined {
  const certificate = keyIsHere ? judgePair(pair) : readCertificate(pair.certificateFile, pair.certificatePem);
  if (!certificate.ca) throw new UsageError(`${pair.certificateFile} is not a certificate authority's`);
  const until = validUntilMs(certificate);
  if (until <= nowMs) throw new UsageError(`${pair.certificateFile} expired on ${certificate.validTo}`);
  return until - nowMs < AUTHORITY_WARN_MS ? `certificate authority expires on ${certificate.validTo}` : undefined;
}

/** Why the leaf must be made anew, in words; undefined when it serves. */
export function judgeLeaf(pair: StoredPair, plan: LeafPlan, authority: StoredPair, nowMs: number): string | undefined {
  const certificate = judgePair(pair);
  if (!authoritiesIn(authority).some((issuer) => certificate.verify(issuer.publicKey))) {
    throw new UsageError(`${pair.certificateFile} was not signed by ${authority.certificateFile}`);
  }
  if (validUntilMs(certificate) - nowMs < RENEW_BEFORE_MS) return `valid only until ${certificate.validTo}`;
  const missing = missingNames(certificate, plan.names ?? []);
  if (missing.length > 0) return `it does not name ${missing.join(', ')}`;
  const subject = subjectOf(certificate);
  if (subject.commonName !== plan.commonName) return `its subject is ${subject.commonName}`;
  return undefined;
}

/** Checks that the two keys are one pair; the public one may be missing. */
export function loadServiceAccountKeys(
  privateKeyFile: string,
  privateKeyPem: string,
  publicKeyFile: string,
  publicKeyPem: string | undefined,
): ServiceAccountKeys {
  const key = parsePrivateKey(privateKeyPem);
  if (typeof key === 'string') throw new UsageError(`${privateKeyFile} ${key}`);
  const own = publicKeyPemOf(key);
  if (publicKeyPem !== undefined) {
    const stored = parsePublicKey(publicKeyPem);
    if (typeof stored === 'string') throw new UsageError(`${publicKeyFile} ${stored}`);
    if (!stored.equals(createPublicKey(key))) {
      throw new UsageError(`${publicKeyFile} is not the public key of ${privateKeyFile}`);
    }
  }
  return { privateKeyPem, publicKeyPem: publicKeyPem ?? own, privateKeyFile };
}

function readCertificate(file: string, pem: string): X509Certificate {
  const certificate = parseCertificate(pem);
  if (typeof certificate === 'string') throw new UsageError(`${file} ${certificate}`);
  return certificate;
}

/** All certificates of an authority's file: during a change of authority it holds the old and the new. */
function authoritiesIn(authority: StoredPair): X509Certificate[] {
  const blocks = authority.certificatePem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => readCertificate(authority.certificateFile, block));
}
