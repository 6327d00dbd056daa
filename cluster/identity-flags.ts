/** kube-apiserver's flags about who is who: authentication, service accounts, the front proxy. */
import type { Command } from 'commander';
import type { IdentityOptions } from '../apiserver/auth/identity-sources.ts';
import { UsageError } from '../base/errors.ts';
import { goBoolean, goDuration, goStringArray, goStrings } from './apiserver-flags/go-values.ts';
import { choice, pairs } from './flags.ts';

export interface IdentityFlags {
  readonly tokenAuthFile?: string;
  readonly enableBootstrapTokenAuth: boolean;
  readonly anonymousAuth?: boolean;
  readonly authenticationConfig?: string;
  readonly apiAudiences?: readonly string[];
  readonly clientCaFile?: string;
  readonly oidcIssuerUrl?: string;
  readonly oidcClientId?: string;
  readonly oidcCaFile?: string;
  readonly oidcUsernameClaim?: string;
  readonly oidcUsernamePrefix?: string;
  readonly oidcGroupsClaim?: string;
  readonly oidcGroupsPrefix?: string;
  readonly oidcSigningAlgs?: readonly string[];
  readonly oidcRequiredClaim?: readonly (readonly [string, string])[];
  readonly authenticationTokenWebhookConfigFile?: string;
  readonly authenticationTokenWebhookVersion: 'v1' | 'v1beta1';
  readonly authenticationTokenWebhookCacheTtl: number;
  readonly serviceAccountIssuer?: readonly string[];
  readonly serviceAccountKeyFile?: readonly string[];
  readonly serviceAccountSigningKeyFile?: string;
  readonly serviceAccountJwksUri?: string;
  readonly serviceAccountMaxTokenExpiration?: number;
  readonly serviceAccountExtendTokenExpiration: boolean;
  readonly serviceAccountLookup: boolean;
  readonly requestheaderClientCaFile?: string;
  readonly requestheaderAllowedNames?: readonly string[];
  readonly requestheaderUsernameHeaders?: readonly string[];
  readonly requestheaderUidHeaders?: readonly string[];
  readonly requestheaderGroupHeaders?: readonly string[];
  readonly requestheaderExtraHeadersPrefix?: readonly string[];
}

const TOKEN_WEBHOOK_TTL_MS = 2 * 60_000;
const HOUR_MS = 3_600_000;
/** Whole seconds since 1970 in 32 bits: upstream's bound for how long a token may live. */
const MAX_EXPIRATION_MS = 2 ** 32 * 1000;

export function identityFlags(command: Command): Command {
  return command
    .option('--token-auth-file <file>', 'static bearer tokens: token,user,uid,"group1,group2" a line')
    .option('--enable-bootstrap-token-auth [bool]', 'take the bootstrap tokens in kube-system', goBoolean, false)
    .option(
      '--anonymous-auth [bool]',
      'let in whoever proves nothing, for what roles open to everybody (true)',
      goBoolean,
    )
    .option('--authentication-config <file>', 'OpenID providers, anonymous paths (AuthenticationConfiguration)')
    .option('--api-audiences <names>', 'whom tokens must be for; the issuers', goStrings)
    .option('--client-ca-file <file>', "who signs client certificates; the cluster's own authority")
    .option('--oidc-issuer-url <url>', 'the OpenID provider whose tokens are taken')
    .option('--oidc-client-id <id>', 'whom its tokens must be for')
    .option('--oidc-ca-file <file>', 'who signs its certificate')
    .option('--oidc-username-claim <claim>', 'the claim that names the user (sub)')
    .option('--oidc-username-prefix <prefix>', 'what user names begin with; -: nothing')
    .option('--oidc-groups-claim <claim>', 'the claim that lists the groups')
    .option('--oidc-groups-prefix <prefix>', 'what group names begin with')
    .option('--oidc-signing-algs <names>', 'how its tokens may be signed (RS256)', goStrings)
    .option('--oidc-required-claim <claim=value>', 'a claim that tokens must have; may be repeated', pairs)
    .option('--authentication-token-webhook-config-file <file>', 'a webhook that knows tokens, as a kubeconfig')
    .option('--authentication-token-webhook-version <version>', 'v1 or v1beta1', choice('v1', 'v1beta1'), 'v1beta1')
    .option(
      '--authentication-token-webhook-cache-ttl <duration>',
      'how long its answers count',
      goDuration,
      TOKEN_WEBHOOK_TTL_MS,
    )
    .option('--service-account-issuer <url>', 'who signs service-account tokens; more are accepted', goStringArray)
    .option('--service-account-key-file <file>', 'keys that verify them; may be repeated', goStringArray)
    .option('--service-account-signing-key-file <file>', 'the key that signs them')
    .option('--service-account-jwks-uri <url>', 'where others find the keys')
    .option('--service-account-max-token-expiration <duration>', 'no token lives longer', goDuration)
    .option(
      '--service-account-extend-token-expiration [bool]',
      'mounted tokens live a year, for clients that never read them again',
      goBoolean,
      true,
    )
    .option(
      '--service-account-lookup [bool]',
      'tokens in secrets count as long as the secret and its account are there',
      goBoolean,
      true,
    )
    .option('--requestheader-client-ca-file <file>', 'who signs the certificates of front proxies')
    .option('--requestheader-allowed-names <names>', 'which of them may name users; empty: any', goStrings)
    .option('--requestheader-username-headers <names>', 'where they name the user', goStrings)
    .option('--requestheader-uid-headers <names>', "where they give the user's uid", goStrings)
    .option('--requestheader-group-headers <names>', 'where they list the groups', goStrings)
    .option('--requestheader-extra-headers-prefix <prefixes>', 'what headers with extra values begin with', goStrings);
}

/** UsageError for values that cannot be. */
export function identityOptions(flags: IdentityFlags): IdentityOptions {
  const webhook = flags.authenticationTokenWebhookConfigFile;
  return {
    ...defined({
      tokenAuthFile: flags.tokenAuthFile,
      anonymous: flags.anonymousAuth,
      authenticationConfigFile: flags.authenticationConfig,
      apiAudiences: flags.apiAudiences,
      clientCaFile: flags.clientCaFile,
      oidc: oidcFlags(flags),
      tokenWebhook:
        webhook === undefined
          ? undefined
          : {
              configFile: webhook,
              version: flags.authenticationTokenWebhookVersion,
              ttlMs: flags.authenticationTokenWebhookCacheTtl,
            },
    }),
    bootstrapTokens: flags.enableBootstrapTokenAuth,
    serviceAccounts: serviceAccountOptions(flags),
    frontProxy: defined({
      caFile: flags.requestheaderClientCaFile,
      allowedNames: flags.requestheaderAllowedNames,
      userHeaders: lowerCase(flags.requestheaderUsernameHeaders),
      uidHeaders: lowerCase(flags.requestheaderUidHeaders),
      groupHeaders: lowerCase(flags.requestheaderGroupHeaders),
      extraPrefixes: lowerCase(flags.requestheaderExtraHeadersPrefix),
    }),
  };
}

function oidcFlags(flags: IdentityFlags): IdentityOptions['oidc'] {
  const given = Object.entries(flags).some(([name, value]) => name.startsWith('oidc') && value !== undefined);
  if (!given) return undefined;
  return {
    ...defined({
      issuerUrl: flags.oidcIssuerUrl,
      clientId: flags.oidcClientId,
      caFile: flags.oidcCaFile,
      usernamePrefix: flags.oidcUsernamePrefix,
      groupsClaim: flags.oidcGroupsClaim,
      groupsPrefix: flags.oidcGroupsPrefix,
    }),
    usernameClaim: flags.oidcUsernameClaim ?? 'sub',
    signingAlgorithms: flags.oidcSigningAlgs ?? ['RS256'],
    requiredClaims: flags.oidcRequiredClaim ?? [],
  };
}

function serviceAccountOptions(flags: IdentityFlags): NonNullable<IdentityOptions['serviceAccounts']> {
  const { serviceAccountJwksUri: keySetUrl, serviceAccountMaxTokenExpiration: maxMs } = flags;
  if (keySetUrl !== undefined && (!URL.canParse(keySetUrl) || new URL(keySetUrl).protocol !== 'https:')) {
    throw new UsageError(`--service-account-jwks-uri requires https scheme, parsed as: ${keySetUrl}`);
  }
  if (maxMs !== undefined && maxMs !== 0 && (maxMs < HOUR_MS || maxMs > MAX_EXPIRATION_MS)) {
    throw new UsageError('--service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  }
  return {
    ...defined({
      issuers: flags.serviceAccountIssuer,
      keyFiles: flags.serviceAccountKeyFile,
      signingKeyFile: flags.serviceAccountSigningKeyFile,
      keySetUrl,
      maxExpirationSeconds: maxMs === undefined || maxMs === 0 ? undefined : Math.floor(maxMs / 1000),
    }),
    extendExpiration: flags.serviceAccountExtendTokenExpiration,
    lookup: flags.serviceAccountLookup,
  };
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** Without the fields that say nothing. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function lowerCase(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.map((name) => name.toLowerCase());
}
