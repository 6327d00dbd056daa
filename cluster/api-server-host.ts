/** The API server as a part of a cluster or alone: its rows, its security, its listener. */
import { admissionDefaults, loadAdmissionConfig } from '../apiserver/admission/admission-config.ts';
import { admissionPluginNames } from '../apiserver/admission/chain.ts';
import { AuditMetrics } from '../apiserver/auth/audit/audit-metrics.ts';
import { type AuditOptions, openAudit } from '../apiserver/auth/audit/audit-sink.ts';
import { type EncryptionFile, encryptStore } from '../apiserver/auth/encryption/encrypted-keys.ts';
import { flowPaths } from '../apiserver/auth/flow-control/flow-paths.ts';
import { IN_FLIGHT, type InFlightLimits, MaxInFlight } from '../apiserver/auth/flow-control/max-in-flight.ts';
import type { IdentityOptions } from '../apiserver/auth/identity-sources.ts';
import type { Pki } from '../apiserver/auth/pki.ts';
import type { PlanInput } from '../apiserver/auth/pki-plan.ts';
import { type DefaultPolicy, kubeadmPolicy } from '../apiserver/auth/rbac/defaults/default-policy.ts';
import { createSecurity, SECURITY_HOOKS, type Security, type SecurityOptions } from '../apiserver/auth/security.ts';
import { type HttpListener, listen } from '../apiserver/http/https-server.ts';
import { type BuiltApiServer, buildApiServer } from '../apiserver/machinery/build-api-server.ts';
import type { ExtraPath } from '../apiserver/machinery/plain-endpoints.ts';
import type { ResourceRow } from '../apiserver/machinery/resource-row.ts';
import { methodNotAllowed } from '../apiserver/machinery/status.ts';
import { makeBuiltinRows } from '../apiserver/resources/all.ts';
import {
  apiServerIdentity,
  IDENTITY_RENEWAL_MS,
  renewIdentityLease,
} from '../apiserver/resources/bootstrap/identity-lease.ts';
import { SERVICE_REPAIR_MS, ServiceRepair } from '../apiserver/resources/bootstrap/service-repair.ts';
import { BUILTIN_HOOKS, ensureBuiltinObjects, publishEndpoint } from '../apiserver/resources/bootstrap.ts';
import type { ComponentName } from '../apiserver/resources/core/component-status.ts';
import type { PodLogs } from '../apiserver/resources/core/pod-log.ts';
import { NODE_PORTS } from '../apiserver/resources/core/port-allocator.ts';
import { toWireForm } from '../apiserver/resources/wire-form.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import type { Store } from '../store/index.ts';
import type { BehaviourFlags } from './apiserver-flags/behaviour-flags.ts';
import { type AuthorizationFlags, followAuthorizers, loadAuthorizers } from './authorization-flags.ts';
import { behaviourDeps, endpointOf, mannersOf, serveOn, shownRows } from './behaviour.ts';
import { defined } from './identity-flags.ts';
import { KeyPrefix, withPrefix } from './prefixed-store.ts';
import { generatedSchemas } from './schemas.ts';
import { filesOfDirectory, loadServing, type ServingFlags } from './serving-flags.ts';

export interface ApiServerOptions {
  readonly bindAddress: string;
  /** 0: a free one. */
  readonly port: number;
  readonly serviceClusterIpRange: string;
  /** What the serving certificate is made out to. */
  readonly names: Pick<PlanInput, 'hostname' | 'serviceIp' | 'extraNames'>;
  readonly serving?: ServingFlags;
  readonly behaviour?: Partial<BehaviourFlags>;
  readonly identity?: IdentityOptions;
  readonly authorization?: AuthorizationFlags;
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly admissionConfigFile?: string;
  readonly audit?: Omit<AuditOptions, 'clock' | 'logger'>;
  /** An EncryptionConfiguration: what is encrypted in the store. */
  readonly encryption?: EncryptionFile;
  /** Roles and bindings beside the default ones. */
  readonly policy?: DefaultPolicy;
  /** Requests worked on at once. */
  readonly seats?: number;
  /** The same, apart, for who does not want them to take turns. */
  readonly inFlight?: InFlightLimits;
  readonly notReadyTolerationSeconds: number;
  readonly unreachableTolerationSeconds: number;
  readonly pki: Pki;
  readonly store: Store;
  readonly podLogs?: PodLogs;
  /** The parts of the control plane that run in this process. */
  readonly componentsHere?: readonly ComponentName[];
  /** Paths beside the API's, behind the same authentication and authorization. */
  readonly extraPaths?: Readonly<Record<string, ExtraPath>>;
}

export interface ApiServerHost {
  readonly server: BuiltApiServer;
  readonly port: number;
  readonly url: string;
  /** Signs the tokens that secrets hold, for the controller that fills them. */
  readonly signSecretToken: Security['signSecretToken'];
  close(): Promise<void>;
}

interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
}

/** Resolves when the server is ready and listens. */
export async function hostApiServer(options: ApiServerOptions, deps: Deps): Promise<ApiServerHost> {
  const { clock, logger } = deps;
  const { pki, behaviour = {} } = options;
  const serving = await loadServing(await servedFrom(options), pki.leaf('apiserver'), deps);
  const securing = await securityOptions(options, deps);
  const security = await createSecurity(securing, deps);
  warnOfOwnClients(options, security, logger);
  const { enablePriorityAndFairness: fair = true } = behaviour;
  const flowControl = security.flowControl();
  const rows = shownRows(rowsOf(options, security), behaviour, logger);
  const serviceClusterIpRanges = options.serviceClusterIpRange.split(',');
  const identity = apiServerIdentity(options.names.hostname, deps.random.uuid());
  const auditMetrics = new AuditMetrics();
  const audit =
    options.audit === undefined
      ? undefined
      : await openAudit({ ...options.audit, clock, logger, metrics: auditMetrics });
  const prefix = new KeyPrefix(behaviour.etcdPrefix ?? '/registry');
  const encrypted =
    options.encryption === undefined
      ? undefined
      : await encryptStore(options.store, options.encryption, rows, deps, (key) => prefix.outward(key));
  // Values are bound to their keys: they are sealed below the prefix, as kube-apiserver has it.
  const store = withPrefix(encrypted?.store ?? options.store, prefix);
  let ending = false;
  const server = buildApiServer({
    ...deps,
    ...behaviourDeps(behaviour, options.port),
    ending: () => ending,
    store,
    ...(encrypted === undefined
      ? {}
      : {
          isStale: (key: string) => encrypted.store.isStale(prefix.inward(key)),
          healthChecks: encrypted.healthChecks,
        }),
    rows,
    ...(audit === undefined ? {} : { audit }),
    schemas: generatedSchemas,
    wireForm: toWireForm,
    authenticator: (parts) => security.authenticator(parts),
    authorizer: (parts) => security.authorizer(parts),
    admission: (parts) => security.admission(parts),
    flowControl: fair ? flowControl : new MaxInFlight(options.inFlight ?? IN_FLIGHT),
    moreMetrics: () => security.metricsText() + auditMetrics.text(),
    extraPaths: {
      ...(fair ? flowPaths(flowControl) : {}),
      ...openIdPaths(security, () =>
        behaviour.externalHostname === undefined
          ? listener.url
          : `https://${behaviour.externalHostname}:${listener.port}`,
      ),
      ...options.extraPaths,
    },
    postStartHooks: [...BUILTIN_HOOKS, ...SECURITY_HOOKS],
    async bootstrap(parts) {
      await ensureBuiltinObjects(parts.services(), { rows, serviceClusterIpRanges, identity, hook: parts.hook });
      await security.bootstrap(parts);
    },
  });
  const mannerly = mannersOf(server, behaviour);
  let listener: HttpListener;
  try {
    listener = await listen({
      server: mannerly,
      host: options.bindAddress,
      port: options.port,
      tls: serving.tls,
      certificates: security.certificates,
      clock,
      logger,
    });
  } catch (thrown) {
    // What was begun is finished first, so that ending it says nothing beside the reason.
    await server.ready().catch(() => {});
    security.close();
    await server.close();
    throw thrown;
  }
  const renewal = clock.every(IDENTITY_RENEWAL_MS, () => {
    renewIdentityLease(identity, server.services).catch((thrown) =>
      logger.debug({ error: messageOf(thrown) }, 'identity lease not renewed'),
    );
  });
  const serviceRepair = new ServiceRepair(server.services, behaviour.serviceNodePortRange ?? NODE_PORTS);
  const repairs = clock.every(SERVICE_REPAIR_MS, () => {
    serviceRepair
      .run()
      .catch((thrown) => logger.debug({ error: messageOf(thrown) }, 'addresses and ports of services not repaired'));
  });
  security.onAuthorities(() => listener.renew());
  const unfollow = [
    serving.follow((tls) => listener.renew(tls)),
    followAuthorizers(options.authorization ?? {}, securing.authorizers, deps, (chain) =>
      security.replaceAuthorizers(chain),
    ),
  ];
  const close = async (): Promise<void> => {
    for (const end of unfollow) end();
    renewal.cancel();
    repairs.cancel();
    ending = true;
    await serveOn({ behaviour, mannerly, watches: server.watches, clock });
    await listener.close();
    security.close();
    encrypted?.stop();
    await server.close();
    await audit?.close();
  };
  try {
    await server.ready();
    await publishEndpoint(
      server.services,
      serviceClusterIpRanges,
      endpointOf(options.bindAddress, listener.port, behaviour),
    );
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const { signSecretToken } = security;
  return { server, port: listener.port, url: listener.url, signSecretToken, close };
}

/** Whoever brings an authority of client certificates shuts out ours, as with kube-apiserver: it is said, lest they wonder. */
function warnOfOwnClients({ identity, pki }: ApiServerOptions, security: Security, logger: Logger): void {
  if (security.acceptsOwnClients) return;
  logger.warn(
    { clientCaFile: identity?.clientCaFile },
    `the kubeconfigs in the data directory have certificates of ${pki.authority('ca').certificateFile}, which --client-ca-file does not hold: they will not be let in; add that authority to the file to keep them`,
  );
}

async function securityOptions(options: ApiServerOptions, deps: Deps): Promise<SecurityOptions> {
  const { admissionConfigFile: file, identity, seats } = options;
  const authorizers =
    options.authorization === undefined ? undefined : await loadAuthorizers(options.authorization, deps);
  return {
    pki: options.pki,
    storesRoles: true,
    policies: [kubeadmPolicy, ...(options.policy === undefined ? [] : [options.policy])],
    plugins: { enable: options.enableAdmissionPlugins, disable: options.disableAdmissionPlugins },
    admission: {
      tolerationSeconds: {
        notReady: options.notReadyTolerationSeconds,
        unreachable: options.unreachableTolerationSeconds,
      },
      config: file === undefined ? admissionDefaults : await loadAdmissionConfig(file, admissionPluginNames),
    },
    ...(identity === undefined ? {} : { identity }),
    ...(authorizers === undefined ? {} : { authorizers }),
    ...(seats === undefined ? {} : { seats }),
  };
}

function rowsOf(options: ApiServerOptions, security: Security): readonly ResourceRow[] {
  return makeBuiltinRows({
    serviceAccountToken: security.serviceAccountToken,
    reviews: security.reviews,
    serviceClusterIpRanges: options.serviceClusterIpRange.split(','),
    componentsHere: options.componentsHere ?? [],
    ...defined({ serviceNodePortRange: options.behaviour?.serviceNodePortRange }),
    ...(options.podLogs === undefined ? {} : { podLogs: options.podLogs }),
  });
}

/** Where others find the keys that service-account tokens are signed with. */
function openIdPaths({ discovery }: Security, serverUrl: () => string): Readonly<Record<string, ExtraPath>> {
  const json = (contentType: string, content: () => object): ExtraPath => {
    return ({ request }) => {
      if (request.method !== 'GET') throw methodNotAllowed();
      const body = Buffer.from(JSON.stringify(content()));
      return { type: 'bytes', code: 200, headers: { 'cache-control': 'public, max-age=3600' }, contentType, body };
    };
  };
  return {
    '/.well-known/openid-configuration': json('application/json', () => discovery.configuration(serverUrl())),
    '/openid/v1/jwks': json('application/jwk-set+json', () => discovery.keySet),
  };
}

/** The flags of the certificate, `--cert-dir` carried out. */
function servedFrom({ serving, behaviour = {}, pki }: ApiServerOptions): Promise<Partial<ServingFlags>> {
  return filesOfDirectory(serving ?? {}, behaviour.certDir, pki.leaf('apiserver'), pki.authority('ca').certificatePem);
}
