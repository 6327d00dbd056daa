/**
 * Label selectors: which sets of labels a selector picks (k8s.io/apimachinery/pkg/labels and metav1.LabelSelector).
 *
 * Two spellings lead to the same `LabelRequirement`s: the object in a spec (`matchLabels`, `matchExpressions`), read here,
 * and the text in a query (`app=web,tier in (a,b)`), read by whoever parses queries. A list of requirements is an "and";
 * the empty list picks everything. An *absent* selector object picks nothing, an *empty* one picks everything.
 */

export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** For In and NotIn one or more; for Gt and Lt one decimal integer; else empty. */
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** metav1.LabelSelector, as far as matching needs it. */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[] | undefined;
      }[]
    | undefined;
}

const NO_LABELS: Labels = {};
const INTEGER = /^[+-]?[0-9]{1,19}$/;

/** Whether one requirement holds. NotIn and DoesNotExist hold also where the key is missing. */
export function requirementMatches(requirement: LabelRequirement, labels: Labels = NO_LABELS): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value);
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const bound = requirement.values[0];
      if (value === undefined || bound === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return false;
      return requirement.operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
  }
}

export function selectorMatches(requirements: readonly LabelRequirement[], labels: Labels | undefined): boolean {
  for (const requirement of requirements) if (!requirementMatches(requirement, labels)) return false;
  return true;
}

/** The requirements of a selector object; undefined when it can pick nothing (it is absent, or has an unknown operator). */
export function requirementsOf(selector: LabelSelectorObject | undefined): readonly LabelRequirement[] | undefined {
  if (selector === undefined) return undefined;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? NO_LABELS)) {
    requirements.push({ key, operator: 'In', values: [value] });
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (!isOperator(operator)) return undefined;
    requirements.push({ key, operator, values: values ?? [] });
  }
  return requirements;
}

/** The requirements of a plain map of labels (a Service's selector, a nodeSelector). */
export function requirementsOfMap(labels: Labels): readonly LabelRequirement[] {
  return Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

export type LabelMatcher = (labels: Labels | undefined) => boolean;

/** A matcher for a selector object, compiled once for many matches. */
export function labelMatcher(selector: LabelSelectorObject | undefined): LabelMatcher {
  const requirements = requirementsOf(selector);
  if (requirements === undefined) return () => false;
  return (labels) => selectorMatches(requirements, labels);
}

/** True for a selector that is present and has no requirement. */
export function isEmptySelector(selector: LabelSelectorObject | undefined): boolean {
  return requirementsOf(selector)?.length === 0;
}

/** The text form, sorted by key as upstream prints it: `app=web,tier in (a,b),!old`. */
export function formatRequirements(requirements: readonly LabelRequirement[]): string {
  return [...requirements]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(formatRequirement)
    .join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${[...values].sort().join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${[...values].sort().join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0] ?? ''}`;
    case 'Lt':
      return `${key}<${values[0] ?? ''}`;
  }
}

function isOperator(operator: string): operator is LabelOperator {
  return (
    operator === 'In' ||
    operator === 'NotIn' ||
    operator === 'Exists' ||
    operator === 'DoesNotExist' ||
    operator === 'Gt' ||
    operator === 'Lt'
  );
}
