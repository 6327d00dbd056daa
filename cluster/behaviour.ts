/** What `BehaviourFlags` make of an API server. */
import os from 'node:os';
import { type MannerlyServer, withManners } from '../apiserver/http/manners.ts';
import type { ApiServer } from '../apiserver/machinery/api-server.ts';
import type { ApiServerDeps } from '../apiserver/machinery/build-api-server.ts';
import type { OpenWatches } from '../apiserver/machinery/open-watches.ts';
import type { ResourceRow } from '../apiserver/machinery/resource-row.ts';
import { kubernetesVersion } from '../apiserver/machinery/version.ts';
import type { ApiEndpoint } from '../apiserver/resources/bootstrap/kubernetes-service.ts';
import { withoutPrivileged } from '../apiserver/resources/core/privileged.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { BehaviourFlags } from './apiserver-flags/behaviour-flags.ts';
import { readRuntimeConfig } from './apiserver-flags/runtime-config.ts';

type Behaviour = Partial<BehaviourFlags>;

/** The rows as `--runtime-config`, `--event-ttl` and `--allow-privileged` have them. UsageError for what upstream refuses. */
export function shownRows(rows: readonly ResourceRow[], behaviour: Behaviour, logger: Logger): readonly ResourceRow[] {
  const { runtimeConfig, eventTtl, allowPrivileged = true } = behaviour;
  let shown = rows;
  if (runtimeConfig !== undefined) {
    const { serves, missing } = chosen(runtimeConfig, rows);
    if (missing.length > 0) logger.warn({ apis: missing }, 'APIs that are asked for and cannot be served');
    shown = shown.map((row) => (serves(row) ? row : { ...row, hidden: true }));
  }
  if (eventTtl !== undefined) shown = shown.map((row) => withTtl(row, eventTtl));
  return allowPrivileged ? shown : shown.map(withoutPrivileged);
}

function chosen(
  config: ReadonlyMap<string, string>,
  rows: readonly ResourceRow[],
): ReturnType<typeof readRuntimeConfig> {
  try {
    return readRuntimeConfig(config, rows);
  } catch (thrown) {
    throw new UsageError(messageOf(thrown));
  }
}

/** Whole seconds; less than one: for ever. */
function withTtl(row: ResourceRow, ttlMs: number): ResourceRow {
  if (row.ttlSeconds === undefined) return row;
  const { ttlSeconds: _before, ...rest } = row;
  return ttlMs < 1000 ? rest : { ...rest, ttlSeconds: Math.floor(ttlMs / 1000) };
}

/** Upstream's for both checks. */
const STORE_CHECK_MS = 2000;

export function behaviourDeps(behaviour: Behaviour, port: number): Partial<ApiServerDeps> {
  const { requestTimeout, minRequestTimeout, livezGracePeriod, externalHostname, version } = behaviour;
  return {
    ...(requestTimeout === undefined ? {} : { requestTimeoutMs: requestTimeout }),
    ...(minRequestTimeout === undefined ? {} : { watchSecondsMin: minRequestTimeout }),
    ...(livezGracePeriod === undefined ? {} : { livezGraceMs: livezGracePeriod }),
    ...(externalHostname === undefined ? {} : { externalAddress: `${externalHostname}:${port}` }),
    collectsGarbage: behaviour.enableGarbageCollector ?? true,
    storeCheckMs: {
      health: behaviour.etcdHealthcheckTimeout ?? STORE_CHECK_MS,
      ready: behaviour.etcdReadycheckTimeout ?? STORE_CHECK_MS,
    },
    ...(behaviour.disabledMetrics === undefined ? {} : { disabledMetrics: behaviour.disabledMetrics }),
    ...(behaviour.leaseReuseDurationSeconds === undefined
      ? {}
      : { leaseReuseSeconds: behaviour.leaseReuseDurationSeconds }),
    ...(version?.startsWith('v') === true ? { version: { ...kubernetesVersion, gitVersion: version } } : {}),
  };
}

/** Where the service `kubernetes` leads, if this server says it. */
export function endpointOf(bindAddress: string, port: number, behaviour: Behaviour): ApiEndpoint {
  const { kubernetesServiceNodePort: nodePort = 0, endpointReconcilerType } = behaviour;
  return {
    ip: advertisedAddress(bindAddress, behaviour),
    port,
    ...(nodePort === 0 ? {} : { nodePort }),
    reconcile: endpointReconcilerType !== 'none',
  };
}

/** `--advertise-address`, or that of --bind-address; where this is every address, the first that is not loopback. */
export function advertisedAddress(bindAddress: string, { advertiseAddress = '' }: Behaviour): string {
  if (advertiseAddress !== '') return advertiseAddress;
  if (bindAddress !== '' && bindAddress !== '0.0.0.0' && bindAddress !== '::') return bindAddress;
  const outside = Object.values(os.networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal }) => !internal);
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0])?.address ?? '127.0.0.1';
}

export function mannersOf(server: ApiServer, behaviour: Behaviour): MannerlyServer {
  const { corsAllowedOrigins, strictTransportSecurityDirectives } = behaviour;
  return withManners(server, {
    corsOrigins: corsAllowedOrigins ?? [],
    transportSecurity: strictTransportSecurityDirectives ?? [],
    awayUntilReady: behaviour.sendRetryAfterWhileNotReadyOnce ?? false,
  });
}

interface Ending {
  readonly behaviour: Behaviour;
  readonly mannerly: MannerlyServer;
  readonly watches: Pick<OpenWatches, 'size'>;
  readonly clock: Clock;
}

const LOOK_MS = 20;

/** How much longer than usual an end may take. */
export function endingMs(behaviour: Behaviour): number {
  const { shutdownSendRetryAfter = false, requestTimeout = 0 } = behaviour;
  const answersMs = shutdownSendRetryAfter ? requestTimeout : 0;
  return (behaviour.shutdownDelayDuration ?? 0) + answersMs + (behaviour.shutdownWatchTerminationGracePeriod ?? 0);
}

/**
 * After the signal and before the listener closes: serves on as long as asked, not ready; then, if asked, sends new
 * requests away until the last ones have their answers; then lets watches go on for the time that they are given.
 */
export async function serveOn({ behaviour, mannerly, watches, clock }: Ending): Promise<void> {
  const {
    shutdownDelayDuration: delayMs = 0,
    shutdownSendRetryAfter = false,
    shutdownWatchTerminationGracePeriod: watchesMs = 0,
    requestTimeout = 0,
  } = behaviour;
  if (delayMs > 0) await clock.sleep(delayMs);
  const until = async (limitMs: number, done: () => boolean): Promise<void> => {
    const deadlineMs = clock.monotonicMs() + limitMs;
    while (!done() && clock.monotonicMs() < deadlineMs) await clock.sleep(LOOK_MS);
  };
  if (shutdownSendRetryAfter) {
    mannerly.turnAway();
    await until(requestTimeout, () => mannerly.underWay === 0);
  }
  if (watchesMs > 0) await until(watchesMs, () => watches.size === 0);
}
