/**
 * The Pod Security Standards, per namespace: pods that break the enforced level are refused; what breaks the level to
 * audit or warn of is let in and said. Pod templates are only audited and warned of: their pods will be refused.
 */
import type { V1PodSpec } from '../../generated/kubernetes.d.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import { equalValues } from '../machinery/copy-value.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { forbidden, internalError, invalid, quoted } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import type { CheckedPod } from './pod-security/check.ts';
import { evaluatePod, showDetails, showReasons } from './pod-security/evaluator.ts';
import { PodSecurityMetrics } from './pod-security/pod-security-metrics.ts';
import {
  compareLevels,
  defaultPolicy,
  fullyPrivileged,
  type LevelVersion,
  labelOf,
  type Mode,
  type Policy,
  policyOf,
  sameLevel,
  showLevel,
} from './pod-security/policy.ts';
import { isPods, type PodObject, podOf, resources } from './pods.ts';

export interface PodSecurityOptions {
  /** Where a namespace's labels say nothing. */
  readonly defaults: Policy;
  readonly exemptNamespaces: readonly string[];
  readonly exemptUsers: readonly string[];
  readonly exemptRuntimeClasses: readonly string[];
}

export const podSecurityDefaults: PodSecurityOptions = {
  defaults: defaultPolicy,
  exemptNamespaces: [],
  exemptUsers: [],
  exemptRuntimeClasses: [],
};

/** Subresources of pods that bring no pod. */
const IGNORED: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

/** Where the kinds that make pods keep the template. */
const TEMPLATES: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  '/replicationcontrollers': specTemplate,
  '/podtemplates': (object) => object.template,
  'apps/deployments': specTemplate,
  'apps/replicasets': specTemplate,
  'apps/statefulsets': specTemplate,
  'apps/daemonsets': specTemplate,
  'batch/jobs': specTemplate,
  'batch/cronjobs': (object) =>
    (object.spec as { jobTemplate?: { spec?: { template?: unknown } } } | undefined)?.jobTemplate?.spec?.template,
};

const NAMESPACE_PODS_CHECKED_MAX = 3000;
const ANNOTATION_PREFIX = 'pod-security.kubernetes.io/';

export class PodSecurity implements AdmissionStep {
  readonly name = 'PodSecurity';
  readonly #cache: ObjectCache;
  readonly #options: PodSecurityOptions;

  readonly #metrics: PodSecurityMetrics;

  constructor(
    cache: ObjectCache,
    options: PodSecurityOptions = podSecurityDefaults,
    metrics: PodSecurityMetrics = new PodSecurityMetrics(),
  ) {
    this.#metrics = metrics;
    this.#cache = cache;
    this.#options = options;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (isPods(row)) return !IGNORED.has(subresource);
    if (subresource !== '') return false;
    return (row.group === '' && row.resource === 'namespaces') || templateOf(row) !== undefined;
  }

  validate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const { row, object } = attributes;
    if (object === undefined) return;
    if (row.resource === 'namespaces') {
      this.#judgeNamespace(attributes, object);
      return;
    }
    const exemption = this.#exemption(attributes);
    if (exemption !== undefined) {
      this.#metrics.exempt(attributes);
      annotate(attributes, 'exempt', exemption);
      return;
    }
    const known = this.#cache.get(resources.namespaces, undefined, attributes.namespace);
    if (known !== undefined) {
      this.#judge(attributes, object, known);
      return;
    }
    return services
      .get(resources.namespaces, undefined, attributes.namespace)
      .then((found) => this.#judge(attributes, object, found));
  }

  #judge(attributes: AdmissionAttributes, object: KubeObject, namespace: KubeObject | undefined): void {
    const { row } = attributes;
    const { policy, errors } = policyOf(namespace?.metadata.labels ?? {}, this.#options.defaults);
    const pods = isPods(row);
    if (namespace === undefined) this.#metrics.failed(true, attributes);
    if (pods && namespace === undefined) {
      throw internalError(`failed to lookup namespace ${quoted(attributes.namespace)}`);
    }
    if (errors.empty && fullyPrivileged(policy)) {
      if (pods) {
        this.#metrics.evaluated('allow', policy.enforce, 'enforce', attributes);
        annotate(attributes, 'enforce-policy', 'privileged:latest');
      }
      return;
    }
    const pod = pods ? podOf(object) : (templateOf(row)?.(object) as Partial<PodObject> | undefined);
    if (pod?.spec === undefined || (pods && !isSignificant(pod.spec, podOf(attributes.old)?.spec))) return;
    const checked = checkedPod(pod);
    if (this.#options.exemptRuntimeClasses.includes(checked.spec.runtimeClassName ?? '')) {
      this.#metrics.exempt(attributes);
      annotate(attributes, 'exempt', 'runtimeClass');
      return;
    }
    if (!errors.empty) {
      this.#metrics.failed(false, attributes);
      annotate(attributes, 'error', `Failed to parse policy: ${errors.list[0]?.message ?? ''}`);
    }
    this.#judgePod(attributes, policy, checked, pods);
  }

  #exemption({ namespace, user }: AdmissionAttributes): string | undefined {
    if (this.#options.exemptNamespaces.includes(namespace)) return 'namespace';
    return this.#options.exemptUsers.includes(user.name) ? 'user' : undefined;
  }

  #judgePod(attributes: AdmissionAttributes, policy: Policy, pod: CheckedPod, enforce: boolean): void {
    const violations = (mode: Mode): string => showDetails(evaluatePod(policy[mode], pod));
    const audited = violations('audit');
    if (audited !== '') {
      this.#metrics.evaluated('deny', policy.audit, 'audit', attributes);
      annotate(attributes, 'audit-violations', `would violate PodSecurity ${shown(policy.audit)}: ${audited}`);
    }
    if (enforce) {
      annotate(attributes, 'enforce-policy', showLevel(policy.enforce));
      const enforced = violations('enforce');
      this.#metrics.evaluated(enforced === '' ? 'allow' : 'deny', policy.enforce, 'enforce', attributes);
      if (enforced !== '') {
        const { row, name } = attributes;
        throw forbidden(row, name, `violates PodSecurity ${shown(policy.enforce)}: ${enforced}`);
      }
    }
    const warned = violations('warn');
    if (warned === '') return;
    this.#metrics.evaluated('deny', policy.warn, 'warn', attributes);
    attributes.warn(`would violate PodSecurity ${shown(policy.warn)}: ${warned}`);
  }

  /** Labels must be readable; whoever tightens a level learns which pods there are would break it. */
  #judgeNamespace(attributes: AdmissionAttributes, object: KubeObject): void {
    const { row, old, name } = attributes;
    const after = policyOf(object.metadata.labels ?? {}, this.#options.defaults);
    const before = old === undefined ? undefined : policyOf(old.metadata.labels ?? {}, this.#options.defaults);
    if (!after.errors.empty && !(before !== undefined && equalValues(before.errors.list, after.errors.list))) {
      throw invalid(row.group, row.kind, name, after.errors.list);
    }
    const { enforce } = after.policy;
    if (before !== undefined) {
      const was = before.policy.enforce;
      if (sameLevel(enforce, was) || enforce.level === 'privileged') return;
      if (enforce.version === was.version && compareLevels(enforce.level, was.level) <= 0) return;
    }
    const namespace = object.metadata.name ?? name;
    if (this.#options.exemptNamespaces.includes(namespace)) {
      this.#metrics.exempt(attributes);
      const warning = this.#exemptWarning(namespace, after.policy, object.metadata.labels ?? {});
      if (warning !== undefined) attributes.warn(warning);
    } else if (before !== undefined) {
      for (const warning of this.#judgePodsOf(namespace, enforce)) attributes.warn(warning);
    }
  }

  #judgePodsOf(namespace: string, enforce: LevelVersion): string[] {
    const pods = this.#inOrder([...this.#cache.list(resources.pods, namespace)].flatMap((each) => podOf(each) ?? []));
    const found = new Map<string, string[]>();
    for (const pod of pods.slice(0, NAMESPACE_PODS_CHECKED_MAX)) {
      const reasons = showReasons(evaluatePod(enforce, checkedPod(pod)));
      if (reasons !== '') found.set(reasons, [...(found.get(reasons) ?? []), pod.metadata.name ?? '']);
    }
    const warnings: string[] = [];
    if (pods.length > NAMESPACE_PODS_CHECKED_MAX) {
      warnings.push(
        `new PodSecurity enforce level only checked against the first ${NAMESPACE_PODS_CHECKED_MAX} of ${pods.length} existing pods`,
      );
    }
    if (found.size > 0) {
      warnings.push(
        `existing pods in namespace ${quoted(namespace)} violate the new PodSecurity enforce level ${shown(enforce)}`,
      );
    }
    return [...warnings, ...[...found].map(([reasons, names]) => `${someOf(names)}: ${reasons}`).sort()];
  }

  /** One pod of every controller first: the others are like it. */
  #inOrder(pods: readonly PodObject[]): PodObject[] {
    const seen = new Set<string>();
    const first: PodObject[] = [];
    const rest: PodObject[] = [];
    for (const pod of pods) {
      if (this.#options.exemptRuntimeClasses.includes(pod.spec.runtimeClassName ?? '')) continue;
      const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
      (owner !== undefined && seen.has(owner) ? rest : first).push(pod);
      if (owner !== undefined) seen.add(owner);
    }
    return [...first, ...rest];
  }

  #exemptWarning(namespace: string, policy: Policy, labels: Readonly<Record<string, string>>): string | undefined {
    const said = (['enforce', 'audit', 'warn'] as const).filter(
      (mode) =>
        policy[mode].level !== 'privileged' &&
        (labels[labelOf(mode, 'level')] !== undefined || labels[labelOf(mode, 'version')] !== undefined),
    );
    if (said.length === 0) return undefined;
    const list = said.map((mode) => `${mode}=${showLevel(policy[mode])}`).join(', ');
    return `namespace ${quoted(namespace)} is exempt from Pod Security, and the policy (${list}) will be ignored`;
  }
}

function shown(level: LevelVersion): string {
  return quoted(showLevel(level));
}

function annotate(attributes: AdmissionAttributes, key: string, value: string): void {
  attributes.annotate(ANNOTATION_PREFIX + key, value);
}

function specTemplate(object: KubeObject): unknown {
  return (object.spec as { template?: unknown } | undefined)?.template;
}

function templateOf(row: ResourceRow): ((object: KubeObject) => unknown) | undefined {
  return TEMPLATES[`${row.group}/${row.resource}`];
}

function checkedPod(pod: Partial<PodObject>): CheckedPod {
  const spec: V1PodSpec = { ...pod.spec, containers: pod.spec?.containers ?? [] };
  return { annotations: pod.metadata?.annotations ?? {}, spec };
}

/** Of what an update can change, only images and new containers matter here. */
function isSignificant(spec: V1PodSpec, old: V1PodSpec | undefined): boolean {
  if (old === undefined) return true;
  const pairs = [
    [spec.containers, old.containers],
    [spec.initContainers ?? [], old.initContainers ?? []],
  ] as const;
  for (const [after, before] of pairs) {
    if (after.length !== before.length || after.some(({ image }, at) => image !== before[at]?.image)) return true;
  }
  return (spec.ephemeralContainers ?? []).some(({ name, image }) => {
    const before = old.ephemeralContainers?.find((each) => each.name === name);
    return before === undefined || before.image !== image;
  });
}

/** The first by name, and how many more: `a (and 2 other pods)`. */
function someOf(names: readonly string[]): string {
  const [first = ''] = [...names].sort();
  if (names.length === 1) return first;
  return names.length === 2 ? `${first} (and 1 other pod)` : `${first} (and ${names.length - 1} other pods)`;
}
