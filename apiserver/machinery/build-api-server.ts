/**
 * Puts the API server together from what it is given. It listens nowhere: `apiserver/http/` and the loopback client call
 * `handle`.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { type Recorder, silentRecorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import { type Store, StoreError } from '../../store/index.ts';
import { forbiddenRequest } from '../auth/forbidden.ts';
import { impersonate } from '../auth/impersonation.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import { encoded } from './answers.ts';
import type { ApiAnswer, ApiRequest, ApiServer } from './api-server.ts';
import { audit, auditRefusal } from './audit-step.ts';
import { cachedObjects } from './cached-objects.ts';
import * as chainSteps from './chain-steps.ts';
import { Deleter } from './deletion.ts';
import { Exchange } from './exchange.ts';
import type { HealthCheck, HealthChecks } from './health.ts';
import { negotiateOutput, type OutputType } from './media-types.ts';
import { Metrics } from './metrics.ts';
import { ObjectStorage, statusOfStoreError } from './object-storage.ts';
import { OpenWatches } from './open-watches.ts';
import { OpenApi } from './openapi.ts';
import { type ExtraPath, PlainEndpoints } from './plain-endpoints.ts';
import { PostStartHooks, type RunHook } from './post-start-hooks.ts';
import { ProtobufBodies } from './protobuf-body.ts';
import { Reader } from './read-endpoints.ts';
import { Registry } from './registry.ts';
import { registryServices } from './registry-services.ts';
import { requestChain, runChain, writeChain } from './request-chain.ts';
import { requestInfo } from './request-info.ts';
import { type ResourceParts, resourceAnswer } from './resource-endpoints.ts';
import type { GroupResource, RegistryServices, ResourceRow } from './resource-row.ts';
import { ServedRows, type WireForm } from './served-rows.ts';
import { withoutTokens } from './shown-url.ts';
import { internalError, StatusError, tooManyRequests } from './status.ts';
import type { AdmissionStep, AuditSink, Authenticator, Authorizer, FlowControl } from './steps.ts';
import { type SchemaSource, TypeNodes } from './type-nodes.ts';
import { kubernetesVersion, type VersionInfo } from './version.ts';
import { WatchCache } from './watch-cache.ts';
import { watchMoments } from './watch-moments.ts';
import { admissionAttributes, mutatingAdmission, validatingAdmission } from './write-steps.ts';

/** What authenticators, authorizers and admission plugins may be made with. */
export interface ServerParts {
  readonly objects: ObjectCache;
  readonly services: () => RegistryServices;
  /** Whether this server stores objects of the resource. */
  serves(resource: GroupResource): boolean;
  /** Runs a step of the start, of which `/readyz` tells. */
  readonly hook: RunHook;
  /** The resources that are served with objects of this kind. */
  readonly resourcesOfKind: (apiVersion: string, kind: string) => readonly ResourceRow[];
}

type MadeWith<T> = T | ((parts: ServerParts) => T);

export interface ApiServerDeps {
  readonly store: Store;
  /** Whether the value of a key is not kept as it would be now: see `ObjectStorageDeps`. */
  readonly isStale?: (key: string) => Promise<boolean>;
  readonly rows: readonly ResourceRow[];
  readonly schemas: SchemaSource;
  readonly wireForm: WireForm;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder?: Recorder;
  readonly authenticator: MadeWith<Authenticator>;
  readonly authorizer: MadeWith<Authorizer>;
  readonly admission: MadeWith<readonly AdmissionStep[]>;
  readonly audit?: AuditSink;
  readonly flowControl?: MadeWith<FlowControl>;
  readonly version?: VersionInfo;
  /** How long a request may take; absent: upstream's minute. */
  readonly requestTimeoutMs?: number;
  /** How long a watch lasts at least whose client does not say; absent: upstream's half hour. */
  readonly watchSecondsMin?: number;
  /** How long objects that go after a while share a lease at most, in seconds. */
  readonly leaseReuseSeconds?: number;
  /** How long after the start `/livez` overlooks steps that are not done. */
  readonly livezGraceMs?: number;
  /** Whether the server was told to end: then it is not ready. */
  readonly ending?: () => boolean;
  /** `host:port` for who asks where the API is; absent: what the client calls it. */
  readonly externalAddress?: string;
  /** False: nobody collects garbage, and deletions do not wait for it. */
  readonly collectsGarbage?: boolean;
  /** How long the store may take to answer the checks of `/healthz` and of `/readyz`; absent: as long as it takes. */
  readonly storeCheckMs?: { readonly health: number; readonly ready: number };
  /** Metric families that are not told. */
  readonly disabledMetrics?: readonly string[];
  /** Checks beside those of the machinery: `poststarthook/…`. */
  readonly healthChecks?: readonly HealthCheck[];
  /** Metric families beside those of the machinery, in the exposition format. */
  readonly moreMetrics?: () => string;
  readonly extraPaths?: Readonly<Record<string, ExtraPath>>;
  /** Makes the built-in objects, once the caches are filled and before the server says that it is ready. */
  readonly bootstrap?: (parts: ServerParts) => Promise<void>;
  /** The names of the steps that `bootstrap` runs with `hook`: until then they are not finished. */
  readonly postStartHooks?: readonly string[];
}

/** The server, and what its own process may do with it beyond requests. */
export interface BuiltApiServer extends ApiServer {
  readonly objects: ObjectCache;
  readonly services: RegistryServices;
  readonly watches: OpenWatches;
  /** Serves a resource from now on (a CRD's), or no longer. */
  addRow(row: ResourceRow): void;
  removeRow(row: ResourceRow): void;
}

function made<T extends object>(given: MadeWith<T>, parts: ServerParts): T {
  return typeof given === 'function' ? (given as (parts: ServerParts) => T)(parts) : given;
}

const JSON_OUTPUT: OutputType = { format: 'application/json', transform: undefined, pretty: false };
/** How long a request waits for the cache at most, while the server starts. */
const LOADING_WAIT_MS = 3000;

export function buildApiServer(deps: ApiServerDeps): BuiltApiServer {
  const { store, clock, random, logger, recorder = silentRecorder } = deps;
  const version = deps.version ?? kubernetesVersion;
  const types = new TypeNodes(deps.schemas);
  const rows = new ServedRows(deps.rows, types, deps.wireForm);
  const cache = new WatchCache({
    store,
    clock,
    logger,
    onChange: watchMoments(recorder, rows),
  });
  const { isStale, leaseReuseSeconds } = deps;
  const storage = new ObjectStorage({ store, cache, clock, recorder, isStale, leaseReuseSeconds });
  for (const { storage: stored, row } of rows.all) if (!row.virtual) cache.resource(stored.prefix, stored.form);
  let services: RegistryServices | undefined;
  const servicesOf = (): RegistryServices => {
    services ??= servicesFor(undefined);
    return services;
  };
  const servicesFor = (request: string | undefined): RegistryServices =>
    registryServices({
      rows,
      storage,
      deleter,
      random,
      nowMs: () => clock.nowMs(),
      ...(request === undefined ? {} : { request }),
    });
  const deleter = new Deleter(storage, servicesOf, deps.collectsGarbage);
  const objects = cachedObjects(rows, cache, storage);
  const hooks = new PostStartHooks(deps.postStartHooks ?? []);
  const parts: ServerParts = {
    objects,
    services: servicesOf,
    serves: (resource) => rows.stored(resource) !== undefined,
    hook: hooks.run,
    resourcesOfKind: (apiVersion, kind) =>
      [...rows.all].filter((each) => each.row.kind === kind && each.apiVersion === apiVersion).map(({ row }) => row),
  };
  const authorizer = made(deps.authorizer, parts);
  const admission = made(deps.admission, parts);
  const registry = new Registry(storage, writeChain(admission, servicesOf, random), servicesOf);
  const metrics = new Metrics({
    *objectCounts() {
      for (const { row, storage: stored } of rows.all) {
        if (row.virtual !== undefined || row.conversion !== undefined) continue;
        const name = row.group === '' ? row.resource : `${row.resource}.${row.group}`;
        yield [name, cache.resource(stored.prefix, stored.form).size] as const;
      }
    },
    *watchers() {
      for (const { row, storage: stored } of rows.all) {
        if (row.virtual !== undefined || row.conversion !== undefined) continue;
        const name = row.group === '' ? row.resource : `${row.resource}.${row.group}`;
        yield [name, cache.resource(stored.prefix, stored.form).watchers] as const;
      }
    },
    cacheRevision: () => cache.revision,
    more: () => deps.moreMetrics?.() ?? '',
    disabled: deps.disabledMetrics ?? [],
  });
  const watches = new OpenWatches();
  const readiness = new Readiness();
  const plain = new PlainEndpoints({
    rows,
    version,
    checks: healthChecks(store, cache, readiness, hooks, deps),
    externalAddress: deps.externalAddress,
    metrics,
    openApi: new OpenApi(rows, deps.schemas, version),
    extraPaths: deps.extraPaths ?? {},
  });
  const resources: ResourceParts = {
    rows,
    registry,
    deleter,
    protobuf: new ProtobufBodies(types),
    reader: new Reader(storage, cache),
    storage,
    cache,
    clock,
    random,
    metrics,
    watches,
    watchSecondsMin: deps.watchSecondsMin,
    services: (request) => (recorder.active ? servicesFor(request) : servicesOf()),
    admission: [mutatingAdmission(admission, servicesOf), validatingAdmission(admission, servicesOf)],
    admitDeletion: deletionAdmission(admission, servicesOf),
    async mayCreate(exchange) {
      const attributes = { ...exchange.attributes, verb: 'create' };
      const { decision, reason } = await authorizer.authorize(attributes);
      if (decision !== 'allow') throw forbiddenRequest(attributes, reason);
    },
  };
  const chain = requestChain({
    logging: chainSteps.logging({ clock, logger, recorder, metrics }),
    deadline: chainSteps.deadline(clock, deps.requestTimeoutMs),
    authentication: chainSteps.authentication(made(deps.authenticator, parts), metrics, clock, (exchange, refusal) =>
      auditRefusal(deps.audit, clock, exchange, refusal),
    ),
    audit: audit(deps.audit, clock),
    impersonation: chainSteps.impersonation(impersonate, authorizer),
    flowControl: chainSteps.flowControl(deps.flowControl && made(deps.flowControl, parts), metrics),
    authorization: chainSteps.authorization(authorizer, metrics, { recorder, clock }),
  });

  // Nobody's rights are known, and no watch can be given its place, before everything was read once.
  const loading = cache.start();
  const loadedInTime = async (): Promise<void> => {
    await Promise.race([loading.catch(() => {}), clock.sleep(LOADING_WAIT_MS)]);
    if (!cache.loaded) throw tooManyRequests('storage is (re)initializing', 1);
  };

  const handle = async (request: ApiRequest): Promise<ApiAnswer> => {
    const info = requestInfo(request.method, request.url);
    const served = info.resourceRequest ? rows.find(info.group, info.version, info.resource) : undefined;
    const id = auditIdOf(request, random);
    const exchange = new Exchange(request, info, served, id, clock.nowMs(), clock.monotonicMs());
    let answer: ApiAnswer;
    try {
      if (info.resourceRequest && !cache.loaded) await loadedInTime();
      answer = await runChain(chain, exchange, () =>
        info.resourceRequest ? resourceAnswer(exchange, resources) : plain.answer(exchange),
      );
    } catch (error) {
      answer = refusal(exchange, error, logger);
    }
    return withHeaders(answer, answerHeaders(answer, exchange));
  };

  const start = async (): Promise<void> => {
    await loading;
    await deps.bootstrap?.(parts);
    readiness.reached = true;
  };
  const started = start();
  started.catch((error: unknown) => {
    readiness.failure = messageOf(error);
    logger.error({ error: messageOf(error) }, 'the API server cannot become ready');
  });

  return {
    handle,
    objects,
    watches,
    get services() {
      return servicesOf();
    },
    ready: () => started,
    async close() {
      cache.close();
    },
    addRow(row) {
      const added = rows.add(row);
      if (row.virtual === undefined) cache.resource(added.storage.prefix, added.form);
    },
    removeRow(row) {
      rows.remove(row);
      if (!rows.all.some((served) => served.storage.prefix === row.storagePrefix)) cache.drop(row.storagePrefix);
    },
  };
}

class Readiness {
  reached = false;
  failure: string | undefined;
}

function deletionAdmission(
  admission: readonly AdmissionStep[],
  services: () => RegistryServices,
): ResourceParts['admitDeletion'] {
  return (endpoint, name, options) => {
    const { exchange, served, namespace } = endpoint;
    const { row } = served.storage;
    const plugins = admission.filter((plugin) => plugin.handles('DELETE', row, exchange.info.subresource));
    return async (old) => {
      if (plugins.length === 0) return;
      const attributes = {
        ...admissionAttributes(
          {
            operation: 'update',
            served,
            strategy: row.strategy,
            subresource: exchange.info.subresource,
            namespace,
            name,
            object: old,
            old,
            user: exchange.user,
            manager: '',
            applied: false,
            nowMs: exchange.nowMs,
            request: exchange.id,
            dryRun: options.dryRun,
            options: options.raw,
            warn: (text) => exchange.warn(text),
            annotate: (key, value) => {
              exchange.annotations[key] = value;
            },
          },
          'DELETE',
        ),
        object: undefined,
      };
      for (const plugin of plugins) await plugin.mutate?.(attributes, services());
      for (const plugin of plugins) await plugin.validate?.(attributes, services());
    };
  };
}

function healthChecks(
  store: Store,
  cache: WatchCache,
  readiness: Readiness,
  hooks: PostStartHooks,
  deps: Pick<ApiServerDeps, 'clock' | 'healthChecks' | 'livezGraceMs' | 'ending' | 'storeCheckMs'>,
): HealthChecks {
  const { clock, healthChecks: more = [], livezGraceMs = 0, ending, storeCheckMs } = deps;
  const aliveUntilMs = clock.monotonicMs() + livezGraceMs;
  const overlooked = (checks: readonly HealthCheck[]): readonly HealthCheck[] => {
    if (livezGraceMs <= 0) return checks;
    const inGrace = (): boolean => clock.monotonicMs() < aliveUntilMs;
    return checks.map(({ name, check }) => ({ name, check: () => (inGrace() ? undefined : check()) }));
  };
  const ping: HealthCheck = { name: 'ping', check: () => undefined };
  const log: HealthCheck = { name: 'log', check: () => undefined };
  const answers = (): Promise<string | undefined> =>
    store.range({ key: '/registry/health', countOnly: true }).then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
  const etcd: HealthCheck = { name: 'etcd', check: () => within(clock, storeCheckMs?.health, answers()) };
  const etcdReady: HealthCheck = {
    name: 'etcd-readiness',
    check: () => within(clock, storeCheckMs?.ready, answers()),
  };
  const informers: HealthCheck = { name: 'informer-sync', check: () => (cache.loaded ? undefined : 'not synced') };
  const bootstrap: HealthCheck = {
    name: 'poststarthook/bootstrap-controller',
    check: () => (readiness.reached ? undefined : (readiness.failure ?? 'not finished')),
  };
  return {
    healthz: [ping, log, etcd, ...more, ...hooks.checks, bootstrap],
    livez: [ping, log, etcd, ...more, ...overlooked([...hooks.checks, bootstrap])],
    readyz: [
      ping,
      log,
      etcd,
      etcdReady,
      ...more,
      informers,
      ...hooks.checks,
      bootstrap,
      { name: 'shutdown', check: () => (ending?.() === true ? 'process is shutting down' : undefined) },
    ],
  };
}

/** What is wrong, or that it is not known in time. */
async function within(
  clock: Clock,
  limitMs: number | undefined,
  answer: Promise<string | undefined>,
): Promise<string | undefined> {
  if (limitMs === undefined) return answer;
  const late = new AbortController();
  const timeOut = clock.sleep(limitMs, late.signal).then(
    () => 'context deadline exceeded',
    () => undefined,
  );
  return Promise.race([answer, timeOut]).finally(() => late.abort());
}

function auditIdOf(request: ApiRequest, random: Random): string {
  const given = request.headers['audit-id'];
  return given !== undefined && given !== '' ? given.slice(0, 64) : random.uuid();
}

/** Whatever was thrown, as a Status in the representation that the client accepts. */
function refusal(exchange: Exchange, error: unknown, logger: Logger): ApiAnswer {
  let status: StatusError;
  if (error instanceof StatusError) status = error;
  else if (error instanceof StoreError) status = statusOfStoreError(error);
  else {
    const { method, url } = exchange.request;
    logger.error(
      { method, url: withoutTokens(url), error: error instanceof Error ? error.stack : String(error) },
      'a request failed',
    );
    status = internalError(messageOf(error));
  }
  const { accept, 'user-agent': userAgent } = exchange.request.headers;
  let output = JSON_OUTPUT;
  try {
    output = negotiateOutput(accept, userAgent, exchange.info.query, { list: false, transforms: true });
  } catch {
    // What cannot be said in a form that the client accepts is said in JSON.
  }
  const answer = encoded(status.code, status.toStatus(), { ...output, transform: undefined });
  const seconds = status.details?.retryAfterSeconds;
  return withHeaders(answer, {
    ...answer.headers,
    ...status.headers,
    ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
  });
}

/** Every answer is made for its request alone, so its headers may still be set. */
function withHeaders(answer: ApiAnswer, headers: Readonly<Record<string, string>>): ApiAnswer {
  (answer as { headers: Readonly<Record<string, string>> }).headers = headers;
  return answer;
}

/** Quoted, which escapes all that no header may hold but DEL; in which bytes the rest travels is the HTTP shell's affair. */
function headerText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '');
}

function answerHeaders(answer: ApiAnswer, exchange: Exchange): Record<string, string> {
  const headers = exchange.answerHeaders;
  for (const name in answer.headers) headers[name] = answer.headers[name] ?? '';
  if (exchange.warnings.length > 0) {
    headers.warning = exchange.warnings.map((text) => `299 - ${headerText(text)}`).join(', ');
  }
  return headers;
}
