/** Signs the tokens of service accounts. */
import type { SigningKey } from './signing-keys.ts';
import type { TokenClaims } from './token-claims.ts';

export interface TokenIssuer {
  readonly issuer: string;
  /** The audiences of a token for whom none was asked: the API server itself. */
  readonly apiAudiences: readonly string[];
  /** Tokens for longer than that are not made. */
  readonly maxExpirationSeconds?: number;
  /** Mounted tokens live a year, for clients that never read them again. */
  readonly extendExpiration: boolean;
  sign(claims: TokenClaims): Promise<string>;
}

export function createTokenIssuer(options: Omit<TokenIssuer, 'sign'>, key: SigningKey): TokenIssuer {
  return {
    ...options,
    async sign(claims) {
      const { SignJWT } = await import('jose');
      const { aud, ...rest } = claims;
      return new SignJWT({ ...rest, aud: [...aud] })
        .setProtectedHeader({ alg: key.algorithm, kid: key.id })
        .sign(key.privateKey);
    },
  };
}
