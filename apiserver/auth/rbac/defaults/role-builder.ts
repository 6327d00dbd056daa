/**
 * How the default roles are written down: verbs and resources as words.
 *
 *     allow('get list', 'pods{,/log} services')         in the core group
 *     allow(READ, 'apps,extensions: deployments')       in those groups
 *     allow('update', 'leases', 'kube-scheduler')       of that name alone
 *     paths('/healthz /version')                        get, outside the resources
 *
 * Braces spell out subresources: `nodes{,/status}` is `nodes nodes/status`. The order of rules is upstream's; within a
 * rule everything is sorted, as upstream does.
 */
import type { BindingObject, PolicyRule, RoleObject, Subject } from '../rules.ts';

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const READ_WRITE = `${READ} ${WRITE}`;

const GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${GROUP}/v1`;

export function allow(verbs: string, resources: string, names?: string): PolicyRule {
  const colon = resources.indexOf(': ');
  const groups = colon < 0 ? [''] : resources.slice(0, colon).split(',');
  return {
    verbs: words(verbs),
    apiGroups: groups,
    resources: words(resources.slice(colon < 0 ? 0 : colon + 2)),
    ...(names === undefined ? {} : { resourceNames: words(names) }),
  };
}

export function paths(urls: string): PolicyRule {
  return { verbs: ['get'], nonResourceURLs: words(urls) };
}

/** Write events, in both groups that they have. */
export const recordEvents: PolicyRule = allow('create patch update', ',events.k8s.io: events');

function words(text: string): string[] {
  return text
    .split(' ')
    .flatMap((word) => {
      const braces = /^(.*)\{(.*)\}$/.exec(word);
      if (braces === null) return [word];
      return (braces[2] ?? '').split(',').map((part) => `${braces[1]}${part}`);
    })
    .sort();
}

function metadata(name: string, labels: Record<string, string> = {}): RoleObject['metadata'] {
  const slash = name.indexOf('/');
  return {
    name: name.slice(slash + 1),
    ...(slash < 0 ? {} : { namespace: name.slice(0, slash) }),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

const aggregation = (to: string): string => `rbac.authorization.k8s.io/aggregate-to-${to}`;

/** A ClusterRole; a Role when the name is `namespace/name`. `into`: the role that it is aggregated into. */
export function role(name: string, rules: PolicyRule[], into?: string): RoleObject {
  return {
    apiVersion: API_VERSION,
    kind: name.includes('/') ? 'Role' : 'ClusterRole',
    metadata: metadata(name, into === undefined ? {} : { [aggregation(into)]: 'true' }),
    rules,
  };
}

/** A ClusterRole whose rules are those of all roles that are labelled for it. */
export function aggregatedRole(name: string, into?: string): RoleObject {
  return {
    ...role(name, [], into),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregation(name)]: 'true' } }] },
  };
}

/** `user:NAME`, `group:NAME` or `account:NAMESPACE/NAME`. */
function subject(text: string): Subject {
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  const name = text.slice(colon + 1);
  if (kind === 'account') {
    const [namespace = '', account = ''] = name.split('/');
    return { kind: 'ServiceAccount', name: account, namespace };
  }
  return { kind: kind === 'user' ? 'User' : 'Group', apiGroup: GROUP, name };
}

/** A binding of the role of the same name, or of `to`; a RoleBinding of a Role when the name is `namespace/name`. */
export function bind(name: string, subjects: readonly string[], to?: string): BindingObject {
  const namespaced = name.includes('/');
  const meta = metadata(name);
  return {
    apiVersion: API_VERSION,
    kind: namespaced ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: meta,
    ...(subjects.length === 0 ? {} : { subjects: subjects.map(subject) }),
    roleRef: { apiGroup: GROUP, kind: namespaced ? 'Role' : 'ClusterRole', name: to ?? meta.name ?? '' },
  };
}
