/**
 * Accepts the tokens of one OpenID provider: signed by one of its keys, for one of our audiences, in time; and makes a
 * user of their claims, as the configuration says (k8s.io/apiserver/plugin/pkg/authenticator/token/oidc).
 *
 * Invariant: reasons name claims and rules, never a token.
 */
import type { JWK, JWTPayload } from 'jose';
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { UserInfo } from '../../machinery/resource-row.ts';
import { AuthenticationFailure } from '../../machinery/steps.ts';
import { unverifiedIssuer } from '../service-accounts/token-signatures.ts';
import type { TokenAuthenticator, TokenIdentity } from '../token-authenticators.ts';
import { CREDENTIAL_ID, makeUser } from '../users.ts';
import type { JwtIssuer, StringMapping, ValidationRule } from './authentication-config.ts';
import { distributedClaim } from './distributed-claims.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** Every algorithm that a public key can be for. */
export const SIGNING_ALGORITHMS: readonly string[] = ['RS', 'ES', 'PS'].flatMap((family) =>
  ['256', '384', '512'].map((bits) => family + bits),
);
/** How far the clock of a provider may be ahead. */
const NOT_BEFORE_LEEWAY_SECONDS = 60;
const GOOGLE = 'accounts.google.com';

export interface JwtAuthenticatorDeps {
  readonly keys: ProviderKeys;
  /** The keys of another issuer, which claims may be distributed to. */
  readonly keysOf: (issuer: string) => ProviderKeys;
  readonly algorithms: readonly string[];
  readonly clock: Clock;
}

export class JwtAuthenticator implements TokenAuthenticator {
  readonly #issuer: JwtIssuer;
  readonly #deps: JwtAuthenticatorDeps;

  constructor(issuer: JwtIssuer, deps: JwtAuthenticatorDeps) {
    this.#issuer = issuer;
    this.#deps = deps;
  }

  async authenticate(token: string): Promise<TokenIdentity | AuthenticationFailure | undefined> {
    if (issuerOf(token) !== this.#issuer.url) return undefined;
    try {
      const claims = await verifyToken(token, this.#issuer.url, this.#issuer.audiences, this.#deps.keys, this.#deps);
      return { user: await this.#userOf(claims) };
    } catch (thrown) {
      return new AuthenticationFailure(`oidc: ${messageOf(thrown)}`);
    }
  }

  async #userOf(claims: JWTPayload): Promise<UserInfo> {
    const { groups, requiredClaims, claimRules, userRules } = this.#issuer;
    const all = groups?.type === 'claim' ? await this.#withDistributed(claims, groups.claim) : claims;
    const user = userOfClaims(this.#issuer, all);
    for (const { claim, value } of requiredClaims) {
      if (!Object.hasOwn(all, claim)) throw new Error(`required claim ${claim} not present in ID token`);
      if (all[claim] !== value) throw new Error(`required claim ${claim} value does not match`);
    }
    judge(claimRules, all, 'claim validation');
    judge(
      userRules,
      { username: user.name, uid: user.uid, groups: [...user.groups], extra: user.extra },
      'user info validation',
    );
    return user;
  }

  async #withDistributed(claims: JWTPayload, claim: string): Promise<JWTPayload> {
    const { audiences } = this.#issuer;
    const value = await distributedClaim(claims, claim, this.#issuer.authorities, async (token) => {
      const issuer = issuerOf(token) ?? '';
      return verifyToken(token, issuer, audiences, this.#deps.keysOf(issuer), this.#deps);
    });
    return value === undefined ? claims : { ...claims, [claim]: value };
  }
}

/** The claims of a token that counts now. Throws why it does not. */
async function verifyToken(
  token: string,
  issuer: string,
  audiences: readonly string[],
  keys: ProviderKeys,
  { algorithms, clock }: Pick<JwtAuthenticatorDeps, 'algorithms' | 'clock'>,
): Promise<JWTPayload> {
  const { compactVerify, decodeProtectedHeader, errors } = await import('jose');
  const { alg = '', kid } = decodeProtectedHeader(token);
  if (!algorithms.includes(alg)) {
    throw new Error(`verify token: signed with an algorithm that is not among ${algorithms.join(', ')}`);
  }
  const opens = async (key: JWK): Promise<Uint8Array | undefined> => {
    try {
      // The algorithm is that of the token only if it is allowed, and a key of another kind does not take it.
      return (await compactVerify(token, key, { algorithms: [...algorithms] })).payload;
    } catch (thrown) {
      if (thrown instanceof errors.JWSSignatureVerificationFailed || thrown instanceof TypeError) return undefined;
      if (thrown instanceof errors.JOSENotSupported || thrown instanceof errors.JWKInvalid) return undefined;
      throw new Error('verify token: malformed');
    }
  };
  const firstOpened = async (): Promise<Uint8Array | undefined> => {
    for (const key of await keys.keysFor(kid)) {
      const payload = await opens(key);
      if (payload !== undefined) return payload;
    }
    return undefined;
  };
  let payload = await firstOpened();
  if (payload === undefined) {
    await keys.refresh();
    payload = await firstOpened();
  }
  if (payload === undefined) throw new Error('verify token: failed to verify signature');
  const claims = JSON.parse(Buffer.from(payload).toString('utf8')) as JWTPayload;
  judgeStandardClaims(claims, issuer, audiences, clock.nowMs() / 1000);
  return claims;
}

function judgeStandardClaims(
  claims: JWTPayload,
  issuer: string,
  audiences: readonly string[],
  nowSeconds: number,
): void {
  const claimed = claims.iss === GOOGLE ? `https://${GOOGLE}` : claims.iss;
  if (claimed !== issuer) throw new Error('verify token: id token issued by a different provider');
  const meantFor = typeof claims.aud === 'string' ? [claims.aud] : Array.isArray(claims.aud) ? claims.aud : [];
  if (!meantFor.some((audience) => audiences.includes(audience))) {
    throw new Error(`verify token: expected audience in [${audiences.join(' ')}]`);
  }
  if (typeof claims.exp !== 'number' || claims.exp <= nowSeconds) throw new Error('verify token: token is expired');
  if (typeof claims.nbf === 'number' && claims.nbf > nowSeconds + NOT_BEFORE_LEEWAY_SECONDS) {
    throw new Error('verify token: current time is before the nbf (not before) time');
  }
}

/** Throws for claims that make no user. */
function userOfClaims(issuer: JwtIssuer, claims: JWTPayload): UserInfo {
  const name = usernameOf(issuer.username, claims);
  const uid = issuer.uid === undefined ? '' : textOf(issuer.uid, claims, 'uid');
  const groups = issuer.groups === undefined ? [] : groupsOf(issuer.groups, claims);
  const extra: Record<string, readonly string[]> = {};
  if (typeof claims.jti === 'string' && claims.jti !== '') extra[CREDENTIAL_ID] = [`JTI=${claims.jti}`];
  for (const { key, expression } of issuer.extra) {
    const values = textsOf(
      evaluate(() => expression.evaluate(claims), 'extra claim'),
      'extra claim',
    );
    if (values.length > 0) extra[key] = values;
  }
  return makeUser(name, groups, uid, extra);
}

function usernameOf(mapping: StringMapping, claims: JWTPayload): string {
  const name = textOf(mapping, claims, 'username');
  if (mapping.type === 'expression') {
    if (name === '') throw new Error('empty username via CEL expression is not allowed');
    return name;
  }
  if (mapping.claim === 'email' && Object.hasOwn(claims, 'email_verified') && claims.email_verified !== true) {
    throw new Error('email not verified');
  }
  return mapping.prefix + name;
}

/** A text; of a claim without its prefix. */
function textOf(mapping: StringMapping, claims: JWTPayload, what: string): string {
  if (mapping.type === 'claim') {
    const value = Object.hasOwn(claims, mapping.claim) ? claims[mapping.claim] : undefined;
    if (typeof value !== 'string') throw new Error(`parse ${what} claims ${JSON.stringify(mapping.claim)}: no text`);
    return value;
  }
  const value = evaluate(() => mapping.expression.evaluate(claims), `${what} claim`);
  if (typeof value !== 'string') {
    throw new Error(`error evaluating ${what} claim expression: ${what} claim expression must return a string`);
  }
  return value;
}

function groupsOf(mapping: StringMapping, claims: JWTPayload): string[] {
  if (mapping.type === 'expression') {
    return textsOf(
      evaluate(() => mapping.expression.evaluate(claims), 'group claim'),
      'group claim',
    );
  }
  if (!Object.hasOwn(claims, mapping.claim)) return [];
  const value = claims[mapping.claim];
  const list = typeof value === 'string' ? [value] : (value ?? []);
  if (!isTexts(list)) throw new Error(`parse groups claim ${JSON.stringify(mapping.claim)}: no list of texts`);
  return list.map((each) => mapping.prefix + each);
}

function evaluate(run: () => unknown, what: string): unknown {
  try {
    return run();
  } catch (thrown) {
    throw new Error(`error evaluating ${what} expression: ${messageOf(thrown).split('\n')[0]}`);
  }
}

/** A text, a list of texts, or nothing, as upstream takes the value of an expression; empty texts are left out. */
function textsOf(value: unknown, what: string): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (isTexts(value)) return value.filter((each) => each !== '');
  throw new Error(`error evaluating ${what} expression: expression must return a string or a list of strings`);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function judge(rules: readonly ValidationRule[], value: unknown, what: string): void {
  for (const { expression, message } of rules) {
    const holds = evaluate(() => expression.evaluate(value), what);
    if (holds === true) continue;
    throw new Error(
      message === '' ? `validation expression '${expression.text}' failed` : `validation failed: ${message}`,
    );
  }
}

function issuerOf(token: string): string | undefined {
  const issuer = unverifiedIssuer(token);
  return issuer === GOOGLE ? `https://${GOOGLE}` : issuer;
}
