/**
 * `--admission-control-config-file`: what admission plugins are configured with, inside the file or in others that it
 * names (apiserver.config.k8s.io, AdmissionConfiguration).
 */
import path from 'node:path';
import { type ConfigNode, loadConfigFile, loadPlainConfigFile } from '../auth/config-file.ts';
import { dns1123LabelComplaints, dns1123SubdomainComplaints } from '../machinery/name-formats.ts';
import type { Awaitable } from '../machinery/steps.ts';
import { type EventLimit, readEventLimits } from './event-rate-limit.ts';
import { type ImagePolicy, readImagePolicy } from './image-policy-webhook.ts';
import { type NodeSelectors, readNodeSelectors } from './pod-node-selector.ts';
import { type LevelVersion, type Mode, parseLevel, parseVersion } from './pod-security/policy.ts';
import { type PodSecurityOptions, podSecurityDefaults } from './pod-security.ts';
import { noTolerationLimits, readTolerationLimits, type TolerationLimits } from './pod-toleration-restriction.ts';

export interface AdmissionConfig {
  readonly podSecurity: PodSecurityOptions;
  readonly eventLimits: readonly EventLimit[];
  readonly nodeSelectors: NodeSelectors;
  readonly tolerationLimits: TolerationLimits;
  /** Undefined: not configured, and then its plugin cannot be on. */
  readonly imagePolicy?: ImagePolicy;
}

export const admissionDefaults: AdmissionConfig = {
  podSecurity: podSecurityDefaults,
  eventLimits: [],
  nodeSelectors: {},
  tolerationLimits: noTolerationLimits,
};

const VERSIONS = ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'];

interface Configurable {
  /** Undefined: a mapping that says nothing of its kind. */
  readonly kind?: string;
  readonly versions: readonly string[];
  read(node: ConfigNode): Awaitable<Partial<AdmissionConfig>>;
}

const configurable: Readonly<Record<string, Configurable>> = {
  PodSecurity: {
    kind: 'PodSecurityConfiguration',
    versions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `pod-security.admission.config.k8s.io/${version}`),
    read: (node) => ({ podSecurity: readPodSecurity(node) }),
  },
  EventRateLimit: {
    kind: 'Configuration',
    versions: ['eventratelimit.admission.k8s.io/v1alpha1'],
    read: (node) => ({ eventLimits: readEventLimits(node) }),
  },
  PodTolerationRestriction: {
    kind: 'Configuration',
    versions: ['podtolerationrestriction.admission.k8s.io/v1alpha1'],
    read: (node) => ({ tolerationLimits: readTolerationLimits(node) }),
  },
  PodNodeSelector: { versions: [], read: (node) => ({ nodeSelectors: readNodeSelectors(node) }) },
  ImagePolicyWebhook: { versions: [], read: async (node) => ({ imagePolicy: await readImagePolicy(node) }) },
};

/** UsageError with file, field and reason. `names`: those of all plugins. */
export async function loadAdmissionConfig(file: string, names: readonly string[]): Promise<AdmissionConfig> {
  const node = await loadConfigFile(file, 'AdmissionConfiguration', VERSIONS);
  node.only('apiVersion', 'kind', 'plugins');
  let config = admissionDefaults;
  const seen = new Set<string>();
  for (const item of node.field('plugins').items()) {
    item.only('name', 'path', 'configuration');
    const name = item.field('name').text();
    if (!names.includes(name)) item.field('name').fail(`there is no admission plugin ${JSON.stringify(name)}`);
    if (seen.has(name)) item.field('name').fail('Duplicate value');
    seen.add(name);
    const plugin = Object.hasOwn(configurable, name) ? configurable[name] : undefined;
    if (plugin === undefined) item.field('name').fail(`${name} takes no configuration here`);
    else config = { ...config, ...(await plugin.read(await configurationOf(item, plugin))) };
  }
  return config;
}

async function configurationOf(item: ConfigNode, { kind, versions }: Configurable): Promise<ConfigNode> {
  const inside = item.field('configuration');
  if (inside.present) return kind === undefined ? inside : inside.ofKind(kind, versions);
  const place = item.field('path');
  const file = place.optionalText() ?? '';
  if (file === '') item.fail('configuration or path is required');
  const resolved = path.resolve(path.dirname(item.file), file);
  return kind === undefined ? loadPlainConfigFile(resolved) : loadConfigFile(resolved, kind, versions);
}

function readPodSecurity(node: ConfigNode): PodSecurityOptions {
  node.only('apiVersion', 'kind', 'defaults', 'exemptions');
  const defaults = node.field('defaults');
  defaults.only('enforce', 'enforce-version', 'audit', 'audit-version', 'warn', 'warn-version');
  const exemptions = node.field('exemptions');
  exemptions.only('usernames', 'runtimeClasses', 'namespaces');
  const level = (mode: Mode): LevelVersion => readLevel(defaults, mode);
  return {
    defaults: { enforce: level('enforce'), audit: level('audit'), warn: level('warn') },
    exemptUsers: readNames(exemptions.field('usernames'), (name) =>
      name === '' ? ['username must not be empty'] : [],
    ),
    exemptRuntimeClasses: readNames(exemptions.field('runtimeClasses'), dns1123SubdomainComplaints),
    exemptNamespaces: readNames(exemptions.field('namespaces'), dns1123LabelComplaints),
  };
}

function readLevel(defaults: ConfigNode, mode: Mode): LevelVersion {
  const level = parseLevel(defaults.field(mode).optionalText() ?? 'privileged');
  const version = parseVersion(defaults.field(`${mode}-version`).optionalText() ?? 'latest');
  if (level === undefined) return defaults.field(mode).fail('must be one of privileged, baseline, restricted');
  if (version === undefined) return defaults.field(`${mode}-version`).fail('must be "latest" or "v1.x"');
  return { level, version };
}

function readNames(list: ConfigNode, complaintsOf: (name: string) => readonly string[]): readonly string[] {
  const names = list.texts();
  list.items().forEach((item, index) => {
    const name = names[index] ?? '';
    const complaints = complaintsOf(name);
    if (complaints.length > 0) item.fail(complaints.join(', '));
    if (names.indexOf(name) !== index) item.fail('Duplicate value');
  });
  return names;
}
