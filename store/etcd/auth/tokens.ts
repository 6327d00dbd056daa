/**
 * Tokens that say who somebody is, once a password has shown it. The simple ones are signed with a key that all members
 * share through the replicated auth state, so that every member knows what any of them gave out; JSON Web Tokens
 * (RFC 7519) are signed with keys from files, so that other programs can make or check them.
 */
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../../base/clock.ts';
import { parseDuration } from '../../../base/duration.ts';
import { messageOf, UsageError } from '../../../base/errors.ts';
import type { AuthState, User } from './auth-state.ts';

export interface TokenClaims {
  readonly user: string;
  /** The auth revision that it was given out at; undefined where that does not matter. */
  readonly revision: number | undefined;
  /** The user's epoch then; undefined where that is not known. */
  readonly epoch: number | undefined;
}

export interface TokenIssuer {
  issue(user: User, state: AuthState): string;
  /** Undefined for a token that is forged, too old, or not a token. */
  read(token: string, state: AuthState): TokenClaims | undefined;
}

export function simpleTokens(clock: Clock, ttlSeconds: number): TokenIssuer {
  const signatureOf = (payload: string, state: AuthState): Buffer =>
    createHmac('sha256', Buffer.from(state.tokenKey, 'hex')).update(payload).digest();
  return {
    issue(user, state) {
      const claims = { u: user.name, e: user.epoch, x: Math.floor(clock.nowMs() / 1000) + ttlSeconds };
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      return `${payload}.${signatureOf(payload, state).toString('base64url')}`;
    },
    read(token, state) {
      const [payload = '', signature = ''] = token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const right = signatureOf(payload, state);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      const claims = parseJson(payload);
      if (typeof claims?.u !== 'string' || typeof claims.e !== 'number' || typeof claims.x !== 'number')
        return undefined;
      if (claims.x * 1000 <= clock.nowMs()) return undefined;
      return { user: claims.u, revision: undefined, epoch: claims.e };
    },
  };
}

type JwtMethod = `${'HS' | 'RS' | 'PS' | 'ES'}${'256' | '384' | '512'}`;

interface JwtKeys {
  readonly method: JwtMethod;
  readonly verifyKey: KeyObject | Buffer;
  /** Without it tokens can only be checked. */
  readonly signKey: KeyObject | Buffer | undefined;
}

const JWT_TTL_MS = 5 * 60_000;

/** From etcd's `--auth-token jwt,pub-key=…,priv-key=…,sign-method=RS512,ttl=10m`. Throws a `UsageError`. */
export function jsonWebTokens(options: string, clock: Clock): TokenIssuer {
  const given = new Map(
    options
      .split(',')
      .slice(1)
      .map((part): [string, string] => {
        const at = part.indexOf('=');
        return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      }),
  );
  const ttlMs = given.has('ttl') ? parseDuration(given.get('ttl') ?? '') : JWT_TTL_MS;
  if (ttlMs === undefined || ttlMs <= 0) throw new UsageError('--auth-token: ttl is not a duration');
  const keys = jwtKeys(given);
  const headerPart = Buffer.from(JSON.stringify({ alg: keys.method, typ: 'JWT' })).toString('base64url');
  return {
    issue(user, state) {
      if (keys.signKey === undefined) throw new Error('JWT can only be checked: no priv-key was given');
      const exp = Math.floor((clock.nowMs() + ttlMs) / 1000);
      const claims = { username: user.name, revision: state.revision, exp };
      const signed = `${headerPart}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return `${signed}.${signJwt(keys.method, keys.signKey, signed).toString('base64url')}`;
    },
    read(token) {
      const [header = '', payload = '', signature = ''] = token.split('.');
      if (parseJson(header)?.alg !== keys.method) return undefined;
      const bytes = Buffer.from(signature, 'base64url');
      if (!verifyJwt(keys.method, keys.verifyKey, `${header}.${payload}`, bytes)) return undefined;
      const claims = parseJson(payload);
      if (typeof claims?.username !== 'string' || typeof claims.revision !== 'number') return undefined;
      if (typeof claims.exp === 'number' && claims.exp * 1000 <= clock.nowMs()) return undefined;
      return { user: claims.username, revision: claims.revision, epoch: undefined };
    },
  };
}

function jwtKeys(given: ReadonlyMap<string, string>): JwtKeys {
  const method = given.get('sign-method') ?? '';
  if (!isJwtMethod(method)) throw new UsageError(`--auth-token: unknown sign-method "${method}"`);
  const file = (name: string): Buffer | undefined => {
    const path = given.get(name);
    if (path === undefined || path === '') return undefined;
    try {
      return readFileSync(path);
    } catch (thrown) {
      throw new UsageError(`--auth-token: cannot read ${name}: ${messageOf(thrown)}`);
    }
  };
  const secret = file('priv-key');
  if (method.startsWith('HS')) {
    if (secret === undefined) throw new UsageError('--auth-token: HMAC methods need priv-key');
    return { method, verifyKey: secret, signKey: secret };
  }
  const publicPem = file('pub-key') ?? secret;
  if (publicPem === undefined) throw new UsageError('--auth-token: give pub-key, or priv-key, or both');
  try {
    return { method, verifyKey: createPublicKey(publicPem), signKey: secret && createPrivateKey(secret) };
  } catch (thrown) {
    throw new UsageError(`--auth-token: not a key: ${messageOf(thrown)}`);
  }
}

function isJwtMethod(method: string): method is JwtMethod {
  return /^(HS|RS|PS|ES)(256|384|512)$/.test(method);
}

/** Node's form of a key for a method (RFC 7518, section 3). */
function keyFor(method: JwtMethod, key: KeyObject): SignKeyObjectInput {
  if (method.startsWith('PS')) {
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return method.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' } : { key };
}

function signJwt(method: JwtMethod, key: KeyObject | Buffer, text: string): Buffer {
  const digest = `sha${method.slice(2)}`;
  if (Buffer.isBuffer(key)) return createHmac(digest, key).update(text).digest();
  return sign(digest, Buffer.from(text), keyFor(method, key));
}

function verifyJwt(method: JwtMethod, key: KeyObject | Buffer, text: string, signature: Buffer): boolean {
  const digest = `sha${method.slice(2)}`;
  if (Buffer.isBuffer(key)) {
    const right = createHmac(digest, key).update(text).digest();
    return right.length === signature.length && timingSafeEqual(right, signature);
  }
  return verify(digest, Buffer.from(text), keyFor(method, key), signature);
}

function parseJson(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
