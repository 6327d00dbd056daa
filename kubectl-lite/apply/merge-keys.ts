/**
 * How lists and maps of the built-in kinds merge (the `patchStrategy` and `patchMergeKey` of upstream's Go types). A field
 * is told by the field that holds it where its name alone does not say enough; `ports` of containers and of Services differ.
 */

export interface FieldStrategy {
  /** Lists: elements are told apart by this key; `''` for lists of plain values. */
  readonly mergeKey?: string;
  /** Maps: keys that the new configuration does not name are dropped. */
  readonly retainKeys?: boolean;
  /** Maps: sent whole each time. */
  readonly replace?: boolean;
}

const CONTAINER_HOLDERS = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** Lists of maps that merge wherever they stand. */
const LISTS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  volumes: 'name',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  schedulingGates: 'name',
  resourceClaims: 'name',
  ownerReferences: 'uid',
  conditions: 'type',
  secrets: 'name',
  addresses: 'type',
  podIPs: 'ip',
  hostIPs: 'ip',
  webhooks: 'name',
};

/** Lists of plain values that merge. */
const SETS = new Set(['finalizers', 'podCIDRs']);

/** Names in `LISTS` that do not merge in these kinds. */
const EXCEPT: Readonly<Record<string, readonly string[]>> = {
  addresses: ['Endpoints', 'EndpointSlice'],
  conditions: ['Endpoints', 'EndpointSlice', 'HorizontalPodAutoscaler'],
  resourceClaims: [],
};

/** @param path names of the fields from the object's root to this one, lists not counted */
export function strategyOf(kind: string, path: readonly string[]): FieldStrategy {
  const field = path.at(-1) ?? '';
  const holder = path.at(-2) ?? '';
  if (SETS.has(field)) return { mergeKey: '' };
  if (field === 'ports') {
    if (CONTAINER_HOLDERS.has(holder)) return { mergeKey: 'containerPort' };
    return kind === 'Service' && holder === 'spec' ? { mergeKey: 'port' } : {};
  }
  if (field === 'selector' && kind === 'PodDisruptionBudget' && holder === 'spec') return { replace: true };
  if (field === 'strategy' && kind === 'Deployment' && holder === 'spec') return { retainKeys: true };
  if (EXCEPT[field]?.includes(kind) === true) return {};
  if (field === 'env' && !CONTAINER_HOLDERS.has(holder)) return {};
  const mergeKey = Object.hasOwn(LISTS, field) ? LISTS[field] : undefined;
  if (mergeKey === undefined) return {};
  return field === 'volumes' ? { mergeKey, retainKeys: true } : { mergeKey };
}
