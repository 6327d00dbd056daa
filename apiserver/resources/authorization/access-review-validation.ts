/** What the three access reviews must say (pkg/apis/authorization/validation). */
import type {
  V1FieldSelectorAttributes,
  V1FieldSelectorRequirement,
  V1LabelSelectorAttributes,
  V1LocalSubjectAccessReview,
  V1ResourceAttributes,
  V1SelfSubjectAccessReview,
  V1SelfSubjectAccessReviewSpec,
  V1SubjectAccessReview,
  V1SubjectAccessReviewSpec,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkLabelRequirement } from '../validation/labels.ts';

export function validateSubjectReview(review: V1SubjectAccessReview, errors: FieldErrors): void {
  validateSubjectSpec(review.spec, errors);
  validateMetadata(review, [], 'must be empty', errors);
}

export function validateSelfReview(review: V1SelfSubjectAccessReview, errors: FieldErrors): void {
  validateQuestion(review.spec, errors);
  validateResource(review.spec.resourceAttributes, errors);
  validateMetadata(review, [], 'must be empty', errors);
}

export function validateLocalReview(review: V1LocalSubjectAccessReview, errors: FieldErrors): void {
  const { resourceAttributes, nonResourceAttributes } = review.spec;
  validateSubjectSpec(review.spec, errors);
  validateMetadata(review, ['namespace'], 'must be empty except for namespace', errors);
  const namespace = resourceAttributes?.namespace ?? '';
  if (resourceAttributes !== undefined && namespace !== (review.metadata?.namespace ?? '')) {
    errors.invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace');
  }
  if (nonResourceAttributes !== undefined) {
    const path = 'spec.nonResourceAttributes';
    errors.invalid(path, internalPath(nonResourceAttributes), 'disallowed on this kind of request');
  }
}

function validateSubjectSpec(spec: V1SubjectAccessReviewSpec, errors: FieldErrors): void {
  validateQuestion(spec, errors);
  if (!spec.user && (spec.groups ?? []).length === 0) {
    errors.invalid('spec.user', '', 'at least one of user or group must be specified');
  }
  validateResource(spec.resourceAttributes, errors);
}

/** About a resource or about a path, not both. */
function validateQuestion(spec: V1SelfSubjectAccessReviewSpec, errors: FieldErrors): void {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const message = 'cannot be specified in combination with resourceAttributes';
    errors.invalid('spec.nonResourceAttributes', internalPath(nonResourceAttributes), message);
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.invalid('spec.resourceAttributes', null, message);
  }
}

function internalPath({ path = '', verb = '' }: { path?: string | undefined; verb?: string | undefined }): object {
  return { Path: path, Verb: verb };
}

function validateMetadata(
  { metadata = {} }: V1SubjectAccessReview,
  allowed: readonly string[],
  message: string,
  errors: FieldErrors,
): void {
  const { managedFields: _, ...said } = metadata;
  if (Object.keys(said).some((field) => !allowed.includes(field))) errors.invalid('metadata', said, message);
}

function validateResource(resource: V1ResourceAttributes | undefined, errors: FieldErrors): void {
  const path = 'spec.resourceAttributes';
  if (resource?.fieldSelector !== undefined) {
    const at = `${path}.fieldSelector`;
    validateSelector(resource.fieldSelector, at, errors);
    for (const [index, requirement] of (resource.fieldSelector.requirements ?? []).entries()) {
      checkFieldRequirement(requirement, `${at}.requirements[${index}]`, errors);
    }
  }
  if (resource?.labelSelector !== undefined) {
    const at = `${path}.labelSelector`;
    validateSelector(resource.labelSelector, at, errors);
    for (const [index, requirement] of (resource.labelSelector.requirements ?? []).entries()) {
      checkLabelRequirement(requirement, `${at}.requirements[${index}]`, errors, { allowUnknownOperators: true });
    }
  }
}

function validateSelector(
  { rawSelector, requirements = [] }: V1FieldSelectorAttributes | V1LabelSelectorAttributes,
  path: string,
  errors: FieldErrors,
): void {
  if (rawSelector && requirements.length > 0) {
    errors.invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements');
  }
  if (!rawSelector && requirements.length === 0) {
    errors.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`);
  }
}

/** Operators that are unknown here are left to whoever judges: newer clients may know more. */
function checkFieldRequirement(
  { key, operator, values = [] }: V1FieldSelectorRequirement,
  path: string,
  errors: FieldErrors,
): void {
  if (key === '') errors.required(`${path}.key`, 'must be specified');
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  }
}
