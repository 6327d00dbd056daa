/** Cluster roles: what may be done everywhere; some gather the rules of others by their labels. */
import type { V1ClusterRole, V1LabelSelector } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { plainTable } from '../table/columns.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkPolicyRules } from './policy-rules.ts';

function validate(role: Filled<V1ClusterRole>, errors: FieldErrors, allowInvalidValues: boolean): void {
  checkPolicyRules(role.rules, false, errors);
  if (role.aggregationRule === undefined) return;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  }
  for (const [index, selector] of selectors.entries()) {
    checkLabelSelector(selector, `${path}[${index}]`, errors, { allowInvalidValues });
    if (!isUsable(selector)) errors.invalid(`${path}[${index}]`, null, 'invalid label selector.');
  }
}

function isUsable(selector: V1LabelSelector): boolean {
  const errors = new FieldErrors();
  checkLabelSelector(selector, '', errors);
  return errors.empty;
}

export const clusterRoleRow = defineRow<V1ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  namespaced: false,
  model: 'V1ClusterRole',
  nameRule: 'path',
  allowCreateOnUpdate: true,
  strategy: {
    validate: (role, errors) => validate(role, errors, false),
    metaOnUpdate: ['content', 'change'],
    validateUpdate(role, old, errors) {
      const selectors = old.aggregationRule?.clusterRoleSelectors ?? [];
      validate(role, errors, !selectors.every(isUsable));
    },
  },
  table: plainTable,
});
