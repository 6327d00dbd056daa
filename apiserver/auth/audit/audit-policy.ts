/**
 * What is audited, and how much of it: the first rule that matches a request says so (audit.k8s.io/v1, Policy). Without a
 * matching rule nothing is.
 */
import { type AuditLevel, type AuditRecord, type AuthorizationAttributes, auditLevels } from '../../machinery/steps.ts';
import type { ConfigNode } from '../config-file.ts';

export type AuditStage = AuditRecord['stage'];

const STAGES: readonly AuditStage[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

export interface AuditResources {
  readonly group: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

export interface AuditRule {
  readonly level: AuditLevel;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly AuditResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

const silent: AuditDecision = { level: 'None', omitStages: [], omitManagedFields: false };

/** @throws UsageError with file, field and reason */
export function readAuditPolicy(node: ConfigNode): AuditPolicy {
  node.only('apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields');
  const omitStages = stagesOf(node.field('omitStages'));
  const omitManagedFields = node.field('omitManagedFields').optionalBoolean() ?? false;
  const rules = node.field('rules').items();
  if (rules.length === 0) node.field('rules').fail('at least one rule is needed');
  return { rules: rules.map((rule) => readRule(rule, omitStages, omitManagedFields)) };
}

function readRule(node: ConfigNode, omitStages: readonly AuditStage[], omitManagedFields: boolean): AuditRule {
  node.only(
    'level',
    'users',
    'userGroups',
    'verbs',
    'resources',
    'namespaces',
    'nonResourceURLs',
    'omitStages',
    'omitManagedFields',
  );
  const resources = node.field('resources').items().map(readResources);
  const namespaces = node.field('namespaces').texts();
  const urls = node.field('nonResourceURLs');
  for (const url of urls.items()) judgeUrl(url);
  if (urls.items().length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    urls.fail('rules cannot apply to both regular resources and non-resource URLs');
  }
  return {
    level: node.field('level').oneOf(auditLevels),
    users: node.field('users').texts(),
    userGroups: node.field('userGroups').texts(),
    verbs: node.field('verbs').texts(),
    resources,
    namespaces,
    nonResourceURLs: urls.texts(),
    omitStages: [...new Set([...omitStages, ...stagesOf(node.field('omitStages'))])],
    omitManagedFields: node.field('omitManagedFields').optionalBoolean() ?? omitManagedFields,
  };
}

function readResources(node: ConfigNode): AuditResources {
  node.only('group', 'resources', 'resourceNames');
  const group = node.field('group').optionalText() ?? '';
  if (group !== '' && group !== '*' && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(group)) {
    node.field('group').fail(`${JSON.stringify(group)} is not the name of an API group`);
  }
  const resources = node.field('resources').texts();
  const resourceNames = node.field('resourceNames').texts();
  if (resourceNames.length > 0 && resources.length === 0) {
    node.field('resourceNames').fail('using resourceNames requires at least one resource');
  }
  return { group, resources, resourceNames };
}

function judgeUrl(node: ConfigNode): void {
  const url = node.text();
  if (url === '*') return;
  if (!url.startsWith('/')) node.fail("non-resource URL rules must begin with a '/' character");
  if (url.slice(0, -1).includes('*')) {
    node.fail("non-resource URL wildcards '*' must be the final character of the rule");
  }
}

function stagesOf(node: ConfigNode): AuditStage[] {
  return node.items().map((item) => item.oneOf(STAGES));
}

export function decideAudit(policy: AuditPolicy, attributes: AuthorizationAttributes): AuditDecision {
  return policy.rules.find((rule) => matches(rule, attributes)) ?? silent;
}

function matches(rule: AuditRule, attributes: AuthorizationAttributes): boolean {
  const { user, verb, resourceRequest, namespace, path } = attributes;
  if (rule.users.length > 0 && !rule.users.includes(user.name)) return false;
  if (rule.userGroups.length > 0 && !user.groups.some((group) => rule.userGroups.includes(group))) return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0) {
    if (!resourceRequest || (rule.namespaces.length > 0 && !rule.namespaces.includes(namespace))) return false;
    return rule.resources.length === 0 || rule.resources.some((each) => matchesResource(each, attributes));
  }
  if (rule.nonResourceURLs.length > 0) {
    return !resourceRequest && rule.nonResourceURLs.some((url) => matchesPath(url, path));
  }
  return true;
}

function matchesResource(each: AuditResources, attributes: AuthorizationAttributes): boolean {
  const { group, resource, subresource, name } = attributes;
  if (each.group !== '*' && each.group !== group) return false;
  if (each.resources.length === 0) return true;
  if (each.resourceNames.length > 0 && !each.resourceNames.includes(name)) return false;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return each.resources.some(
    (wanted) =>
      wanted === full ||
      wanted === '*' ||
      wanted === `${resource}/*` ||
      (subresource !== '' && wanted === `*/${subresource}`),
  );
}

function matchesPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));
}
