/** Admission policies, whose rules are expressions, and what they are bound to (pkg/registry/admissionregistration). */
import type {
  V1beta1MutatingAdmissionPolicy,
  V1LabelSelector,
  V1ParamKind,
  V1ParamRef,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicyBinding,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { TableColumn } from '../../machinery/resource-row.ts';
import { defineRow, type Filled, keepField, keepMetadata, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../table/columns.ts';
import { checkConditions } from '../validation/conditions.ts';
import { checkMutatingPolicy, checkPolicyBinding, checkValidatingPolicy } from './policy-validation.ts';
import { setMatchDefaults } from './rules.ts';

type ValidatingPolicy = Filled<V1ValidatingAdmissionPolicy>;
type MutatingPolicy = Filled<V1beta1MutatingAdmissionPolicy>;
type Binding = Filled<V1ValidatingAdmissionPolicyBinding>;

const common = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  namespaced: false,
  categories: ['api-extensions'],
  generation: 'spec' as const,
  allowUnconditionalUpdate: false,
};

const paramKindColumn = textColumn(
  'ParamKind',
  'ParamKind specifies the kind of resources used to parameterize this policy',
);

const bindingColumns: readonly TableColumn[] = [
  nameColumn,
  textColumn('PolicyName', 'PolicyName indicates the policy definition which the policy binding binded to'),
  textColumn('ParamRef', 'ParamRef indicates the param resource which sets the configuration param'),
  ageColumn,
];

function setPolicyDefaults({ spec }: ValidatingPolicy | MutatingPolicy): void {
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

function formatParamKind(kind: V1ParamKind | undefined): string {
  return kind === undefined ? '<unset>' : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`;
}

function formatParamRef(ref: V1ParamRef | undefined): string {
  if (ref?.name) return `${ref.namespace || '*'}/${ref.name}`;
  return ref?.selector === undefined ? '<unset>' : goSelector(ref.selector);
}

/** As Go prints the message that a selector is in protobuf. */
function goSelector({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const maps = `MatchLabels:map[string]string{${labels.join('')}}`;
  return `&LabelSelector{${maps},MatchExpressions:[]LabelSelectorRequirement{${requirements.join('')}},}`;
}

function checkValidating(
  { metadata, spec }: ValidatingPolicy,
  old: ValidatingPolicy | undefined,
  errors: FieldErrors,
): void {
  checkValidatingPolicy(metadata.name ?? '', spec, old?.spec, errors);
}

export const validatingAdmissionPolicyRow = defineRow<V1ValidatingAdmissionPolicy>({
  ...common,
  kind: 'ValidatingAdmissionPolicy',
  resource: 'validatingadmissionpolicies',
  model: 'V1ValidatingAdmissionPolicy',
  strategy: {
    defaults: setPolicyDefaults,
    prepareForCreate(policy) {
      policy.status = {};
    },
    prepareForUpdate: (policy, old) => keepField(policy, old, 'status'),
    validate: (policy, errors) => checkValidating(policy, undefined, errors),
    metaOnUpdate: ['content'],
    validateUpdate: checkValidating,
  },
  table: {
    columns: [
      nameColumn,
      integerColumn(
        'Validations',
        'Validations indicates the number of validation rules defined in this configuration',
      ),
      paramKindColumn,
      ageColumn,
    ],
    cells(policy, nowMs) {
      const { validations, paramKind } = policy.spec;
      return [nameOf(policy), (validations ?? []).length, formatParamKind(paramKind), ageOf(policy, nowMs)];
    },
  },
  subresources: {
    status: statusPart<V1ValidatingAdmissionPolicy>('V1ValidatingAdmissionPolicy', {
      defaults: setPolicyDefaults,
      resetFields: ['metadata', 'spec'],
      prepareForUpdate: keepMetadata,
      validateUpdate: checkPolicyStatus,
    }),
  },
});

function checkPolicyStatus({ status }: ValidatingPolicy, _old: ValidatingPolicy, errors: FieldErrors): void {
  const path = 'status.typeChecking.expressionWarnings';
  for (const [index, { warning, fieldRef }] of (status.typeChecking?.expressionWarnings ?? []).entries()) {
    if (warning === '') errors.required(`${path}[${index}].warning`);
    if (fieldRef.trim() === '') errors.required(`${path}[${index}].fieldRef`);
  }
  checkConditions(status.conditions, 'status.conditions', errors);
}

function checkMutating({ spec }: MutatingPolicy, old: MutatingPolicy | undefined, errors: FieldErrors): void {
  checkMutatingPolicy(spec, old?.spec, errors);
}

export const mutatingAdmissionPolicyRow = defineRow<V1beta1MutatingAdmissionPolicy>({
  ...common,
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  model: 'V1MutatingAdmissionPolicy',
  strategy: {
    defaults: setPolicyDefaults,
    validate: (policy, errors) => checkMutating(policy, undefined, errors),
    metaOnUpdate: ['content'],
    validateUpdate: checkMutating,
  },
  table: {
    columns: [
      nameColumn,
      integerColumn('Mutations', 'Mutation indicates the number of mutations rules defined in this configuration'),
      paramKindColumn,
      ageColumn,
    ],
    cells(policy, nowMs) {
      const { mutations, paramKind } = policy.spec;
      return [nameOf(policy), (mutations ?? []).length, formatParamKind(paramKind), ageOf(policy, nowMs)];
    },
  },
});

function bindingRow(kind: string, isMutating: boolean) {
  const check = ({ spec }: Binding, errors: FieldErrors): void => checkPolicyBinding(spec, isMutating, errors);
  return defineRow<V1ValidatingAdmissionPolicyBinding>({
    ...common,
    kind,
    model: `V1${kind}`,
    strategy: {
      defaults: ({ spec }) => setMatchDefaults(spec.matchResources),
      validate: check,
      metaOnUpdate: ['content'],
      validateUpdate: (binding, _old, errors) => check(binding, errors),
    },
    table: {
      columns: bindingColumns,
      cells(binding, nowMs) {
        const { policyName = '', paramRef } = binding.spec;
        return [nameOf(binding), policyName, formatParamRef(paramRef), ageOf(binding, nowMs)];
      },
    },
  });
}

export const validatingAdmissionPolicyBindingRow = bindingRow('ValidatingAdmissionPolicyBinding', false);
export const mutatingAdmissionPolicyBindingRow = bindingRow('MutatingAdmissionPolicyBinding', true);
