/** `--oidc-*`: one OpenID provider by flags, as it was configured before there were files for it. */
import { UsageError } from '../../../base/errors.ts';
import { readPemFile } from '../pem-file.ts';
import type { JwtIssuer } from './authentication-config.ts';
import { SIGNING_ALGORITHMS } from './jwt-authenticator.ts';

export interface OidcFlags {
  readonly issuerUrl?: string;
  readonly clientId?: string;
  readonly caFile?: string;
  readonly usernameClaim: string;
  readonly usernamePrefix?: string;
  readonly groupsClaim?: string;
  readonly groupsPrefix?: string;
  readonly signingAlgorithms: readonly string[];
  readonly requiredClaims: readonly (readonly [claim: string, value: string])[];
}

/** UsageError naming the flag. */
export async function issuerOfFlags(flags: OidcFlags, ownIssuers: readonly string[]): Promise<JwtIssuer> {
  const { issuerUrl = '', clientId = '', caFile, usernameClaim, groupsClaim } = flags;
  if (issuerUrl === '' || clientId === '') {
    throw new UsageError(
      '--oidc-issuer-url and --oidc-client-id must be specified together when any oidc-* flags are set',
    );
  }
  if (!URL.canParse(issuerUrl) || new URL(issuerUrl).protocol !== 'https:') {
    throw new UsageError(`--oidc-issuer-url: ${issuerUrl}: URL scheme must be https`);
  }
  if (ownIssuers.includes(issuerUrl)) {
    throw new UsageError(`--oidc-issuer-url: ${issuerUrl} is the issuer of our own service accounts`);
  }
  const unknown = flags.signingAlgorithms.find((each) => !SIGNING_ALGORITHMS.includes(each));
  if (unknown !== undefined) throw new UsageError(`--oidc-signing-algs: unsupported signing alg: "${unknown}"`);
  return {
    url: issuerUrl,
    audiences: [clientId],
    ...(caFile === undefined ? {} : { authorities: await readPemFile(caFile, '--oidc-ca-file') }),
    username: { type: 'claim', claim: usernameClaim, prefix: usernamePrefix(flags, issuerUrl) },
    ...(groupsClaim === undefined || groupsClaim === ''
      ? {}
      : { groups: { type: 'claim', claim: groupsClaim, prefix: flags.groupsPrefix ?? '' } }),
    extra: [],
    requiredClaims: flags.requiredClaims.map(([claim, value]) => ({ claim, value })),
    claimRules: [],
    userRules: [],
  };
}

/** Names of other claims than `email` begin with the issuer, unless something else is asked for; `-`: with nothing. */
function usernamePrefix({ usernamePrefix: asked = '', usernameClaim }: OidcFlags, issuerUrl: string): string {
  if (asked === '-') return '';
  return asked === '' && usernameClaim !== 'email' ? `${issuerUrl}#` : asked;
}
