/** Selectors of nodes: by labels and by name (pkg/apis/core/validation: ValidateNodeSelector). */
import type { V1NodeSelector, V1NodeSelectorRequirement, V1NodeSelectorTerm } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, labelValueComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkQualifiedName } from './formats.ts';
import { checkSetOperator } from './labels.ts';

export function checkNodeSelector(
  selector: V1NodeSelector,
  path: string,
  errors: FieldErrors,
  options: { readonly allowInvalidValues?: boolean } = {},
): void {
  // None at all is written as null.
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) errors.required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term');
  for (const [index, term] of terms.entries()) {
    checkNodeSelectorTerm(term, `${path}.nodeSelectorTerms[${index}]`, errors, options.allowInvalidValues === true);
  }
}

/** @param anyValue values that are no label values are allowed (they match nothing) */
export function checkNodeSelectorTerm(
  term: V1NodeSelectorTerm,
  path: string,
  errors: FieldErrors,
  anyValue: boolean,
): void {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries()) {
    checkRequirement(requirement, `${path}.matchExpressions[${index}]`, errors, anyValue);
  }
  for (const [index, requirement] of (term.matchFields ?? []).entries()) {
    checkFieldRequirement(requirement, `${path}.matchFields[${index}]`, errors);
  }
}

function checkRequirement(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  path: string,
  errors: FieldErrors,
  anyValue: boolean,
): void {
  if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) {
      errors.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
  } else if (!checkSetOperator(operator, values, path, errors)) {
    errors.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  }
  checkQualifiedName(key, `${path}.key`, errors);
  if (anyValue) return;
  for (const [index, value] of values.entries()) {
    addInvalid(errors, `${path}.values[${index}]`, value, labelValueComplaints(value));
  }
}

function checkFieldRequirement(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  path: string,
  errors: FieldErrors,
): void {
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  } else if (values.length !== 1) {
    const message = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.required(`${path}.values`, message);
  }
  if (key !== 'metadata.name') {
    errors.invalid(`${path}.key`, key, 'not a valid field selector key');
    return;
  }
  for (const [index, value] of values.entries()) {
    addInvalid(errors, `${path}.values[${index}]`, value, dns1123SubdomainComplaints(value));
  }
}
