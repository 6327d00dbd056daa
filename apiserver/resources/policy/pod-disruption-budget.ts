/** Pod disruption budgets: how many pods of a kind may be evicted at once. Evictions spend them: `core/pod-eviction.ts`. */
import type { V1PodDisruptionBudget, V1PodDisruptionBudgetSpec } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../table/columns.ts';
import { checkConditions } from '../validation/conditions.ts';
import { checkNonNegative, checkOneOf } from '../validation/formats.ts';
import { checkAtMostAll, checkIntOrPercent } from '../validation/int-or-percent.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkLabelSelector } from '../validation/labels.ts';

type Budget = Filled<V1PodDisruptionBudget>;

const MODEL = 'V1PodDisruptionBudget';

function validate(spec: V1PodDisruptionBudgetSpec, errors: FieldErrors, allowInvalidValues: boolean): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = internalForm('PodDisruptionBudgetSpec', spec);
    errors.invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (value === undefined) continue;
    checkIntOrPercent(value, `spec.${field}`, errors);
    checkAtMostAll(value, `spec.${field}`, errors);
  }
  checkLabelSelector(selector, 'spec.selector', errors, { allowInvalidValues });
  if (unhealthyPodEvictionPolicy !== undefined) {
    const policies = ['AlwaysAllow', 'IfHealthyBudget'];
    checkOneOf(unhealthyPodEvictionPolicy, policies, 'spec.unhealthyPodEvictionPolicy', errors);
  }
}

function hasInvalidSelector({ spec }: Budget): boolean {
  const errors = new FieldErrors();
  checkLabelSelector(spec.selector, '', errors);
  return !errors.empty;
}

function validateStatus({ status }: Budget, errors: FieldErrors): void {
  checkConditions(status.conditions, 'status.conditions', errors);
  for (const field of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const) {
    checkNonNegative(status[field], `status.${field}`, errors);
  }
}

export const podDisruptionBudgetRow = defineRow<V1PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  shortNames: ['pdb'],
  model: MODEL,
  generation: 'spec',
  allowUnconditionalUpdate: false,
  nameRule: 'path',
  strategy: {
    prepareForCreate(budget) {
      budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
    },
    prepareForUpdate: (budget, old) => keepField(budget, old, 'status'),
    validate: (budget, errors) => validate(budget.spec, errors, false),
    metaOnUpdate: [],
    validateUpdate: (budget, old, errors) => validate(budget.spec, errors, hasInvalidSelector(old)),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Min Available', 'The minimum number of pods that must be available.'),
      textColumn('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
      integerColumn('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.'),
      ageColumn,
    ],
    cells: (budget, nowMs) => [
      nameOf(budget),
      String(budget.spec.minAvailable ?? 'N/A'),
      String(budget.spec.maxUnavailable ?? 'N/A'),
      budget.status.disruptionsAllowed,
      ageOf(budget, nowMs),
    ],
  },
  subresources: {
    status: statusPart<V1PodDisruptionBudget>(MODEL, {
      metaOnUpdate: [],
      validateUpdate: (budget, _old, errors) => validateStatus(budget, errors),
    }),
  },
});
