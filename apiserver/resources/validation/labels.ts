/** Labels, annotations and label selectors inside specs (k8s.io/apimachinery/pkg/apis/meta/v1/validation). */
import type { V1LabelSelector, V1LabelSelectorRequirement } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { labelValueComplaints, qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkQualifiedName } from './formats.ts';

export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [key, value] of Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    addInvalid(errors, path, key, qualifiedNameComplaints(key));
    addInvalid(errors, path, value, labelValueComplaints(value));
  }
}

const ANNOTATION_BYTES_MAX = 256 * 1024;

export function checkAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    addInvalid(errors, path, key, qualifiedNameComplaints(key.toLowerCase()));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > ANNOTATION_BYTES_MAX) errors.tooLong(path, ANNOTATION_BYTES_MAX);
}

export interface LabelSelectorOptions {
  /** Values that are no label values were allowed once, and stay where they are. */
  readonly allowInvalidValues?: boolean;
  /** Somebody newer may know more operators. */
  readonly allowUnknownOperators?: boolean;
}

export function checkLabelSelector(
  selector: V1LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
  options: LabelSelectorOptions = {},
): void {
  if (selector === undefined) return;
  checkLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries()) {
    checkLabelRequirement(requirement, `${path}.matchExpressions[${index}]`, errors, options);
  }
}

/** How many values the operators want that every kind of selector has; false for another operator. */
export function checkSetOperator(
  operator: string,
  values: readonly string[],
  path: string,
  errors: FieldErrors,
): boolean {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    return true;
  }
  if (operator !== 'Exists' && operator !== 'DoesNotExist') return false;
  if (values.length > 0) {
    errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  }
  return true;
}

export function checkLabelRequirement(
  { key, operator, values = [] }: V1LabelSelectorRequirement,
  path: string,
  errors: FieldErrors,
  options: LabelSelectorOptions,
): void {
  if (!checkSetOperator(operator, values, path, errors) && options.allowUnknownOperators !== true) {
    errors.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  }
  checkQualifiedName(key, `${path}.key`, errors);
  if (options.allowInvalidValues === true) return;
  for (const [index, value] of values.entries()) {
    addInvalid(errors, `${path}.values[${index}]`, value, labelValueComplaints(value));
  }
}

export function selectorHasInvalidValues(selector: V1LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some(({ values = [] }) =>
    values.some((value) => labelValueComplaints(value).length > 0),
  );
}
