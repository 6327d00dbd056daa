/** What PodSecurity counts, under upstream's metric names (k8s.io/pod-security-admission/metrics). */
import { Counts } from '../../machinery/request-metrics.ts';
import type { AdmissionAttributes } from '../../machinery/steps.ts';
import { kubernetesVersion } from '../../machinery/version.ts';
import { isPods } from '../pods.ts';
import { LATEST, type LevelVersion, type Mode } from './policy.ts';

const REQUEST = ['request_operation', 'resource', 'subresource'];

export class PodSecurityMetrics {
  readonly #evaluations = new Counts({
    name: 'pod_security_evaluations_total',
    help: 'Policy evaluations, without requests that are ignored or exempt.',
    labels: ['decision', 'policy_level', 'policy_version', 'mode', ...REQUEST],
  });
  readonly #exemptions = new Counts({
    name: 'pod_security_exemptions_total',
    help: 'Exempt requests, without those that are ignored or out of scope.',
    labels: REQUEST,
  });
  readonly #errors = new Counts({
    name: 'pod_security_errors_total',
    help: 'Errors that prevent an ordinary evaluation. After those that are not fatal the latest restricted profile may be used.',
    labels: ['fatal', ...REQUEST],
  });

  constructor() {
    for (const operation of ['create', 'update']) {
      this.#count(this.#evaluations, ['allow', 'privileged', 'latest', 'enforce', operation, 'pod', ''], 0);
      for (const resource of ['pod', 'controller']) this.#count(this.#exemptions, [operation, resource, ''], 0);
    }
  }

  evaluated(decision: 'allow' | 'deny', policy: LevelVersion, mode: Mode, attributes: AdmissionAttributes): void {
    this.#count(this.#evaluations, [decision, policy.level, versionOf(policy), mode, ...labelsOf(attributes)]);
  }

  exempt(attributes: AdmissionAttributes): void {
    this.#count(this.#exemptions, labelsOf(attributes));
  }

  failed(fatal: boolean, attributes: AdmissionAttributes): void {
    this.#count(this.#errors, [String(fatal), ...labelsOf(attributes)]);
  }

  text(): string {
    return [this.#evaluations, this.#exemptions, this.#errors].map((family) => family.text()).join('');
  }

  #count(family: Counts, labels: readonly string[], amount = 1): void {
    family.add(labels.join(' '), () => labels, amount);
  }
}

/** Whatever somebody writes on a namespace, there are only so many. */
function versionOf(policy: LevelVersion): string {
  if (policy.level === 'privileged' || policy.version === LATEST) return 'latest';
  return policy.version > Number(kubernetesVersion.minor) ? 'future' : `v1.${policy.version}`;
}

function labelsOf({ operation, row, subresource }: AdmissionAttributes): string[] {
  const isNamespace = row.group === '' && row.resource === 'namespaces';
  return [operation.toLowerCase(), isPods(row) ? 'pod' : isNamespace ? 'namespace' : 'controller', subresource];
}
