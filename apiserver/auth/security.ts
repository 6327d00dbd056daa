/**
 * Everything that decides who may do what and what may enter, made for one API server and handed to it whole: the
 * authenticators, the authorizer, the admission plugins, the handlers of reviews and token requests, and the default
 * policy. `buildApiServer` takes the three functions as they are.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { type AdmissionDeps, createAdmissionChain, type PluginChoice } from '../admission/chain.ts';
import { PodSecurityMetrics } from '../admission/pod-security/pod-security-metrics.ts';
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
import { TrustPublisher } from './authentication-trust.ts';
import { type Authorization, type AuthorizerChoice, createAuthorization } from './authorization.ts';
import { BootstrapTokenAuthenticator } from './bootstrap-tokens.ts';
import { type ClientAuthorities, ClientCertificates } from './client-certificates.ts';
import { FLOW_GROUP } from './flow-control/default-flows.ts';
import { FairFlowControl } from './flow-control/flow-control.ts';
import { FlowKeeper } from './flow-control/flow-keeper.ts';
import { LEVELS, SCHEMAS } from './flow-control/flow-plan.ts';
import { FrontProxy } from './front-proxy.ts';
import { selfSubjectReview, tokenReview } from './identity-reviews.ts';
import { DEFAULT_ISSUER, type Identity, type IdentityOptions, loadIdentity } from './identity-sources.ts';
import type { Pki } from './pki.ts';
import { applyPolicy, ensurePolicy } from './rbac/bootstrap.ts';
import { type DefaultPolicy, defaultPolicy, joinPolicies } from './rbac/defaults/default-policy.ts';
import { EscalationCheck } from './rbac/escalation.ts';
import { RoleAggregator } from './rbac/role-aggregator.ts';
import { AccountAuthenticator } from './service-accounts/account-authenticator.ts';
import { LegacyAccountAuthenticator } from './service-accounts/legacy-authenticator.ts';
import { LegacyTokenTracking } from './service-accounts/legacy-token-tracking.ts';
import { type SignSecretToken, secretTokenSigner } from './service-accounts/legacy-tokens.ts';
import { jsonWebKeySet, openIdConfiguration } from './service-accounts/signing-keys.ts';
import { createTokenIssuer } from './service-accounts/token-issuer.ts';
import { serviceAccountTokenSubresource } from './service-accounts/token-request.ts';
import { TokenUses } from './service-accounts/token-uses.ts';
import { CachingTokenAuthenticator, type TokenAuthenticator, unionOfTokens } from './token-authenticators.ts';

/**
 * Requests worked on at once: kube-apiserver's `--max-requests-inflight` and `--max-mutating-requests-inflight` together.
 * There is one thread, and more of them make none faster: how much of one flow is begun beside others is bounded by turns
 * (`flow-control/turns.ts`), not by seats.
 */
export const DEFAULT_SEATS = 600;
export const DEFAULT_AUTHORIZERS: readonly AuthorizerChoice[] = ['Node', 'RBAC'];

/** The steps of `bootstrap`, as upstream names what does the same. */
export const SECURITY_HOOKS = [
  'rbac/bootstrap-roles',
  'priority-and-fairness-config-producer',
  'start-cluster-authentication-info-controller',
  'start-legacy-token-tracking-controller',
] as const;

export interface SecurityOptions {
  readonly pki: Pki;
  /** Who is who, beyond what the PKI says. */
  readonly identity?: IdentityOptions;
  /** Who decides what users may do, in the order of asking. */
  readonly authorizers?: readonly AuthorizerChoice[];
  readonly plugins: PluginChoice;
  readonly admission: Pick<AdmissionDeps, 'tolerationSeconds' | 'config'>;
  /** Roles and bindings are resources of this server. False: the default policy holds and cannot be changed. */
  readonly storesRoles: boolean;
  /** Roles and bindings that are made, and repaired, beside upstream's default ones. */
  readonly policies?: readonly DefaultPolicy[];
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
  /** Signs the tokens that secrets hold. */
  readonly signSecretToken: SignSecretToken;
  /**
   * JSON for `/.well-known/openid-configuration` of a server at this URL, and for `/openid/v1/jwks`, open to service
   * accounts by default.
   */
  readonly discovery: { configuration(serverUrl: string): object; readonly keySet: object };
  authenticator(parts: ServerParts): Authenticator;
  authorizer(parts: ServerParts): Authorizer;
  admission(parts: ServerParts): readonly AdmissionStep[];
  /** Other authorizers from now on. UsageError when they need what was not there at the start. */
  replaceAuthorizers(chain: readonly AuthorizerChoice[]): void;
  flowControl(): FairFlowControl;
  /** What tokens, PodSecurity and flow control count, in the exposition format. */
  metricsText(): string;
  /** Calls back when other authorities sign clients than before: those who ask for certificates name them. */
  onAuthorities(changed: () => void): void;
  /** Whether the certificates in the kubeconfigs that we write are accepted. */
  readonly acceptsOwnClients: boolean;
  /** Makes the default policy and flows; once the caches are filled and before the server says that it is ready. */
  bootstrap(parts: ServerParts): Promise<void>;
  close(): void;
}

/** UsageError naming file and field for what cannot be used. */
export async function createSecurity(options: SecurityOptions, deps: SecurityDeps): Promise<Security> {
  return new ServerSecurity(options, deps, await loadIdentity(options.identity ?? {}, options.pki, deps));
}

class ServerSecurity implements Security {
  readonly certificates: ClientCertificates;
  readonly serviceAccountToken: SubresourceRow;
  readonly reviews: Reviews;
  readonly signSecretToken: SignSecretToken;
  readonly discovery: Security['discovery'];
  readonly #options: SecurityOptions;
  readonly #deps: SecurityDeps;
  readonly #identity: Identity;
  readonly #undo: (() => void)[] = [];
  readonly #onAuthorities: (() => void)[] = [];
  readonly #flowControl: FairFlowControl;
  readonly #tokenUses = new TokenUses();
  readonly #podSecurityMetrics = new PodSecurityMetrics();
  #parts: ServerParts | undefined;
  #tokens: TokenAuthenticator | undefined;
  #authorization: Authorization | undefined;

  constructor(options: SecurityOptions, deps: SecurityDeps, identity: Identity) {
    this.#options = options;
    this.#deps = deps;
    this.#identity = identity;
    this.#undo.push(() => identity.stop());
    this.#flowControl = new FairFlowControl({ clock: deps.clock, seats: options.seats ?? DEFAULT_SEATS });
    const { authorities, serviceAccounts, apiAudiences } = identity;
    this.certificates = new ClientCertificates(authorities.bundles, deps.clock);
    this.#undo.push(authorities.follow(deps, (bundles) => this.#replaceAuthorities(bundles)));
    const { issuers, signingKey, verificationKeys, keySetUrl, maxExpirationSeconds, extendExpiration } =
      serviceAccounts;
    const issuer = issuers[0] ?? DEFAULT_ISSUER;
    this.serviceAccountToken = serviceAccountTokenSubresource(
      createTokenIssuer(
        {
          issuer,
          apiAudiences,
          extendExpiration,
          ...(maxExpirationSeconds === undefined ? {} : { maxExpirationSeconds }),
        },
        signingKey,
      ),
    );
    this.signSecretToken = secretTokenSigner(signingKey);
    this.discovery = {
      configuration: (serverUrl) =>
        openIdConfiguration(issuer, keySetUrl ?? `${serverUrl}/openid/v1/jwks`, verificationKeys),
      keySet: jsonWebKeySet(verificationKeys),
    };
    // Rows are made before the server; what they ask is there by the time they ask it.
    const authorizer: Authorizer = {
      authorize: (attributes) => this.#authorizationOf().authorizer.authorize(attributes),
    };
    const tokens: TokenAuthenticator = {
      authenticate: (token, audiences) => this.#tokensOf().authenticate(token, audiences),
    };
    this.reviews = {
      tokenReview: tokenReview(tokens, apiAudiences),
      selfSubjectReview: selfSubjectReview(deps.clock),
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
      frontProxy: new FrontProxy(this.#identity.frontProxy),
      anonymous: this.#identity.anonymous,
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
      ...createAdmissionChain(plugins, {
        cache: parts.objects,
        clock,
        random,
        authorizer,
        resourcesOfKind: parts.resourcesOfKind,
        podSecurityMetrics: this.#podSecurityMetrics,
        ...admission,
      }),
      new EscalationCheck(authorizer, rbac, index),
    ];
  }

  metricsText(): string {
    return (
      [this.#tokenUses, this.#podSecurityMetrics].map((each) => each.text()).join('') + this.#flowControl.metricsText()
    );
  }

  flowControl(): FairFlowControl {
    return this.#flowControl;
  }

  replaceAuthorizers(chain: readonly AuthorizerChoice[]): void {
    this.#authorizationOf().replace(chain);
  }

  onAuthorities(changed: () => void): void {
    this.#onAuthorities.push(changed);
  }

  get acceptsOwnClients(): boolean {
    return this.#identity.authorities.acceptsOwnClients;
  }

  #replaceAuthorities(bundles: Required<ClientAuthorities>): void {
    this.certificates.replace(bundles);
    for (const changed of this.#onAuthorities) changed();
  }

  async bootstrap(parts: ServerParts): Promise<void> {
    const [roles, flows, trust, tracking] = SECURITY_HOOKS;
    await Promise.all([
      parts.hook(roles, () => this.#bootstrapRoles(parts)),
      parts.hook(flows, () => this.#bootstrapFlows(parts)),
      parts.hook(trust, () => this.#bootstrapTrust(parts)),
      parts.hook(tracking, () => this.#bootstrapTracking(parts)),
    ]);
  }

  async #bootstrapTrust(parts: ServerParts): Promise<void> {
    if (!parts.serves({ group: '', resource: 'configmaps' })) return;
    const { authorities, frontProxy } = this.#identity;
    const publisher = new TrustPublisher({
      ...this.#deps,
      parts,
      trust: () => ({ ...authorities.bundles, frontProxy }),
    });
    this.#undo.push(() => publisher.stop());
    await publisher.start();
    this.onAuthorities(() => publisher.publish());
  }

  async #bootstrapTracking(parts: ServerParts): Promise<void> {
    if (!parts.serves({ group: '', resource: 'configmaps' })) return;
    const tracking = new LegacyTokenTracking({ ...this.#deps, parts });
    this.#undo.push(() => tracking.stop());
    await tracking.start();
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
    const policy = joinPolicies(defaultPolicy(), ...(this.#options.policies ?? []));
    if (!this.#options.storesRoles) {
      applyPolicy(policy, index);
      return;
    }
    await ensurePolicy(parts.objects, parts.services(), index, policy);
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
    this.#flowControl.close();
    for (const undo of this.#undo.splice(0)) undo();
  }

  #authorizationOf(): Authorization {
    if (this.#authorization === undefined) {
      this.#authorization = createAuthorization({
        chain: this.#options.authorizers ?? DEFAULT_AUTHORIZERS,
        cache: this.#partsOf().objects,
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
      const { staticTokens, bootstrapTokens, otherTokens, serviceAccounts, apiAudiences } = this.#identity;
      const { issuers, verificationKeys: keys, lookup } = serviceAccounts;
      const uses = this.#tokenUses;
      const accounts = new AccountAuthenticator({ issuers, apiAudiences, keys, uses, read, clock });
      const label = (secret: KubeObject, key: string, value: string): void => this.#label(secret, key, value);
      const secrets = new LegacyAccountAuthenticator({ apiAudiences, keys, uses, lookup, read, label, clock });
      // From the cache alone: whoever guesses tokens costs the store nothing.
      const bootstrap = new BootstrapTokenAuthenticator((...key) => this.#partsOf().objects.get(...key), clock);
      const all = [...staticTokens, secrets, accounts, ...(bootstrapTokens ? [bootstrap] : []), ...otherTokens];
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

  /** In the background: whoever waits for an answer does not wait for this. */
  #label({ metadata: { namespace, name = '', uid } }: KubeObject, key: string, value: string): void {
    const setting = this.#partsOf()
      .services()
      .update(
        { group: '', resource: 'secrets' },
        namespace,
        name,
        (secret) => {
          if (secret.metadata.uid !== uid) return undefined;
          secret.metadata.labels = { ...secret.metadata.labels, [key]: value };
          return secret;
        },
        { owned: true },
      );
    setting.catch((thrown: unknown) =>
      this.#deps.logger.error({ namespace, name, error: messageOf(thrown) }, `secret not labelled with ${key}`),
    );
  }

  #partsOf(): ServerParts {
    if (this.#parts === undefined) throw new Error('security was asked before there was a server');
    return this.#parts;
  }
}
