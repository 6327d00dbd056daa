/** Signs the tokens of service accounts. */
import type { SigningKey } from './signing-keys.ts';
import type { TokenClaims } from './token-claims.ts';

export interface TokenIssuer {
  readonly issuer: string;
  /** The audiences of a token for whom none was asked: the API server itself. */
  readonly apiAudiences: readonly string[];
  sign(claims: TokenClaims): Promise<string>;
}

export function createTokenIssuer(issuer: string, apiAudiences: readonly string[], key: SigningKey): TokenIssuer {
  return {
    issuer,
    apiAudiences,
    async sign(claims) {
      const { SignJWT } = await import('jose');
      const { aud, ...rest } = claims;
      return new SignJWT({ ...rest, aud: [...aud] })
        .setProtectedHeader({ alg: key.algorithm, kid: key.id })
        .sign(key.privateKey);
    },
  };
}
