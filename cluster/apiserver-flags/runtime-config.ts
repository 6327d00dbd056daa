/**
 * `--runtime-config`: which groups, versions and resources are served (k8s.io/apiserver/pkg/server/resourceconfig). What
 * is switched off is kept and reached by the server itself, and nobody else: no path, no discovery, no OpenAPI.
 */
import type { ResourceRow } from '../../apiserver/machinery/resource-row.ts';
import { goBoolean } from './go-values.ts';

/** Groups with versions that kube-apiserver knows, beside those that are served here. */
const registered = `admission.k8s.io/v1,v1beta1 admissionregistration.k8s.io/v1,v1alpha1,v1beta1
  apiextensions.k8s.io/v1,v1beta1 apiregistration.k8s.io/v1,v1beta1 internal.apiserver.k8s.io/v1alpha1
  apps/v1,v1beta1,v1beta2 authentication.k8s.io/v1,v1alpha1,v1beta1 authorization.k8s.io/v1,v1beta1
  autoscaling/v1,v2 batch/v1,v1beta1 certificates.k8s.io/v1,v1alpha1,v1beta1
  coordination.k8s.io/v1,v1alpha2,v1beta1 discovery.k8s.io/v1,v1beta1 events.k8s.io/v1,v1beta1 extensions/v1beta1
  flowcontrol.apiserver.k8s.io/v1,v1beta1,v1beta2,v1beta3 imagepolicy.k8s.io/v1alpha1 networking.k8s.io/v1,v1beta1
  node.k8s.io/v1,v1alpha1,v1beta1 policy/v1,v1beta1 rbac.authorization.k8s.io/v1,v1alpha1,v1beta1
  resource.k8s.io/v1,v1alpha3,v1beta1,v1beta2 scheduling.k8s.io/v1,v1alpha2,v1beta1
  storage.k8s.io/v1,v1alpha1,v1beta1 storagemigration.k8s.io/v1beta1 chaos.sampan.dev/v1alpha1`;

const matchers: readonly (readonly [string, RegExp])[] = [
  ['api/all', /^/],
  ['api/ga', /^v\d+$/],
  ['api/beta', /^v\d+beta\d+$/],
  ['api/alpha', /^v\d+alpha\d+$/],
];
/** In the order in which they count for who asks whether flow control has its API. */
const FLOW_KEYS = ['flowcontrol.apiserver.k8s.io/v1', 'api/ga', 'api/all'];

type Config = ReadonlyMap<string, string>;

/** What is wrong before any group is looked at. */
export function flowControlErrors(config: Config): readonly string[] {
  const text = [...config].map(([key, value]) => `${key}=${value}`).join(',');
  for (const key of FLOW_KEYS) {
    if (text.includes(`${key}=false`)) {
      return [`--runtime-config=${key}=false conflicts with --enable-priority-and-fairness=true`];
    }
    if (text.includes(`${key}=true`)) return [];
  }
  return [];
}

/** What is wrong with the keys; values are read when it is carried out. */
export function runtimeConfigErrors(config: Config): readonly string[] {
  if (config.size === 1 && config.get('api/all') === 'false') return ['invalid runtime-config with only api/all=false'];
  const known = versionsByGroup();
  const strangers = new Set<string>();
  for (const key of config.keys()) {
    if (key === 'v1' || key === 'api/legacy' || matchers.some(([name]) => name === key)) continue;
    const [group = '', version, resource, ...more] = key.split('/');
    if (version === undefined || more.length > 0) return [`runtime-config invalid key ${key}`];
    if (group === 'api' && resource === undefined) continue;
    if (!known.has(group)) strangers.add(`${group}/${version}`);
  }
  return strangers.size === 0 ? [] : [`unknown api groups ${[...strangers].sort().join(',')}`];
}

export interface ApiChoice {
  /** Whether a resource is served. */
  serves(row: Pick<ResourceRow, 'group' | 'version' | 'resource'>): boolean;
  /** Keys that ask for what is not there to be served. */
  readonly missing: readonly string[];
}

/** Throws a sentence of upstream's as an `Error`. @param rows all that could be served */
export function readRuntimeConfig(config: Config, rows: readonly ResourceRow[]): ApiChoice {
  const stages = matchers.flatMap(([key, pattern]) => {
    const value = config.get(key);
    if (value === undefined) return [];
    if (value !== 'true' && value !== 'false') throw new Error(`invalid value ${key}=${value}`);
    return [{ pattern, on: value === 'true' }];
  });
  const known = versionsByGroup();
  const choices = new Map<string, boolean>();
  const missing: string[] = [];
  for (const [key, value] of config) {
    const [group = '', version = '', resource] = key === 'v1' ? ['', 'v1'] : key.split('/');
    if (!key.includes('/') && key !== 'v1') continue;
    if (matchers.some(([name]) => name === key) || !known.has(group)) continue;
    if (known.get(group)?.includes(version) !== true) {
      throw new Error(`group version ${joined(group, version)} that has not been registered`);
    }
    const on = isOn(key, value);
    if (resource !== undefined && resource.toLowerCase() !== resource) {
      throw new Error(
        `invalid key ${key}: group/version/resource and resource is always lowercase plural, not ${JSON.stringify(resource)}`,
      );
    }
    choices.set(resource === undefined ? joined(group, version) : `${joined(group, version)}/${resource}`, on);
    const there = rows.some(
      (row) => row.group === group && row.version === version && (resource === undefined || row.resource === resource),
    );
    if (on && !there) missing.push(key);
  }
  return {
    serves({ group, version, resource }) {
      const own = choices.get(`${joined(group, version)}/${resource}`) ?? choices.get(joined(group, version));
      if (own !== undefined) return own;
      return stages.findLast(({ pattern }) => pattern.test(version))?.on ?? true;
    },
    missing,
  };
}

function isOn(key: string, value: string): boolean {
  if (value === '') return true;
  try {
    return goBoolean(value);
  } catch (thrown) {
    throw new Error(`invalid value of ${key}: ${value}, err: ${(thrown as Error).message}`);
  }
}

function versionsByGroup(): ReadonlyMap<string, readonly string[]> {
  const groups = registered.split(/\s+/).map((entry): [string, readonly string[]] => {
    const [group = '', versions = ''] = entry.split('/');
    return [group, versions.split(',')];
  });
  return new Map([['', ['v1']], ...groups]);
}

function joined(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}
