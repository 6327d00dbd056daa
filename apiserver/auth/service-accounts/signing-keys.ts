/**
 * The keys of service-account tokens: one signs, all verify. A key's id is derived from the key, so that every API server
 * with the same key gives it the same name, and whoever verifies offline finds it in the published set.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { UsageError } from '../../../base/errors.ts';
import { parsePrivateKey, parsePublicKey } from '../certificates.ts';

export interface SigningKey {
  readonly id: string;
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  /** Its own other half. */
  readonly public: VerificationKey;
}

export interface VerificationKey {
  readonly id: string;
  readonly algorithm: string;
  readonly publicKey: KeyObject;
}

/** UsageError for a key that no token can be signed with. `file` is for the message. */
export function signingKey(pem: string, file: string): SigningKey {
  const privateKey = parsePrivateKey(pem);
  if (typeof privateKey === 'string') throw new UsageError(`${file} ${privateKey}`);
  const publicKey = createPublicKey(privateKey);
  const named = identified(publicKey, file);
  return { ...named, privateKey, public: { ...named, publicKey } };
}

/** Every key of a PEM file: public ones, certificates', and the public halves of private ones. UsageError naming it. */
export function loadVerificationKeys(pem: string, file: string): VerificationKey[] {
  const blocks = pem.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const keys = blocks
    .filter((block) => !block.startsWith('-----BEGIN EC PARAMETERS'))
    .map((block) => {
      const publicKey = parsePublicKey(block);
      if (typeof publicKey === 'string') throw new UsageError(`${file} ${publicKey}`);
      return { ...identified(publicKey, file), publicKey };
    });
  if (keys.length === 0) throw new UsageError(`${file} holds no PEM block of a key`);
  return keys;
}

function identified(publicKey: KeyObject, file: string): { id: string; algorithm: string } {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(publicKey, file) };
}

function algorithmOf(key: KeyObject, file: string): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ec') {
    const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
    const algorithm = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }[curve];
    if (algorithm !== undefined) return algorithm;
  }
  throw new UsageError(
    `${file} is not a key for service-account tokens: it must be RSA, or ECDSA P-256, P-384 or P-521`,
  );
}

/** The published set (RFC 7517): public keys alone. */
export function jsonWebKeySet(keys: readonly VerificationKey[]): { keys: Record<string, unknown>[] } {
  return {
    keys: keys.map(({ id, algorithm, publicKey }) => ({
      use: 'sig',
      kid: id,
      alg: algorithm,
      ...publicKey.export({ format: 'jwk' }),
    })),
  };
}

/** The OpenID provider metadata by which others find the key set, served at `/.well-known/openid-configuration`. */
export function openIdConfiguration(
  issuer: string,
  keySetUrl: string,
  keys: readonly VerificationKey[],
): Record<string, unknown> {
  return {
    issuer,
    jwks_uri: keySetUrl,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(({ algorithm }) => algorithm))].sort(),
  };
}
