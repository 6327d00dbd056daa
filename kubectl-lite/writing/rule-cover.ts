/** Which rules of one role another's do not grant: component-helpers/auth/rbac/validation. */
import type { PolicyRule } from './policy-rules.ts';

/** The least rules that `asked` is made of and `granted` does not cover. */
export function uncovered(granted: readonly PolicyRule[], asked: readonly PolicyRule[]): PolicyRule[] {
  return asked.flatMap(leastRules).filter((rule) => !granted.some((each) => covers(each, rule)));
}

/** One rule for each verb of each type, name or path. */
function leastRules({
  verbs = [],
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule) {
  const rules: PolicyRule[] = [];
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs)
        for (const name of resourceNames.length === 0 ? [undefined] : resourceNames)
          rules.push({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          });
  for (const path of nonResourceURLs) for (const verb of verbs) rules.push({ verbs: [verb], nonResourceURLs: [path] });
  return rules;
}

function covers(owner: PolicyRule, rule: PolicyRule): boolean {
  const named = owner.resourceNames ?? [];
  const names = rule.resourceNames ?? [];
  return (
    coversAll(owner.verbs, rule.verbs, exactly) &&
    coversAll(owner.apiGroups, rule.apiGroups, exactly) &&
    coversAll(owner.resources, rule.resources, coversResource) &&
    coversAll(owner.nonResourceURLs, rule.nonResourceURLs, coversPath) &&
    (named.length === 0 || (names.length > 0 && names.every((name) => named.includes(name))))
  );
}

function coversAll(
  owned: readonly string[] = [],
  asked: readonly string[] = [],
  one: (owned: string, asked: string) => boolean,
): boolean {
  return owned.includes('*') || asked.every((each) => owned.some((own) => one(own, each)));
}

const exactly = (owned: string, asked: string): boolean => owned === asked;

/** A subresource is covered by itself, or by that of every type: `*` and the rest of its name. */
function coversResource(owned: string, asked: string): boolean {
  const at = asked.indexOf('/');
  return owned === asked || (at >= 0 && owned === `*${asked.slice(at)}`);
}

function coversPath(owned: string, asked: string): boolean {
  return owned === asked || (owned.endsWith('*') && asked.startsWith(owned.replace(/\*+$/, '')));
}
