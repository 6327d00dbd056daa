/** An API service for each group and version that this server serves itself. */
import { apiServerUser } from '../../auth/users.ts';
import type { RegistryServices, ResourceRow } from '../../machinery/resource-row.ts';
import { localCondition } from '../apiregistration/api-service.ts';
import type { BuiltinObject } from './cluster-objects.ts';
import { createIfMissing } from './create-if-missing.ts';

/** Which group comes first where several have a resource of the same name (cmd/kube-apiserver/app/aggregator.go). */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'apiextensions.k8s.io': 16700,
  'admissionregistration.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'resource.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
};

/** Where a version's is not the usual one. */
const versionPriorities: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'resource.k8s.io/v1': 21,
  'flowcontrol.apiserver.k8s.io/v1': 21,
};
const OTHER_GROUPS = 15000;
const OTHER_VERSIONS = 15;

/** Groups that the aggregator serves itself, without an API service. */
const withoutService = new Set(['apiregistration.k8s.io']);

const API_SERVICES = { group: 'apiregistration.k8s.io', resource: 'apiservices' };
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

/** Makes what is missing, and takes away those of a server before this one whose groups are served no longer. */
export async function registerApis(rows: readonly ResourceRow[], services: RegistryServices): Promise<void> {
  if (!rows.some(({ group, resource }) => group === API_SERVICES.group && resource === API_SERVICES.resource)) return;
  const wanted = localApiServices(
    rows.filter(({ hidden }) => hidden !== true),
    services.nowMs(),
  );
  const names = new Set(wanted.map(({ object }) => object.metadata.name));
  const stale = (await services.list(API_SERVICES, undefined)).filter(
    ({ metadata }) => metadata.labels?.[MANAGED] === 'onstart' && !names.has(metadata.name),
  );
  await Promise.all([
    ...wanted.map((each) => createIfMissing(services, each)),
    ...stale.map(({ metadata }) => services.delete(API_SERVICES, undefined, metadata.name ?? '', {}, apiServerUser)),
  ]);
}

export function localApiServices(rows: readonly ResourceRow[], nowMs: number): BuiltinObject[] {
  const seen = new Map(rows.map(({ group, version }) => [`${group}/${version}`, { group, version }]));
  return [...seen]
    .filter(([, { group }]) => !withoutService.has(group))
    .map(([key, { group, version }]) => ({
      resource: API_SERVICES,
      object: {
        metadata: {
          name: `${version}.${group}`,
          labels: { [MANAGED]: 'onstart' },
        },
        spec: {
          ...(group === '' ? {} : { group }),
          version,
          groupPriorityMinimum: groupPriorities[group] ?? OTHER_GROUPS,
          versionPriority: versionPriorities[key] ?? OTHER_VERSIONS,
        },
        status: { conditions: [localCondition(nowMs)] },
      },
    }));
}
