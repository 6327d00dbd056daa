/** What admission policies and their bindings must be (pkg/apis/admissionregistration/validation). */

import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1AuditAnnotation,
  V1beta1MutatingAdmissionPolicySpec,
  V1beta1Mutation,
  V1ParamKind,
  V1ParamRef,
  V1ValidatingAdmissionPolicyBindingSpec,
  V1ValidatingAdmissionPolicySpec,
  V1Validation,
  V1Variable,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import {
  dns1035LabelComplaints,
  dns1123SubdomainComplaints,
  pathSegmentComplaints,
} from '../../machinery/name-formats.ts';
import {
  addInvalid,
  checkOneOf,
  checkQualifiedName,
  checkRequiredOneOf,
  checkSubdomain,
} from '../validation/formats.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { PolicyExpressions } from './policy-expressions.ts';
import {
  checkMatchConditions,
  checkMatchResources,
  checkMutatingOperations,
  FAILURE_POLICIES,
  REINVOCATION_POLICIES,
} from './rules.ts';

const ANNOTATIONS_MAX = 20;
const ANNOTATION_EXPRESSION_BYTES_MAX = 5 * 1024;
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const ACTIONS = ['Audit', 'Deny', 'Warn'];

const reservedWords = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import'],
  ...['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);

/** @param old what is stored; what did not change since is let be */
export function checkValidatingPolicy(
  name: string,
  spec: V1ValidatingAdmissionPolicySpec,
  old: V1ValidatingAdmissionPolicySpec | undefined,
  errors: FieldErrors,
): void {
  const { validations = [], auditAnnotations = [], variables = [] } = spec;
  const expressions = new PolicyExpressions(spec.paramKind !== undefined, variables.length > 0);
  checkPolicy(spec, old, false, expressions, errors);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const message = 'validations or auditAnnotations must contain at least one item';
    errors.required('spec.validations', message);
    errors.required('spec.auditAnnotations', message);
    return;
  }
  for (const [index, validation] of validations.entries()) {
    checkValidation(validation, expressions, `spec.validations[${index}]`, errors);
  }
  checkAnnotations(auditAnnotations, name, expressions, 'spec.auditAnnotations', errors);
}

/** @param old as above */
export function checkMutatingPolicy(
  spec: V1beta1MutatingAdmissionPolicySpec,
  old: V1beta1MutatingAdmissionPolicySpec | undefined,
  errors: FieldErrors,
): void {
  const expressions = new PolicyExpressions(spec.paramKind !== undefined, true);
  checkPolicy(spec, old, true, expressions, errors);
  const { mutations = [] } = spec;
  if (mutations.length === 0) errors.required('spec.mutations', 'mutations must contain at least one item');
  for (const [index, mutation] of mutations.entries()) {
    checkMutation(mutation, expressions, `spec.mutations[${index}]`, errors);
  }
  checkRequiredOneOf(spec.reinvocationPolicy, REINVOCATION_POLICIES, 'spec.reinvocationPolicy', errors);
}

type PolicySpec = V1ValidatingAdmissionPolicySpec | V1beta1MutatingAdmissionPolicySpec;

/** What policies of both sorts have. */
function checkPolicy(
  spec: PolicySpec,
  old: PolicySpec | undefined,
  isMutating: boolean,
  expressions: PolicyExpressions,
  errors: FieldErrors,
): void {
  const { paramKind, matchConstraints } = spec;
  checkOneOf(spec.failurePolicy, FAILURE_POLICIES, 'spec.failurePolicy', errors);
  if (paramKind !== undefined) checkParamKind(paramKind, 'spec.paramKind', errors);
  const path = 'spec.matchConstraints';
  if (matchConstraints === undefined) errors.required(path);
  else {
    checkMatchResources(matchConstraints, path, errors);
    if ((matchConstraints.resourceRules ?? []).length === 0) errors.required(`${path}.resourceRules`);
    if (isMutating) checkMutatingOperations(matchConstraints, path, errors);
  }
  const same =
    deepEqual(spec.matchConditions ?? [], old?.matchConditions ?? []) && deepEqual(paramKind, old?.paramKind);
  if (old === undefined || !same) {
    checkMatchConditions(spec.matchConditions, paramKind !== undefined, 'spec.matchConditions', errors);
  }
  for (const [index, variable] of (spec.variables ?? []).entries()) {
    checkVariable(variable, expressions, `spec.variables[${index}]`, errors);
  }
}

function checkParamKind({ apiVersion = '', kind = '' }: V1ParamKind, path: string, errors: FieldErrors): void {
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/');
  const at = `${path}.apiVersion`;
  if (apiVersion === '') errors.required(at);
  else if (parts.length > 2) errors.invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    const version = parts.at(-1) ?? '';
    const group = parts.length === 2 ? (parts[0] ?? '') : '';
    const complaints = group === '' ? [] : dns1123SubdomainComplaints(group);
    if (complaints.length > 0) errors.invalid(at, group, complaints.join(','));
    const versionComplaints = version === '' ? [] : dns1035LabelComplaints(version);
    if (version === '') errors.invalid(at, apiVersion, 'version must be specified');
    else if (versionComplaints.length > 0) errors.invalid(at, version, versionComplaints.join(','));
  }
  const complaints = kind === '' ? [] : dns1035LabelComplaints(kind.toLowerCase());
  if (kind === '') errors.required(`${path}.kind`);
  else if (complaints.length > 0) {
    errors.invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${complaints.join(',')}`);
  }
}

function checkVariable(
  { name, expression }: V1Variable,
  expressions: PolicyExpressions,
  path: string,
  errors: FieldErrors,
): void {
  if (name.trim() === '') errors.required(`${path}.name`, 'name is not specified');
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reservedWords.has(name)) {
    errors.invalid(`${path}.name`, name, 'must be a valid CEL identifier');
  }
  if (expression.trim() === '') errors.required(`${path}.expression`, 'expression is not specified');
  else expressions.declare(name, expression, `${path}.expression`, errors);
}

function checkValidation(
  validation: V1Validation,
  expressions: PolicyExpressions,
  path: string,
  errors: FieldErrors,
): void {
  const { expression, message = '', messageExpression = '', reason } = validation;
  if (expression.trim() === '') errors.required(`${path}.expression`, 'expression is not specified');
  else expressions.check(expression, `${path}.expression`, errors, ['bool']);
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified');
  } else if (messageExpression !== '') {
    expressions.checkMessage(messageExpression, `${path}.messageExpression`, errors);
  }
  if (message !== '' && message.trim() === '') {
    errors.invalid(`${path}.message`, message, 'must be non-empty if specified');
  } else if (/[\n\r]/.test(message.trim())) errors.invalid(`${path}.message`, message, 'must not contain line breaks');
  if (reason !== undefined) checkOneOf(reason, REASONS, `${path}.reason`, errors);
}

function checkAnnotations(
  annotations: readonly V1AuditAnnotation[],
  policyName: string,
  expressions: PolicyExpressions,
  path: string,
  errors: FieldErrors,
): void {
  if (annotations.length > ANNOTATIONS_MAX) {
    const shown = annotations.map(({ key, valueExpression }) => ({ Key: key, ValueExpression: valueExpression }));
    errors.invalid(path, shown, `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`);
  }
  const seen = new Set<string>();
  for (const [index, { key, valueExpression }] of annotations.entries()) {
    const at = `${path}[${index}]`;
    const expression = valueExpression.trim();
    if (policyName === '') errors.invalid(`${at}.key`, key, 'requires metadata.name be non-empty');
    else checkQualifiedName(`${policyName}/${key}`, `${at}.key`, errors);
    if (expression === '') errors.required(`${at}.valueExpression`, 'valueExpression is not specified');
    else if (Buffer.byteLength(expression) > ANNOTATION_EXPRESSION_BYTES_MAX) {
      const message = `must not exceed ${ANNOTATION_EXPRESSION_BYTES_MAX} bytes in length`;
      errors.required(`${at}.valueExpression`, message);
    } else {
      expressions.check(expression, `${at}.valueExpression`, errors, ['string', 'null_type'], valueExpression);
    }
    if (seen.has(key)) errors.duplicate(`${at}.key`, key);
    seen.add(key);
  }
}

const PATCHES = { JSONPatch: 'jsonPatch', ApplyConfiguration: 'applyConfiguration' } as const;
const PATCH_TYPES = { jsonPatch: 'list(JSONPatch)', applyConfiguration: 'Object' } as const;

function checkMutation(
  mutation: V1beta1Mutation,
  expressions: PolicyExpressions,
  path: string,
  errors: FieldErrors,
): void {
  const { patchType } = mutation;
  if (!checkRequiredOneOf(patchType, ['ApplyConfiguration', 'JSONPatch'], `${path}.patchType`, errors)) return;
  const own = PATCHES[patchType as keyof typeof PATCHES];
  const other = own === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const chosen = mutation[own];
  if (chosen === undefined) errors.required(`${path}.${own}`, `must be specified when patchType is ${patchType}`);
  else if ((chosen.expression ?? '').trim() === '') errors.required(`${path}.${own}.expression`);
  else expressions.check((chosen.expression ?? '').trim(), `${path}.${own}.expression`, errors, [PATCH_TYPES[own]]);
  if (mutation[other] !== undefined) {
    errors.invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`);
  }
}

type BindingSpec = V1ValidatingAdmissionPolicyBindingSpec;

/** What bindings of both sorts have. */
export function checkPolicyBinding(spec: BindingSpec, isMutating: boolean, errors: FieldErrors): void {
  const { policyName = '', paramRef } = spec;
  if (policyName === '') errors.required('spec.policyName');
  else checkSubdomain(policyName, 'spec.policyName', errors);
  if (paramRef !== undefined) checkParamRef(paramRef, 'spec.paramRef', errors);
  checkMatchResources(spec.matchResources, 'spec.matchResources', errors);
  if (isMutating) checkMutatingOperations(spec.matchResources, 'spec.matchResources', errors);
  else checkActions(spec.validationActions ?? [], 'spec.validationActions', errors);
}

function checkParamRef(ref: V1ParamRef, path: string, errors: FieldErrors): void {
  const { name = '', selector, parameterNotFoundAction: action } = ref;
  const exclusive = 'name and selector are mutually exclusive';
  if (name !== '') {
    addInvalid(errors, `${path}.name`, name, pathSegmentComplaints(name));
    if (selector !== undefined) errors.forbidden(`${path}.name`, exclusive);
  }
  checkLabelSelector(selector, `${path}.selector`, errors);
  if (selector !== undefined && name !== '') errors.forbidden(`${path}.selector`, exclusive);
  if (name === '' && selector === undefined) errors.required(path, 'one of name or selector must be specified');
  checkRequiredOneOf(action, ['Deny', 'Allow'], `${path}.parameterNotFoundAction`, errors);
}

function checkActions(actions: readonly string[], path: string, errors: FieldErrors): void {
  for (const [index, action] of actions.entries()) {
    checkOneOf(action, ACTIONS, `${path}[${index}]`, errors);
    if (actions.indexOf(action) < index) errors.duplicate(`${path}[${index}]`, action);
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const message =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.invalid(path, actions, message);
  }
  if (actions.length === 0) errors.required(path, 'at least one validation action is required');
}
