/**
 * The keys of service-account tokens: one signs, all verify. A key's id is derived from the key, so that every API server
 * with the same key gives it the same name, and whoever verifies offline finds it in the published set.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { UsageError } from '../../../base/errors.ts';

export interface SigningKey {
  readonly id: string;
  readonly algorithm: string;
  readonly privateKey: KeyObject;
}

export interface VerificationKey {
  readonly id: string;
  readonly algorithm: string;
  readonly publicKey: KeyObject;
}

/** UsageError for a key that no token can be signed with. `file` is for the message. */
export function signingKey(pem: string, file: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  return { ...identified(createPublicKey(privateKey), file), privateKey };
}

export function verificationKey(pem: string, file: string): VerificationKey {
  const publicKey = createPublicKey(pem);
  return { ...identified(publicKey, file), publicKey };
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
