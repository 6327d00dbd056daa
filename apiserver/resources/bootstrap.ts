/**
 * What an API server makes of an empty store, and repairs in one that is not: the objects that clients count on. What is
 * there already stays as its users have it. Safe to call again, and by several servers at once.
 */
import { parseCidr } from '../../base/ip.ts';
import type { RunHook } from '../machinery/post-start-hooks.ts';
import type { RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import {
  type BuiltinObject,
  defaultServiceCidr,
  systemNamespaces,
  systemPriorityClasses,
} from './bootstrap/cluster-objects.ts';
import { createIfMissing } from './bootstrap/create-if-missing.ts';
import { type ApiServerIdentity, renewIdentityLease } from './bootstrap/identity-lease.ts';
import { type ApiEndpoint, ensureKubernetesService } from './bootstrap/kubernetes-service.ts';
import { registerApis } from './bootstrap/local-api-services.ts';

export interface BootstrapOptions {
  readonly rows: readonly ResourceRow[];
  /** As `makeBuiltinRows` has them. */
  readonly serviceClusterIpRanges: readonly string[];
  /** `apiServerIdentity(…)`; whoever hosts the server goes on to renew its lease. */
  readonly identity: ApiServerIdentity;
  /** Tells the server's health of each step. */
  readonly hook?: RunHook;
}

/** The steps of `ensureBuiltinObjects`, as upstream names what does the same. */
export const BUILTIN_HOOKS = [
  'start-system-namespaces-controller',
  'scheduling/bootstrap-system-priority-classes',
  'start-kubernetes-service-cidr-controller',
  'kube-apiserver-autoregistration',
  'start-kube-apiserver-identity-lease-controller',
] as const;

export async function ensureBuiltinObjects(
  services: RegistryServices,
  { rows, serviceClusterIpRanges, identity, hook = (_name, work) => work() }: BootstrapOptions,
): Promise<void> {
  const nowMs = services.nowMs();
  const has = new Set(rows.map(({ group, resource }) => `${group}/${resource}`));
  const run = (name: (typeof BUILTIN_HOOKS)[number], work: () => Promise<unknown>): Promise<void> =>
    hook(name, async () => void (await work()));
  const create = (name: (typeof BUILTIN_HOOKS)[number], objects: readonly BuiltinObject[]): Promise<void> =>
    run(name, () => {
      const served = objects.filter(({ resource }) => has.has(`${resource.group}/${resource.resource}`));
      return Promise.all(served.map((each) => createIfMissing(services, each)));
    });
  await create('start-system-namespaces-controller', systemNamespaces);
  await Promise.all([
    create('scheduling/bootstrap-system-priority-classes', systemPriorityClasses),
    create('start-kubernetes-service-cidr-controller', [defaultServiceCidr(serviceClusterIpRanges, nowMs)]),
    run('kube-apiserver-autoregistration', () => registerApis(rows, services)),
  ]);
  await run('start-kube-apiserver-identity-lease-controller', () => renewIdentityLease(identity, services));
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
