/**
 * Policy rules: what one allows, and whether some rules cover others (k8s.io/kubernetes/pkg/apis/rbac and
 * component-helpers/auth/rbac/validation). Pure.
 */
import type { KubeObject } from '../../machinery/resource-row.ts';
import type { AuthorizationAttributes } from '../../machinery/steps.ts';

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Role and ClusterRole. */
export interface RoleObject extends KubeObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: { clusterRoleSelectors?: readonly object[] };
}

/** RoleBinding and ClusterRoleBinding. */
export interface BindingObject extends KubeObject {
  subjects?: Subject[] | null;
  roleRef: RoleRef;
}

const none: readonly string[] = [];

export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.resourceRequest) return (rule.nonResourceURLs ?? none).some((url) => urlCovers(url, attributes.path));
  return (
    has(rule.apiGroups, attributes.group) &&
    resourceMatches(rule.resources ?? none, attributes.resource, attributes.subresource) &&
    nameMatches(rule.resourceNames, attributes.name)
  );
}

/** Rules of which each has one verb, one resource (or URL) and at most one name, and which `owner` does not cover. */
export function uncovered(owner: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(brokenDown).filter((atom) => !owner.some((rule) => covers(rule, atom)));
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`: how messages show a rule. */
export function showRule(rule: PolicyRule): string {
  const shown = (name: string, values: readonly string[] | undefined): string[] =>
    values === undefined || values.length === 0 ? [] : [`${name}:${showList(values)}`];
  const parts = [
    ...shown('APIGroups', rule.apiGroups),
    ...shown('Resources', rule.resources),
    ...shown('NonResourceURLs', rule.nonResourceURLs),
    ...shown('ResourceNames', rule.resourceNames),
    ...shown('Verbs', rule.verbs),
  ];
  return `{${parts.join(', ')}}`;
}

/** Go's %q of a slice of strings. */
export function showList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

/**
 * Joins rules that differ in their verbs alone: `{pods get}, {pods list}` becomes `{pods get list}`. Rules about more
 * than one resource, or about URLs, stay as they are and come last.
 */
export function compacted(rules: readonly PolicyRule[]): PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    const { apiGroups = none, resources = none, resourceNames = none, nonResourceURLs = none } = rule;
    const isSimple =
      apiGroups.length === 1 && resources.length === 1 && resourceNames.length <= 1 && nonResourceURLs.length === 0;
    if (!isSimple) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const known = simple.get(key);
    const verbs = known === undefined ? rule.verbs : [...new Set([...known.verbs, ...rule.verbs])];
    simple.set(key, { ...rule, verbs });
  }
  return [...simple.values(), ...others];
}

function has(values: readonly string[] | undefined, wanted: string): boolean {
  return values !== undefined && (values.includes(wanted) || values.includes('*'));
}

function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
  return has(resources, wanted) || (subresource !== '' && resources.includes(`*/${subresource}`));
}

function nameMatches(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.length === 0 || names.includes(name);
}

/** `*` at the end stands for anything. */
function urlCovers(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
}

function brokenDown(rule: PolicyRule): PolicyRule[] {
  const { verbs, apiGroups = none, resources = none, resourceNames = none, nonResourceURLs = none } = rule;
  const atoms: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const atom = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) atoms.push(atom);
        else for (const name of resourceNames) atoms.push({ ...atom, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) atoms.push({ nonResourceURLs: [url], verbs: [verb] });
  return atoms;
}

/** Whether `owner` allows all that `atom` (one verb, one resource or URL, at most one name) does. */
function covers(owner: PolicyRule, atom: PolicyRule): boolean {
  const [verb = ''] = atom.verbs;
  if (!has(owner.verbs, verb)) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return (owner.nonResourceURLs ?? none).some((each) => urlCovers(each, url));
  const [group = ''] = atom.apiGroups ?? none;
  const [resource = '', subresource = ''] = splitOnce(atom.resources?.[0] ?? '');
  const name = atom.resourceNames?.[0];
  const names = owner.resourceNames ?? none;
  return (
    has(owner.apiGroups, group) &&
    resourceMatches(owner.resources ?? none, resource, subresource) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('/');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
