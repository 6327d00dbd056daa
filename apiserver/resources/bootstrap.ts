/**
 * What an API server makes of an empty store, and repairs in one that is not: the objects that clients count on. What is
 * there already stays as its users have it. Safe to call again, and by several servers at once.
 */
import { parseCidr } from '../../base/ip.ts';
import type { RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { defaultServiceCidr, systemNamespaces, systemPriorityClasses } from './bootstrap/cluster-objects.ts';
import { createIfMissing } from './bootstrap/create-if-missing.ts';
import { type ApiServerIdentity, renewIdentityLease } from './bootstrap/identity-lease.ts';
import { type ApiEndpoint, ensureKubernetesService } from './bootstrap/kubernetes-service.ts';
import { trackLegacyTokens } from './bootstrap/legacy-token-tracking.ts';
import { localApiServices } from './bootstrap/local-api-services.ts';

export interface BootstrapOptions {
  readonly rows: readonly ResourceRow[];
  /** As `makeBuiltinRows` has them. */
  readonly serviceClusterIpRanges: readonly string[];
  /** `apiServerIdentity(…)`; whoever hosts the server goes on to renew its lease. */
  readonly identity: ApiServerIdentity;
}

export async function ensureBuiltinObjects(
  services: RegistryServices,
  { rows, serviceClusterIpRanges, identity }: BootstrapOptions,
): Promise<void> {
  const nowMs = services.nowMs();
  const has = new Set(rows.map(({ group, resource }) => `${group}/${resource}`));
  await Promise.all(systemNamespaces.map((each) => createIfMissing(services, each)));
  const others = [
    ...systemPriorityClasses,
    defaultServiceCidr(serviceClusterIpRanges, nowMs),
    ...localApiServices(rows, nowMs),
  ].filter(({ resource }) => has.has(`${resource.group}/${resource.resource}`));
  await Promise.all(others.map((each) => createIfMissing(services, each)));
  await renewIdentityLease(identity, services);
  if (has.has('/configmaps')) await trackLegacyTokens(services);
}

/** Once the server listens: leads the service `kubernetes` to it. */
export async function publishEndpoint(
  services: RegistryServices,
  serviceClusterIpRanges: readonly string[],
  endpoint: ApiEndpoint,
): Promise<void> {
  const range = parseCidr(serviceClusterIpRanges[0] ?? '');
  if (range !== undefined) await ensureKubernetesService(range, endpoint, services);
}
