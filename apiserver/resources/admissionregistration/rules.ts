/** Which requests a webhook or a policy is for (pkg/apis/admissionregistration/validation). */
import type {
  V1MatchCondition,
  V1MatchResources,
  V1NamedRuleWithOperations,
  V1RuleWithOperations,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { pathSegmentComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkOneOf, checkQualifiedName } from '../validation/formats.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkCondition } from './policy-expressions.ts';

export const FAILURE_POLICIES = ['Fail', 'Ignore'];
export const MATCH_POLICIES = ['Equivalent', 'Exact'];
export const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
/** What is deleted cannot be changed on the way. */
const MUTATING_OPERATIONS = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const CONDITIONS_MAX = 64;

export function setRuleDefaults(rules: readonly V1RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

export function setMatchDefaults(match: V1MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  setRuleDefaults(match.resourceRules);
  setRuleDefaults(match.excludeResourceRules);
}

export function checkRules(
  rules: readonly V1RuleWithOperations[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, rule] of (rules ?? []).entries()) checkRule(rule, `${path}[${index}]`, errors);
}

function checkRule(rule: V1RuleWithOperations, path: string, errors: FieldErrors): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  checkList(operations, 'operations', `${path}.operations`, errors);
  for (const [index, operation] of operations.entries()) {
    checkOneOf(operation, OPERATIONS, `${path}.operations[${index}]`, errors);
  }
  checkList(apiGroups, 'API groups', `${path}.apiGroups`, errors);
  checkList(apiVersions, 'API versions', `${path}.apiVersions`, errors);
  for (const [index, version] of apiVersions.entries()) {
    if (version === '') errors.required(`${path}.apiVersions[${index}]`);
  }
  checkResources(resources, `${path}.resources`, errors);
  if (scope !== undefined) checkOneOf(scope, SCOPES, `${path}.scope`, errors);
}

/** @param what as messages call it */
function checkList(values: readonly string[], what: string, path: string, errors: FieldErrors): void {
  if (values.length === 0) errors.required(path);
  if (values.length > 1 && values.includes('*')) {
    errors.invalid(path, values, `if '*' is present, must not specify other ${what}`);
  }
}

/** `pods`, `pods/log`, `pods/*`, `*` without and `*` with subresources: none may say what another says already. */
function checkResources(resources: readonly string[], path: string, errors: FieldErrors): void {
  if (resources.length === 0) errors.required(path);
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  let lastPlainIsNamed = false;
  for (const [index, resource] of resources.entries()) {
    const at = `${path}[${index}]`;
    const slash = resource.indexOf('/');
    if (resource === '') errors.required(at);
    else if (slash < 0) lastPlainIsNamed = resource !== '*';
    if (slash < 0) continue;
    const [name, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (whole.has(name)) errors.invalid(at, resource, `if '${name}/*' is present, must not specify ${resource}`);
    if (everywhere.has(part)) errors.invalid(at, resource, `if '*/${part}' is present, must not specify ${resource}`);
    if (part === '*') whole.add(name);
    if (name === '*') everywhere.add(part);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes('*') && lastPlainIsNamed) {
    const message = "if '*' is present, must not specify other resources without subresources";
    errors.invalid(path, resources, message);
  }
}

export function checkMatchResources(match: V1MatchResources | undefined, path: string, errors: FieldErrors): void {
  if (match === undefined) return;
  checkOneOf(match.matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`, errors);
  for (const field of ['namespaceSelector', 'objectSelector'] as const) {
    if (match[field] === undefined) errors.required(`${path}.${field}`);
    else checkLabelSelector(match[field], `${path}.${field}`, errors);
  }
  for (const field of ['resourceRules', 'excludeResourceRules'] as const) {
    for (const [index, rule] of (match[field] ?? []).entries()) {
      checkNamedRule(rule, `${path}.${field}[${index}]`, errors);
    }
  }
}

function checkNamedRule(rule: V1NamedRuleWithOperations, path: string, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, name] of (rule.resourceNames ?? []).entries()) {
    const at = `${path}.resourceNames[${index}]`;
    addInvalid(errors, at, name, pathSegmentComplaints(name));
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
  }
  checkRule(rule, path, errors);
}

export function checkMutatingOperations(match: V1MatchResources | undefined, path: string, errors: FieldErrors): void {
  for (const { operations = [] } of match?.resourceRules ?? []) {
    for (const operation of operations) {
      checkOneOf(operation, MUTATING_OPERATIONS, `${path}.resourceRules.operations`, errors);
    }
  }
}

/** The expressions themselves are judged where they are compiled. */
/** @param params whether they may speak of parameters */
export function checkMatchConditions(
  conditions: readonly V1MatchCondition[] | undefined,
  params: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const count = (conditions ?? []).length;
  if (count > CONDITIONS_MAX) errors.tooMany(path, count, CONDITIONS_MAX);
  const seen = new Set<string>();
  for (const [index, { name, expression }] of (conditions ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (expression.trim() === '') errors.required(`${at}.expression`);
    else checkCondition(expression, params, `${at}.expression`, errors);
    if (name === '') errors.required(`${at}.name`);
    else checkQualifiedName(name, `${at}.name`, errors);
    if (name !== '' && seen.has(name)) errors.duplicate(`${at}.name`, name);
    seen.add(name);
  }
}
