/**
 * Everything that proves who somebody is, read from the files that kube-apiserver's flags name, before there is a server:
 * what is malformed, unreadable or contradictory stops the start here, with file, field and reason.
 */
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Authorities, type AuthorityFiles } from './authorities.ts';
import { followFile } from './followed-file.ts';
import { type FrontProxyOptions, frontProxyDefaults } from './front-proxy.ts';
import { type AuthenticationConfig, loadAuthenticationConfig } from './oidc/authentication-config.ts';
import { SIGNING_ALGORITHMS } from './oidc/jwt-authenticator.ts';
import { JwtIssuers } from './oidc/jwt-issuers.ts';
import { issuerOfFlags, type OidcFlags } from './oidc/oidc-flags.ts';
import { readPemFile } from './pem-file.ts';
import type { Pki } from './pki.ts';
import {
  loadVerificationKeys,
  type SigningKey,
  signingKey,
  type VerificationKey,
} from './service-accounts/signing-keys.ts';
import type { TokenAuthenticator } from './token-authenticators.ts';
import { loadTokenFile } from './token-file.ts';
import { webhookOfKubeconfig } from './webhook/webhook-client.ts';
import { WebhookTokens } from './webhook/webhook-tokens.ts';

/** What clusters made by kubeadm call themselves in their tokens. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** By kube-apiserver's flags, whose names are in the comments. All are optional; the PKI has what is not named. */
export interface IdentityOptions {
  /** `--token-auth-file` */
  readonly tokenAuthFile?: string;
  /** `--enable-bootstrap-token-auth` */
  readonly bootstrapTokens?: boolean;
  /** `--anonymous-auth`, when it was given. */
  readonly anonymous?: boolean;
  /** Everything is allowed to everybody, so nobody may be anonymous unless a configuration file lets them in. */
  readonly allowsAll?: boolean;
  /** `--authentication-config` */
  readonly authenticationConfigFile?: string;
  /** `--oidc-*`, when any of them was given. */
  readonly oidc?: OidcFlags;
  /** `--authentication-token-webhook-*` */
  readonly tokenWebhook?: {
    readonly configFile: string;
    readonly version: 'v1' | 'v1beta1';
    readonly ttlMs: number;
  };
  /** `--service-account-*` */
  readonly serviceAccounts?: ServiceAccountOptions;
  /** `--api-audiences`; default: the issuers. */
  readonly apiAudiences?: readonly string[];
  /** `--client-ca-file` */
  readonly clientCaFile?: string;
  /** `--requestheader-*` */
  readonly frontProxy?: { readonly caFile?: string } & Partial<FrontProxyOptions>;
}

export interface ServiceAccountOptions {
  /** The first signs, all are accepted. */
  readonly issuers?: readonly string[];
  /** Public keys, or private ones whose public half counts. */
  readonly keyFiles?: readonly string[];
  readonly signingKeyFile?: string;
  readonly keySetUrl?: string;
  /** Tokens for longer than that are not made; absent: no limit of its own. */
  readonly maxExpirationSeconds?: number;
  /** Mounted tokens live a year, for clients that never read them again; default: true. */
  readonly extendExpiration?: boolean;
  /** Whether the secret that holds a token, and its account, have to be there; default: true. */
  readonly lookup?: boolean;
}

export interface Identity {
  readonly staticTokens: readonly TokenAuthenticator[];
  readonly bootstrapTokens: boolean;
  /** OpenID providers and webhooks. */
  readonly otherTokens: readonly TokenAuthenticator[];
  readonly anonymous: boolean | readonly string[];
  readonly authorities: Authorities;
  readonly frontProxy: FrontProxyOptions;
  readonly serviceAccounts: {
    readonly issuers: readonly string[];
    readonly signingKey: SigningKey;
    readonly verificationKeys: readonly VerificationKey[];
    /** Absent: on this server. */
    readonly keySetUrl?: string;
    readonly maxExpirationSeconds?: number;
    readonly extendExpiration: boolean;
    /** The secrets that hold tokens, and their accounts, are looked up. */
    readonly lookup: boolean;
  };
  readonly apiAudiences: readonly string[];
  /** Ends what looks after providers and files. */
  stop(): void;
}

interface Deps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** UsageError for what cannot be used. */
export async function loadIdentity(options: IdentityOptions, pki: Pki, deps: Deps): Promise<Identity> {
  const serviceAccounts = await loadServiceAccounts(options.serviceAccounts ?? {}, pki);
  const apiAudiences = options.apiAudiences ?? serviceAccounts.issuers;
  const { jwt, anonymous, stop } = await loadIssuers(options, serviceAccounts.issuers, deps);
  const { tokenWebhook, tokenAuthFile } = options;
  const otherTokens: TokenAuthenticator[] = jwt === undefined ? [] : [jwt];
  if (tokenWebhook !== undefined) {
    const { configFile, version, ttlMs } = tokenWebhook;
    const post = await webhookOfKubeconfig(configFile);
    otherTokens.push(new WebhookTokens({ post, version, ttlMs, apiAudiences }, deps));
  }
  return {
    staticTokens: tokenAuthFile === undefined ? [] : [await loadTokenFile(tokenAuthFile, deps.logger)],
    bootstrapTokens: options.bootstrapTokens ?? false,
    otherTokens,
    anonymous,
    ...(await loadAuthorities(options, pki)),
    serviceAccounts,
    apiAudiences,
    stop,
  };
}

async function loadAuthorities(
  { clientCaFile, frontProxy = {} }: IdentityOptions,
  pki: Pki,
): Promise<Pick<Identity, 'authorities' | 'frontProxy'>> {
  const { caFile, ...headers } = frontProxy;
  const own = caFile === undefined ? frontProxyDefaults : { ...frontProxyDefaults, allowedNames: [] };
  const options: FrontProxyOptions = { ...own, ...headers };
  const files: AuthorityFiles = {
    ...(clientCaFile === undefined ? {} : { clientCaFile }),
    ...(caFile === undefined ? {} : { frontProxyCaFile: caFile }),
    anyFrontProxy: options.allowedNames.length === 0,
  };
  return { authorities: await Authorities.load(files, pki), frontProxy: options };
}

async function loadServiceAccounts(options: ServiceAccountOptions, pki: Pki): Promise<Identity['serviceAccounts']> {
  const { issuers = [DEFAULT_ISSUER], keyFiles = [], signingKeyFile, keySetUrl, maxExpirationSeconds } = options;
  judgeIssuers(issuers);
  const { serviceAccount } = pki;
  const key =
    signingKeyFile === undefined
      ? signingKey(serviceAccount.privateKeyPem, serviceAccount.privateKeyFile)
      : signingKey(await readPemFile(signingKeyFile, '--service-account-signing-key-file'), signingKeyFile);
  const verificationKeys =
    keyFiles.length === 0
      ? signingKeyFile === undefined
        ? loadVerificationKeys(serviceAccount.publicKeyPem, path.join(pki.directory, 'sa.pub'))
        : [key.public]
      : (
          await Promise.all(
            keyFiles.map(async (file) =>
              loadVerificationKeys(await readPemFile(file, '--service-account-key-file'), file),
            ),
          )
        ).flat();
  if (!verificationKeys.some(({ id }) => id === key.id)) {
    const file = signingKeyFile ?? serviceAccount.privateKeyFile;
    throw new UsageError(`--service-account-key-file: none of these keys verifies what ${file} signs`);
  }
  return {
    issuers,
    signingKey: key,
    verificationKeys,
    ...(keySetUrl === undefined ? {} : { keySetUrl }),
    ...(maxExpirationSeconds === undefined ? {} : { maxExpirationSeconds }),
    extendExpiration: options.extendExpiration ?? true,
    lookup: options.lookup ?? true,
  };
}

function judgeIssuers(issuers: readonly string[]): void {
  issuers.forEach((issuer, index) => {
    if (issuer === '') throw new UsageError('--service-account-issuer should not be an empty string');
    if (issuer.includes(':') && !URL.canParse(issuer)) {
      throw new UsageError(`--service-account-issuer "${issuer}" contained a ':' but was not a valid URL`);
    }
    if (issuers.indexOf(issuer) !== index) {
      throw new UsageError(`--service-account-issuer "${issuer}" is already specified`);
    }
  });
}

async function loadIssuers(
  { authenticationConfigFile: file, oidc, anonymous: asked, allowsAll = false }: IdentityOptions,
  ownIssuers: readonly string[],
  deps: Deps,
): Promise<{ jwt?: JwtIssuers; anonymous: boolean | readonly string[]; stop: () => void }> {
  const anonymous = !allowsAll && (asked ?? true);
  if (file === undefined) {
    if (oidc === undefined) return { anonymous, stop: () => {} };
    const issuer = await issuerOfFlags(oidc, ownIssuers);
    const jwt = new JwtIssuers([issuer], oidc.signingAlgorithms, deps);
    jwt.start();
    return { jwt, anonymous, stop: () => jwt.stop() };
  }
  if (oidc !== undefined) throw new UsageError('--authentication-config and --oidc-* flags are mutually exclusive');
  const config = await loadAuthenticationConfig(file, ownIssuers);
  if (config.anonymous !== undefined && asked !== undefined) {
    throw new UsageError(
      `${file}: anonymous: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file`,
    );
  }
  const jwt = new JwtIssuers(config.issuers, SIGNING_ALGORITHMS, deps);
  jwt.start();
  const unfollow = followFile(file, deps.clock, () => void reload(file, ownIssuers, config, jwt, deps.logger));
  const stop = (): void => {
    unfollow();
    jwt.stop();
  };
  return { jwt, anonymous: config.anonymous ?? anonymous, stop };
}

/** What is wrong with the changed file is said in the log; the configuration before it goes on. */
async function reload(
  file: string,
  ownIssuers: readonly string[],
  initial: AuthenticationConfig,
  jwt: JwtIssuers,
  logger: Logger,
): Promise<void> {
  try {
    const config = await loadAuthenticationConfig(file, ownIssuers);
    if (JSON.stringify(config.anonymous) !== JSON.stringify(initial.anonymous)) {
      throw new UsageError(`${file}: anonymous: changed from initial configuration file`);
    }
    const wrong = await jwt.replace(config.issuers);
    if (wrong !== undefined) throw new Error(wrong);
    logger.info({ file }, 'reloaded authentication config');
  } catch (thrown) {
    logger.error({ file, error: messageOf(thrown) }, 'authentication config not reloaded; the one before goes on');
  }
}
