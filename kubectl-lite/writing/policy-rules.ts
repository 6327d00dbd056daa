/** Rules of roles as kubectl shows them: one line a type, rules of one type and the same names joined, in its order. */
import { byCodePoints } from '../printers/objects.ts';

export interface PolicyRule {
  readonly verbs?: readonly string[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

const shown = (values: readonly string[] | undefined): string => `[${(values ?? []).join(' ')}]`;

export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const rest: PolicyRule[] = [];
  for (const rule of rules.flatMap(broken)) {
    const isSimple =
      rule.resources?.length === 1 &&
      rule.apiGroups?.length === 1 &&
      (rule.nonResourceURLs ?? []).length === 0 &&
      (rule.resourceNames ?? []).length <= 1;
    if (!isSimple) {
      rest.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames ?? []]);
    const before = simple.get(key);
    simple.set(key, before === undefined ? rule : { ...rule, verbs: [...(before.verbs ?? []), ...(rule.verbs ?? [])] });
  }
  return [...simple.values(), ...rest].sort((a, b) => byCodePoints(sortKey(a), sortKey(b)));
}

/** One rule for each group, type and name. */
function broken(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames ?? [];
  const split: PolicyRule[] = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      (names.length === 0 ? [undefined] : names).map((name) => ({
        verbs: rule.verbs,
        apiGroups: [group],
        resources: [resource],
        ...(name === undefined ? {} : { resourceNames: [name] }),
      })),
    ),
  );
  const paths: PolicyRule[] = (rule.nonResourceURLs ?? []).map((path) => ({
    verbs: rule.verbs,
    nonResourceURLs: [path],
  }));
  return [...split, ...paths];
}

/** Go's text of the rule, by which kubectl orders them. */
function sortKey({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  return `&PolicyRule{Verbs:${shown(verbs)},APIGroups:${shown(apiGroups)},Resources:${shown(resources)},ResourceNames:${shown(resourceNames)},NonResourceURLs:${shown(nonResourceURLs)},}`;
}

/** Type, paths, names and verbs. */
export function ruleCells(rule: PolicyRule): string[] {
  const [resource = '', subresource] = (rule.resources?.[0] ?? '').split('/');
  const group = rule.apiGroups?.[0] ?? '';
  const whole = group === '' || resource === '' ? resource : `${resource}.${group}`;
  const type = subresource === undefined ? whole : `${whole}/${subresource}`;
  return [type, shown(rule.nonResourceURLs), shown(rule.resourceNames), shown(rule.verbs)];
}
