/** Role bindings: who has a role's rights in one namespace. */
import type { V1RoleBinding } from '../../../generated/kubernetes.d.ts';
import { defineRow } from '../row.ts';
import { bindingStrategy, bindingTable } from './binding.ts';

export const roleBindingRow = defineRow<V1RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  model: 'V1RoleBinding',
  nameRule: 'path',
  allowCreateOnUpdate: true,
  strategy: bindingStrategy(true, ['Role', 'ClusterRole']),
  table: bindingTable(
    'roleBinding',
    'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
  ),
});
