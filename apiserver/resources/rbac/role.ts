/** Roles: what may be done in one namespace. Whoever writes one must hold its rights: `auth/rbac/escalation.ts`. */
import type { V1Role } from '../../../generated/kubernetes.d.ts';
import { defineRow } from '../row.ts';
import { plainTable } from '../table/columns.ts';
import { checkPolicyRules } from './policy-rules.ts';

export const roleRow = defineRow<V1Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  model: 'V1Role',
  nameRule: 'path',
  allowCreateOnUpdate: true,
  strategy: {
    validate: (role, errors) => checkPolicyRules(role.rules, true, errors),
    metaOnUpdate: ['content', 'change'],
    validateUpdate: (role, _old, errors) => checkPolicyRules(role.rules, true, errors),
  },
  table: plainTable,
});
