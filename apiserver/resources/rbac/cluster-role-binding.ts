/** Cluster role bindings: who has a role's rights everywhere. */
import type { V1ClusterRoleBinding } from '../../../generated/kubernetes.d.ts';
import { defineRow } from '../row.ts';
import { bindingStrategy, bindingTable } from './binding.ts';

export const clusterRoleBindingRow = defineRow<V1ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  namespaced: false,
  model: 'V1ClusterRoleBinding',
  nameRule: 'path',
  allowCreateOnUpdate: true,
  strategy: bindingStrategy(false, ['ClusterRole']),
  table: bindingTable(
    'clusterRoleBinding',
    'RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
  ),
});
