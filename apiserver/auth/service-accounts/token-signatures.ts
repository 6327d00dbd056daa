/**
 * What both kinds of service-account tokens have in common: an issuer, a signature by one of our keys, and audiences
 * (k8s.io/kubernetes/pkg/serviceaccount/jwt.go). The words are upstream's: a TokenReview shows them.
 */
import { AuthenticationFailure } from '../../machinery/steps.ts';
import type { TokenNotes } from '../token-authenticators.ts';
import type { VerificationKey } from './signing-keys.ts';
import type { TokenUses } from './token-uses.ts';

export interface Payload {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly exp?: unknown;
  readonly nbf?: unknown;
  readonly iat?: unknown;
  readonly jti?: unknown;
  readonly [claim: string]: unknown;
}

export interface SignedTokenRules {
  readonly issuers: readonly string[];
  readonly apiAudiences: readonly string[];
  readonly keys: readonly VerificationKey[];
  readonly uses: TokenUses;
}

export interface SignedToken {
  readonly payload: Payload;
  /** Those of the audiences asked for that it is meant for. */
  readonly audiences: readonly string[];
  readonly notes: TokenNotes;
}

/** Undefined: somebody else's token, or none at all. */
export async function verifySigned(
  token: string,
  { issuers, apiAudiences, keys, uses }: SignedTokenRules,
  audiences: readonly string[] = apiAudiences,
): Promise<SignedToken | AuthenticationFailure | undefined> {
  // Somebody else's tokens are somebody else's business.
  if (!issuers.includes(unverifiedIssuer(token) ?? '')) return undefined;
  const payload = await signedPayload(token, keys);
  if (payload === undefined) return undefined;
  if (typeof payload === 'string') return new AuthenticationFailure(payload);
  const named = textsOf(payload.aud);
  if (named.length === 0) uses.count('legacy');
  const meantFor = named.length === 0 ? apiAudiences : named;
  const matching = meantFor.filter((audience) => audiences.includes(audience));
  if (matching.length === 0 && apiAudiences.length > 0) {
    return new AuthenticationFailure(
      `token audiences ${quotedList(meantFor)} is invalid for the target audiences ${quotedList(audiences)}`,
    );
  }
  const subject = typeof payload.sub === 'string' ? payload.sub : '';
  const annotations = named.length === 0 ? { 'authentication.k8s.io/legacy-token': subject } : {};
  return { payload, audiences: matching, notes: { annotations } };
}

/** The payload; or why the token does not count, without a word of it; undefined when it is no token. */
async function signedPayload(token: string, keys: readonly VerificationKey[]): Promise<Payload | string | undefined> {
  const { compactVerify, decodeProtectedHeader } = await import('jose');
  let kid: string | undefined;
  try {
    ({ kid } = decodeProtectedHeader(token));
  } catch {
    return undefined;
  }
  const known = keys.filter(({ id }) => kid === undefined || kid === '' || id === kid);
  if (known.length === 0) return 'invalid signature, no keys found';
  for (const { publicKey, algorithm } of known) {
    try {
      // One algorithm a key: neither `none` nor a public key taken for a shared secret.
      const { payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] });
      return JSON.parse(Buffer.from(payload).toString('utf8')) as Payload;
    } catch {
      // Another key may have signed it.
    }
  }
  return 'go-jose/go-jose: error in cryptographic primitive';
}

/** The issuer that a token claims to have, before anything is verified. */
export function unverifiedIssuer(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload !== 'object' || payload === null || !('iss' in payload)) return undefined;
    return typeof payload.iss === 'string' ? payload.iss : undefined;
  } catch {
    return undefined;
  }
}

function textsOf(value: unknown): string[] {
  return [value].flat().filter((each): each is string => typeof each === 'string');
}

function quotedList(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
}
