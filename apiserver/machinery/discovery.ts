/**
 * Discovery: which groups, versions and resources there are, in the legacy form (APIVersions, APIGroupList, APIGroup,
 * APIResourceList) and the aggregated one (APIGroupDiscoveryList), both derived from the rows.
 */
import { createHash } from 'node:crypto';
import type { KubeObject, SubresourceRow } from './resource-row.ts';
import type { ServedRow, ServedRows } from './served-rows.ts';

/** Built-in groups in the order in which upstream lists them; others follow by name. */
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

export interface GroupVersions {
  readonly group: string;
  /** The preferred one first. */
  readonly versions: readonly { readonly version: string; readonly rows: readonly ServedRow[] }[];
}

/** All groups in order, each with its versions and their rows by name. */
export function groupsOf(rows: ServedRows): GroupVersions[] {
  const groups = new Map<string, Map<string, ServedRow[]>>();
  for (const served of rows.shown) {
    const versions = groups.get(served.row.group) ?? new Map<string, ServedRow[]>();
    groups.set(served.row.group, versions);
    const list = versions.get(served.row.version) ?? [];
    versions.set(served.row.version, list);
    list.push(served);
  }
  return [...groups]
    .sort(([a], [b]) => rankOfGroup(a) - rankOfGroup(b) || compareTexts(a, b))
    .map(([group, versions]) => ({
      group,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(b, a))
        .map(([version, list]) => ({
          version,
          rows: list.sort((a, b) => compareTexts(a.row.resource, b.row.resource)),
        })),
    }));
}

function rankOfGroup(group: string): number {
  const at = GROUP_ORDER.indexOf(group);
  return at < 0 ? GROUP_ORDER.length : at;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Kubernetes' order of versions: v2 over v1 over v1beta2 over v1alpha1 over anything else. */
export function compareVersions(a: string, b: string): number {
  const left = versionRank(a);
  const right = versionRank(b);
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return compareTexts(b, a);
}

function versionRank(version: string): readonly [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stability = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}

export function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

function joined(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

function apiGroup({ group, versions }: GroupVersions): object {
  const all = versions.map(({ version }) => ({ groupVersion: joined(group, version), version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

export function apiGroupList(groups: readonly GroupVersions[]): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter(({ group }) => group !== '').map(apiGroup),
  };
}

export function apiGroupAnswer(group: GroupVersions): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) };
}

export function apiResourceList(group: string, version: string, rows: readonly ServedRow[]): object {
  const resources = rows.flatMap((served) => [
    resourceEntry(served),
    ...Object.entries(served.row.subresources).map(([name, subresource]) =>
      subresourceEntry(served, name, subresource),
    ),
  ]);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: joined(group, version),
    resources: resources.sort((a, b) => compareTexts(String(a.name), String(b.name))),
  };
}

function resourceEntry({ row, storage }: ServedRow): Record<string, unknown> {
  return {
    name: row.resource,
    singularName: row.singular,
    namespaced: row.namespaced,
    kind: row.kind,
    verbs: [...row.verbs].sort(),
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    ...(row.virtual !== undefined
      ? {}
      : { storageVersionHash: storageVersionHash(storage.row.group, storage.row.version, storage.row.kind) }),
  };
}

function storageVersionHash(group: string, version: string, kind: string): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function subresourceEntry({ row }: ServedRow, name: string, subresource: SubresourceRow): Record<string, unknown> {
  const own = subresource.type === 'part' ? row : subresource;
  const elsewhere = own.group !== row.group || own.version !== row.version;
  return {
    name: `${row.resource}/${name}`,
    singularName: '',
    namespaced: row.namespaced,
    ...(elsewhere ? { group: own.group, version: own.version } : {}),
    kind: own.kind,
    verbs: [...subresource.verbs].sort(),
  };
}

/** @param version of apidiscovery.k8s.io: `v2` or `v2beta1` */
export function aggregatedDiscovery(groups: readonly GroupVersions[], version: string): KubeObject {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((each) => ({
        version: each.version,
        resources: each.rows.map(discoveredResource),
        freshness: 'Current',
      })),
    })),
  };
}

function discoveredResource({ row }: ServedRow): object {
  const subresources = Object.entries(row.subresources).sort(([a], [b]) => compareTexts(a, b));
  return {
    resource: row.resource,
    responseKind: { group: '', version: '', kind: row.kind },
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: [...row.verbs].sort(),
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    ...(subresources.length === 0
      ? {}
      : { subresources: subresources.map(([name, each]) => discoveredSubresource(row, name, each)) }),
  };
}

function discoveredSubresource(row: ServedRow['row'], name: string, subresource: SubresourceRow): object {
  const own = subresource.type === 'part' ? row : subresource;
  const elsewhere = own.group !== row.group || own.version !== row.version;
  return {
    subresource: name,
    responseKind: { group: elsewhere ? own.group : '', version: elsewhere ? own.version : '', kind: own.kind },
    verbs: [...subresource.verbs].sort(),
  };
}
