/**
 * Everything that decides who may do what and what may enter, made for one API server and handed to it whole: the
 * authenticators, the authorizer, the admission plugins, the handlers of reviews and token requests, and the default
 * policy. `buildApiServer` takes the three functions as they are.
 */
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { type AdmissionDeps, createAdmissionChain, type PluginChoice } from '../admission/chain.ts';
import type { ServerParts } from '../machinery/build-api-server.ts';
import type { KubeObject, SubresourceRow } from '../machinery/resource-row.ts';
import type { AdmissionStep, Authenticator, Authorizer, Awaitable } from '../machinery/steps.ts';
import {
  type CreateReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from './access-reviews.ts';
import { createAuthenticator } from './authentication.ts';
import { type Authorization, type AuthorizationMode, createAuthorization } from './authorization.ts';
import { BootstrapTokenAuthenticator } from './bootstrap-tokens.ts';
import { ClientCertificates } from './client-certificates.ts';
import { FLOW_GROUP } from './flow-control/default-flows.ts';
import { FairFlowControl } from './flow-control/flow-control.ts';
import { FlowKeeper } from './flow-control/flow-keeper.ts';
import { LEVELS, SCHEMAS } from './flow-control/flow-plan.ts';
import { FrontProxy, frontProxyDefaults } from './front-proxy.ts';
import { selfSubjectReview, tokenReview } from './identity-reviews.ts';
import type { Pki } from './pki.ts';
import { applyPolicy, ensureDefaultPolicy } from './rbac/bootstrap.ts';
import { defaultPolicy } from './rbac/defaults/default-policy.ts';
import { EscalationCheck } from './rbac/escalation.ts';
import { RoleAggregator } from './rbac/role-aggregator.ts';
import { AccountAuthenticator } from './service-accounts/account-authenticator.ts';
import {
  jsonWebKeySet,
  openIdConfiguration,
  signingKey,
  type VerificationKey,
  verificationKey,
} from './service-accounts/signing-keys.ts';
import { createTokenIssuer } from './service-accounts/token-issuer.ts';
import { serviceAccountTokenSubresource } from './service-accounts/token-request.ts';
import { CachingTokenAuthenticator, type TokenAuthenticator, unionOfTokens } from './token-authenticators.ts';
import { loadTokenFile } from './token-file.ts';

/** What clusters made by kubeadm call themselves in their tokens. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';
/**
 * Requests worked on at once. There is one thread: more of them make none faster, and whoever comes between waits for
 * all of them. So many are enough for one write to disk to serve a good number (100 did not create more a second in
 * `bench noisy-neighbour`, and delayed others several times as long).
 */
export const DEFAULT_SEATS = 24;
export const DEFAULT_AUTHORIZATION_MODES: readonly AuthorizationMode[] = ['Node', 'RBAC'];

export interface SecurityOptions {
  readonly pki: Pki;
  /** `--token-auth-file` */
  readonly tokenAuthFile?: string;
  readonly authorizationModes?: readonly AuthorizationMode[];
  /** `--service-account-issuer`: the first signs, all are accepted. */
  readonly serviceAccountIssuers?: readonly string[];
  /** `--api-audiences`; default: the issuers. */
  readonly apiAudiences?: readonly string[];
  /** `--anonymous-auth`; default: true, for what roles open to everybody. */
  readonly anonymous?: boolean;
  readonly plugins: PluginChoice;
  readonly admission: Pick<AdmissionDeps, 'tolerationSeconds' | 'eventLimits' | 'podSecurity'>;
  /** `--enable-bootstrap-token-auth`; default: false. */
  readonly bootstrapTokens?: boolean;
  /** For the mode `Webhook`. */
  readonly webhookAuthorizer?: Authorizer;
  /** More issuers of bearer tokens: OpenID providers, webhooks. */
  readonly tokenAuthenticators?: readonly TokenAuthenticator[];
  /** Roles and bindings are resources of this server. False: the default policy holds and cannot be changed. */
  readonly storesRoles: boolean;
  /** Requests worked on at once (`--max-requests-inflight` and `--max-mutating-requests-inflight` together). */
  readonly seats?: number;
}

export interface SecurityDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The `virtual.create` of each review's row. */
export interface Reviews {
  readonly tokenReview: CreateReview;
  readonly selfSubjectReview: CreateReview;
  readonly subjectAccessReview: CreateReview;
  readonly localSubjectAccessReview: CreateReview;
  readonly selfSubjectAccessReview: CreateReview;
  readonly selfSubjectRulesReview: CreateReview;
}

export interface Security {
  /** For the TLS listener: judges what clients present. */
  readonly certificates: ClientCertificates;
  /** The subresource `serviceaccounts/token`. */
  readonly serviceAccountToken: SubresourceRow;
  readonly reviews: Reviews;
  /** JSON for `/.well-known/openid-configuration` and `/openid/v1/jwks`, open to service accounts by default. */
  readonly discovery: { readonly configuration: object; readonly keySet: object };
  authenticator(parts: ServerParts): Authenticator;
  authorizer(parts: ServerParts): Authorizer;
  admission(parts: ServerParts): readonly AdmissionStep[];
  flowControl(): FairFlowControl;
  /** Makes the default policy and flows; once the caches are filled and before the server says that it is ready. */
  bootstrap(parts: ServerParts): Promise<void>;
  close(): void;
}

/** UsageError naming file and field for what cannot be used. */
export async function createSecurity(options: SecurityOptions, deps: SecurityDeps): Promise<Security> {
  const staticTokens =
    options.tokenAuthFile === undefined ? [] : [await loadTokenFile(options.tokenAuthFile, deps.logger)];
  return new ServerSecurity(options, deps, staticTokens);
}

class ServerSecurity implements Security {
  readonly certificates: ClientCertificates;
  readonly serviceAccountToken: SubresourceRow;
  readonly reviews: Reviews;
  readonly discovery: Security['discovery'];
  readonly #options: SecurityOptions;
  readonly #deps: SecurityDeps;
  readonly #issuers: readonly string[];
  readonly #audiences: readonly string[];
  readonly #keys: readonly VerificationKey[];
  readonly #staticTokens: readonly TokenAuthenticator[];
  readonly #undo: (() => void)[] = [];
  readonly #flowControl: FairFlowControl;
  #parts: ServerParts | undefined;
  #tokens: TokenAuthenticator | undefined;
  #authorization: Authorization | undefined;

  constructor(options: SecurityOptions, deps: SecurityDeps, staticTokens: readonly TokenAuthenticator[]) {
    const { pki } = options;
    this.#options = options;
    this.#deps = deps;
    this.#staticTokens = staticTokens;
    this.#flowControl = new FairFlowControl({ clock: deps.clock, seats: options.seats ?? DEFAULT_SEATS });
    this.#issuers = options.serviceAccountIssuers ?? [DEFAULT_ISSUER];
    this.#audiences = options.apiAudiences ?? this.#issuers;
    this.certificates = new ClientCertificates(
      {
        clientPem: pki.authority('ca').certificatePem,
        frontProxyPem: pki.authority('front-proxy-ca').certificatePem,
      },
      deps.clock,
    );
    const { serviceAccount } = pki;
    const issuer = this.#issuers[0] ?? DEFAULT_ISSUER;
    const key = signingKey(serviceAccount.privateKeyPem, serviceAccount.privateKeyFile);
    this.#keys = [verificationKey(serviceAccount.publicKeyPem, path.join(pki.directory, 'sa.pub'))];
    this.serviceAccountToken = serviceAccountTokenSubresource(createTokenIssuer(issuer, this.#audiences, key));
    this.discovery = {
      configuration: openIdConfiguration(issuer, `${issuer}/openid/v1/jwks`, this.#keys),
      keySet: jsonWebKeySet(this.#keys),
    };
    // Rows are made before the server; what they ask is there by the time they ask it.
    const authorizer: Authorizer = {
      authorize: (attributes) => this.#authorizationOf().authorizer.authorize(attributes),
    };
    const tokens: TokenAuthenticator = {
      authenticate: (token, audiences) => this.#tokensOf().authenticate(token, audiences),
    };
    this.reviews = {
      tokenReview: tokenReview(tokens, this.#audiences),
      selfSubjectReview,
      subjectAccessReview: subjectAccessReview(authorizer),
      localSubjectAccessReview: subjectAccessReview(authorizer),
      selfSubjectAccessReview: selfSubjectAccessReview(authorizer),
      selfSubjectRulesReview: selfSubjectRulesReview({
        rulesFor: (user, namespace) => this.#authorizationOf().rulesFor(user, namespace),
      }),
    };
  }

  authenticator(parts: ServerParts): Authenticator {
    this.#parts = parts;
    return createAuthenticator({
      tokens: this.#tokensOf(),
      frontProxy: new FrontProxy(frontProxyDefaults),
      anonymous: this.#options.anonymous ?? true,
    });
  }

  authorizer(parts: ServerParts): Authorizer {
    this.#parts = parts;
    return this.#authorizationOf().authorizer;
  }

  admission(parts: ServerParts): readonly AdmissionStep[] {
    this.#parts = parts;
    const { authorizer, rbac, index } = this.#authorizationOf();
    const { clock, random } = this.#deps;
    const { plugins, admission } = this.#options;
    return [
      ...createAdmissionChain(plugins, { cache: parts.objects, clock, random, authorizer, ...admission }),
      new EscalationCheck(authorizer, rbac, index),
    ];
  }

  flowControl(): FairFlowControl {
    return this.#flowControl;
  }

  async bootstrap(parts: ServerParts): Promise<void> {
    await Promise.all([this.#bootstrapRoles(parts), this.#bootstrapFlows(parts)]);
  }

  async #bootstrapFlows({ objects, services, serves }: ServerParts): Promise<void> {
    const stored = [LEVELS, SCHEMAS].every((resource) => serves({ group: FLOW_GROUP, resource }));
    if (!stored) return;
    const { clock, logger } = this.#deps;
    const keeper = new FlowKeeper({ control: this.#flowControl, objects, services, clock, logger });
    this.#undo.push(() => keeper.stop());
    await keeper.start();
  }

  async #bootstrapRoles(parts: ServerParts): Promise<void> {
    const { index } = this.#authorizationOf();
    if (!this.#options.storesRoles) {
      applyPolicy(defaultPolicy(), index);
      return;
    }
    await ensureDefaultPolicy(parts.objects, parts.services(), index);
    const { clock, logger } = this.#deps;
    const aggregator = new RoleAggregator({
      index,
      cache: parts.objects,
      services: parts.services,
      clock,
      logger,
    });
    aggregator.start();
    this.#undo.push(() => aggregator.stop());
  }

  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #authorizationOf(): Authorization {
    if (this.#authorization === undefined) {
      const { authorizationModes, webhookAuthorizer } = this.#options;
      this.#authorization = createAuthorization({
        modes: authorizationModes ?? DEFAULT_AUTHORIZATION_MODES,
        cache: this.#partsOf().objects,
        ...(webhookAuthorizer === undefined ? {} : { webhook: webhookAuthorizer }),
      });
      this.#undo.push(this.#authorization.follow());
    }
    return this.#authorization;
  }

  #tokensOf(): TokenAuthenticator {
    if (this.#tokens === undefined) {
      const read = (resource: { group: string; resource: string }, namespace: string | undefined, name: string) =>
        this.#read(resource, namespace, name);
      const { clock } = this.#deps;
      const accounts = new AccountAuthenticator({
        issuers: this.#issuers,
        apiAudiences: this.#audiences,
        keys: this.#keys,
        read,
        clock,
      });
      // From the cache alone: whoever guesses tokens costs the store nothing.
      const bootstrap = new BootstrapTokenAuthenticator((...key) => this.#partsOf().objects.get(...key), clock);
      const { bootstrapTokens = false, tokenAuthenticators = [] } = this.#options;
      const all = [...this.#staticTokens, ...(bootstrapTokens ? [bootstrap] : []), accounts, ...tokenAuthenticators];
      this.#tokens = new CachingTokenAuthenticator(unionOfTokens(all), clock);
    }
    return this.#tokens;
  }

  /** From the cache, and from the store what the cache does not have (yet). */
  #read(
    resource: { group: string; resource: string },
    namespace: string | undefined,
    name: string,
  ): Awaitable<KubeObject | undefined> {
    const { objects, services } = this.#partsOf();
    return objects.get(resource, namespace, name) ?? services().get(resource, namespace, name);
  }

  #partsOf(): ServerParts {
    if (this.#parts === undefined) throw new Error('security was asked before there was a server');
    return this.#parts;
  }
}
