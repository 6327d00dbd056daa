/**
 * Accepts the tokens of service accounts: signed by one of our keys, by an issuer that is us, for an audience that is
 * asked for, in time, and as long as the account and the object that the token is bound to are still the same.
 */
import type { Clock } from '../../../base/clock.ts';
import type { GroupResource, KubeObject } from '../../machinery/resource-row.ts';
import { AuthenticationFailure, type Awaitable } from '../../machinery/steps.ts';
import type { TokenAuthenticator, TokenIdentity } from '../token-authenticators.ts';
import { CREDENTIAL_ID, serviceAccountUser } from '../users.ts';
import type { VerificationKey } from './signing-keys.ts';
import { type KubernetesClaims, type ObjectIdentity, readKubernetesClaims } from './token-claims.ts';

/** Clocks may differ by so much; deleted objects count a little longer, too. */
const LEEWAY_SECONDS = 60;

export type ReadObject = (
  resource: GroupResource,
  namespace: string | undefined,
  name: string,
) => Awaitable<KubeObject | undefined>;

export interface AccountAuthenticatorOptions {
  /** Accepted issuers; the first is ours. */
  readonly issuers: readonly string[];
  readonly apiAudiences: readonly string[];
  readonly keys: readonly VerificationKey[];
  readonly read: ReadObject;
  readonly clock: Clock;
}

interface Payload {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | string[];
  readonly iat?: number;
  readonly jti?: string;
  readonly [claim: string]: unknown;
}

export class AccountAuthenticator implements TokenAuthenticator {
  readonly #options: AccountAuthenticatorOptions;

  constructor(options: AccountAuthenticatorOptions) {
    this.#options = options;
  }

  async authenticate(
    token: string,
    audiences: readonly string[] = this.#options.apiAudiences,
  ): Promise<TokenIdentity | AuthenticationFailure | undefined> {
    // Somebody else's tokens are somebody else's business.
    if (!this.#options.issuers.includes(unverifiedIssuer(token) ?? '')) return undefined;
    const payload = await this.#verify(token);
    if (typeof payload === 'string') return new AuthenticationFailure(payload);
    const meantFor = payload.aud === undefined ? this.#options.apiAudiences : [payload.aud].flat();
    const matching = meantFor.filter((audience) => audiences.includes(audience));
    if (matching.length === 0) return new AuthenticationFailure('token audiences are not the target audiences');
    const claims = readKubernetesClaims(payload);
    if (claims === undefined) return new AuthenticationFailure('service account token has no account');
    const refusal = await this.#refusal(claims);
    if (refusal !== undefined) return new AuthenticationFailure(refusal);
    return { user: userOf(claims, payload.jti), audiences: matching };
  }

  /** The payload; or why the token does not count, without a word of it. */
  async #verify(token: string): Promise<Payload | string> {
    const { jwtVerify, decodeProtectedHeader, errors } = await import('jose');
    try {
      const { kid } = decodeProtectedHeader(token);
      const keys = this.#options.keys.filter(({ id }) => kid === undefined || id === kid);
      if (keys.length === 0) return 'invalid signature, no keys found';
      const nowMs = this.#options.clock.nowMs();
      for (const { publicKey, algorithm } of keys) {
        try {
          const { payload } = await jwtVerify(token, publicKey, {
            // One algorithm a key: neither `none` nor a public key taken for a shared secret.
            algorithms: [algorithm],
            issuer: [...this.#options.issuers],
            currentDate: new Date(nowMs),
            clockTolerance: LEEWAY_SECONDS,
            requiredClaims: ['exp'],
          });
          const issuedAt = payload.iat ?? 0;
          if (issuedAt * 1000 > nowMs + LEEWAY_SECONDS * 1000) return 'service account token is issued in the future';
          return payload;
        } catch (thrown) {
          if (!(thrown instanceof errors.JWSSignatureVerificationFailed)) throw thrown;
        }
      }
      return 'invalid signature';
    } catch (thrown) {
      if (thrown instanceof errors.JWTExpired) return 'service account token has expired';
      if (thrown instanceof errors.JWTClaimValidationFailed)
        return `service account token: ${thrown.claim} is not valid`;
      if (thrown instanceof errors.JOSEError) return 'service account token is malformed';
      throw thrown;
    }
  }

  async #refusal(claims: KubernetesClaims): Promise<string | undefined> {
    const { namespace, serviceaccount, secret, pod, node } = claims;
    if (!(await this.#lives('serviceaccounts', namespace, serviceaccount))) return 'service account has been deleted';
    const bound: readonly (readonly [string, string | undefined, ObjectIdentity | undefined])[] = [
      ['secrets', namespace, secret],
      ['pods', namespace, pod],
      // A pod's token names its node for information: it is bound to the pod.
      ['nodes', undefined, pod === undefined ? node : undefined],
    ];
    for (const [resource, where, identity] of bound) {
      if (identity !== undefined && !(await this.#lives(resource, where, identity))) {
        return 'service account token has been invalidated';
      }
    }
    return undefined;
  }

  async #lives(resource: string, namespace: string | undefined, { name, uid }: ObjectIdentity): Promise<boolean> {
    const object = await this.#options.read({ group: '', resource }, namespace, name);
    if (object === undefined || object.metadata.uid !== uid) return false;
    const { deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined) return true;
    return Date.parse(deletionTimestamp) >= this.#options.clock.nowMs() - LEEWAY_SECONDS * 1000;
  }
}

function userOf(claims: KubernetesClaims, jti: string | undefined): TokenIdentity['user'] {
  const { namespace, serviceaccount, pod, node } = claims;
  const extra: Record<string, readonly string[]> = {};
  if (jti !== undefined && jti !== '') extra[CREDENTIAL_ID] = [`JTI=${jti}`];
  const tell = (what: string, identity: ObjectIdentity | undefined): void => {
    if (identity === undefined) return;
    extra[`authentication.kubernetes.io/${what}-name`] = [identity.name];
    if (identity.uid !== undefined) extra[`authentication.kubernetes.io/${what}-uid`] = [identity.uid];
  };
  tell('pod', pod);
  tell('node', node);
  return serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid ?? '', extra);
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
