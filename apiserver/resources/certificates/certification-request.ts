/**
 * Certification requests (PKCS #10, RFC 2986) and certificates, as far as the API server judges them: that they can be
 * read, and that a request is signed by the key it is for.
 */
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { DER_BIT_STRING, DerError, derElements, derOid, derSequence } from './der.ts';
import { readPem } from './pem.ts';

interface SignatureAlgorithm {
  /** Undefined: part of the signature scheme. */
  readonly hash: string | undefined;
  /** What Go says when it does not fit. */
  readonly failure: string;
}

const RSA_FAILURE = 'crypto/rsa: verification error';
const ECDSA_FAILURE = 'x509: ECDSA verification failure';

const algorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.5': { hash: 'sha1', failure: RSA_FAILURE },
  '1.2.840.113549.1.1.11': { hash: 'sha256', failure: RSA_FAILURE },
  '1.2.840.113549.1.1.12': { hash: 'sha384', failure: RSA_FAILURE },
  '1.2.840.113549.1.1.13': { hash: 'sha512', failure: RSA_FAILURE },
  '1.2.840.10045.4.1': { hash: 'sha1', failure: ECDSA_FAILURE },
  '1.2.840.10045.4.3.2': { hash: 'sha256', failure: ECDSA_FAILURE },
  '1.2.840.10045.4.3.3': { hash: 'sha384', failure: ECDSA_FAILURE },
  '1.2.840.10045.4.3.4': { hash: 'sha512', failure: ECDSA_FAILURE },
  '1.3.101.112': { hash: undefined, failure: 'x509: Ed25519 verification failure' },
};

/** What is wrong with a request in PEM; undefined when it is signed by its own key. */
export function requestComplaint(text: string): string | undefined {
  const block = readPem(text);
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  try {
    return signatureComplaint(block.bytes);
  } catch (error) {
    if (error instanceof DerError) return error.message;
    throw error;
  }
}

function signatureComplaint(der: Uint8Array): string | undefined {
  const [request, ...trailing] = derElements(der);
  if (trailing.length > 0) return 'asn1: syntax error: trailing data';
  const [info, algorithmId, signature] = derSequence(request);
  // The info's elements: version, subject, public key, attributes.
  const [, , publicKey] = derSequence(info);
  const oid = derOid(derSequence(algorithmId)[0]);
  const algorithm = Object.hasOwn(algorithms, oid) ? algorithms[oid] : undefined;
  if (algorithm === undefined) return 'x509: cannot verify signature: algorithm unimplemented';
  if (info === undefined || publicKey === undefined || signature?.tag !== DER_BIT_STRING) {
    return 'asn1: structure error: bit string expected';
  }
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey.whole), format: 'der', type: 'spki' });
    // The first byte of a bit string tells how many bits are unused: none.
    const fits = verify(algorithm.hash, info.whole, key, signature.content.subarray(1));
    return fits ? undefined : algorithm.failure;
  } catch {
    return 'x509: invalid public key';
  }
}

/** What is wrong with a chain of certificates in PEM; undefined when each can be read. */
export function certificateComplaint(text: string): string | undefined {
  if (text === '') return undefined;
  let blocks = 0;
  for (let block = readPem(text); block !== undefined; block = readPem(block.rest)) {
    if (block.type !== 'CERTIFICATE') {
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(block.type)}`;
    }
    if (Object.keys(block.headers).length > 0) return 'no PEM block headers are permitted';
    if (block.bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    try {
      new X509Certificate(block.bytes);
    } catch {
      return 'x509: malformed certificate';
    }
    blocks++;
  }
  return blocks === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}
