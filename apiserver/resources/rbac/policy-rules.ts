/** Policy rules in roles: what a rule must name (pkg/apis/rbac/validation). */
import type { V1PolicyRule } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';

export function checkPolicyRules(
  rules: readonly V1PolicyRule[] | null | undefined,
  namespaced: boolean,
  errors: FieldErrors,
): void {
  for (const [index, rule] of (rules ?? []).entries()) checkPolicyRule(rule, namespaced, `rules[${index}]`, errors);
}

function checkPolicyRule(rule: V1PolicyRule, namespaced: boolean, path: string, errors: FieldErrors): void {
  if (isEmpty(rule.verbs)) errors.required(`${path}.verbs`, 'verbs must contain at least one value');
  if (!isEmpty(rule.nonResourceURLs)) {
    const refuse = (why: string): void => errors.invalid(`${path}.nonResourceURLs`, rule.nonResourceURLs, why);
    if (namespaced) refuse('namespaced rules cannot apply to non-resource URLs');
    if (!isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames)) {
      refuse('rules cannot apply to both regular resources and non-resource URLs');
    }
    return;
  }
  if (isEmpty(rule.apiGroups)) {
    errors.required(`${path}.apiGroups`, 'resource rules must supply at least one api group');
  }
  if (isEmpty(rule.resources)) errors.required(`${path}.resources`, 'resource rules must supply at least one resource');
}

function isEmpty(list: readonly string[] | null | undefined): boolean {
  return (list ?? []).length === 0;
}
