/** Labels, annotations and label selectors inside specs (k8s.io/apimachinery/pkg/apis/meta/v1/validation). */
import type { V1LabelSelector } from '../../../generated/kubernetes.d.ts';
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
}

export function checkLabelSelector(
  selector: V1LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
  options: LabelSelectorOptions = {},
): void {
  if (selector === undefined) return;
  checkLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
    } else errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    checkQualifiedName(key, `${at}.key`, errors);
    if (options.allowInvalidValues === true) continue;
    for (const [i, value] of values.entries()) {
      addInvalid(errors, `${at}.values[${i}]`, value, labelValueComplaints(value));
    }
  }
}

export function selectorHasInvalidValues(selector: V1LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some(({ values = [] }) =>
    values.some((value) => labelValueComplaints(value).length > 0),
  );
}
