/** What flow schemas must be (pkg/apis/flowcontrol/validation: ValidateFlowSchema). */
import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  FlowcontrolV1Subject,
  V1FlowSchema,
  V1FlowSchemaSpec,
  V1NonResourcePolicyRule,
  V1PolicyRulesWithSubjects,
  V1ResourcePolicyRule,
  V1ServiceAccountSubject,
} from '../../../generated/kubernetes.d.ts';
import { defaultFlowSchemas, mandatoryNames } from '../../auth/flow-control/default-flows.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import { addInvalid, checkSubdomain } from '../validation/formats.ts';
import { internalForm } from '../validation/internal-form.ts';

const PRECEDENCE_MAX = 10_000;
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

export function checkFlowSchema({ metadata, spec }: Filled<V1FlowSchema>, errors: FieldErrors): void {
  const { name = '' } = metadata;
  checkPrecedence(spec.matchingPrecedence ?? 0, name, 'spec.matchingPrecedence', errors);
  const methods = ['ByNamespace', 'ByUser'];
  if (spec.distinguisherMethod !== undefined && !methods.includes(spec.distinguisherMethod.type)) {
    const shown = internalForm('FlowDistinguisherMethod', spec.distinguisherMethod);
    errors.notSupported('spec.distinguisherMethod.type', shown, methods);
  }
  const level = spec.priorityLevelConfiguration.name;
  const levelPath = 'spec.priorityLevelConfiguration.name';
  if (level === '') errors.required(levelPath, 'must reference a priority level');
  else checkSubdomain(level, levelPath, errors);
  for (const [index, rule] of (spec.rules ?? []).entries()) checkRule(rule, `spec.rules[${index}]`, errors);
  checkMandatory(name, spec, errors);
}

function checkPrecedence(precedence: number, name: string, path: string, errors: FieldErrors): void {
  if (precedence <= 0) errors.invalid(path, precedence, 'must be a positive value');
  if (precedence > PRECEDENCE_MAX) errors.invalid(path, precedence, `must not be greater than ${PRECEDENCE_MAX}`);
  if (precedence === 1 && name !== 'exempt') {
    errors.invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  }
}

/** These hold whatever anybody writes. */
function checkMandatory(name: string, spec: V1FlowSchemaSpec, errors: FieldErrors): void {
  const fixed = defaultFlowSchemas.find(({ metadata }) => metadata?.name === name);
  if (!mandatoryNames.has(name) || deepEqual(spec, fixed?.spec)) return;
  errors.invalid('spec', internalForm('FlowSchemaSpec', spec), `spec of '${name}' must equal the fixed value`);
}

function checkRule(rule: V1PolicyRulesWithSubjects, path: string, errors: FieldErrors): void {
  const { resourceRules = [], nonResourceRules = [] } = rule;
  const subjects = rule.subjects ?? [];
  if (subjects.length === 0) errors.required(`${path}.subjects`, 'subjects must contain at least one value');
  for (const [index, subject] of subjects.entries()) checkSubject(subject, `${path}.subjects[${index}]`, errors);
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    errors.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  }
  for (const [index, each] of resourceRules.entries()) {
    checkResourceRule(each, `${path}.resourceRules[${index}]`, errors);
  }
  for (const [index, each] of nonResourceRules.entries()) {
    checkNonResourceRule(each, `${path}.nonResourceRules[${index}]`, errors);
  }
}

const KINDS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function checkSubject(subject: FlowcontrolV1Subject, path: string, errors: FieldErrors): void {
  const { kind } = subject;
  if (!Object.hasOwn(KINDS, kind)) {
    errors.notSupported(`${path}.kind`, kind, ['Group', 'ServiceAccount', 'User']);
    return;
  }
  const own = KINDS[kind as keyof typeof KINDS];
  const chosen = subject[own];
  if (chosen === undefined) errors.required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`);
  else if (own === 'serviceAccount') checkAccount(chosen as V1ServiceAccountSubject, `${path}.${own}`, errors);
  else if (chosen.name === '') errors.required(`${path}.${own}.name`);
  for (const [otherKind, other] of Object.entries(KINDS)) {
    if (other === own || subject[other] === undefined) continue;
    errors.forbidden(`${path}.${other}`, `${other} is forbidden when subject kind is not '${otherKind}'`);
  }
}

function checkAccount({ name, namespace }: V1ServiceAccountSubject, path: string, errors: FieldErrors): void {
  if (name === '') errors.required(`${path}.name`);
  else if (name !== '*') checkSubdomain(name, `${path}.name`, errors);
  if (namespace === '') errors.required(`${path}.namespace`, 'must specify namespace for service account');
  else addInvalid(errors, `${path}.namespace`, namespace, dns1123LabelComplaints(namespace));
}

function checkVerbs(verbs: readonly string[], path: string, errors: FieldErrors): void {
  if (verbs.length === 0) errors.required(path, 'verbs must contain at least one value');
  else if (verbs.includes('*')) checkAlone(verbs, 'verbs', path, errors);
  else if (verbs.some((verb) => !VERBS.includes(verb))) errors.notSupported(path, verbs, VERBS);
}

function checkAlone(values: readonly string[], what: string, path: string, errors: FieldErrors): void {
  if (values.includes('*') && values.length > 1) {
    errors.invalid(path, values, `if '*' is present, must not specify other ${what}`);
  }
}

function checkResourceRule(rule: V1ResourcePolicyRule, path: string, errors: FieldErrors): void {
  const { clusterScope = false } = rule;
  const [apiGroups, resources, namespaces] = [rule.apiGroups ?? [], rule.resources ?? [], rule.namespaces ?? []];
  checkVerbs(rule.verbs ?? [], `${path}.verbs`, errors);
  if (apiGroups.length === 0) {
    errors.required(`${path}.apiGroups`, 'resource rules must supply at least one api group');
  } else checkAlone(apiGroups, 'api groups', `${path}.apiGroups`, errors);
  if (resources.length === 0) {
    errors.required(`${path}.resources`, 'resource rules must supply at least one resource');
  } else checkAlone(resources, 'resources', `${path}.resources`, errors);
  if (namespaces.length === 0 && !clusterScope) {
    const message = 'resource rules that are not cluster scoped must supply at least one namespace';
    errors.required(`${path}.namespaces`, message);
  } else if (namespaces.includes('*')) checkAlone(namespaces, 'namespaces', `${path}.namespaces`, errors);
  else {
    for (const [index, namespace] of namespaces.entries()) {
      for (const complaint of dns1123LabelComplaints(namespace)) {
        const message = `each member of this list must be '*' or a DNS-1123 label; ${complaint}`;
        errors.invalid(`${path}.namespaces[${index}]`, namespace, message);
      }
    }
  }
}

function checkNonResourceRule(rule: V1NonResourcePolicyRule, path: string, errors: FieldErrors): void {
  const urls = rule.nonResourceURLs ?? [];
  checkVerbs(rule.verbs ?? [], `${path}.verbs`, errors);
  if (urls.length === 0) {
    errors.required(`${path}.nonResourceURLs`, 'nonResourceURLs must contain at least one value');
  } else if (urls.includes('*')) checkAlone(urls, 'non-resource URLs', `${path}.nonResourceURLs`, errors);
  else {
    for (const [index, url] of urls.entries()) {
      const complaint = urlComplaint(url);
      if (complaint !== undefined) errors.invalid(`${path}.nonResourceURLs[${index}]`, url, complaint);
    }
  }
}

function urlComplaint(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  return wildcards === 0 || (wildcards === 1 && url.endsWith('/*'))
    ? undefined
    : 'wildcard can only do suffix matching';
}
