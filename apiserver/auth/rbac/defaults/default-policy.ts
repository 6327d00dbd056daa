/** All RBAC objects that an API server makes at its start, and repairs at every other. */
import type { BindingObject, RoleObject } from '../rules.ts';
import { controllerRights } from './controller-roles.ts';
import { namespaceRoleBindings, namespaceRoles } from './namespace-roles.ts';
import { bind, role } from './role-builder.ts';
import { systemRoles } from './system-roles.ts';
import { userRoles } from './user-roles.ts';

export interface DefaultPolicy {
  readonly clusterRoles: readonly RoleObject[];
  readonly clusterRoleBindings: readonly BindingObject[];
  readonly roles: readonly RoleObject[];
  readonly roleBindings: readonly BindingObject[];
}

/** kubeadm's own: whoever is in the group of its administrators may do everything, as long as this binding says so. */
export const kubeadmPolicy: DefaultPolicy = {
  clusterRoles: [],
  clusterRoleBindings: [bind('kubeadm:cluster-admins', ['group:kubeadm:cluster-admins'], 'cluster-admin')],
  roles: [],
  roleBindings: [],
};

export function joinPolicies(...policies: readonly DefaultPolicy[]): DefaultPolicy {
  return {
    clusterRoles: policies.flatMap(({ clusterRoles }) => clusterRoles),
    clusterRoleBindings: policies.flatMap(({ clusterRoleBindings }) => clusterRoleBindings),
    roles: policies.flatMap(({ roles }) => roles),
    roleBindings: policies.flatMap(({ roleBindings }) => roleBindings),
  };
}

export function defaultPolicy(): DefaultPolicy {
  return {
    clusterRoles: [
      ...userRoles,
      ...systemRoles,
      ...controllerRights.map(({ name, rules }) => role(`system:controller:${name}`, rules)),
    ],
    clusterRoleBindings: [
      bind('cluster-admin', ['group:system:masters']),
      bind('system:monitoring', ['group:system:monitoring']),
      bind('system:discovery', ['group:system:authenticated']),
      bind('system:basic-user', ['group:system:authenticated']),
      bind('system:public-info-viewer', ['group:system:authenticated', 'group:system:unauthenticated']),
      bind('system:node-proxier', ['user:system:kube-proxy']),
      bind('system:kube-controller-manager', ['user:system:kube-controller-manager']),
      bind('system:kube-dns', ['account:kube-system/kube-dns']),
      bind('system:kube-scheduler', ['user:system:kube-scheduler']),
      bind('system:volume-scheduler', ['user:system:kube-scheduler']),
      // Bound to nobody: the Node authorizer says what a node may do.
      bind('system:node', []),
      bind('system:service-account-issuer-discovery', ['group:system:serviceaccounts']),
      ...controllerRights.map(({ name }) => bind(`system:controller:${name}`, [`account:kube-system/${name}`])),
    ],
    roles: namespaceRoles,
    roleBindings: namespaceRoleBindings,
  };
}
