import { aggregatedRules } from '../../../../apiserver/auth/rbac/aggregation.ts';
import { defaultPolicy } from '../../../../apiserver/auth/rbac/defaults/default-policy.ts';
import { RbacIndex } from '../../../../apiserver/auth/rbac/rbac-index.ts';
import type { BindingObject, PolicyRule, RoleObject, Subject } from '../../../../apiserver/auth/rbac/rules.ts';

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';

/** An index with everything that a fresh API server has. */
export function defaultIndex(): RbacIndex {
  const index = new RbacIndex();
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = defaultPolicy();
  for (const role of clusterRoles) {
    index.putRole(role.aggregationRule === undefined ? role : { ...role, rules: aggregatedRules(role, clusterRoles) });
  }
  for (const role of roles) index.putRole(role);
  for (const binding of [...clusterRoleBindings, ...roleBindings]) index.putBinding(binding);
  return index;
}

/** `name` or `namespace/name`. */
export function makeRole(name: string, ...rules: PolicyRule[]): RoleObject {
  return { apiVersion: API_VERSION, kind: name.includes('/') ? 'Role' : 'ClusterRole', metadata: meta(name), rules };
}

/** Binds `Role/NAME` or `ClusterRole/NAME` to `User/NAME`, `Group/NAME`, `ServiceAccount/NAMESPACE/NAME`. */
export function makeBinding(name: string, role: string, ...subjects: string[]): BindingObject {
  const [kind = '', roleName = ''] = role.split('/');
  return {
    apiVersion: API_VERSION,
    kind: name.includes('/') ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: meta(name),
    roleRef: { apiGroup: GROUP, kind, name: roleName },
    subjects: subjects.map((text): Subject => {
      const [subjectKind = '', a = '', b] = text.split('/');
      return b === undefined
        ? { kind: subjectKind, ...(subjectKind === 'ServiceAccount' ? {} : { apiGroup: GROUP }), name: a }
        : { kind: subjectKind, namespace: a, name: b };
    }),
  };
}

function meta(name: string): { name: string; namespace?: string } {
  const [a = '', b] = name.split('/');
  return b === undefined ? { name: a } : { namespace: a, name: b };
}
