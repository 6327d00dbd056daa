/**
 * Aggregated ClusterRoles: their rules are those of all roles that their selectors pick, in the order of names, without
 * repetition (upstream's clusterrole-aggregation-controller).
 */
import { type LabelSelectorObject, labelMatcher } from '../../../base/label-selector.ts';
import { equalValues } from '../../machinery/copy-value.ts';
import type { RbacIndex } from './rbac-index.ts';
import type { PolicyRule, RoleObject } from './rules.ts';

/** The rules that `role` should have. Roles that are aggregated themselves are picked with the rules they should have. */
export function aggregatedRules(role: RoleObject, roles: readonly RoleObject[]): PolicyRule[] {
  return collect(role, [...roles].sort(byName), new Set());
}

function collect(role: RoleObject, sorted: readonly RoleObject[], above: ReadonlySet<string>): PolicyRule[] {
  if (role.aggregationRule === undefined) return role.rules ?? [];
  const { name = '' } = role.metadata;
  const inside = new Set([...above, name]);
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const picks = labelMatcher(selector as LabelSelectorObject);
    for (const each of sorted) {
      if (inside.has(each.metadata.name ?? '') || !picks(each.metadata.labels ?? {})) continue;
      for (const rule of collect(each, sorted, inside)) {
        if (!rules.some((known) => equalValues(known, rule))) rules.push(rule);
      }
    }
  }
  return rules;
}

function byName(a: RoleObject, b: RoleObject): number {
  const [left, right] = [a.metadata.name ?? '', b.metadata.name ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The aggregated roles whose rules are not what they should be, with the rules they should have. */
export function staleAggregations(index: RbacIndex): { role: RoleObject; rules: PolicyRule[] }[] {
  const roles = [...index.clusterRoles()];
  return roles.flatMap((role) => {
    if (role.aggregationRule === undefined) return [];
    const rules = aggregatedRules(role, roles);
    return equalValues(rules, role.rules ?? []) ? [] : [{ role, rules }];
  });
}
