/** The selectors of a request as a SubjectAccessReview spells them: lists of requirements. */
import { parseFieldSelector, parseLabelSelector, SelectorError } from '../machinery/selector-text.ts';
import type { AuthorizationAttributes } from '../machinery/steps.ts';

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface SelectorAttributes {
  readonly fieldSelector?: { readonly requirements: readonly Requirement[] };
  readonly labelSelector?: { readonly requirements: readonly Requirement[] };
}

/** What cannot be read narrows nothing, and is left out. */
export function selectorsOf({ fieldSelector, labelSelector }: AuthorizationAttributes): SelectorAttributes {
  const fields = parsed(() =>
    parseFieldSelector(fieldSelector ?? '').map(({ field, equal, value }) => ({
      key: field,
      operator: equal ? 'In' : 'NotIn',
      values: [value],
    })),
  );
  const labels = parsed(() =>
    parseLabelSelector(labelSelector ?? '').flatMap(({ key, operator, values }) =>
      operator === 'Gt' || operator === 'Lt' ? [] : [{ key, operator, ...(values.length === 0 ? {} : { values }) }],
    ),
  );
  return {
    ...(fields.length === 0 ? {} : { fieldSelector: { requirements: fields } }),
    ...(labels.length === 0 ? {} : { labelSelector: { requirements: labels } }),
  };
}

function parsed(read: () => Requirement[]): Requirement[] {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof SelectorError) return [];
    throw thrown;
  }
}
